"""Queries on updates, chats and the messages of both sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import RowMapping

from bot.channels.telegram.rules import Waiting
from bot.channels.telegram.tables import TelegramChat, TelegramMessage, TelegramUpdate
from bot.storage.transaction import Transaction

NEW_CHAT = {"attempts": 0, "stumbles": 0, "has_keyboard": False}
"""A chat's other columns at first."""

ONCE = 500
"""Updates of one chat that are looked at together."""


@dataclass(frozen=True)
class Update:
    """An update as it arrived, with what its order depends on."""

    update_id: int
    chat_id: int
    message_id: int | None
    album: str | None
    body: Mapping[str, Any]
    due_at: datetime


@dataclass(frozen=True)
class Failures:
    """In a row: all, and those of the update itself."""

    attempts: int = 0
    stumbles: int = 0


async def keep(tx: Transaction, bot_id: int, updates: Sequence[Update], now: datetime) -> None:
    """Store updates and wake their chats; those that are known change nothing. A chat that waits
    after a failure goes on waiting."""
    fresh = insert(TelegramUpdate).on_conflict_do_nothing().returning(TelegramUpdate.update_id)
    rows = [
        {
            "update_id": one.update_id,
            "bot_id": bot_id,
            "chat_id": one.chat_id,
            "message_id": one.message_id,
            "album": one.album,
            "body": one.body,
            "at": now,
        }
        for one in updates
    ]
    kept = set((await tx.execute(fresh.values(rows))).scalars())
    due: dict[int, datetime] = {}
    for one in updates:
        if one.update_id in kept:
            due[one.chat_id] = min(one.due_at, due.get(one.chat_id, one.due_at))
    if not due:
        return
    chats = insert(TelegramChat).values(
        [  # in one order everywhere: two that store at once must not wait for one another
            {"chat_id": chat_id, "due_at": due_at, **NEW_CHAT}
            for chat_id, due_at in sorted(due.items())
        ]
    )
    waits = and_(TelegramChat.attempts > 0, TelegramChat.due_at.is_not(None))
    sooner = case(
        (waits, TelegramChat.due_at),
        else_=func.least(TelegramChat.due_at, chats.excluded.due_at),  # NULL is no candidate
    )
    await tx.execute(
        chats.on_conflict_do_update(index_elements=["chat_id"], set_={"due_at": sooner})
    )


async def last_update_id(tx: Transaction, bot_id: int) -> int | None:
    """The highest number that was stored of a bot's."""
    result = await tx.execute(
        select(func.max(TelegramUpdate.update_id)).where(TelegramUpdate.bot_id == bot_id)
    )
    return result.scalar_one()


async def lease_chat(tx: Transaction, attempt: UUID, now: datetime, lease: timedelta) -> int | None:
    """Take the chat whose updates have waited longest and that nobody works on."""
    free = (
        select(TelegramChat.chat_id)
        .where(
            TelegramChat.due_at <= now,
            or_(TelegramChat.lease_until.is_(None), TelegramChat.lease_until < now),
        )
        .order_by(TelegramChat.due_at)
        .limit(1)
        .with_for_update(skip_locked=True, key_share=True)
    )
    found = (await tx.execute(free)).scalar_one_or_none()
    if found is not None:
        await change_chat(tx, found, lease=attempt, lease_until=now + lease)
    return found


async def renew_lease(tx: Transaction, chat_id: int, attempt: UUID, until: datetime) -> bool:
    """Keep a chat that is still ours; False when somebody else took it."""
    result = await tx.execute(
        update(TelegramChat)
        .where(TelegramChat.chat_id == chat_id, TelegramChat.lease == attempt)
        .values(lease_until=until)
    )
    return result.rowcount == 1


async def next_due(tx: Transaction) -> datetime | None:
    """When the next chat that nobody works on is due."""
    result = await tx.execute(
        select(func.min(TelegramChat.due_at)).where(TelegramChat.lease.is_(None))
    )
    return result.scalar_one()


