"""What makes an address more precise without being one: a side, a floor, what is opposite. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.places.landmarks import find_landmark, is_beside
from bot.places.rules import Address
from bot.places.tokens import fold_keeping_offsets, tokens_of, word_set, words_of

LONGEST = 200
"""Characters that are kept."""
NEAR_THE_ADDRESS = 40
"""Characters between an address and the landmark that makes it more precise."""

_NUMBER = r"\d{1,4}(?:\s?(?:bis|ter)\b)?(?![\w/:°%€])(?!\s*(?:m|km|metres?|h|min)\b)"
_RANK = (
    r"(?:\d{1,2}\s?(?:er|ere|e|eme|ieme|nd|nde|st|rd|th)|premier|deuxieme|second|troisieme"
    r"|quatrieme|cinquieme|sixieme|dernier|first|third|fourth|fifth|top|ground)"
)
_DIRECTION = r"(?:gauche|droite?|nord|sud|est|ouest|cour|jardin|parc|voie ferree)"
_MARKED = (
    r"\b(?:batiment|bat\.?|immeuble|escalier|esc\.?|hall|porte|entree|appartement|appt?\.?"
    r"|allee|bloc|building|staircase|door|flat)\s+(?:n°\s*)?(?P<mark>[a-z]\d?|\d{1,3}[a-z]?)"
    r"(?![\w'’])(?!\s*(?:metres?|m|km|etages?|fois|jours?|mois|ans?|h|min)\b)"
)
_OPPOSITE = (
    r"\b(?:juste\s+)?(?:en face|face|a cote|derriere)\s+(?:du|au|de|le)\s+"
    rf"(?:n°|no\.?|numero|num\.?)?\s*{_NUMBER}"
)
_TOLD = re.compile(
    "|".join(
        (
            # Which side of the street.
            r"\bcote\s+(?:des\s+)?(?:numeros\s+)?(?:im)?pairs?\b",
            rf"\b(?:du\s+)?cote\s+{_DIRECTION}\b",
            rf"\btrottoir\s+(?:de\s+)?(?:d'en face|{_DIRECTION}|(?:im)?pair)\b",
            r"\b(?:odd|even|left|right|north|south|east|west)(?:-hand)? side\b",
            # Which floor, which door.
            rf"\b{_RANK}\s+etage\b",
            rf"\b{_RANK}\s+floor\b",
            r"\brez[\s-]de[\s-]chaussee\b|\brdc\b|\ben sous[\s-]sol\b|\bau sous[\s-]sol\b",
            _MARKED,
            # What is opposite, behind or between.
            _OPPOSITE,
            rf"\bentre\s+le\s+{_NUMBER}\s+et\s+le\s+{_NUMBER}",
            rf"\b(?:opposite|behind|across from)\s+(?:number|no\.?)?\s*{_NUMBER}",
        )
    )
)
_ASIDE = word_set(
    "c est ce sera se trouve situe situee il elle au a la le les l du de en sur dans et ou plus",
    "precisement exactement juste it is its on the in at just precisely pardon oui non",
)
_OF_A_NUMBER = re.compile(r"\d")


@dataclass(frozen=True)
class Precision:
    """`text` is what makes a place more precise, in the citizen's words; `is_all`: the message
    says nothing else."""

    text: str
    is_all: bool


def find_precision(
    text: str, address: Address | None, town: tuple[int, int] | None = None
) -> Precision | None:
    """What a message says of a place beside its address (`"12 rue X, côté impair"`); None when
    it says nothing of the kind. `town` is the span of the town's name."""
    folded = fold_keeping_offsets(text)
    spans = [
        folded.original(*found.span())
        for found in _TOLD.finditer(folded.text)
        if _is_mark(text, folded.original(*found.span("mark")) if found["mark"] else None)
    ]
    beside = _landmark(text, address, town)
    if beside is not None and not any(a < beside[1] and beside[0] < b for a, b in spans):
        spans.append(beside)
    if not spans:
        return None
    spans.sort()
    parts = [" ".join(text[a:b].split()).strip(" ,.;") for a, b in spans]
    taken = [*spans, *([address.span] if address else []), *([town] if town else [])]
    rest = "".join(
        " " if any(a <= at < b for a, b in taken) else char for at, char in enumerate(text)
    )
    return Precision(joined("", *parts), all(word in _ASIDE for word in words_of(rest)))


def joined(known: str | None, *parts: str) -> str:
    """Precisions put behind one another, each once."""
    kept: list[str] = [part for part in (known or "").split(", ") if part]
    for part in parts:
        kept += [one for one in part.split(", ") if one and one not in kept]
    while len(", ".join(kept)) > LONGEST and len(kept) > 1:
        kept.pop(0)
    return ", ".join(kept)[:LONGEST]


def of_another_number(known: str | None) -> str | None:
    """What is left of a precision when the house number is corrected: nothing that was told by
    numbers (`"en face du 12"`)."""
    kept = [
        part
        for part in (known or "").split(", ")
        if part and not (_OF_A_NUMBER.search(part) and not _is_inside(part))
    ]
    return ", ".join(kept) or None


def _is_inside(part: str) -> bool:
    said = words_of(part)
    return "etage" in said or "floor" in said


def _landmark(
    text: str, address: Address | None, town: tuple[int, int] | None
) -> tuple[int, int] | None:
    """What an address is beside (`"devant l’école"`); without an address, all that is told."""
    if address is not None and address.landmark is not None:
        return None  # it is the address, or told with it
    rest = text
    if address is not None:
        start, end = address.span
        rest = f"{text[:start]}{' ' * (end - start)}{text[end:]}"
    folded = fold_keeping_offsets(rest)
    found = find_landmark(rest, folded, tokens_of(rest, folded), town)
    if found is None or not is_beside(rest[found.start : found.end]):
        return None
    if address is not None:
        gap = max(found.start - address.span[1], address.span[0] - found.end)
        if gap > NEAR_THE_ADDRESS:
            return None
    return found.start, found.end


def _is_mark(text: str, mark: tuple[int, int] | None) -> bool:
    """Whether what follows `hall` or `porte` names it: `B`, `2`; in small letters only at the end
    of a clause, since `à`, `y` or `l` are words."""
    if mark is None:
        return True
    name = text[slice(*mark)]
    if name.isupper() or name[-1].isdigit() or name[0].isdigit():
        return True
    return name.isascii() and re.match(r"\s*(?:[,.;!?]|$)", text[mark[1] :]) is not None
