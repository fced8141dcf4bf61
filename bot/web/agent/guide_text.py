"""What `docs/guide-agent.md` holds, as its page draws it: the few forms of Markdown that the guide
is written in, and nothing else. Pure; what it cannot read stays words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

_PIECE = re.compile(r"\*\*(?P<strong>[^*]+)\*\*|`(?P<code>[^`]+)`")
_PICTURE = re.compile(r"!\[(?P<says>[^\]]*)\]\(images/(?P<name>[a-z0-9-]+\.png)\)")
_HEADING = re.compile(r"(?P<level>#{1,3}) (?P<words>.+)")
_ITEM = re.compile(r"(?P<mark>-|\d+\.) (?P<words>.+)")
_RULE = re.compile(r"[|:\- ]+")


@dataclass(frozen=True)
class Piece:
    """Words of one kind."""

    words: str
    kind: Literal["plain", "strong", "code"] = "plain"


Line = tuple[Piece, ...]


@dataclass(frozen=True)
class Heading:
    level: int
    words: str
    kind: Literal["heading"] = "heading"


@dataclass(frozen=True)
class Paragraph:
    line: Line
    kind: Literal["paragraph"] = "paragraph"


@dataclass(frozen=True)
class Items:
    lines: Sequence[Line]
    is_ordered: bool
    kind: Literal["items"] = "items"


@dataclass(frozen=True)
class Table:
    head: Sequence[Line]
    rows: Sequence[Sequence[Line]]
    kind: Literal["table"] = "table"


@dataclass(frozen=True)
class Picture:
    """`name`: of a file in `docs/images`; `says`: what is to be seen."""

    name: str
    says: str
    kind: Literal["picture"] = "picture"


Block = Heading | Paragraph | Items | Table | Picture


def read(text: str) -> list[Block]:
    """The blocks of the guide, in their order."""
    lines = [line.strip() for line in text.splitlines()]
    blocks: list[Block] = []
    for kind, group in groupby(lines, key=_kind_of):
        if kind is not None:
            blocks.extend(kind(list(group)))
    return blocks


def pieces(words: str) -> Line:
    """Words with what is strong or code set apart."""
    found: list[Piece] = []
    at = 0
    for match in _PIECE.finditer(words):
        if match.start() > at:
            found.append(Piece(words[at : match.start()]))
        if match["strong"] is not None:
            found.append(Piece(match["strong"], "strong"))
        else:
            found.append(Piece(match["code"], "code"))
        at = match.end()
    if at < len(words):
        found.append(Piece(words[at:]))
    return tuple(found)


def _kind_of(line: str) -> Callable[[list[str]], Iterator[Block]] | None:
    if not line:
        return None
    if _HEADING.fullmatch(line):
        return _headings
    if _PICTURE.fullmatch(line):
        return _pictures
    if line.startswith("|"):
        return _table
    if item := _ITEM.fullmatch(line):
        return _unordered if item["mark"] == "-" else _ordered
    return _paragraph


def _headings(lines: list[str]) -> Iterator[Block]:
    for match in filter(None, map(_HEADING.fullmatch, lines)):
        yield Heading(len(match["level"]), match["words"])


def _pictures(lines: list[str]) -> Iterator[Block]:
    for match in filter(None, map(_PICTURE.fullmatch, lines)):
        yield Picture(match["name"], match["says"])


def _paragraph(lines: list[str]) -> Iterator[Block]:
    yield Paragraph(pieces(" ".join(lines)))


def _unordered(lines: list[str]) -> Iterator[Block]:
    yield Items(_items(lines), is_ordered=False)


def _ordered(lines: list[str]) -> Iterator[Block]:
    yield Items(_items(lines), is_ordered=True)


def _items(lines: list[str]) -> list[Line]:
    return [pieces(match["words"]) for match in filter(None, map(_ITEM.fullmatch, lines))]


def _table(lines: list[str]) -> Iterator[Block]:
    head, *rows = [
        [pieces(cell.strip()) for cell in line.strip("|").split("|")]
        for line in lines
        if not _RULE.fullmatch(line)
    ]
    yield Table(head, rows)
