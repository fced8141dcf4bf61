"""The lists of the agents' page by name, a row of one, and in what order each is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Select,
    SQLColumnExpression,
    case,
    cast,
    func,
    literal,
    tuple_,
)

from bot.conversations.tables import Conversation
from bot.handover.cursors import cursor_of, read_cursor
from bot.tickets.rules import RANKS, Priority
from bot.tickets.tables import Ticket


class Queue(StrEnum):
    """The lists of the agents' page. What was put aside is in its own and in `all` only."""

    MINE = "mine"
    TEAM = "team"
    UNASSIGNED = "unassigned"
    NEAR = "near"  # an answer is owed soon
    LATE = "late"  # it was owed before
    CITIZEN = "citizen"  # the last word is ours
    SNOOZED = "snoozed"
    ALL = "all"
    CLOSED = "closed"


@dataclass(frozen=True)
class Listed:
    """A ticket in a list. `waiting_since`: the citizen's oldest message that nobody answered;
    `last_…`: what the citizen or an agent said last; `marks`: the mood, as codes of
    `signals.yml`; `woke_at`: it came back from being put aside."""

    reference: str
    conversation_id: UUID
    commune: str | None
    team: str
    subject: str
    reason: str
    priority: str
    status: str
    reach: str
    assignee: UUID | None
    assignee_name: str | None
    language: str
    channel: str
    owner: str
    opened_at: datetime
    waiting_since: datetime | None
    escalated_at: datetime | None
    first_reply_at: datetime | None
    closed_at: datetime | None
    due_at: datetime | None
    near_due_at: datetime | None
    snoozed_until: datetime | None
    woke_at: datetime | None
    tags: Sequence[str]
    last_seq: int
    read_by_agent: int
    last_text: str
    last_sender: str
    last_at: datetime
    marks: Sequence[str]
    mail_subject: str | None


_NEVER = "infinity"
MOMENT = DateTime(timezone=True)


@dataclass(frozen=True)
class Order:
    """How a list is sorted: `by` in SQL; `place` of a row in it, as texts that `types` read."""

    by: Sequence[SQLColumnExpression[Any]]
    types: Sequence[type[int | datetime | str]]
    place: Callable[[Listed], Sequence[object]]
    is_newest_first: bool = False

    def sorted(self, query: Select[Any]) -> Select[Any]:
        return query.order_by(*((e.desc() if self.is_newest_first else e) for e in self.by))

    def beyond(self, cursor: str) -> ColumnElement[bool]:
        """What comes after a place. Raises `Invalid`."""
        values = read_cursor(cursor, self.types)
        here = tuple_(
            *(_typed(value, kind) for value, kind in zip(values, self.types, strict=True))
        )
        there = tuple_(*self.by)
        return there < here if self.is_newest_first else there > here

    def cursor(self, row: Listed) -> str:
        return cursor_of(self.place(row))


def _typed(value: str, kind: type) -> ColumnElement[Any]:
    if kind is datetime:
        return cast(literal(value), MOMENT)
    return literal(int(value)) if kind is int else literal(value)


BY_URGENCY = Order(
    (
        case((Ticket.woke_at.is_(None), 1), else_=0),
        case(*((Ticket.priority == one.value, n) for one, n in RANKS.items()), else_=9),
        func.coalesce(Conversation.waiting_since, cast(_NEVER, MOMENT)),
        Ticket.opened_at,
        Ticket.reference,
    ),
    (int, int, datetime, datetime, str),
    lambda row: (
        1 if row.woke_at is None else 0,
        RANKS[Priority(row.priority)],
        row.waiting_since or _NEVER,
        row.opened_at,
        row.reference,
    ),
)
_BY_DELAY = Order(
    (Ticket.due_at, Ticket.reference), (datetime, str), lambda row: (row.due_at, row.reference)
)
_BY_RETURN = Order(
    (Ticket.snoozed_until, Ticket.reference),
    (datetime, str),
    lambda row: (row.snoozed_until, row.reference),
)
_BY_END = Order(
    (Ticket.closed_at, Ticket.reference),
    (datetime, str),
    lambda row: (row.closed_at, row.reference),
    is_newest_first=True,
)
ORDERS = {
    Queue.NEAR: _BY_DELAY,
    Queue.LATE: _BY_DELAY,
    Queue.SNOOZED: _BY_RETURN,
    Queue.CLOSED: _BY_END,
}
