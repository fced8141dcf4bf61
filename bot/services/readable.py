"""What the matcher reads of a text: the problem, without its place. Pure."""

from __future__ import annotations

import re

from bot.words.folding import fold

LONGEST = 400
"""Characters; more adds nothing to what the problem is."""

_WAY = r"(?:rue|avenue|av|boulevard|bd|bld|place|pl|cours|quai|impasse|allee|montee|esplanade)"
_LINK = r"(?:(?:de la|de l|du|des|de|d|la|le|les|l) )?"
# "12 bis rue de la République" names a place; "dans ma rue" says where the problem lies.
_ADDRESS = re.compile(
    rf"\b(?:\d+ ?(?:bis|ter|quater)? ?{_WAY} {_LINK}\w+|{_WAY} (?:de la|de l|du|des|de|d) \w+)\b"
)
_NUMBER = re.compile(r"\b\d+\w*\b")
_MARKS = re.compile(r"[^\w\s]+")


def readable(text: str) -> str:
    """Folded, without numbers and addresses: `"Trou au 12 rue Paul-Bert"` -> `"trou au bert"`."""
    words = " ".join(_MARKS.sub(" ", fold(text[:LONGEST])).split())
    kept = _NUMBER.sub(" ", _ADDRESS.sub(" ", words))
    return " ".join(kept.split())
