"""Queries on the copies of tickets. It runs as the service itself or as its operator: no citizen
and no agent reaches it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import RowMapping

from bot.attachments.rules import kept_in
from bot.conversations.rules import photos_in
from bot.conversations.tables import Message
from bot.mirroring.rules import SENT_FOR, Happened, Uttered
from bot.mirroring.tables import TicketMirror, TicketPull
from bot.storage.transaction import Transaction
from bot.tickets.backends.rules import State
from bot.tickets.rules import EventKind, Priority, Status
from bot.tickets.tables import Ticket, TicketEvent

TOLD = ("citizen", "assistant", "agent")
QUEUED_AT_ONCE = 200


def _concerns(now: datetime) -> ColumnElement[bool]:
    return or_(Ticket.status == Status.OPEN.value, Ticket.closed_at > now - SENT_FOR)


async def queue(tx: Transaction, backend: str, now: datetime) -> None:
    """Note every ticket that has no copy there yet, whatever opened it and whenever."""
    is_known = exists().where(
        TicketMirror.reference == Ticket.reference, TicketMirror.backend == backend
    )
    found = (
        select(
            Ticket.reference,
            literal(backend),
            Ticket.opened_seq,
            literal(0),
            literal(value=False),
            literal(0),
            literal(now),
            literal(0),
        )
        .where(_concerns(now), ~is_known)
        .limit(QUEUED_AT_ONCE)
    )
    columns = [
        "reference",
        "backend",
        "sent_seq",
        "sent_event",
        "in_doubt",
        "failures",
        "next_at",
        "withheld",
    ]
    # Another service may be noting the same ones.
    await tx.execute(insert(TicketMirror).from_select(columns, found).on_conflict_do_nothing())


async def next_due(tx: Transaction, backend: str, now: datetime) -> RowMapping | None:
    """The copy that is behind its ticket, is due, and that nobody works on, locked; with the
    ticket's columns under their own names."""
    says_more = exists().where(
        Message.conversation_id == Ticket.conversation_id,
        Message.seq > TicketMirror.sent_seq,
        Message.sender.in_(TOLD),
    )
    has_moved = exists().where(
        TicketEvent.reference == Ticket.reference, TicketEvent.id > TicketMirror.sent_event
    )
    result = await tx.execute(
        select(TicketMirror.__table__, *_of_the_ticket())
        .join(Ticket, Ticket.reference == TicketMirror.reference)
        .where(
            TicketMirror.backend == backend,
            TicketMirror.next_at <= now,
            or_(TicketMirror.lease_until.is_(None), TicketMirror.lease_until <= now),
            _concerns(now),
            or_(
                TicketMirror.remote_id.is_(None),
                has_moved,
                and_(Ticket.status == Status.OPEN.value, says_more),
            ),
        )
        .order_by(TicketMirror.next_at, Ticket.opened_at, Ticket.reference)
        .limit(1)
        .with_for_update(of=TicketMirror, skip_locked=True)
    )
    return result.mappings().one_or_none()


def _of_the_ticket() -> list[Any]:
    names = ("conversation_id", "commune", "team", "subject", "priority", "summary", "status")
    more = ("assignee_name", "citizen_id", "contact", "opened_at", "opened_seq", "packet")
    return [getattr(Ticket, name) for name in (*names, *more)]


async def messages_after(tx: Transaction, conversation_id: UUID, seq: int) -> list[Uttered]:
    """What was said since, by whoever speaks in a ticket."""
    result = await tx.execute(
        _messages(conversation_id).where(Message.seq > seq).order_by(Message.seq)
    )
    return [_uttered(*row) for row in result]


def _messages(conversation_id: UUID) -> Select[Any]:
    columns = (Message.seq, Message.at, Message.sender, Message.kind, Message.text, Message.content)
    return select(*columns, Message.external_id).where(
        Message.conversation_id == conversation_id, Message.sender.in_(TOLD)
    )


