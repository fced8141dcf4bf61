"""The port of ticket backends: whoever else shows our tickets, and lets people answer there.

The truth is in our tables. A backend holds a copy of each ticket, and is asked what people did to
it. Nothing here knows when or how often; `bot/mirroring` does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.errors import DomainError, Unavailable
from bot.tickets.backends.rules import State


class NotNow(Unavailable):
    """It does not answer, or not as it should; whether it took what was sent is not known unless
    `is_unsent`. `retry_after_s`: when it asked to be left alone."""

    def __init__(
        self, why: str, *, retry_after_s: int | None = None, is_unsent: bool = False
    ) -> None:
        super().__init__(why)
        self.retry_after_s = retry_after_s
        self.is_unsent = is_unsent


class Refused(DomainError):
    """It will not take this, whatever else it takes. Its words are for an operator only;
    `status`: HTTP's, 0 when it was not asked."""

    code = "refused"

    def __init__(self, why: str, status: int = 0) -> None:
        super().__init__(why)
        self.status = status


class CannotKeepSecret(Refused):
    """It has no way to show a note to agents only: the note stays here."""

    code = "cannot_keep_secret"


@dataclass(frozen=True)
class Opening:
    """A ticket as it is first told. `text` is plain; `link` leads to our agents' page of it."""

    reference: str
    subject: str
    text: str
    link: str
    state: State
    created_at: datetime


@dataclass(frozen=True)
class Remote:
    """A ticket there: its id, its page for people, and its state as it was understood there."""

    id: str
    url: str
    state: State


@dataclass(frozen=True)
class Comment:
    """Words to add. `key` is ours and unique: by it they are found again."""

    key: str
    author: str
    text: str
    is_internal: bool = False


@dataclass(frozen=True)
class File:
    """A file to add, under a key like a comment's."""

    key: str
    name: str
    mime: str
    data: bytes


@dataclass(frozen=True)
class Said:
    """What a person wrote there. `id` is unique in the backend and stays the same."""

    remote_id: str
    id: str
    at: datetime
    author: str
    text: str
    is_internal: bool


@dataclass(frozen=True)
class Attached:
    """A file that a person added there. `handle` is what `fetch` wants."""

    remote_id: str
    id: str
    at: datetime
    author: str
    name: str
    mime: str
    size: int
    handle: str


@dataclass(frozen=True)
class Seen:
    """A ticket as it stood at `at`. `author`: who changed it last; `is_ours`: that was us."""

    remote_id: str
    at: datetime
    author: str
    is_ours: bool
    state: State


News = Said | Attached | Seen


@dataclass(frozen=True)
class Page:
    """Some of what is new, oldest first. `cursor`: from where to read on; `is_last`: nothing more
    waits. The same news may come again, never fewer."""

    news: tuple[News, ...]
    cursor: str
    is_last: bool


class TicketBackend(Protocol):
    """Another place where tickets are worked on.

    Every method but `url` raises `NotNow` when it cannot be reached, does not answer in time or
    answers nonsense, and `Refused` when it will not.
    """

    @property
    def name(self) -> str: ...

    async def find(self, reference: str) -> Remote | None:
        """The ticket that has our reference; None when there is none."""
        ...

    async def create(self, opening: Opening) -> Remote:
        """Make a ticket. It does not look whether there is one: ask `find` when in doubt."""
        ...

    async def holds(self, remote_id: str, key: str) -> bool:
        """Whether a comment or a file with that key is there."""
        ...

    async def comment(self, remote_id: str, comment: Comment) -> None:
        """Add words. Raises `CannotKeepSecret` for a note that citizens could read there."""
        ...

    async def attach(self, remote_id: str, file: File) -> None: ...

    async def update(self, remote_id: str, wanted: State, before: State) -> State:
        """Write what differs between the two. Returns how it stands there afterwards: somebody
        unknown there is assigned to nobody."""
        ...

    async def changes(self, cursor: str | None) -> Page:
        """What people did since; None: from now on. What we wrote ourselves is not among what was
        said or attached."""
        ...

    async def fetch(self, handle: str, at_most: int) -> bytes:
        """An attachment's bytes, cut after `at_most` + 1."""
        ...

    def url(self, remote_id: str) -> str:
        """The ticket's page for people."""
        ...


def names(reference: str, text: str) -> bool:
    """Whether a text names this reference, and not a longer one."""
    return re.search(rf"(?<![\d-]){re.escape(reference)}(?!\d)", text) is not None


def titled(opening: Opening) -> str:
    """What a ticket is called there: the reference first, by which `find` finds it."""
    return f"[{opening.reference}] {' '.join(opening.subject.split())}"[:250]


def described(opening: Opening) -> str:
    """The first text: what is known, and the way back."""
    return f"{opening.text.strip()}\n\n{opening.link}".strip()
