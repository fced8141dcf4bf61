"""Long texts as several. Pure. Telegram counts UTF-16 units, after markup is taken away."""

from __future__ import annotations

import re

TEXT_LENGTH = 4096
CAPTION_LENGTH = 1024
_ENDS = (
    re.compile(r"\n[ \t]*\n"),  # a paragraph
    re.compile(r"\n"),
    re.compile(r"(?<=[.!?…])[»”’\")\]]*[ \t]"),  # a sentence
    re.compile(r"[ \t]"),  # a word; what is held together by a no-break space stays together
)
_SHORTEST_SHARE = 0.4
"""Of the length there is: a paragraph that ends at its beginning is no place to cut."""


def length(text: str) -> int:
    """How long Telegram says a text is: outside the basic plane, a character counts twice."""
    return len(text) + sum(character > "\uffff" for character in text)


def cut(text: str, first: int = TEXT_LENGTH, others: int = TEXT_LENGTH) -> list[str]:
    """The text in pieces of at most `first`, then `others` units, cut where a reader would."""
    pieces: list[str] = []
    rest = text.strip()
    while rest:
        most = others if pieces else first
        if length(rest) <= most:
            pieces.append(rest)
            break
        end = _end(rest, most)
        pieces.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return pieces


def _end(text: str, most: int) -> int:
    """Where the first piece ends."""
    fitting = _fitting(text, most)
    head = text[: fitting + 1]  # the character after it may be the space at which to cut
    for ends in _ENDS:
        places = [found.start() for found in ends.finditer(head) if found.start() <= fitting]
        if places and places[-1] >= fitting * _SHORTEST_SHARE:
            return places[-1]
    return _before_a_joined_one(text, fitting)


def _fitting(text: str, most: int) -> int:
    """How many characters fit."""
    units = 0
    for index, character in enumerate(text):
        units += 2 if character > "\uffff" else 1
        if units > most:
            return index
    return len(text)


def _before_a_joined_one(text: str, at: int) -> int:
    """A sign made of several characters (a family, a flag, an accent) is not cut in two."""
    end = at
    while end > at - 16 and end > 1 and (_joins(text[end]) or text[end - 1] == "\u200d"):
        end -= 1
    return end


def _joins(character: str) -> bool:
    return (
        character in "\u200d\ufe0f\u20e3"
        or "\u0300" <= character <= "\u036f"
        or "\U0001f3fb" <= character <= "\U0001f3ff"
    )
