"""Queries on the news that wait to be told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update

from bot.conversations.tables import Conversation
from bot.errors import NotFound
from bot.service_requests.news import News
from bot.service_requests.tables import Notification
from bot.storage.transaction import Transaction

MOST_ATTEMPTS = 3
"""News that cannot be told stay where they are; `/metrics` shows how many (`stuck`)."""
AT_ONCE = 20


@dataclass(frozen=True)
class Waiting:
    """A telling that waits."""

    seq: int
    reference: str
    is_own: bool
    news: News


async def next_conversation(tx: Transaction) -> UUID | None:
    """A conversation in which news wait, locked; one that somebody else is busy with is left to
    them, and comes again."""
    result = await tx.execute(
        select(Conversation.id)
        .where(
            Conversation.id.in_(
                select(Notification.conversation_id)
                .where(Notification.told_at.is_(None), Notification.attempts < MOST_ATTEMPTS)
                .order_by(Notification.seq)
                .limit(AT_ONCE)
            )
        )
        .limit(1)
        .with_for_update(skip_locked=True, key_share=True)
    )
    return result.scalar_one_or_none()


async def oldest(tx: Transaction, conversation_id: UUID) -> Waiting:
    """What waits longest to be told there. Raises `NotFound` when nothing does."""
    result = await tx.execute(
        select(Notification.seq, Notification.reference, Notification.is_own, Notification.news)
        .where(
            Notification.conversation_id == conversation_id,
            Notification.told_at.is_(None),
            Notification.attempts < MOST_ATTEMPTS,
        )
        .order_by(Notification.seq)
        .limit(1)
    )
    row = result.one_or_none()
    if row is None:
        raise NotFound("news")
    return Waiting(row[0], row[1], row[2], News.from_json(row[3]))


async def mark_told(tx: Transaction, seq: int, now: datetime) -> None:
    await tx.execute(update(Notification).where(Notification.seq == seq).values(told_at=now))


async def count_attempt(tx: Transaction, seq: int) -> None:
    """This one could not be told."""
    await tx.execute(
        update(Notification)
        .where(Notification.seq == seq)
        .values(attempts=Notification.attempts + 1)
    )


async def counts(tx: Transaction) -> dict[str, int]:
    """How many news wait, and how many are stuck: tried in vain too often."""
    is_stuck = Notification.attempts >= MOST_ATTEMPTS
    result = await tx.execute(
        select(func.count().filter(~is_stuck), func.count().filter(is_stuck)).where(
            Notification.told_at.is_(None)
        )
    )
    waiting, stuck = result.one()
    return {"waiting": waiting, "stuck": stuck}
