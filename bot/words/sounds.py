"""A text as it is written and as it sounds. Pure; also runs in the engine (Python 3.10).

People who dictate or write quickly spell by ear ("sa fé", "koi", "ki"): spelt as they sound, they
meet the examples that were spelt well.
"""

from __future__ import annotations

import re

from bot.words.folding import fold

_MARKS = re.compile(r"[^\w\s?!]+")

# French spelling to sound, roughly: letters that sound alike become one, silent ends fall.
# In this order; capital letters stand for sounds that no single letter writes.
_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"\b([cdjlmnst]|qu) (?=[aeiouyh])", r"\1"),  # an apostrophe joins: "c'est" as "ses"
        (r"qu|q|ck", "k"),
        (r"sch|ch", "S"),
        (r"ph", "f"),
        (r"gn", "N"),
        (r"gu(?=[eiy])", "G"),
        (r"ge(?=[ao])|g(?=[eiy])", "j"),
        (r"c(?=[eiy])", "s"),
        (r"c", "k"),
        (r"(?<=[aeiou])s(?=[aeiou])", "z"),
        (r"h", ""),
        (r"y", "i"),
        (r"eaux|eau|aux|au|ots\b|ot\b", "o"),
        (r"oeu|eu", "e"),
        (r"(?:ai(?:s|t|ent)?|e[rzt]|ees?|es|est|e)\b|ai|ei", "e"),
        (r"[ae][nm](?![aeiou])", "A"),
        (r"(?:ai|ei|i)[nm](?![aeiou])|un(?![aeiou])", "I"),
        (r"o[nm](?![aeiou])", "O"),
        (r"oi", "W"),
        (r"ou", "u"),
        (r"(.)\1", r"\1"),
        (r"(?<=\w\w)(?:nt|[tdspxze])\b", ""),
    )
)


def written(text: str) -> str:
    """Folded, with `?` and `!` kept: `"Ça fait peur !"` -> `"ca fait peur !"`."""
    return _MARKS.sub(" ", fold(text))


def sounded(text: str) -> str:
    """As it sounds: `"quoi"` and `"koi"` -> `"kW"`, `"ça"` and `"sa"` -> `"sa"`."""
    heard = written(text.replace("ç", "s").replace("Ç", "s"))
    for pattern, sound in _SOUNDS:
        heard = pattern.sub(sound, heard)
    return heard
