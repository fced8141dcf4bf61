"""Queries on the outbox of letters."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    func,
    literal_column,
    not_,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import RowMapping

from bot.errors import NotFound
from bot.mail import rules
from bot.mail.tables import IS_TRANSCRIPT, IS_WAITING, IS_WORDED, KEPT_FROM, Letter
from bot.storage.transaction import Transaction

logger = logging.getLogger(__name__)
LONGEST_ERROR = 300
_WAITING: ColumnElement[bool] = literal_column(f"({IS_WAITING})")
_WORDED: ColumnElement[bool] = literal_column(f"({IS_WORDED})")
_TRANSCRIPT: ColumnElement[bool] = literal_column(f"({IS_TRANSCRIPT})")
_TRANSCRIPTS_LOCK = 7_203_118


@dataclass(frozen=True)
class Leased:
    """A letter that is ours to send until its lease runs out. `attempts` counts this one."""

    id: UUID
    message_id: str
    created_at: datetime
    attempts: int
    letter: rules.Letter


@dataclass(frozen=True)
class Listed:
    """A letter as its operator sees it. What was forgotten is None."""

    id: UUID
    created_at: datetime
    sent_at: datetime | None
    failed_at: datetime | None
    next_at: datetime
    attempts: int
    reference: str | None
    recipient: str | None
    subject: str | None
    last_error: str | None

    @property
    def state(self) -> str:
        if self.sent_at is not None:
            return "sent"
        return "waiting" if self.failed_at is None else "failed"


@dataclass(frozen=True)
class About:
    """What a letter is, by its Message-ID. `recipient`: None once it is forgotten."""

    id: UUID
    conversation_id: UUID | None
    seq: int | None
    reference: str | None
    recipient: str | None


async def add(
    tx: Transaction,
    id_: UUID,
    letter: rules.Letter,
    key: str,
    message_id: str,
    now: datetime,
    message: tuple[UUID, int] | None = None,
) -> bool:
    """Put it into the outbox, due at once. False when `key` was told before, or when its recipient
    has had enough for a day, which is logged. `message`: conversation and number."""
    conversation_id, seq = message or (None, None)
    if await _written_since(tx, letter.to, now - timedelta(days=1), now) >= rules.MOST_A_DAY:
        logger.warning("no letter for %s: its recipient has had enough for a day", key)
        return False
    result = await tx.execute(
        insert(Letter)
        .values(
            id=id_,
            key=key,
            message_id=message_id,
            reference=letter.reference,
            language=letter.language,
            sender_name=letter.sender_name,
            reply_to=letter.reply_to,
            recipient=letter.to,
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            created_at=now,
            attempts=0,
            next_at=now,
            conversation_id=conversation_id,
            seq=seq,
            thread=None if letter.thread is None else asdict(letter.thread),
        )
        .on_conflict_do_nothing(index_elements=[Letter.key])
        .returning(Letter.id)
    )
    return result.scalar_one_or_none() is not None


async def _written_since(tx: Transaction, to: str, since: datetime, now: datetime) -> int:
    """How many letters to a recipient were written since then, however the address is spelt. What
    anybody may ask for does not count: it would keep the recipient's own news from them."""
    count = await tx.scalar(
        select(func.count()).where(
            _WORDED,
            not_(_TRANSCRIPT),
            literal_column(KEPT_FROM)
            > since,  # the index; no letter is kept from before it is written
            Letter.created_at > since,
            Letter.created_at <= now,
            func.lower(Letter.recipient) == to.lower(),
        )
    )
    return count or 0


async def queue_for_transcripts(tx: Transaction) -> None:
    """Until the transaction ends no other transcript is counted or written, in no process."""
    await tx.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _TRANSCRIPTS_LOCK})


async def transcripts_since(tx: Transaction, since: datetime) -> list[str]:
    """The keys of the transcripts that were written since then, forgotten or not."""
    result = await tx.execute(select(Letter.key).where(_TRANSCRIPT, Letter.created_at > since))
    return list(result.scalars())


