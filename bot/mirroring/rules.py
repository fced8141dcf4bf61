"""What of a ticket goes to the outside backend next, when a failed attempt is made again, and what
a state heard from there changes here. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.attachments.rules import Kept
from bot.tickets.backends.rules import State
from bot.tickets.rules import CLOSING, EventKind

BACK_OFF = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
)
"""After the first failure, the second…; then once an hour, for as long as it takes."""
AT_LATEST = timedelta(hours=1)
SENDING_AT_MOST = timedelta(seconds=90)
"""One attempt, whatever it asks of them."""
LEASE = timedelta(seconds=180)
"""Twice an attempt: a service that holds one is working on it, or was killed."""
SWEEP_EVERY = timedelta(seconds=2)
SENT_FOR = timedelta(days=7)
"""How long after its closing what is added to a ticket still goes there."""
POLLED_AT_MOST = timedelta(seconds=60)
"""Between two questions for news, however quiet it is or however long it fails."""
READING_AT_MOST = timedelta(minutes=2)
"""Whoever reads for longer was killed: another may."""


def tried_again_after(failures: int) -> timedelta:
    """How long after that many failures in a row."""
    return BACK_OFF[failures - 1] if failures <= len(BACK_OFF) else AT_LATEST


def polled_again_after(every: timedelta, quiet: int) -> timedelta:
    """How long after so many readings in a row that brought nothing, or failed."""
    return min(every * (1 << min(quiet, 10)), POLLED_AT_MOST)


# -- what is told -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Uttered:
    """A message of the conversation. `author`: an agent's name; None for the others. `shown`:
    the pictures that an agent's words came with. `what`: of a message that is no words, for
    `why` a file was not kept."""

    seq: int
    at: datetime
    sender: str
    author: str | None
    text: str
    photos: Sequence[str]
    external_id: str | None
    shown: Sequence[str] = ()
    kind: str = "text"
    what: str = ""
    why: str = ""
    file: Kept | None = None


@dataclass(frozen=True)
class Happened:
    """A line of the ticket's history."""

    id: int
    at: datetime
    kind: EventKind
    author: str | None
    text: str | None
    external_id: str | None
    data: Mapping[str, Any]


Entry = Uttered | Happened


def is_theirs(entry: Entry, backend: str) -> bool:
    """Whether it came from there."""
    ids = (f"{backend}:", f"agent:{backend}:", f"note:{backend}:")
    return (entry.external_id or "").startswith(ids)


def key_of(reference: str, entry: Entry) -> str:
    """By which it is found again there."""
    what = f"m{entry.seq}" if isinstance(entry, Uttered) else f"e{entry.id}"
    return f"{reference}/{what}"


def is_of_the_ticket(at: datetime, history: Iterable[Happened]) -> bool:
    """Whether what was said then concerns the ticket, and not the assistant after its end."""
    before = [one for one in history if one.at < at and one.kind in _TURNS]
    return not before or before[-1].kind in _OPENING


_OPENING = frozenset({EventKind.REOPENED, EventKind.UNMERGED, EventKind.UNCLOSED})
_TURNS = CLOSING | _OPENING


def in_time(messages: list[Uttered], events: list[Happened]) -> list[Entry]:
    """Both series as one: each in its own order, and as they happened."""
    merged: list[Entry] = []
    left, right = list(reversed(messages)), list(reversed(events))
    while left or right:
        is_message = not right or (left and left[-1].at <= right[-1].at)
        merged.append(left.pop() if is_message else right.pop())
    return merged


# -- what is heard ------------------------------------------------------------------------------


class Field(StrEnum):
    STATUS = "status"
    PRIORITY = "priority"
    TEAM = "team"
    ASSIGNEE = "assignee"


@dataclass(frozen=True)
class Known:
    """`told`: what we last wrote there; `heard`: how it stood there when we last knew."""

    told: State
    heard: State


def learned(wanted: State, before: State, heard: State, after: State) -> State:
    """What we know of how it stands there once `wanted` was written over `before`. Only of the
    fields that were written: another that differs was set by a person, whom the next look hears."""
    written = {
        field.value: getattr(after, field)
        for field in Field
        if getattr(wanted, field) != getattr(before, field)
    }
    return replace(heard, **written)


def judge(
    ours: State, known: Known, seen: State, *, is_ours: bool, in_doubt: bool
) -> tuple[Known, frozenset[Field]]:
    """What is known after a look at the ticket there, and which of its fields a person there has
    changed to something else than we have.

    `is_ours`: the last change there was our own. That says little of each field: a person may have
    set it before. It is taken for ours where it stands as we told it, or as we may have told it
    (`in_doubt`: nobody knows whether our last attempt arrived).
    """
    told, heard, changed = known.told, known.heard, set[Field]()
    for field in Field:
        theirs = getattr(seen, field)
        is_unknown = theirs is None and field is not Field.ASSIGNEE
        if is_unknown or theirs == getattr(heard, field):
            continue
        may_be_ours = is_ours and (in_doubt or theirs == getattr(told, field))
        told = replace(told, **{field.value: theirs})
        heard = replace(heard, **{field.value: theirs})
        if not may_be_ours and theirs != getattr(ours, field):
            changed.add(field)
    return Known(told, heard), frozenset(changed)
