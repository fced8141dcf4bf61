"""Which addresses of an address service are what a citizen meant. Pure.

Such a service always answers with what is nearest in letters; here its answers are held against
the words that were said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rapidfuzz import fuzz

from bot.places import street_words as words
from bot.places.rules import Candidate
from bot.places.tokens import word_set, words_of

MOST_OPTIONS = 4
ALIKE = 80.0
"""Likeness of two words, from 0 to 100, from which one is the other misspelt."""
SHORTEST_BEGINNING = 3
"""Letters of an abbreviated word: `rép` for `république`."""
KINDS = frozenset({"housenumber", "street", "locality"})

_WHOLE_WAYS = {
    "avenue": word_set("avenues av ave avenu"),
    "boulevard": word_set("boulevards bd bld blvd boul boulvard boulevar"),
    "place": word_set("pl"),
    "chemin": word_set("ch che chemain"),
    "impasse": word_set("imp impase"),
    "cours": word_set("crs"),
    "allee": word_set("all allees alee"),
    "route": word_set("rte"),
    "square": word_set("sq"),
    "faubourg": word_set("fbg"),
    "quai": word_set("quais"),
    "rue": word_set("rues r"),
}
_WAYS = {short: whole for whole, shorts in _WHOLE_WAYS.items() for short in shorts}
_LINKS = words.OF | words.ARTICLES | {"et", "and"}
_LEADING_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class Option:
    """One of several places that an address may be, and the short name that tells it apart."""

    title: str
    candidate: Candidate


def is_meant(street: str, candidate: Candidate) -> bool:
    """Whether a candidate's street is the one said: the same kind of way, and every word said is
    one of its words, abbreviated or slightly misspelt."""
    if candidate.kind not in KINDS:
        return False
    way, said = _parts(street)
    its_way, its = _parts(candidate.street or candidate.name)
    if way and its_way and way != its_way:
        return False
    if not said or not its:
        return said == its
    return all(any(_is_word(one, other) for other in its) for one in said)


def chosen(
    street: str, number: str | None, candidates: Iterable[Candidate], *, one_town: bool
) -> tuple[Candidate, ...]:
    """Those that are meant, best first. In a town that is known, a street of that very name and
    a house of that very number win over others."""
    meant = [candidate for candidate in candidates if is_meant(street, candidate)]
    meant.sort(key=lambda c: (not _is_exact(street, c), not has_number(c, number), -c.score))
    if not one_town or not meant:
        return tuple(meant)
    if _is_exact(street, meant[0]):
        meant = [candidate for candidate in meant if _is_exact(street, candidate)]
    numbered = [candidate for candidate in meant if has_number(candidate, number)]
    return tuple(numbered or meant)


def has_number(candidate: Candidate, number: str | None) -> bool:
    """Whether a candidate is the house of a number; `12` is near enough for `12 bis`, and the
    first of `41-43` stands for both."""
    if number is None or candidate.number is None:
        return False
    said, its = _LEADING_NUMBER.match(number), _LEADING_NUMBER.match(candidate.number)
    return said is not None and its is not None and said[0] == its[0]


def options(candidates: Iterable[Candidate], town_name: Callable[[str], str]) -> tuple[Option, ...]:
    """One for each part of the metropolis, in the order given, `MOST_OPTIONS` at most. A town
    that is there twice is told apart by its former communes."""
    inside = [candidate for candidate in candidates if candidate.commune is not None]
    districts: dict[str, set[str]] = {}
    for candidate in inside:
        if candidate.district:
            districts.setdefault(str(candidate.commune), set()).add(candidate.district)
    found: dict[str, Option] = {}
    for candidate in inside:
        insee = str(candidate.commune)
        title = town_name(insee)
        if candidate.arrondissement:
            title = f"{title} {rank(candidate.arrondissement)}"
        elif candidate.district and len(districts[insee]) > 1:
            title = candidate.district
        found.setdefault(title, Option(title, candidate))
    return tuple(found.values())[:MOST_OPTIONS]


def shown(candidate: Candidate, number: str | None) -> str:
    """The address as it is written in a sentence: `12 rue de la République`. `number`: the one
    that was said, which may be missing in the address service."""
    street = candidate.street or candidate.name
    way = words_of(street)[:1]
    if way and way[0] in words.WAYS:
        street = street[:1].lower() + street[1:]
    return f"{number} {street}" if number else street


def rank(arrondissement: int) -> str:
    """`1er`, `2e`."""
    return "1er" if arrondissement == 1 else f"{arrondissement}e"


def names(text: str, town: str) -> bool:
    """Whether a text holds the name of a town, word for word."""
    said, name = words_of(text), words_of(town)
    return any(said[at : at + len(name)] == name for at in range(len(said)))


def _parts(street: str) -> tuple[str, tuple[str, ...]]:
    """The kind of way and the words that name it: `av. J. Jaurès` → avenue, (j, jaures)."""
    said = words_of(street)
    if len(said) > 1 and said[0] in words.WAYS:
        named = tuple(word for word in said[1:] if word not in _LINKS)
        return _WAYS.get(said[0], said[0]), named
    return "", tuple(word for word in said if word not in _LINKS)


def _is_word(said: str, its: str) -> bool:
    if said == its:
        return True
    if said.isdigit() or its.isdigit():
        return False
    if len(said) == 1 or len(said) >= SHORTEST_BEGINNING:
        return its.startswith(said) or (len(said) > 1 and fuzz.ratio(said, its) >= ALIKE)
    return False


def _is_exact(street: str, candidate: Candidate) -> bool:
    return sorted(_parts(street)[1]) == sorted(_parts(candidate.street or candidate.name)[1])