async def lease(tx: Transaction, attempt: UUID, now: datetime, limit: int) -> list[Leased]:
    """Take letters that are due and that nobody sends, oldest first; each counts as tried."""
    due = (
        select(Letter.id)
        .where(_WAITING, Letter.next_at <= now, Letter.attempts < rules.MOST_ATTEMPTS)
        .order_by(Letter.next_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    result = await tx.execute(
        update(Letter)
        .where(Letter.id.in_(due))
        .values(lease=attempt, attempts=Letter.attempts + 1, next_at=now + rules.LEASE)
        .returning(Letter.__table__)
    )
    return [_leased(row) for row in result.mappings()]


def _leased(row: RowMapping) -> Leased:
    letter = rules.Letter(
        to=row["recipient"],
        sender_name=row["sender_name"],
        language=row["language"],
        subject=row["subject"],
        text=row["text"],
        html=row["html"],
        reference=row["reference"],
        reply_to=row["reply_to"],
        thread=_thread(row["thread"]),
    )
    return Leased(row["id"], row["message_id"], row["created_at"], row["attempts"], letter)


def _thread(stored: Mapping[str, Any] | None) -> rules.Thread | None:
    if stored is None:
        return None
    lists = {name: tuple(stored[name]) for name in ("refers_to", "photos")}
    return rules.Thread(stored["in_reply_to"], is_personal=stored["is_personal"], **lists)


async def mark_sent(tx: Transaction, letter: UUID, attempt: UUID, now: datetime) -> None:
    """The server has it. Nothing when another attempt took over."""
    await _settle(tx, letter, attempt, sent_at=now, lease=None, last_error=None)


async def put_off(tx: Transaction, letter: UUID, attempt: UUID, due: datetime, why: str) -> None:
    """To be tried again at `due`."""
    await _settle(tx, letter, attempt, next_at=due, lease=None, last_error=_error(why))


async def mark_failed(
    tx: Transaction, letter: UUID, attempt: UUID, now: datetime, why: str
) -> None:
    """Given up: an operator sees it, and may try again."""
    await _settle(tx, letter, attempt, failed_at=now, lease=None, last_error=_error(why))


def _error(why: str) -> ColumnElement[str | None]:
    """What a server answered, which often repeats the address: not once that is forgotten."""
    return case((_WORDED, why[:LONGEST_ERROR]), else_=None)


async def _settle(tx: Transaction, letter: UUID, attempt: UUID, **values: Any) -> None:
    await tx.execute(
        update(Letter).where(Letter.id == letter, Letter.lease == attempt).values(**values)
    )


async def found(tx: Transaction, message_ids: Sequence[str]) -> About | None:
    """The letter of the first of these Message-IDs that is ours."""
    columns = (Letter.id, Letter.conversation_id, Letter.seq, Letter.reference, Letter.recipient)
    result = await tx.execute(
        select(Letter.message_id, *columns).where(Letter.message_id.in_(message_ids))
    )
    known = {row.message_id: About(*row[1:]) for row in result}
    return next((known[one] for one in message_ids if one in known), None)


async def mark_bounced(
    tx: Transaction, letter: UUID, why: str, now: datetime, *, is_final: bool
) -> None:
    """Another server did not deliver a letter that was taken from us, or does not yet."""
    ended = {"sent_at": None, "failed_at": now} if is_final else {}
    await tx.execute(
        update(Letter).where(Letter.id == letter).values(last_error=_error(why), **ended)
    )


async def give_up_on_vanished(tx: Transaction, now: datetime) -> int:
    """Letters whose last attempt never told how it ended. Returns how many."""
    result = await tx.execute(
        update(Letter)
        .where(_WAITING, Letter.next_at <= now, Letter.attempts >= rules.MOST_ATTEMPTS)
        .values(failed_at=now, lease=None, last_error="the sender vanished during each attempt")
    )
    return result.rowcount


async def release_all(tx: Transaction, now: datetime) -> None:
    """Whoever was sending is gone: what they held is due now. Only for whoever is surely alone."""
    await tx.execute(
        update(Letter).where(_WAITING, Letter.lease.is_not(None)).values(lease=None, next_at=now)
    )


async def recipient(tx: Transaction, key: str) -> str | None:
    """Whom the letter of that key went to; None without one, and once that is forgotten."""
    result = await tx.execute(select(Letter.recipient).where(Letter.key == key))
    return result.scalar_one_or_none()


async def listed(tx: Transaction, *, with_sent: bool, limit: int) -> list[Listed]:
    """The newest letters, those that were not sent unless told otherwise: an operator's list."""
    columns = [getattr(Letter, name) for name in Listed.__dataclass_fields__]
    query = select(*columns).order_by(Letter.created_at.desc()).limit(limit)
    result = await tx.execute(query if with_sent else query.where(Letter.sent_at.is_(None)))
    return [Listed(*row) for row in result]


async def try_again(tx: Transaction, letters: Sequence[UUID] | None, now: datetime) -> int:
    """Letters that failed wait again, all of them without `letters`. Returns how many.

    Raises `NotFound` when one of those named has not failed, or was forgotten.
    """
    failed = and_(Letter.failed_at.is_not(None), _WORDED)
    if letters is not None:
        failed = and_(failed, Letter.id.in_(letters))
    result = await tx.execute(
        update(Letter).where(failed).values(failed_at=None, attempts=0, next_at=now)
    )
    if letters is not None and result.rowcount != len(set(letters)):
        raise NotFound("letter")
    return result.rowcount


async def count(tx: Transaction) -> dict[str, int]:
    """How many wait, and how many failed whose words are still there."""
    is_failed = Letter.failed_at.is_not(None)
    result = await tx.execute(
        select(
            func.count().filter(_WAITING),
            func.count().filter(is_failed),
        ).where(_WORDED, or_(_WAITING, is_failed))
    )
    waiting, failed = result.one()
    return {"waiting": waiting, "failed": failed}


async def forget(tx: Transaction, before: datetime, now: datetime, limit: int) -> int:
    """Drop recipient and words of letters sent, given up or written until then, at most `limit`.
    One that still waited will not be sent. Returns how many."""
    old = (
        select(Letter.id)
        .where(_WORDED, literal_column(KEPT_FROM) <= before)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return await _forget(tx, Letter.id.in_(old), now)


async def forget_keyed(tx: Transaction, start: str, now: datetime) -> int:
    """The same for the transcripts whose key begins so. Returns how many."""
    return await _forget(tx, and_(_WORDED, _TRANSCRIPT, func.starts_with(Letter.key, start)), now)


async def forget_of(tx: Transaction, conversations: Sequence[UUID], tickets: Sequence[str]) -> int:
    """The same for the letters that are messages of these conversations, or that tell of these
    tickets, however young. Returns how many."""
    of_these = or_(Letter.conversation_id.in_(conversations), Letter.reference.in_(tickets))
    return await _forget(tx, and_(_WORDED, of_these), func.now())


async def _forget(
    tx: Transaction, which: ColumnElement[bool], now: datetime | ColumnElement[datetime]
) -> int:
    ended = case((Letter.sent_at.is_(None), func.coalesce(Letter.failed_at, now)), else_=None)
    result = await tx.execute(
        update(Letter)
        .where(which)
        .values(
            failed_at=ended,
            recipient=None,
            reply_to=None,
            subject=None,
            text=None,
            html=None,
            thread=None,
            last_error=None,
        )
    )
    return result.rowcount