async def waiting_in(tx: Transaction, chat_id: int) -> list[Waiting]:
    """The updates of a chat that nobody took, as they were accepted."""
    result = await tx.execute(
        select(
            TelegramUpdate.update_id,
            TelegramUpdate.accepted,
            TelegramUpdate.message_id,
            TelegramUpdate.album,
            TelegramUpdate.at,
        )
        .where(TelegramUpdate.chat_id == chat_id, TelegramUpdate.taken_at.is_(None))
        .order_by(TelegramUpdate.accepted)
        .limit(ONCE)
    )
    return [Waiting(*row) for row in result]


async def failures_in(tx: Transaction, chat_id: int) -> Failures:
    """How often the chat's next update could not be taken."""
    result = await tx.execute(
        select(TelegramChat.attempts, TelegramChat.stumbles).where(TelegramChat.chat_id == chat_id)
    )
    return Failures(*result.one())


async def bodies(tx: Transaction, update_ids: Sequence[int]) -> list[dict[str, Any]]:
    """Updates as Telegram sent them, in the order asked for."""
    result = await tx.execute(
        select(TelegramUpdate.update_id, TelegramUpdate.body).where(
            TelegramUpdate.update_id.in_(update_ids)
        )
    )
    found = {row.update_id: row.body for row in result}
    return [found[one] for one in update_ids]


async def lock_chat(tx: Transaction, chat_id: int) -> RowMapping:
    """The chat's row, locked for the rest of the transaction."""
    result = await tx.execute(
        select(TelegramChat.__table__)
        .where(TelegramChat.chat_id == chat_id)
        .with_for_update(key_share=True)
    )
    return result.mappings().one()


async def change_chat(tx: Transaction, chat_id: int, **values: Any) -> None:
    """Set columns of a chat."""
    await tx.execute(update(TelegramChat).where(TelegramChat.chat_id == chat_id).values(**values))


async def mark_taken(tx: Transaction, update_ids: Sequence[int], now: datetime) -> bool:
    """These were dealt with; False when one of them already was."""
    result = await tx.execute(
        update(TelegramUpdate)
        .where(TelegramUpdate.update_id.in_(update_ids), TelegramUpdate.taken_at.is_(None))
        .values(taken_at=now)
    )
    return result.rowcount == len(update_ids)


async def note_error(tx: Transaction, update_ids: Sequence[int], error: str) -> None:
    """Keep why updates could not be taken, for an operator."""
    await tx.execute(
        update(TelegramUpdate).where(TelegramUpdate.update_id.in_(update_ids)).values(error=error)
    )


async def release_all(tx: Transaction) -> None:
    """Free every lease: at the start of the only service of a private database."""
    await tx.execute(
        update(TelegramChat)
        .where(TelegramChat.lease.is_not(None))
        .values(lease=None, lease_until=None)
    )


async def forget_taken(tx: Transaction, before: datetime, limit: int) -> int:
    """Drop updates that were taken by then. Returns how many."""
    old = select(TelegramUpdate.update_id).where(TelegramUpdate.taken_at <= before).limit(limit)
    result = await tx.execute(delete(TelegramUpdate).where(TelegramUpdate.update_id.in_(old)))
    return int(result.rowcount)


# -- whose message is which ---------------------------------------------------------------------


async def name_message(
    tx: Transaction,
    chat_id: int,
    message_id: int,
    conversation_id: UUID,
    seq: int,
    *,
    part: int = 0,
    has_buttons: bool = False,
) -> None:
    """Remember which message of ours one of the chat's is. Another bot counts its messages anew:
    the newest of a number is meant."""
    names = {"conversation_id": conversation_id, "seq": seq, "part": part}
    values = {**names, "has_buttons": has_buttons}
    await tx.execute(
        insert(TelegramMessage)
        .values(chat_id=chat_id, message_id=message_id, **values)
        .on_conflict_do_update(index_elements=["chat_id", "message_id"], set_=values)
    )


async def named_message(tx: Transaction, chat_id: int, message_id: int) -> RowMapping | None:
    """What one of the chat's messages is of ours."""
    result = await tx.execute(
        select(TelegramMessage.__table__).where(
            TelegramMessage.chat_id == chat_id, TelegramMessage.message_id == message_id
        )
    )
    return result.mappings().one_or_none()
