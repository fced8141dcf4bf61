"""Takes out of a message what says who wrote it or of whom it speaks: names, ways to reach them,
addresses, plates, numbers. What this misses, whoever reviews it takes out."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from bot.learning.placeholders import PLACEHOLDERS
from bot.places.addresses import find_address
from bot.words.folding import fold
from bot.words.personal_data import Found, Kind, formed, replaced

MOST_ADDRESSES = 8
_WORD = r"[^\W\d_][\w'’-]*"
_PROPER = r"[A-ZÀ-ÖØ-Þ][\w'’-]*"
_INTRODUCED = re.compile(
    r"(?i:\b(?:je m['’]appell?e|mon nom est|mon nom c['’]est|my name is|nom\s*:|prénom\s*:))"
    r"\s*:?\s*"
    rf"(?P<name>{_WORD}(?:\s+(?!et\b|and\b|je\b|j['’]|i\b|habite\b|à\b){_WORD}){{0,2}})"
)
_TITLED = re.compile(
    r"\b(?i:m\.|mr\.?|mme\.?|mlle\.?|monsieur|madame|mademoiselle|docteur|dr\.?|maître|mrs\.?|ms\.?)"
    rf"\s+(?P<name>{_PROPER}(?:\s+{_PROPER}){{0,2}})"
)
_SAID = re.compile(
    rf"(?i:\b(?:je suis|c['’]est|ici|signé|cordialement|merci|i am|i['’]m|regards))\s*[,:.]?\s+"
    rf"(?P<name>{_PROPER}(?:[ -]{_PROPER}){{0,2}})(?=\s*(?:[.,;]|$|\n))"
)
_PAIR = re.compile(rf"(?P<name>\b{_PROPER}(?:[ ]+{_PROPER})+)")
_HANDLE = re.compile(r"(?<!\w)(?P<name>@\w{3,})")
_NUMBER = re.compile(r"(?<!\w)\d(?:[ .\u00a0-]?\d){5,}(?!\w)")
_NO_NAMES = frozenset(
    [
        "bonjour",
        "bonsoir",
        "merci",
        "grand",
        "lyon",
        "metropole",
        "mairie",
        "ville",
        "madame",
        "monsieur",
        "messieurs",
        "mesdames",
        "place",
        "rue",
        "avenue",
        "cours",
        "quai",
        "boulevard",
        "route",
        "chemin",
        "allee",
        "parc",
        "part",
        "dieu",
        "saint",
        "sainte",
        "je",
        "il",
        "elle",
        "on",
        "nous",
        "vous",
        "le",
        "la",
        "les",
        "un",
        "une",
        "des",
        "mdph",
        "caf",
        "cpam",
        "tcl",
        "sncf",
        "hello",
        "good",
        "morning",
        "the",
        "dear",
        "ter",
        "point",
        "relais",
        "presqu",
        "ile",
        "vieux",
        "croix",
        "rousse",
        "france",
        "telegram",
        "google",
        "maps",
        "franceconnect",
        "grandlyonconnect",
    ]
)
"""Folded words with a capital that name nobody."""


def anonymised(text: str, places: Collection[str] = (), known: Collection[str] = ()) -> str:
    """The text with `PLACEHOLDERS`. `places`: folded words of towns' names, which are nobody's;
    `known`: names and addresses that are known to be personal."""
    for one in sorted(filter(None, known), key=len, reverse=True):
        if len(one) > 2:
            shown = PLACEHOLDERS[Kind.NAME]
            text = re.sub(rf"(?<!\w){re.escape(one)}(?!\w)", shown, text, flags=re.IGNORECASE)
    text = replaced(text, formed(text), PLACEHOLDERS.__getitem__)
    for _ in range(MOST_ADDRESSES):
        address = find_address(text)
        if address is None or address.street is None:  # a landmark is nobody's address
            break
        text = replaced(text, [Found(*address.span, Kind.ADDRESS)], PLACEHOLDERS.__getitem__)
    text = _NUMBER.sub(PLACEHOLDERS[Kind.NUMBER], text)
    return replaced(text, list(_names(text, places)), PLACEHOLDERS.__getitem__)


def _names(text: str, places: Collection[str]) -> Iterator[Found]:
    taken: list[tuple[int, int]] = []
    for pattern in (_INTRODUCED, _TITLED, _SAID, _PAIR, _HANDLE):
        for match in pattern.finditer(text):
            for start, end in _called(match.start("name"), match["name"], places):
                if all(end <= one or start >= other for one, other in taken):
                    taken.append((start, end))
                    yield Found(start, end, Kind.NAME)


def _called(at: int, name: str, places: Collection[str]) -> Iterator[tuple[int, int]]:
    """The run of words in it that may be a name: neither a town's nor a greeting."""
    words = list(re.finditer(r"[@\w'’-]+", name))
    kept = [
        word for word in words if fold(word[0]) not in _NO_NAMES and fold(word[0]) not in places
    ]
    if kept:
        yield at + kept[0].start(), at + kept[-1].end()
