"""Queries on addresses of ours, on mail that came, and on threads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import RowMapping

from bot.errors import NotFound
from bot.mailbox import rules
from bot.mailbox.rules import Kind, Mailbox, State
from bot.mailbox.tables import ArrivedMail, MailAddress, MailThread
from bot.storage.transaction import Transaction

LONGEST_ERROR = 300


@dataclass(frozen=True)
class Leased:
    """A mail that is ours to take until its lease runs out. `attempts` counts this one."""

    id: UUID
    key: str
    recipient: str
    return_path: str | None
    raw: bytes
    arrived_at: datetime
    attempts: int


# -- addresses ----------------------------------------------------------------------------------


async def mailbox_of(tx: Transaction, address: str) -> Mailbox | None:
    """Whose an address of ours is; None for one that is not ours."""
    query = select(MailAddress.address, MailAddress.commune, MailAddress.team)
    found = await tx.execute(query.where(MailAddress.address == rules.same_mailbox(address)))
    row = found.one_or_none()
    return None if row is None else Mailbox(*row)


async def mailboxes(tx: Transaction) -> list[Mailbox]:
    query = select(MailAddress.address, MailAddress.commune, MailAddress.team)
    return [Mailbox(*row) for row in await tx.execute(query.order_by(MailAddress.address))]


async def keep_mailbox(tx: Transaction, mailbox: Mailbox, now: datetime) -> None:
    """Add an address, or say anew whose it is."""
    values = {"commune": mailbox.commune, "team": mailbox.team}
    await tx.execute(
        insert(MailAddress)
        .values(address=mailbox.address, created_at=now, **values)
        .on_conflict_do_update(index_elements=["address"], set_=values)
    )


async def drop_mailbox(tx: Transaction, address: str) -> None:
    """Raises `NotFound`."""
    gone = await tx.execute(
        delete(MailAddress).where(MailAddress.address == rules.same_mailbox(address))
    )
    if not gone.rowcount:
        raise NotFound("address")


# -- mail that came -----------------------------------------------------------------------------


async def add(
    tx: Transaction,
    key: str,
    recipient: str,
    return_path: str | None,
    raw: bytes,
    now: datetime,
) -> bool:
    """Keep a mail, due at once. False for a repeat, which changes nothing."""
    result = await tx.execute(
        insert(ArrivedMail)
        .values(
            id=uuid4(),
            key=key,
            recipient=recipient,
            return_path=return_path,
            raw=raw,
            size=len(raw),
            arrived_at=now,
            state=State.WAITING.value,
            attempts=0,
            next_at=now,
        )
        .on_conflict_do_nothing(index_elements=["key", "recipient"])
        .returning(ArrivedMail.id)
    )
    return result.scalar_one_or_none() is not None


async def lease_one(tx: Transaction, attempt: UUID, now: datetime) -> Leased | None:
    """Take the mail that is due and that nobody reads, oldest first."""
    due = (
        select(ArrivedMail.id)
        .where(ArrivedMail.state == State.WAITING.value, ArrivedMail.next_at <= now)
        .order_by(ArrivedMail.next_at)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    result = await tx.execute(
        update(ArrivedMail)
        .where(ArrivedMail.id == due)
        .values(lease=attempt, attempts=ArrivedMail.attempts + 1, next_at=now + rules.LEASE)
        .returning(
            ArrivedMail.id,
            ArrivedMail.key,
            ArrivedMail.recipient,
            ArrivedMail.return_path,
            ArrivedMail.raw,
            ArrivedMail.arrived_at,
            ArrivedMail.attempts,
        )
    )
    row = result.one_or_none()
    if row is None:
        return None
    return Leased(*row[:4], row.raw or b"", *row[5:])  # nothing that waits is forgotten but once


async def settle(
    tx: Transaction, leased: Leased, attempt: UUID, kind: Kind, now: datetime, **known: Any
) -> None:
    """It was taken, as what it is; `known`: columns. Raises `NotFound` when another attempt took
    over: the caller's transaction then leaves no trace."""
    done = await tx.execute(
        update(ArrivedMail)
        .where(
            ArrivedMail.id == leased.id,
            ArrivedMail.lease == attempt,
            ArrivedMail.state == State.WAITING.value,
        )
        .values(
            state=State.TAKEN.value,
            kind=kind.value,
            taken_at=now,
            lease=None,
            last_error=None,
            **known,
        )
    )
    if done.rowcount != 1:
        raise NotFound("mail")


async def put_off(
    tx: Transaction, leased: Leased, attempt: UUID, due: datetime, why: str, *, counts: bool
) -> None:
    """To be tried again at `due`. `counts`: not where nothing is wrong with the mail."""
    await _release(
        tx,
        leased,
        attempt,
        next_at=due,
        attempts=leased.attempts if counts else leased.attempts - 1,
        last_error=why[:LONGEST_ERROR],
    )


