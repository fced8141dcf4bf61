"""Tickets put aside until a moment, and the end of a team's delay. Each function works in its
caller's transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, select, update

from bot.conversations.rules import Owner
from bot.conversations.tables import Conversation
from bot.errors import Invalid
from bot.handover import store
from bot.handover.answering import record
from bot.handover.counter import Counter
from bot.handover.rules import Author, check_free
from bot.storage.transaction import Transaction
from bot.tickets import store as tickets
from bot.tickets.due import due_columns
from bot.tickets.rules import EventKind, Reason, Status
from bot.tickets.tables import Ticket

LONGEST = timedelta(days=366)
AT_ONCE = 500
"""Tickets that one look brings back, or gives a delay."""


async def snooze(
    tx: Transaction,
    author: Author,
    reference: str,
    until: datetime | None,
    now: datetime,
    *,
    external_id: str | None = None,
) -> None:
    """Put an open ticket aside until a moment, at most a year away; without one, take it back.
    Raises `Invalid` for a moment that is over, `Taken` for what another agent has."""
    if until is not None and until.tzinfo is None:
        raise Invalid("until", "a time zone is needed")
    if until is not None and not now < until <= now + LONGEST:
        raise Invalid("until", "not within a year from now", reason="moment")
    held = await store.hold_once(tx, author, reference, external_id)
    if held is None:
        return
    check_free(author, held.hands)
    before = held.ticket["snoozed_until"]
    if before == until:
        return
    data: dict[str, Any] = {"until": _text(until), "before": _text(before)}
    await record(tx, author, held, EventKind.SNOOZED, now, data=data, external_id=external_id)
    await tickets.change(tx, reference, snoozed_until=until, woke_at=None)


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


async def wake_due(tx: Transaction, now: datetime) -> list[str]:
    """Bring back what was put aside until now; the references."""
    due = (
        select(Ticket.reference)
        .where(Ticket.snoozed_until <= now)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True, key_share=True)
    )
    found = list((await tx.execute(due)).scalars())
    if not found:
        return []
    is_open = Ticket.status == Status.OPEN.value
    woken = await tx.execute(
        update(Ticket)
        .where(Ticket.reference.in_(found))
        .values(snoozed_until=None, woke_at=case((is_open, now), else_=Ticket.woke_at))
        .returning(Ticket.reference, Ticket.status)
    )
    back = [row.reference for row in woken if row.status == Status.OPEN.value]
    for reference in back:
        await tickets.record(tx, reference, EventKind.WOKEN, now, data={"why": "time"})
    return back


async def set_delays(tx: Transaction, counter: Counter) -> None:
    """Say until when an answer is owed, where nothing says so yet: in the queue since the ticket
    came into it, with an agent since the citizen wrote."""
    is_agents = Conversation.owner == Owner.AGENT.value
    since = case(
        (is_agents, Conversation.waiting_since),
        (Ticket.reason == Reason.TAKEN_ON.value, None),  # as `rules.is_awaited` says
        else_=Ticket.queued_since,
    )
    waiting = (
        select(Ticket.reference, Ticket.team, since.label("since"))
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .where(Ticket.status == Status.OPEN.value, Ticket.due_at.is_(None), since.is_not(None))
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True, key_share=True, of=Ticket)
    )
    for reference, team, start in (await tx.execute(waiting)).all():
        columns = due_columns(counter.team(team), start)
        if columns["due_at"] is not None:
            await tickets.change(tx, reference, **columns)
