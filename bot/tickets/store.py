"""Queries on tickets. Every function works inside its caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Result, RowMapping

from bot.audit import store as audit
from bot.audit.rules import Actor, of_ticket
from bot.errors import NotFound
from bot.services.opening import hours_of
from bot.services.rules import Team
from bot.storage.transaction import Transaction
from bot.tickets import drafts, mentions
from bot.tickets.rules import RANKS, UNASKED, EventKind, Priority, Reason, Status
from bot.tickets.tables import Redaction, ReferenceSeries, Ticket, TicketEvent
from bot.tickets.waiting import MOST_KNOWN, RECENT, Answered

TICKETS = "guichet_tickets"
"""The channel on which changes of tickets are announced; its payload is the reference, or the
conversation's id where only something was said."""

IS_AWAITED = or_(Ticket.reason != Reason.TAKEN_ON.value, Ticket.due_at.is_not(None))
"""The condition of `rules.is_awaited`."""

rank = text(
    "CASE ticket.priority "
    + " ".join(f"WHEN '{priority}' THEN {n}" for priority, n in RANKS.items())
    + " END"
)
"""The order of the queue before that of arrival, as SQL."""


async def next_number(tx: Transaction, year: int) -> int:
    """The next number of the year. The row stays locked until the caller commits, so a number
    is never given to something that does not exist, and none is given twice."""
    result = await tx.execute(
        insert(ReferenceSeries)
        .values(year=year, last=1)
        .on_conflict_do_update(index_elements=["year"], set_={"last": ReferenceSeries.last + 1})
        .returning(ReferenceSeries.last)
    )
    return int(result.scalar_one())


async def reserve(tx: Transaction, year: int, number: int) -> None:
    """Take a number that was given elsewhere out of the series, with all those below it."""
    last = func.greatest(ReferenceSeries.last, number)
    await tx.execute(
        insert(ReferenceSeries)
        .values(year=year, last=number)
        .on_conflict_do_update(index_elements=["year"], set_={"last": last})
    )


async def add(tx: Transaction, **values: Any) -> None:
    """Store a new ticket."""
    await tx.execute(insert(Ticket).values(**values))


async def change(tx: Transaction, reference: str, **values: Any) -> None:
    """Set columns of a ticket."""
    await tx.execute(update(Ticket).where(Ticket.reference == reference).values(**values))


async def open_in(
    tx: Transaction, conversation_id: UUID, *, lock: bool = False
) -> RowMapping | None:
    """The open ticket of a conversation."""
    query = select(Ticket.__table__).where(
        Ticket.conversation_id == conversation_id, Ticket.status == Status.OPEN.value
    )
    result = await tx.execute(query.with_for_update(key_share=True) if lock else query)
    return result.mappings().one_or_none()


async def locked(tx: Transaction, reference: str) -> RowMapping:
    """A ticket, locked for the rest of the transaction. Raises `NotFound`."""
    return _found(await tx.execute(_by(reference).with_for_update(key_share=True)))


async def by_reference(tx: Transaction, reference: str) -> RowMapping:
    """A ticket as it stands. Raises `NotFound`."""
    return _found(await tx.execute(_by(reference)))


async def of_citizen(tx: Transaction, citizen_id: UUID, reference: str) -> RowMapping | None:
    """A ticket of that citizen's; another's looks like none."""
    own = _by(reference).where(Ticket.citizen_id == citizen_id)
    row: RowMapping | None = (await tx.execute(own)).mappings().one_or_none()
    return row


def _found(result: Result[Any]) -> RowMapping:
    row = result.mappings().one_or_none()
    if row is None:
        raise NotFound("ticket")
    return row


def _by(reference: str) -> Select[Any]:
    return select(Ticket.__table__).where(Ticket.reference == reference)


async def record(  # noqa: PLR0913  (an event has that many parts)
    tx: Transaction,
    reference: str,
    kind: EventKind,
    now: datetime,
    *,
    agent_id: UUID | None = None,
    author: str | None = None,
    words: str | None = None,
    data: Mapping[str, Any] | None = None,
    external_id: str | None = None,
) -> bool:
    """Add to a ticket's history and announce it. False for an `external_id` that is known:
    the caller then changes nothing."""
    result = await tx.execute(
        insert(TicketEvent)
        .values(
            reference=reference,
            at=now,
            kind=kind.value,
            agent_id=agent_id,
            author=author,
            text=words,
            data=dict(data or {}),
            external_id=external_id,
        )
        .on_conflict_do_nothing(index_elements=["reference", "external_id"])
        .returning(TicketEvent.id)
    )
    is_new = result.scalar_one_or_none() is not None
    if is_new:
        await announce(tx, reference)
    if is_new and author is not None:
        commune = await tx.scalar(select(Ticket.commune).where(Ticket.reference == reference))
        actor = Actor(agent_id, author)
        await audit.record(tx, actor, of_ticket(kind.value), reference, now, commune=commune)
    return is_new