async def give_up(tx: Transaction, leased: Leased, attempt: UUID, why: str) -> None:
    """It cannot be taken: an operator sees it."""
    await _release(tx, leased, attempt, state=State.FAILED.value, last_error=why[:LONGEST_ERROR])


async def _release(tx: Transaction, leased: Leased, attempt: UUID, **values: Any) -> None:
    await tx.execute(
        update(ArrivedMail)
        .where(ArrivedMail.id == leased.id, ArrivedMail.lease == attempt)
        .values(lease=None, **values)
    )


async def release_all(tx: Transaction, now: datetime) -> None:
    """Whoever was reading is gone. Only for whoever is surely alone."""
    await tx.execute(
        update(ArrivedMail)
        .where(ArrivedMail.state == State.WAITING.value, ArrivedMail.lease.is_not(None))
        .values(lease=None, next_at=now)
    )


async def taken_from(tx: Transaction, sender: str, since: datetime) -> int:
    """How many mails of a sender became messages since then."""
    count = await tx.scalar(
        select(func.count()).where(
            ArrivedMail.sender == sender,
            ArrivedMail.arrived_at > since,
            ArrivedMail.kind == Kind.MAIL.value,
        )
    )
    return count or 0


async def listed(
    tx: Transaction, kinds: Sequence[str], limit: int, *, only_failed: bool
) -> list[RowMapping]:
    """The newest mails, without their words: an operator's list."""
    columns = [c for c in ArrivedMail.__table__.c if c.name not in {"raw", "subject"}]
    query = select(*columns).order_by(ArrivedMail.arrived_at.desc()).limit(limit)
    if only_failed:
        query = query.where(ArrivedMail.state == State.FAILED.value)
    if kinds:
        query = query.where(ArrivedMail.kind.in_(kinds))
    return list((await tx.execute(query)).mappings())


async def try_again(tx: Transaction, mail: UUID, now: datetime) -> None:
    """A mail that was given up or held back waits again. Raises `NotFound` for any other, and
    once it is forgotten."""
    done = await tx.execute(
        update(ArrivedMail)
        .where(
            ArrivedMail.id == mail,
            ArrivedMail.raw.is_not(None),
            ArrivedMail.conversation_id.is_(None),
            ArrivedMail.state != State.WAITING.value,
        )
        .values(state=State.WAITING.value, kind=None, attempts=0, next_at=now, taken_at=None)
    )
    if done.rowcount != 1:
        raise NotFound("mail")


# -- threads ------------------------------------------------------------------------------------


async def thread_of(tx: Transaction, conversation_id: UUID) -> RowMapping | None:
    result = await tx.execute(
        select(MailThread.__table__).where(MailThread.conversation_id == conversation_id)
    )
    return result.mappings().one_or_none()


async def conversation_of_mail(
    tx: Transaction, message_ids: Sequence[str], sender: str
) -> UUID | None:
    """The conversation that holds one of these mails, of the same sender."""
    result = await tx.execute(
        select(ArrivedMail.conversation_id)
        .where(
            ArrivedMail.message_id.in_(message_ids),
            ArrivedMail.sender == sender,
            ArrivedMail.conversation_id.is_not(None),
        )
        .order_by(ArrivedMail.arrived_at.desc())
        .limit(1)
    )
    return result.scalar_one_or_none()


async def keep_thread(tx: Transaction, conversation_id: UUID, **values: Any) -> None:
    """Begin a thread, or say what its next letter answers."""
    await tx.execute(
        insert(MailThread)
        .values(conversation_id=conversation_id, **values)
        .on_conflict_do_update(
            index_elements=["conversation_id"],
            set_={name: values[name] for name in ("last_id", "refers_to")},
        )
    )


# -- forgetting ---------------------------------------------------------------------------------


async def forget_words(tx: Transaction, conversations: Sequence[UUID]) -> None:
    """Drop the mails and the addresses of these conversations. That a mail came stays for a
    while, so that its repeat is known."""
    await tx.execute(delete(MailThread).where(MailThread.conversation_id.in_(conversations)))
    await tx.execute(
        update(ArrivedMail)
        .where(ArrivedMail.conversation_id.in_(conversations))
        .values(
            raw=None,
            return_path=None,
            sender=None,
            subject=None,
            last_error=None,
            conversation_id=None,
        )
    )


async def forget(tx: Transaction, before: datetime, limit: int) -> int:
    """Drop what arrived by then. Returns how many, at most `limit`."""
    old = select(ArrivedMail.id).where(ArrivedMail.arrived_at <= before).limit(limit)
    return int((await tx.execute(delete(ArrivedMail).where(ArrivedMail.id.in_(old)))).rowcount)