def _uttered(
    seq: int,
    at: datetime,
    sender: str,
    kind: str,
    text: str,
    content: Mapping[str, Any],
    external_id: str | None,
) -> Uttered:
    said = text
    if "latitude" in content:
        where = f"{content['latitude']}, {content['longitude']}"
        said = "\n".join(filter(None, (content.get("name"), text, where)))
    file = kept_in(content)
    return Uttered(
        seq,
        at,
        sender,
        _name(content),
        said,
        photos_in(content) if sender == "citizen" else (),
        external_id,
        shown=tuple(one["photo"] for one in content.get("photos", ())),
        kind=kind,
        what=content.get("what", "") if file is None else file.what.value,
        why=content.get("why", ""),
        file=file,
    )


def _name(content: Mapping[str, Any]) -> str | None:
    return (content.get("author") or {}).get("name")


async def messages_before(
    tx: Transaction, conversation_id: UUID, seq: int, limit: int
) -> list[Uttered]:
    """The last that was said until then, in order."""
    result = await tx.execute(
        _messages(conversation_id)
        .where(Message.seq <= seq)
        .order_by(Message.seq.desc())
        .limit(limit)
    )
    return [_uttered(*row) for row in result][::-1]


async def history(tx: Transaction, reference: str) -> list[Happened]:
    """The whole history of a ticket, in order."""
    result = await tx.execute(
        select(
            TicketEvent.id,
            TicketEvent.at,
            TicketEvent.kind,
            TicketEvent.author,
            TicketEvent.text,
            TicketEvent.external_id,
            TicketEvent.data,
        )
        .where(TicketEvent.reference == reference)
        .order_by(TicketEvent.id)
    )
    return [Happened(row[0], row[1], EventKind(row[2]), *row[3:]) for row in result]


def _is_copy(reference: str, backend: str) -> ColumnElement[bool]:
    return and_(TicketMirror.reference == reference, TicketMirror.backend == backend)


async def change(tx: Transaction, reference: str, backend: str, **values: Any) -> None:
    """Write some columns of a copy."""
    await tx.execute(update(TicketMirror).where(_is_copy(reference, backend)).values(**values))


async def holds(tx: Transaction, reference: str, backend: str, lease: UUID) -> bool:
    """Whether that attempt still has the copy, which is then locked: the fence against a slow
    twin."""
    result = await tx.execute(
        select(TicketMirror.lease).where(_is_copy(reference, backend)).with_for_update()
    )
    return result.scalar_one_or_none() == lease


async def one_more_withheld(tx: Transaction, reference: str, backend: str) -> None:
    """Count a note that stays here."""
    await tx.execute(
        update(TicketMirror)
        .where(_is_copy(reference, backend))
        .values(withheld=TicketMirror.withheld + 1)
    )


async def sent_through(tx: Transaction, reference: str, backend: str) -> int | None:
    """The last message that is there, or that need not be; None without a copy."""
    found = select(TicketMirror.sent_seq).where(_is_copy(reference, backend))
    result: int | None = await tx.scalar(found)
    return result


async def release_all(tx: Transaction) -> None:
    """Free every lease: whoever held them is gone, when the only service of a database starts."""
    await tx.execute(update(TicketMirror).values(lease=None, lease_until=None))
    await tx.execute(update(TicketPull).values(next_at=func.now()))


async def all_due(tx: Transaction, backend: str, now: datetime) -> None:
    """It answers again: nobody waits for the end of a long pause."""
    await tx.execute(
        update(TicketMirror)
        .where(TicketMirror.backend == backend, TicketMirror.next_at > now)
        .values(next_at=now)
    )


async def of_remote(tx: Transaction, backend: str, remote_id: str) -> RowMapping | None:
    """The copy with that id there and its ticket's columns, locked; None when it is none of
    ours."""
    result = await tx.execute(
        select(TicketMirror.__table__, *_of_the_ticket())
        .join(Ticket, Ticket.reference == TicketMirror.reference)
        .where(TicketMirror.backend == backend, TicketMirror.remote_id == remote_id)
        .with_for_update(of=TicketMirror)
        .limit(1)
    )
    return result.mappings().one_or_none()


async def is_applied(tx: Transaction, ticket: RowMapping, external_id: str) -> bool:
    """Whether that was said here already, to the citizen or between agents."""
    said = exists().where(
        Message.conversation_id == ticket["conversation_id"],
        Message.external_id == f"agent:{external_id}",
    )
    noted = exists().where(
        TicketEvent.reference == ticket["reference"],
        TicketEvent.external_id == f"note:{external_id}",
    )
    return bool(await tx.scalar(select(or_(said, noted))))