async def wake(tx: Transaction, conversation_id: UUID, now: datetime) -> None:
    """The citizen has written: what was put aside until later is there again."""
    result = await tx.execute(
        update(Ticket)
        .where(
            Ticket.conversation_id == conversation_id,
            Ticket.status == Status.OPEN.value,
            Ticket.snoozed_until.is_not(None),
        )
        .values(snoozed_until=None, woke_at=now)
        .returning(Ticket.reference)
    )
    for reference in result.scalars().all():
        await record(tx, reference, EventKind.WOKEN, now, data={"why": "citizen"})


async def is_recorded(tx: Transaction, reference: str, external_id: str) -> bool:
    """Whether the history holds something of that id."""
    result = await tx.execute(
        select(TicketEvent.id).where(
            TicketEvent.reference == reference, TicketEvent.external_id == external_id
        )
    )
    return result.scalar_one_or_none() is not None


async def split_off(tx: Transaction, conversation_id: UUID) -> list[UUID]:
    """The conversations of the tickets that were made of a part of one's of that conversation."""
    whole = select(Ticket.reference).where(Ticket.conversation_id == conversation_id)
    found = select(Ticket.conversation_id).where(Ticket.split_from.in_(whole))
    return list((await tx.execute(found.order_by(Ticket.conversation_id))).scalars())


async def announce(tx: Transaction, changed: str) -> None:
    """Wake whoever shows tickets, when this transaction commits."""
    await tx.execute(
        text("SELECT pg_notify(:channel, :payload)"), {"channel": TICKETS, "payload": changed}
    )


async def history(tx: Transaction, reference: str) -> list[RowMapping]:
    """What happened to a ticket, in order."""
    result = await tx.execute(
        select(TicketEvent.__table__)
        .where(TicketEvent.reference == reference)
        .order_by(TicketEvent.id)
    )
    return list(result.mappings())


async def place_in_queue(tx: Transaction, team: str, priority: str, opened_at: datetime) -> int:
    """How many unassigned tickets of a team come before one of that priority and time."""
    before = text(f"({rank.text}, ticket.opened_at) < (:rank, :opened_at)").bindparams(
        rank=RANKS[Priority(priority)], opened_at=opened_at
    )
    result = await tx.execute(
        select(func.count())
        .select_from(Ticket)
        .where(
            Ticket.status == Status.OPEN.value,
            Ticket.team == team,
            Ticket.first_reply_at.is_(None),
            before,
        )
    )
    return int(result.scalar_one())


async def recent_waits(tx: Transaction, team: Team, now: datetime) -> list[Answered]:
    """How long the last answered tickets of a team waited, in its opening time."""
    result = await tx.execute(
        select(Ticket.opened_at, Ticket.first_reply_at, Ticket.place_opened)
        .where(
            Ticket.team == team.code,
            Ticket.first_reply_at > now - RECENT,
            Ticket.reason.not_in(sorted(UNASKED)),
        )
        .order_by(Ticket.first_reply_at.desc())
        .limit(MOST_KNOWN)
    )
    return [
        Answered(hours_of(team).open_between(opened, answered), place)
        for opened, answered, place in result
        if answered is not None
    ]


async def references_of(tx: Transaction, conversations: Sequence[UUID]) -> list[str]:
    """The tickets of some conversations, open or not."""
    result = await tx.execute(
        select(Ticket.reference).where(Ticket.conversation_id.in_(conversations))
    )
    return list(result.scalars())


async def forget_words(tx: Transaction, conversations: Sequence[UUID]) -> None:
    """Drop what citizens and agents wrote on the tickets of some conversations, hidden or not, and
    how to reach the citizen. That a ticket was, its team, its times and its score stay."""
    await tx.execute(delete(Redaction).where(Redaction.conversation_id.in_(conversations)))
    of_these = select(Ticket.reference).where(Ticket.conversation_id.in_(conversations))
    await tx.execute(
        update(TicketEvent)
        .where(TicketEvent.reference.in_(of_these), TicketEvent.text.is_not(None))
        .values(text=None)
    )
    await tx.execute(
        update(TicketEvent)
        .where(TicketEvent.reference.in_(of_these), TicketEvent.kind == EventKind.FILLED.value)
        .values(data=TicketEvent.data.op("-")("value"))
    )
    await drafts.forget(tx, conversations)
    await mentions.forget(tx, conversations)
    await tx.execute(
        update(TicketEvent)
        .where(TicketEvent.reference.in_(of_these), TicketEvent.kind == EventKind.TAGGED.value)
        .values(data={})
    )
    await tx.execute(
        update(Ticket)
        .where(Ticket.conversation_id.in_(conversations))
        .values(summary="", packet={}, contact=None, opinion=None, tags=[])
    )
