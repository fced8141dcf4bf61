"""Addresses and landmarks as people write them in a message. Pure; no geocoder here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.places.landmarks import find_landmark
from bot.places.rules import Address
from bot.places.streets import Street, streets_in
from bot.places.tokens import FoldedText, Token, fold_keeping_offsets, tokens_of

__all__ = ["Address", "correct_number", "corrected_number", "find_address", "without_town"]

_NUMBER = r"\d{1,4}(?:\s?(?:bis|ter|quater|[a-d]))?"
# Counts, hours and days are not house numbers.
_NOT_COUNTED = (
    r"(?![\w/:°%€])(?!\s*(?:h|heures?|min|minutes?|jours?|ans?|mois|fois|metres?|m|km|euros?|cm)\b)"
    r"(?!\s+(?:janvier|fevrier|mars|avril|mai|juin|juillet|aout)\b)"
    r"(?!\s+(?:septembre|octobre|novembre|decembre)\b)"
    r"(?!\s+(?!bis|plus|pas|mais|dans|dsl|sans|svp)[a-z]{3,}[sx]\b)"
)
_NUMBER_AFTER = re.compile(
    r"\s*,?\s*(?:(?:au|a (?:la )?hauteur du|au niveau du|devant le|face au"
    r"|en face du|vers le|pres du|derriere le|number|at)"
    r"\s+(?:n°|no\.?|numero|num\.?)?\s*|(?:n°|no\.?|numero|num\.?)\s*)"
    rf"(?P<number>{_NUMBER}){_NOT_COUNTED}"
    rf"|\s*,?\s*(?P<bare>{_NUMBER})\s*(?=$|[,.;!?\n]|\s(?:a|au|depuis|il|y|in)\b)"
)
_CORNER_BEFORE = re.compile(
    r"(?:\ba l'|\bau |\bat the )?"
    r"\b(?:angle|croisement|coin|intersection|carrefour|corner|entre|between)"
    r"(?:\s+(?:de|du|des|d'|la|le|l'|les|of|the))*\s*$"
)
_CORNER_BETWEEN = re.compile(
    r"(?:[\s,/&x+-]|\b(?:et|and|angle|croisement|coin|avec|de|du|des|la|le|les|au|a)\b|l'|d')+"
)
_ENGLISH_STREET = re.compile(
    r"\b(?P<number>\d{1,4}[a-d]?)\s+(?P<street>(?:[A-ZÀ-Ý][\w’'-]*\s+){1,4}"
    r"(?:[Ss]treet|[Rr]oad|[Aa]venue|[Ll]ane|[Ss]quare|St\b))"
    r"|\b(?!The\b|A\b|An\b|This\b|My\b|Our\b)(?P<alone>(?:[A-ZÀ-Ý][\w’'-]*\s+){1,4}"
    r"(?:Street|Road|Avenue|Lane|Square))\b"
)
_AT_HOME = re.compile(r"\b(?:j'habite|habitant|je vis|je loge|domicilie\w*|i live)\b[^,.;]*$")
_NEGATED = re.compile(r"\b(?:pas|non pas|not|au lieu du|instead of)\s+(?:au|le|du|a|at)?\s*$")
_SAID_NUMBER = re.compile(
    rf"(?:\b(?:au|le|du|numero|num|number|at|n)\s*[°.]?\s*|\b)(?P<number>{_NUMBER}){_NOT_COUNTED}"
)
_BEFORE_A_COUNT = re.compile(r"\b(?:depuis|dans|pendant|il y a|y a|pour|since|for|lyon)\s*$")
_LONGEST_CORRECTION = 120
_MOST_WORDS = 12
# How far back the words that introduce a street are looked for, in characters.
_LOOK_BACK = 80


def find_address(text: str, town: tuple[int, int] | None = None) -> Address | None:
    """The place that a message tells; None when it names neither street nor landmark.

    `town` is the span of the town's name when it is known: no street's name runs into it. A
    numbered street wins over others, a street over a landmark.
    """
    folded = fold_keeping_offsets(text)
    tokens = tokens_of(text, folded)
    streets = streets_in(text, tokens, town)
    if streets:
        return _address(text, folded, tokens, streets, town)
    english = _ENGLISH_STREET.search(text)
    if english:
        street = _clean(english["street"] or english["alone"])
        return Address(_clean(english[0]), english["number"], street, None, english.span())
    landmark = find_landmark(text, folded, tokens, town)
    if landmark is None:
        return None
    shown = _clean(text[landmark.start : landmark.end])
    return Address(shown, None, None, shown, (landmark.start, landmark.end))


def without_town(address: Address, town: tuple[int, int]) -> Address:
    """The same address cut before a town that was read as its tail."""
    start, end = address.span
    if not start < town[0] < end:
        return address
    tail = end - town[0]
    cut = _clean(re.sub(r"(?:\s+|^)(?:de|d['’]|du|des|à|a|la|le)\s*$", "", address.text[:-tail]))
    if not cut:
        return address
    return replace(
        address,
        text=cut,
        street=cut.removeprefix(f"{address.number} ") if address.street else None,
        landmark=cut if address.street is None else address.landmark,
        span=(start, town[0]),
    )


def correct_number(address: Address, text: str) -> Address | None:
    """What `"non, c’est au 14"` or `"plutôt rue Victor Hugo"` makes of an address.

    None when the text corrects nothing, or gives a number to what is no street.
    """
    other = find_address(text)
    if other is not None and other.street is not None:
        return other
    number = _number_said(text, address.number)
    if number is None or address.street is None:
        return None
    return replace(address, number=number, text=f"{number} {address.street}")


def corrected_number(address: str, text: str) -> str | None:
    """`"non, c’est au 14"` said of `"12 rue X"` → `"14 rue X"`; None when no number is given."""
    known = re.match(rf"({_NUMBER})\s+", address, re.IGNORECASE)
    number = _number_said(text, known[1] if known else None)
    if number is None:
        return None
    return f"{number} {address[known.end() :] if known else address}"


def _address(
    text: str,
    folded: FoldedText,
    tokens: Sequence[Token],
    streets: list[Street],
    town: tuple[int, int] | None,
) -> Address:
    chosen = max(range(len(streets)), key=lambda i: (_likelihood(folded, streets[i]), -i))
    street = streets[chosen]
    start, end = street.start, tokens[street.last].end
    name = _clean(text[tokens[street.first].start : end])
    if street.number is not None:
        number = _clean(text[slice(*street.number)])
        return Address(f"{number} {name}", number, name, None, (start, end))
    corner = _corner(text, folded, tokens, streets, chosen)
    if corner is not None:
        return corner
    after = _NUMBER_AFTER.match(folded.text, _folded_at(folded, end))
    if after is not None:
        group = "number" if after["number"] else "bare"
        number = _clean(text[slice(*folded.original(*after.span(group)))])
        return Address(
            f"{number} {name}", number, name, None, (start, folded.original(*after.span(group))[1])
        )
    rest = " " * end + text[end:]
    beside = find_landmark(rest, fold_keeping_offsets(rest), tokens, town)
    if beside is not None and not text[end : beside.start].strip(" ,"):
        landmark = _clean(text[beside.start : beside.end])
        return Address(f"{name}, {landmark}", None, name, landmark, (start, beside.end))
    return Address(name, None, name, None, (start, end))


def _likelihood(folded: FoldedText, street: Street) -> tuple[bool, bool]:
    at = _folded_at(folded, street.start)
    before = folded.text[max(0, at - _LOOK_BACK) : at]
    return not _AT_HOME.search(before), street.number is not None


def _corner(
    text: str, folded: FoldedText, tokens: Sequence[Token], streets: list[Street], chosen: int
) -> Address | None:
    """`angle rue X / rue Y`: two streets that meet; None when the next one is apart."""
    one = streets[chosen]
    start, end = one.start, tokens[one.last].end
    at = _folded_at(folded, start)
    before = _CORNER_BEFORE.search(folded.text, max(0, at - _LOOK_BACK), at)
    if before is not None:
        start = folded.offsets[before.start()]
    if chosen + 1 < len(streets):
        other = streets[chosen + 1]
        gap = folded.text[_folded_at(folded, end) : _folded_at(folded, other.start)]
        joined = gap.strip() not in ("", ",") or before is not None
        if other.number is None and joined and _CORNER_BETWEEN.fullmatch(gap):
            names = [_clean(text[tokens[s.first].start : tokens[s.last].end]) for s in (one, other)]
            span = (start, tokens[other.last].end)
            return Address(_clean(text[slice(*span)]), None, " / ".join(names), None, span)
    return None


def _number_said(text: str, current: str | None) -> str | None:
    """The house number that a short correction gives; a negated one is not it."""
    if len(text) > _LONGEST_CORRECTION or len(text.split()) > _MOST_WORDS:
        return None
    folded = fold_keeping_offsets(text)
    said: list[str] = []
    for found in _SAID_NUMBER.finditer(folded.text):
        before = folded.text[: found.start()]
        introduced = found.start("number") != found.start()
        if _BEFORE_A_COUNT.search(before) or _NEGATED.search(folded.text[: found.start("number")]):
            continue
        number = _clean(text[slice(*folded.original(*found.span("number")))])
        if introduced or len(text.split()) <= 5:
            said.append(number)
    different = [number for number in said if number != current]
    return next(iter(different or said), None)


def _folded_at(folded: FoldedText, offset: int) -> int:
    """Where an offset of the original text is in the folded one."""
    if len(folded.offsets) == 0 or folded.offsets[-1] < offset:
        return len(folded.text)
    if folded.offsets[offset] == offset:
        return offset
    return next(i for i, o in enumerate(folded.offsets) if o >= offset)


def _clean(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip(" ,.;:-")


def own_address(address: str | None) -> str | None:
    """The number and street of an address, for the one who told it; other words, which may be
    about somebody else, stay with us."""
    found = find_address(address) if address else None
    if found is None or found.street is None:
        return None
    return f"{found.number} {found.street}" if found.number else found.street


def public_address(address: str | None) -> str | None:
    """The street of an address that a citizen told in their own words, without its number: the
    place of a report is often its author's door. A landmark may be anything ("chez Mme Dupont"),
    so it stays with us."""
    found = find_address(address) if address else None
    return None if found is None else found.street
