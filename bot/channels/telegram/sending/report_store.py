"""Queries for an operator: what waits, what did not arrive, what could not be taken."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select, true, update

from bot.channels.telegram.sending import store
from bot.channels.telegram.tables import TelegramUpdate
from bot.conversations import store as conversations
from bot.conversations.rules import BLOCKED
from bot.conversations.tables import Delivery, Message
from bot.storage.transaction import Transaction


@dataclass(frozen=True)
class Summary:
    """`failed`: conversation, number, when and why, newest first; `in_doubt`: of all that are not
    sent, those that may be there already; `given_up`: updates that could not be taken, with when
    they came and why."""

    waiting: int
    news_waiting: int
    behind_a_block: int
    oldest: datetime | None
    blocked_chats: int
    failed: Sequence[tuple[UUID, int, datetime, str]]
    failed_in_all: int
    last_error: str | None
    in_doubt: int
    given_up: Sequence[tuple[int, datetime, str]]
    given_up_in_all: int


async def summary(tx: Transaction, limit: int) -> Summary:
    """What waits and what did not arrive."""
    is_behind = and_(store.IS_PENDING, Delivery.error == BLOCKED)
    is_waiting = and_(store.IS_PENDING, Delivery.error.is_distinct_from(BLOCKED))
    has_failed = and_(Delivery.channel == store.CHANNEL, Delivery.status == "failed")
    may_be_there = and_(Delivery.in_doubt, Delivery.lease.is_(None))
    counts = (
        await tx.execute(
            select(
                func.count().filter(is_waiting),
                func.count().filter(is_waiting, Delivery.is_news),
                func.count().filter(is_behind),
                func.min(Delivery.due_at).filter(is_waiting),
                func.count().filter(has_failed),
                func.count().filter(may_be_there),
            ).where(Delivery.channel == store.CHANNEL, Delivery.status != "sent")
        )
    ).one()
    failed = await tx.execute(
        select(Delivery.conversation_id, Delivery.seq, Message.at, Delivery.error)
        .join(Message, Message.id == Delivery.message_id)
        .where(has_failed)
        .order_by(Message.at.desc())
        .limit(limit)
    )
    last = await tx.execute(
        select(Delivery.error)
        .where(is_waiting, Delivery.error.is_not(None))
        .order_by(Delivery.due_at)
        .limit(1)
    )
    waiting, news_waiting, behind, oldest, failed_in_all, in_doubt = counts
    return Summary(
        int(waiting),
        int(news_waiting),
        int(behind),
        oldest,
        await store.blocked_chats(tx),
        [(row[0], row[1], row[2], row[3] or "") for row in failed],
        int(failed_in_all),
        last.scalar_one_or_none(),
        int(in_doubt),
        *await _given_up(tx, limit),
    )


async def _given_up(tx: Transaction, limit: int) -> tuple[Sequence[tuple[int, datetime, str]], int]:
    has_error = TelegramUpdate.error.is_not(None)
    found = await tx.execute(
        select(TelegramUpdate.update_id, TelegramUpdate.at, TelegramUpdate.error)
        .where(has_error)
        .order_by(TelegramUpdate.at.desc())
        .limit(limit)
    )
    in_all = await tx.execute(select(func.count()).select_from(TelegramUpdate).where(has_error))
    return [(row[0], row[1], row[2] or "") for row in found], int(in_all.scalar_one())


async def retry(
    tx: Transaction, now: datetime, conversation_ids: Collection[UUID] | None = None
) -> int:
    """Send what failed again: all of it, or that of some conversations. Returns how many."""
    is_chosen: ColumnElement[bool] = true()
    if conversation_ids is not None:
        is_chosen = Delivery.conversation_id.in_(conversation_ids)
    result = await tx.execute(
        update(Delivery)
        .where(Delivery.channel == store.CHANNEL, Delivery.status == "failed", is_chosen)
        .values(status="pending", error=None, attempts=0, due_at=now)
        .returning(Delivery.conversation_id)
    )
    again = list(result.scalars())
    for conversation_id in set(again):
        await conversations.notify(tx, conversations.EVENTS, str(conversation_id))
    return len(again)