async def moved_since(
    tx: Transaction, moment: datetime, skipped: int, limit: int
) -> list[RowMapping]:
    """Tickets to which something was done since, by anybody but the citizen's words; `moved_at`
    is when it last was, and their order."""
    happened = (
        select(func.max(TicketEvent.at))
        .where(TicketEvent.reference == Ticket.reference)
        .scalar_subquery()
    )
    moved_at = func.greatest(happened, Ticket.last_reply_at)
    result = await tx.execute(
        select(Ticket.__table__, moved_at.label("moved_at"))
        .where(moved_at >= moment)
        .order_by(moved_at, Ticket.reference)
        .offset(skipped)
        .limit(limit)
    )
    return list(result.mappings())


# -- readings -----------------------------------------------------------------------------------


async def take_pull(
    tx: Transaction, backend: str, now: datetime, until: datetime, *, is_asked: bool
) -> tuple[str | None] | None:
    """Take the reading of a backend's news, for which nobody else then comes before `until`; the
    cursor, in a tuple. None when it is not due. `is_asked`: due in any case."""
    await tx.execute(
        insert(TicketPull).values(backend=backend, next_at=now).on_conflict_do_nothing()
    )
    due = [] if is_asked else [TicketPull.next_at <= now]
    result = await tx.execute(
        update(TicketPull)
        .where(TicketPull.backend == backend, *due)
        .values(next_at=until)
        .returning(TicketPull.cursor)
    )
    row = result.one_or_none()
    return None if row is None else (row[0],)


async def pulled(tx: Transaction, backend: str, **values: Any) -> None:
    """Write how far a backend's news were read."""
    await tx.execute(update(TicketPull).where(TicketPull.backend == backend).values(**values))


async def failing_since(tx: Transaction, backend: str) -> datetime | None:
    found = select(TicketPull.failing_since).where(TicketPull.backend == backend)
    result: datetime | None = await tx.scalar(found)
    return result


async def has_open(tx: Transaction, backend: str) -> bool:
    """Whether a ticket is open there: its people may be writing."""
    found = (
        select(TicketMirror.reference)
        .join(Ticket, Ticket.reference == TicketMirror.reference)
        .where(TicketMirror.backend == backend, Ticket.status == Status.OPEN.value)
    )
    return bool(await tx.scalar(select(found.exists())))


# -- for people ---------------------------------------------------------------------------------


async def counts(tx: Transaction) -> dict[str, int]:
    """Copies whose last attempt failed, and notes that stay here."""
    result = await tx.execute(
        select(
            func.count().filter(TicketMirror.failing_since.is_not(None)),
            func.coalesce(func.sum(TicketMirror.withheld), 0),
        )
    )
    failing, withheld = result.one()
    reading = await tx.scalar(select(func.count()).where(TicketPull.failing_since.is_not(None)))
    return {"failing": failing, "withheld": int(withheld), "unread": int(reading or 0)}


async def listed(tx: Transaction) -> dict[str, list[RowMapping]]:
    """Where each open ticket's copies stand, by reference."""
    result = await tx.execute(
        select(
            TicketMirror.reference,
            TicketMirror.backend,
            TicketMirror.remote_id,
            TicketMirror.failing_since,
            TicketMirror.last_error,
        )
        .join(Ticket, Ticket.reference == TicketMirror.reference)
        .where(Ticket.status == Status.OPEN.value)
        .order_by(TicketMirror.backend)
    )
    copies: dict[str, list[RowMapping]] = {}
    for row in result.mappings():
        copies.setdefault(row["reference"], []).append(row)
    return copies


# -- states -------------------------------------------------------------------------------------


def state_of(ticket: RowMapping) -> State:
    """A ticket's state here."""
    return State(
        Status(ticket["status"]),
        Priority(ticket["priority"]),
        ticket["team"],
        ticket["assignee_name"],
    )


def kept(state: State) -> dict[str, Any]:
    """A state as it is stored."""
    return asdict(state)


def read_state(data: Mapping[str, Any]) -> State:
    """A state as it was stored."""
    return State(
        None if data["status"] is None else Status(data["status"]),
        None if data["priority"] is None else Priority(data["priority"]),
        data["team"],
        data["assignee"],
    )
