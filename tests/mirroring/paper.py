"""A stand-in for an outside backend: a pile of paper that can be away, slow to say so, or lying.

The real ones pass the contract of the port in tests/tickets/backends.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field, replace

from bot.tickets.backends.port import (
    CannotKeepSecret,
    Comment,
    File,
    News,
    NotNow,
    Opening,
    Page,
    Refused,
    Remote,
)
from bot.tickets.backends.rules import State


class Killed(BaseException):
    """The service is killed at this very moment."""


@dataclass
class Sheet:
    """A ticket there."""

    id: str
    opening: Opening
    state: State
    comments: list[Comment] = field(default_factory=list)
    files: list[File] = field(default_factory=list)


@dataclass
class Paper:
    """`away`: what it answers instead, before or (`is_late`) after having done what was asked."""

    name: str = "paper"
    sheets: list[Sheet] = field(default_factory=list)
    news: list[News] = field(default_factory=list)
    away: BaseException | None = None
    is_late: bool = False
    keeps_notes: bool = True
    most_bytes: int = 1_000_000
    attached_at_once: int | None = None  # after so many files it is away
    refused: set[str] = field(default_factory=set)
    asked: int = 0
    meanwhile: Callable[[], Awaitable[None]] | None = None  # what happens once a page was made

    def _begin(self) -> None:
        self.asked += 1
        if self.away is not None and not self.is_late:
            raise self.away

    def _end(self) -> None:
        if self.away is not None:
            raise self.away

    def sheet(self, remote_id: str) -> Sheet:
        return next(one for one in self.sheets if one.id == remote_id)

    def url(self, remote_id: str) -> str:
        return f"https://paper.example/{remote_id}"

    async def find(self, reference: str) -> Remote | None:
        self._begin()
        for one in self.sheets:
            if one.opening.reference == reference:
                return Remote(one.id, self.url(one.id), one.state)
        return None

    async def create(self, opening: Opening) -> Remote:
        self._begin()
        if opening.reference in self.refused:
            raise Refused("it answered 422", 422)
        state = replace(opening.state, assignee=None)
        one = Sheet(str(len(self.sheets) + 1), opening, state)
        self.sheets.append(one)
        self._end()
        return Remote(one.id, self.url(one.id), state)

    async def holds(self, remote_id: str, key: str) -> bool:
        self._begin()
        one = self.sheet(remote_id)
        return key in [c.key for c in one.comments] + [f.key for f in one.files]

    async def comment(self, remote_id: str, comment: Comment) -> None:
        self._begin()
        if comment.is_internal and not self.keeps_notes:
            raise CannotKeepSecret("everybody reads it")
        self.sheet(remote_id).comments.append(comment)
        self._end()

    async def attach(self, remote_id: str, file: File) -> None:
        self._begin()
        if len(file.data) > self.most_bytes:
            raise Refused("it answered 422", 422)
        if self.attached_at_once == 0:
            raise NotNow("nobody there", is_unsent=True)
        if self.attached_at_once is not None:
            self.attached_at_once -= 1
        self.sheet(remote_id).files.append(file)
        self._end()

    async def update(self, remote_id: str, wanted: State, before: State) -> State:
        self._begin()
        one, old = self.sheet(remote_id), asdict(before)
        written = {name: value for name, value in asdict(wanted).items() if value != old[name]}
        one.state = replace(one.state, **written)
        self._end()
        return one.state

    async def changes(self, cursor: str | None) -> Page:
        self._begin()
        read = int(cursor or 0)
        through = min(read + 2, len(self.news))
        page = Page(tuple(self.news[read:through]), str(through), through == len(self.news))
        if self.meanwhile is not None:
            happens, self.meanwhile = self.meanwhile, None
            await happens()
        return page

    async def fetch(self, handle: str, at_most: int) -> bytes:
        self._begin()
        return bytes.fromhex(handle)[: at_most + 1]


def down(retry_after_s: int | None = None) -> NotNow:
    return NotNow("it answered 503", retry_after_s=retry_after_s)
