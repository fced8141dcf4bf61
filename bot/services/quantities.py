"""Numbers and lengths as citizens write them, in French and English. Pure."""

from __future__ import annotations

import re

from bot.words.folding import fold

WORD_NUMBERS = {
    "zero": 0, "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6,
    "sept": 7, "huit": 8, "neuf": 9, "dix": 10, "onze": 11, "douze": 12, "treize": 13,
    "quatorze": 14, "quinze": 15, "seize": 16, "vingt": 20, "trente": 30, "quarante": 40,
    "cinquante": 50, "soixante": 60, "cent": 100, "mille": 1000,
    "huitaine": 8, "dizaine": 10, "douzaine": 12, "quinzaine": 15, "vingtaine": 20,
    "trentaine": 30, "cinquantaine": 50, "centaine": 100,
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30,
    "fifty": 50, "hundred": 100, "dozen": 12,
}  # fmt: skip
"""Words that are a number by themselves."""

_COLLECTIVE = frozenset(word for word in WORD_NUMBERS if word.endswith("aine")) | {
    "dozen",
    "hundred",
}
_METRES = {
    "mm": 0.001, "millimetre": 0.001, "cm": 0.01, "centimetre": 0.01, "centimeter": 0.01,
    "m": 1.0, "metre": 1.0, "meter": 1.0, "km": 1000.0, "kilometre": 1000.0, "kilometer": 1000.0,
}  # fmt: skip
_FIGURES = re.compile(r"(?<![\w.,])(-?\d{1,3}(?:[   ]\d{3})+|-?\d{1,9}(?:[.,]\d{1,3})?)(?=[^\d]|$)")
_LENGTH_UNIT = re.compile(rf"^\s?({'|'.join(sorted(_METRES, key=len, reverse=True))})s?\b")
_METRES_AND_CENTIMETRES = re.compile(r"(?<!\d)(\d{1,2}) ?m ?(\d{1,2})(?!\d)")
_LONGEST_ANSWER = 8
"""Words: a longer text is a story, not a number."""


def read_number(text: str, unit: str | None = None) -> float | None:
    """The one number of a short text, in `unit` where both are lengths; None when unclear.

    `"une dizaine"` is 10, `"1 m 50"` is 1.5 m, `"2 ou 3"` and `"beaucoup"` are unclear.
    """
    text = text.lower().replace("è", "e").strip()
    if text.endswith("?") or len(text.split()) > _LONGEST_ANSWER:
        return None
    if both := _METRES_AND_CENTIMETRES.search(text):
        text = f"{both[1]}.{both[2]:0<2} m"
    figures = list(_FIGURES.finditer(text))
    if len(figures) > 1:
        return None
    if figures:
        digits = re.sub(r"\s", "", figures[0][1]).replace(",", ".")
        return _in_unit(float(digits), text[figures[0].end() :], unit)
    return _word_number(re.findall(r"[a-z]+", fold(text)), unit)


def _word_number(words: list[str], unit: str | None) -> float | None:
    found = [(i, w) for i, w in enumerate(words) if w in WORD_NUMBERS]
    if len(found) == 2 and found[0][1] in ("une", "one") and found[1][1] in _COLLECTIVE:
        found = found[1:]  # "une dizaine"
    if len(found) != 1:
        return None
    index, word = found[0]
    if word in ("un", "une", "one") and len(words) > 3:
        return None  # an article, most likely
    return _in_unit(float(WORD_NUMBERS[word]), " ".join(words[index + 1 :]), unit)


def _in_unit(value: float, after: str, unit: str | None) -> float | None:
    said = _LENGTH_UNIT.match(after)
    wanted = None if unit is None else _LENGTH_UNIT.match(fold(unit))
    if said is None or wanted is None:
        return value
    return round(value * _METRES[said[1]] / _METRES[wanted[1]], 3)
