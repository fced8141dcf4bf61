"""The part of a text that a search found, with its hits. Pure: the database marks hits in a copy
without accents, and they are carried over to the text as it was written; nothing is ever markup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from bot.storage.terms import plain

START, STOP = "\x02", "\x03"
"""What the database puts around a hit."""
LOOKED_AT = 2000
"""Characters of a text in which hits are marked."""
SHOWN, BEFORE = 180, 50
"""Characters of an excerpt, and of them before its first hit."""
_NO_MARKUP = str.maketrans("<>&\x02\x03", "     ")


@dataclass(frozen=True)
class Piece:
    text: str
    is_hit: bool


def copy_of(text: str) -> str:
    """The copy to mark: what the database would take for markup or marks is left out."""
    return "".join(_plain(one) for one in text[:LOOKED_AT])


@cache
def _plain(one: str) -> str:
    return plain(one).translate(_NO_MARKUP)


def pieces(text: str, marked: str) -> list[Piece]:
    """The part around the first hit, from `marked`, the database's marking of `copy_of(text)`."""
    spans = _spans(text[:LOOKED_AT], marked)
    start = max(0, spans[0][0] - BEFORE) if spans else 0
    if start:
        start = _next_word(text, start, spans[0][0])
    end = min(len(text), start + SHOWN)
    found: list[Piece] = []
    at = start
    for begins, ends in spans:
        if ends > end:
            break
        found += [Piece(text[at:begins], is_hit=False), Piece(text[begins:ends], is_hit=True)]
        at = ends
    found.append(Piece(text[at:end] + ("…" if end < len(text) else ""), is_hit=False))
    if start:
        found.insert(0, Piece("…", is_hit=False))
    return [piece for piece in found if piece.text]


def _next_word(text: str, start: int, most: int) -> int:
    space = text.find(" ", start, most)
    return start if space < 0 else space + 1


def _spans(text: str, marked: str) -> Sequence[tuple[int, int]]:
    """Where the hits are in the text as it was written; none if the copy is not of this text."""
    places = [n for n, one in enumerate(text) for _ in _plain(one)]
    spans: list[tuple[int, int]] = []
    at, begun = 0, None
    for one in marked:
        if one == START:
            begun = at
        elif one == STOP and begun is not None and at > begun:
            spans.append((places[begun], places[at - 1] + 1))
            begun = None
        elif one not in (START, STOP):
            at += 1
            if at > len(places):
                return ()
    return spans if at == len(places) else ()
