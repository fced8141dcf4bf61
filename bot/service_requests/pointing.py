"""Words that point at something said before: the same place, the next request. Pure."""

from __future__ import annotations

import re

from bot.services.replies import plain

_SAME_PLACE = re.compile(
    r"\bmeme (?:endroit|adresse|lieu|emplacement|place|coin)\b"
    r"|\bsame (?:place|spot|address|location)\b"
)
_NOT_BEFORE = re.compile(r"\b(?:pas|plus|not|isn t|wasn t)(?: \w+){0,2} $")

_RANKS = {
    "autre": 0, "prochain": 0, "suivant": 0, "suivante": 0, "other": 0, "next": 0,
    "premier": 1, "premiere": 1, "1er": 1, "1ere": 1, "first": 1,
    "deuxieme": 2, "second": 2, "seconde": 2, "2e": 2, "2eme": 2,
    "troisieme": 3, "3e": 3, "3eme": 3, "third": 3,
    "quatrieme": 4, "4e": 4, "4eme": 4, "fourth": 4,
}  # fmt: skip
_OTHER_REQUEST = re.compile(
    r"(?:et|and|what about|how about)(?: (?:pour|de|for|about|what about))?"
    r"(?: (?:l|le|la|mon|ma|the|my))?"
    rf" (?P<rank>{'|'.join(sorted(_RANKS, key=len, reverse=True))})"
    r"(?: (?:signalement|demande|one|report|request))?"
    r"(?: (?:il|elle) en est ou| ou en est (?:il|elle)| ca donne quoi)?"
    r"(?: (?:alors|du coup|svp|s il vous plait|please|then))?"
)


def means_same_place(text: str) -> bool:
    """`"au même endroit"`, not `"pas au même endroit"`."""
    words = plain(text)
    found = _SAME_PLACE.search(words)
    return found is not None and not _NOT_BEFORE.search(words[: found.start()])


def other_request(text: str) -> int | None:
    """`"et pour l’autre ?"` → 0, the next one; `"et le deuxième ?"` → 2; None for other texts."""
    found = _OTHER_REQUEST.fullmatch(plain(text)) if len(text) < 80 else None
    return None if found is None else _RANKS[found["rank"]]
