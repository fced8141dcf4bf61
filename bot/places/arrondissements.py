"""Numbered parts of a town, in the ways people write them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

_SUFFIX = r"(?:er|ere|e|em|eme|ieme|nd|nde|rd|th|st)"
_WRITTEN = {
    "premier": 1, "deuxieme": 2, "second": 2, "troisieme": 3, "quatrieme": 4, "cinquieme": 5,
    "sixieme": 6, "septieme": 7, "huitieme": 8, "neuvieme": 9, "first": 1, "third": 3, "fourth": 4,
    "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
}  # fmt: skip
_RANKS = "|".join(word for word in _WRITTEN if word.endswith(("ieme", "th")))
_ROMAN = {"ii": 2, "iii": 3, "iv": 4, "vi": 6, "vii": 7, "viii": 8, "ix": 9}
_PART = r"(?:arrondissements?|arrondisements?|arondissements?|arrdts?|arrt|arr|ardt)\b"
# A number that begins a house's address or counts things is not a part of the town.
_NOT_A_COUNT = (
    r"(?!\s+(?:bis|ter|rue|r|avenue|av|boulevard|bd|place|pl|quai|cours|chemin|impasse)\b)"
    r"(?!\s+(?:allee|route|montee|square|passage|esplanade)\b)"
    r"(?!\s+(?!arr)[a-z]{3,}[sx]\b)(?!\s*(?:h|heures?|jours?|ans|mois|euros?)\b)"
)
_OF_ANY_TOWN = re.compile(
    rf"\b(?:([1-9])\s?{_SUFFIX}?|({'|'.join(_WRITTEN)}))\s+{_PART}"
    rf"|\b(?:dans|sur|in)\s+(?:le|the)\s+(?:([1-9])\s?{_SUFFIX}|({_RANKS}))"
    r"(?=\s*(?:$|[.,;!?\n])|\s+(?:la|le|les|l|il|on|y|ya|c|ca|devant|derriere|pres|rue|vers)\b)"
)


class ArrondissementReader:
    """Finds the number, and where it stands in a folded text."""

    def __init__(self, town_names: Iterable[str]) -> None:
        names = "|".join(re.escape(name) for name in town_names)
        self._after_name = re.compile(
            rf"\b(?:{names})(?:[\s-]*(?:cedex\s*)?0?([1-9])"
            rf"(?:\s?{_SUFFIX}(?![a-z0-9])|(?![\w]){_NOT_A_COUNT})"
            rf"|[\s,(-]+0?([1-9])\s?{_SUFFIX}(?![a-z0-9])"
            rf"|\s+({'|'.join(_WRITTEN)})\b|\s+({'|'.join(_ROMAN)})(?:e|eme)?\b)(?:\s+{_PART})?"
        )

    def after_name(self, folded: str) -> tuple[int, tuple[int, int]] | None:
        """`lyon 3e`, `lyon 03`, `lyon troisieme`: the number and its span with the town's name."""
        found = self._after_name.search(folded)
        return (_number(found), found.span()) if found else None

    def alone(self, folded: str) -> tuple[int, tuple[int, int]] | None:
        """`3eme arrondissement`, `dans le 8e`: the number and its span."""
        found = _OF_ANY_TOWN.search(folded)
        return (_number(found), found.span()) if found else None


def _number(found: re.Match[str]) -> int:
    said = next(group for group in found.groups() if group)
    return int(said) if said.isdigit() else _WRITTEN.get(said) or _ROMAN[said]
