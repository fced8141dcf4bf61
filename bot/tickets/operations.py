"""What can be asked of tickets by themselves: open one, say its wait, list them. And the one
series of references. What changes who has the conversation is asked of `bot.handover`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import RowMapping

from bot.services.opening import hours_of
from bot.services.rules import Team
from bot.storage.transaction import Transaction
from bot.tickets import store
from bot.tickets.due import due_columns
from bot.tickets.rules import (
    EventKind,
    Priority,
    Reach,
    Reason,
    Status,
    Subject,
    is_awaited,
    reference,
    year_and_number,
)
from bot.tickets.tables import Ticket
from bot.tickets.waiting import Wait, likely_wait

LONGEST_SUMMARY = 4000


class Asker(Protocol):
    """Who opens a ticket, and where."""

    @property
    def conversation_id(self) -> UUID: ...
    @property
    def citizen_id(self) -> UUID: ...


@dataclass(frozen=True)
class Asked:
    """What a ticket is opened with. `packet`: what the assistant knew, as JSON. `teams`: every
    team by its code, since another one may have the conversation's ticket already. `reference`:
    the one that it has elsewhere already, which our series then leaves out."""

    subject: Subject
    summary: str
    commune: str | None
    team: Team
    reason: Reason = Reason.ASKED
    priority: Priority = Priority.NORMAL
    packet: Mapping[str, Any] = field(default_factory=dict)
    teams: Mapping[str, Team] = field(default_factory=dict)
    reference: str | None = None


@dataclass(frozen=True)
class Opened:
    """`is_new` is false when the conversation had an open ticket, which was added to. `team`: who
    has it."""

    reference: str
    is_new: bool
    team: Team
    wait: Wait


@dataclass(frozen=True)
class TicketRow:
    """A ticket as it is listed."""

    reference: str
    conversation_id: UUID
    commune: str | None
    team: str
    subject: str
    summary: str
    status: str
    assignee_name: str | None
    opened_at: datetime


async def next_reference(tx: Transaction, now: datetime) -> str:
    """The next reference of the year, for a request or a ticket."""
    return reference(now.year, await store.next_number(tx, now.year))


async def open_ticket(
    tx: Transaction, asker: Asker, asked: Asked, last_seq: int, now: datetime
) -> Opened:
    """Ask for a human, or add to what the conversation has asked already. Its caller holds the
    conversation's lock, and gives it to the queue in the same transaction."""
    existing = await store.open_in(tx, asker.conversation_id, lock=True)
    if existing is not None:
        return await _add_to(tx, existing, asked, now)
    number = await _number(tx, asked, now)
    wait = await _wait(tx, asked.team, asked.priority, now, now)
    await store.add(
        tx,
        reference=number,
        conversation_id=asker.conversation_id,
        citizen_id=asker.citizen_id,
        commune=asked.commune,
        team=asked.team.code,
        subject=asked.subject.value,
        reason=asked.reason.value,
        priority=asked.priority.value,
        summary=asked.summary[:LONGEST_SUMMARY],
        status=Status.OPEN.value,
        reach=Reach.UNDECIDED.value,
        packet=dict(asked.packet),
        opened_at=now,
        queued_since=now,
        opened_seq=last_seq,
        place_opened=wait.place,
        expected_by=expected_by(asked.team, wait, now),
        **due_columns(asked.team, now),
    )
    await store.record(
        tx,
        number,
        EventKind.OPENED,
        now,
        data={"reason": asked.reason.value, "team": asked.team.code},
    )
    return Opened(number, is_new=True, team=asked.team, wait=wait)


async def _number(tx: Transaction, asked: Asked, now: datetime) -> str:
    if asked.reference is None:
        return await next_reference(tx, now)
    await store.reserve(tx, *year_and_number(asked.reference))
    return asked.reference


async def _add_to(tx: Transaction, ticket: RowMapping, asked: Asked, now: datetime) -> Opened:
    number: str = ticket["reference"]
    if asked.summary and asked.summary not in ticket["summary"]:
        summary = f"{ticket['summary']}\n{asked.summary}".strip()[:LONGEST_SUMMARY]
        await store.change(tx, number, summary=summary)
    team = asked.teams.get(ticket["team"], asked.team)
    if not is_awaited(ticket["reason"], ticket["due_at"]):
        await store.change(tx, number, queued_since=now, **due_columns(team, now))
    await store.record(
        tx,
        number,
        EventKind.ASKED_AGAIN,
        now,
        words=asked.summary,
        data={"subject": asked.subject.value, "reason": asked.reason.value},
    )
    return Opened(number, is_new=False, team=team, wait=await wait_of(tx, ticket, team, now))


def expected_by(team: Team, wait: Wait, now: datetime) -> datetime | None:
    """Until when an answer was said to be likely."""
    return None if wait.likely is None else hours_of(team).after(now, wait.likely)


async def wait_of(tx: Transaction, ticket: RowMapping, team: Team, now: datetime) -> Wait:
    """The place of an open ticket in the queue of `team`, and how long that may take."""
    return await _wait(tx, team, Priority(ticket["priority"]), ticket["opened_at"], now)


async def _wait(
    tx: Transaction, team: Team, priority: Priority, opened_at: datetime, now: datetime
) -> Wait:
    place = await store.place_in_queue(tx, team.code, priority, opened_at)
    opens_at = None if hours_of(team).is_open(now) else hours_of(team).next_opening(now)
    return Wait(place, likely_wait(await store.recent_waits(tx, team, now), place), opens_at)


async def list_open(tx: Transaction, limit: int = 200) -> list[TicketRow]:
    """Open tickets, oldest first: an operator's list (the command line runs as the operator)."""
    result = await tx.execute(
        select(
            Ticket.reference,
            Ticket.conversation_id,
            Ticket.commune,
            Ticket.team,
            Ticket.subject,
            Ticket.summary,
            Ticket.status,
            Ticket.assignee_name,
            Ticket.opened_at,
        )
        .where(Ticket.status == Status.OPEN.value)
        .order_by(Ticket.opened_at)
        .limit(limit)
    )
    return [TicketRow(*row) for row in result]
