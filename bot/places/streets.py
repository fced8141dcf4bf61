"""Where a street's name begins and ends in a message. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.places import street_words as words
from bot.places.tokens import Token

MAX_NAME_WORDS = 4
MAX_CAPITALISED_WORDS = 6

_NUMBER = re.compile(r"\d{1,4}(?:bis|ter|quater|[a-d])?")
_REPEATED = re.compile(r"bis|ter|quater|[a-d]")
_PARTICIPLE = re.compile(r"ée?s?$")
_DAY = re.compile(r"\d{1,2}(?:er)?")
_BETWEEN_NUMBERS = frozenset("-/")


@dataclass(frozen=True)
class Street:
    """A street by token positions: `first` holds the kind of way, `last` ends its name.

    `number` is a span of the text, or None; `start` is where number and street begin.
    """

    first: int
    last: int
    number: tuple[int, int] | None
    start: int


def streets_in(text: str, tokens: Sequence[Token], town: tuple[int, int] | None) -> list[Street]:
    """Every street that is named, in order; `town` is a span that no name may enter."""
    found: list[Street] = []
    position = 0
    while position < len(tokens):
        street = _street_at(text, tokens, position, town)
        if street is None:
            position += 1
        else:
            found.append(street)
            position = street.last + 1
    return found


def _street_at(
    text: str, tokens: Sequence[Token], first: int, town: tuple[int, int] | None
) -> Street | None:
    way = tokens[first].word
    after = first + 1
    if way == "rond" and after < len(tokens) and tokens[after].word == "point":
        way, after = "rondpoint", after + 1
    if way not in words.WAYS:
        return None
    before = tokens[first - 1].word if first and tokens[first].follows else ""
    # "Grande Rue" is a name by itself, and a part of "Grande Rue de la Guillotière".
    is_grande = way == "rue" and before == "grande"
    if is_grande:
        first -= 1
    number, start = _number_before(text, tokens, first)
    if number is None and before in words.NOT_AFTER.get(way, ()):
        return None
    last = name_end(text, tokens, after, town, way)
    if last is None:
        return Street(first, after - 1, number, start) if is_grande else None
    if way in words.NEEDS_EVIDENCE and number is None:
        named = next(t for t in tokens[after:] if t.word not in words.OF | words.ARTICLES)
        if not named.is_capitalised or named.raw.isupper():
            return None
    return Street(first, last, number, start)


def name_end(
    text: str, tokens: Sequence[Token], first: int, town: tuple[int, int] | None, kind: str
) -> int | None:
    """The last token of the name that begins at `first`; None when there is no name there."""
    name = _NameReader(text, tokens, town, kind)
    return name.read(first)


class _NameReader:
    """Takes words into a name until something that no name holds."""

    def __init__(
        self, text: str, tokens: Sequence[Token], town: tuple[int, int] | None, kind: str
    ) -> None:
        self._text = text
        self._tokens = tokens
        self._town = town
        self._kind = kind
        self._taken = 0
        self._capitals = False

    def read(self, first: int) -> int | None:
        last = None
        position = first
        linked = False
        while position < len(self._tokens) and self._is_joined(position, position == first):
            word = self._tokens[position].word
            if word in words.OF or (word in words.ARTICLES and (linked or not self._taken)):
                linked = True
            elif self._taken == 0:
                if not self._may_begin(position, linked):
                    return None
                self._capitals = self._tokens[position].is_capitalised
                self._taken, last, linked = 1, position, False
            elif self._goes_on(position, linked):
                self._taken, last, linked = self._taken + 1, position, False
            elif not self._links(position):
                break
            position += 1
        return last

    def _is_joined(self, position: int, is_first: bool) -> bool:
        token = self._tokens[position]
        if self._town and self._town[0] <= token.start < self._town[1]:
            return False
        if token.follows:
            return True
        before = self._tokens[position - 1]
        gap = self._text[before.end : token.start]
        # "av. Jean", "J. Jaurès"
        return gap.strip() == "." and "\n" not in gap and (is_first or len(before.raw) <= 2)

    def _may_begin(self, position: int, linked: bool) -> bool:
        token = self._tokens[position]
        word = token.word
        if word in words.EMPTY_AFTER.get(self._kind, ()) or (
            word in words.WAYS and not (linked and word in words.WAYS_IN_NAMES)
        ):
            return False
        if _DAY.fullmatch(word):
            after = position + 1
            return after < len(self._tokens) and self._tokens[after].word in words.MONTHS
        if word.isdigit() or (word in words.MATTERS and not linked):
            return False
        if len(word) == 1 and not word.isdigit():
            # An initial ("J. Jaurès"), or a name of one letter; not "RUE Y A DES RATS".
            after = position + 1
            is_alone = after == len(self._tokens) or not self._tokens[after].follows
            return token.raw.isupper() and is_alone
        if word in words.CLOSERS:
            return word in words.NAMES_ALL_THE_SAME and self._next_is_name(position)
        # "la route gelée", "place réservée": a state, not a name.
        return linked or token.is_capitalised or not _PARTICIPLE.search(token.raw)

    def _next_is_name(self, position: int) -> bool:
        if position + 1 >= len(self._tokens) or not self._tokens[position + 1].follows:
            return self._tokens[position].is_capitalised
        after = self._tokens[position + 1].word
        return after not in words.CLOSERS and after not in words.MATTERS

    def _goes_on(self, position: int, linked: bool) -> bool:
        token, before = self._tokens[position], self._tokens[position - 1]
        word = token.word
        if word.isdigit():
            return before.word in words.MONTHS and len(word) == 4
        if before.word.rstrip("er").isdigit() and word in words.MONTHS:
            return True
        if word == "lumiere" and before.word == "freres":
            return True
        if word in words.CLOSERS or word in words.MATTERS or word in words.WAYS:
            return False
        if self._capitals and not linked and not token.is_capitalised:
            hyphened = self._text[before.end : token.start] == "-"
            if before.word not in words.FIRST_NAMES and not hyphened:
                return False
        most = MAX_CAPITALISED_WORDS if self._capitals else MAX_NAME_WORDS
        return self._taken < most

    def _links(self, position: int) -> bool:
        """`et` and `l’` between two parts of one name: `Pierre et Marie Curie`."""
        word = self._tokens[position].word
        if word not in {"et", "l", "la", "le", "les", "sur"} or position + 1 >= len(self._tokens):
            return False
        after = self._tokens[position + 1]
        if after.word in words.WAYS or after.word in words.CLOSERS or not after.follows:
            return False
        if word == "et" and (after.word == "marie" or self._kind.endswith("s")):
            return after.word not in words.MATTERS
        return self._capitals and after.is_capitalised and after.word not in words.OF


def _number_before(
    text: str, tokens: Sequence[Token], first: int
) -> tuple[tuple[int, int] | None, int]:
    """The house number's span, and where number and street begin."""
    start = tokens[first].start
    position = first - 1
    # "le 12 de la rue X"
    linked = first >= 2 and tokens[first - 1].word in words.OF | words.ARTICLES
    while linked and position >= 0 and tokens[position].word in words.OF | words.ARTICLES:
        position -= 1
    if position < 0 or not _touches(text, tokens, position):
        return None, start
    end = tokens[position].end
    if _REPEATED.fullmatch(tokens[position].word) and position > 0:
        if not (tokens[position - 1].word.isdigit() and tokens[position].follows):
            return None, start
        position -= 1
    if not _NUMBER.fullmatch(tokens[position].word):
        return None, start
    if position and tokens[position - 1].word in words.MONTHS:
        return None, start
    if position and _is_range(text, tokens[position - 1], tokens[position]):
        position -= 1
    return (tokens[position].start, end), tokens[position].start


def _touches(text: str, tokens: Sequence[Token], position: int) -> bool:
    gap = text[tokens[position].end : tokens[position + 1].start]
    return tokens[position + 1].follows or gap.strip() == ","


def _is_range(text: str, one: Token, other: Token) -> bool:
    gap = text[one.end : other.start].strip()
    return gap in _BETWEEN_NUMBERS and gap != "" and bool(_NUMBER.fullmatch(one.word))
