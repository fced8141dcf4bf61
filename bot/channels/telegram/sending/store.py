"""Queries on what is to be handed to Telegram, and what of it is there.

A conversation is a chat's when it began in it, or goes on in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    and_,
    case,
    cast,
    func,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import distinct_on, insert

from bot.channels.telegram.sending import rules
from bot.channels.telegram.sending.rules import BLOCKED, EXPIRED, LEASE, NO_CHAT
from bot.channels.telegram.store import NEW_CHAT, name_message
from bot.channels.telegram.tables import TelegramChat, TelegramMessage
from bot.conversations import store as conversations
from bot.conversations.rules import Owner
from bot.conversations.tables import Conversation, Delivery, Message
from bot.storage.transaction import Transaction

CHANNEL = "telegram"
_IS_PENDING = and_(Delivery.channel == CHANNEL, Delivery.status == "pending")
_ADDRESS = case(
    (Conversation.channel == CHANNEL, Conversation.address),
    (Conversation.continued_channel == CHANNEL, Conversation.continued_address),
)
_CHAT = case((_ADDRESS.regexp_match("^-?[0-9]{1,18}$"), cast(_ADDRESS, BigInteger)))


def chat_expression() -> ColumnElement[int | None]:
    """Of a conversation in a query: the chat that is its address."""
    return _CHAT


_IS_BLOCKED = TelegramChat.blocked_at.is_not(None)


@dataclass(frozen=True)
class Standing:
    """A chat for which something waits. `is_news`: nothing else does."""

    chat_id: int
    is_news: bool


@dataclass(frozen=True)
class Due:
    """A message that is about to be handed over, read where its attempt began. `done`: its parts
    that are there; `awaiting`: what the conversation's next words may answer."""

    message_id: UUID
    conversation_id: UUID
    citizen_id: UUID
    seq: int
    sender: str
    text: str
    content: Mapping[str, Any]
    language: str
    is_news: bool
    attempts: int
    question_seq: int | None
    awaiting: Mapping[str, Any] | None
    has_keyboard: bool
    done: frozenset[int]


# -- what waits ---------------------------------------------------------------------------------


async def standing(
    tx: Transaction, now: datetime, conversation_ids: Collection[UUID] | None = None
) -> list[Standing]:
    """The chats whose first message may be tried now, longest waiting first: all of them, or those
    of some conversations."""
    is_asked: ColumnElement[bool] = true()
    if conversation_ids is not None:
        is_asked = Delivery.conversation_id.in_(conversation_ids)
    waiting = (
        select(
            _CHAT.label("chat_id"),
            func.bool_and(Delivery.is_news).label("is_news"),
            func.min(Delivery.due_at).label("since"),
        )
        .join(Conversation, Conversation.id == Delivery.conversation_id)
        .where(_IS_PENDING, Delivery.due_at <= now, _CHAT.is_not(None), is_asked)
        .group_by(_CHAT)
        .subquery()
    )
    result = await tx.execute(
        select(waiting.c.chat_id, waiting.c.is_news)
        .outerjoin(TelegramChat, TelegramChat.chat_id == waiting.c.chat_id)
        .where(TelegramChat.blocked_at.is_(None))
        .order_by(waiting.c.since)
    )
    return [Standing(*row) for row in result]


async def following(tx: Transaction, chat_id: int, now: datetime) -> Standing | None:
    """The same for one chat; None when nothing is left to be tried there now."""
    result = await tx.execute(
        select(func.bool_and(Delivery.is_news))
        .join(Conversation, Conversation.id == Delivery.conversation_id)
        .where(_IS_PENDING, Delivery.due_at <= now, *_of_chat(chat_id))
    )
    is_news = result.scalar_one()
    return None if is_news is None else Standing(chat_id, is_news)


async def settle(tx: Transaction) -> None:
    """Say of what waits behind a block that it does, and give up what has no chat any more."""
    of_blocked = select(Conversation.id).join(
        TelegramChat, and_(TelegramChat.chat_id == _CHAT, _IS_BLOCKED)
    )
    await tx.execute(
        update(Delivery)
        .where(
            _IS_PENDING,
            Delivery.error.is_distinct_from(BLOCKED),
            Delivery.conversation_id.in_(of_blocked),
        )
        .values(error=BLOCKED)
    )
    of_none = select(Conversation.id).where(_CHAT.is_(None))
    await tx.execute(
        update(Delivery)
        .where(_IS_PENDING, Delivery.conversation_id.in_(of_none))
        .values(status="failed", error=NO_CHAT, lease=None, lease_until=None)
    )


async def blocked_chats(tx: Transaction) -> int:
    """How many chats cannot be written to."""
    result = await tx.execute(select(func.count()).select_from(TelegramChat).where(_IS_BLOCKED))
    return int(result.scalar_one())


# -- an attempt ---------------------------------------------------------------------------------


async def begin(tx: Transaction, chat_id: int, sender: UUID, now: datetime) -> Due | None:
    """Lease the chat's next message: nothing is tried before what was said before it. None when
    there is none, it is not due, the chat is blocked, or another sender is at it."""
    chat = await tx.execute(select(TelegramChat.blocked_at).where(TelegramChat.chat_id == chat_id))
    if chat.scalar_one_or_none() is not None:
        return None
    await _drop_expired(tx, chat_id, now)
    heads = (
        select(Delivery.message_id, Delivery.due_at, Delivery.lease, Delivery.lease_until)
        .join(Conversation, Conversation.id == Delivery.conversation_id)
        .where(_IS_PENDING, *_of_chat(chat_id))
        .ext(distinct_on(Delivery.conversation_id))
        .order_by(Delivery.conversation_id, Delivery.seq)
        .subquery()
    )
    first = (
        await tx.execute(
            select(heads)
            .join(Message, Message.id == heads.c.message_id)
            .order_by(Message.at, Message.seq)
            .limit(1)
        )
    ).one_or_none()
    if first is None or first.due_at > now:
        return None
    if first.lease not in {None, sender} and first.lease_until > now:
        return None
    leased = await tx.execute(
        update(Delivery)
        .where(
            Delivery.message_id == first.message_id,
            _IS_PENDING,
            or_(Delivery.lease.is_(None), Delivery.lease == sender, Delivery.lease_until <= now),
        )
        .values(
            lease=sender,
            lease_until=now + LEASE,
            in_doubt=True,
            attempts=Delivery.attempts + 1,
        )
    )
    return await _due(tx, chat_id, first.message_id) if leased.rowcount == 1 else None


async def _due(tx: Transaction, chat_id: int, message_id: UUID) -> Due:
    await tx.execute(
        insert(TelegramChat).values(chat_id=chat_id, **NEW_CHAT).on_conflict_do_nothing()
    )
    result = await tx.execute(
        select(
            Delivery.message_id,
            Delivery.conversation_id,
            Conversation.citizen_id,
            Delivery.seq,
            Message.sender,
            Message.text,
            Message.content,
            Conversation.language,
            Delivery.is_news,
            Delivery.attempts,
            Conversation.question_seq,
            Conversation.awaiting,
            TelegramChat.has_keyboard,
        )
        .join(Message, Message.id == Delivery.message_id)
        .join(Conversation, Conversation.id == Delivery.conversation_id)
        .join(TelegramChat, TelegramChat.chat_id == chat_id)
        .where(Delivery.message_id == message_id, Delivery.channel == CHANNEL)
    )
    row = result.mappings().one()
    done = await tx.execute(
        select(TelegramMessage.part).where(
            TelegramMessage.conversation_id == row["conversation_id"],
            TelegramMessage.seq == row["seq"],
            TelegramMessage.chat_id == chat_id,
        )
    )
    return Due(**row, done=frozenset(done.scalars()))


async def _drop_expired(tx: Transaction, chat_id: int, now: datetime) -> None:
    """Give up what waited too long behind a block."""
    before = case(
        (Delivery.is_news, rules.oldest_kept(now, is_news=True)),
        else_=rules.oldest_kept(now, is_news=False),
    )
    old = (
        select(Message.id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(Delivery, and_(Delivery.message_id == Message.id, _IS_PENDING))
        .where(Delivery.error == BLOCKED, Message.at < before, *_of_chat(chat_id))
    )
    await tx.execute(
        update(Delivery)
        .where(_IS_PENDING, Delivery.message_id.in_(old))
        .values(status="failed", error=EXPIRED)
    )


def _of_chat(chat_id: int) -> tuple[ColumnElement[bool], ...]:
    address = str(chat_id)
    began = and_(Conversation.channel == CHANNEL, Conversation.address == address)
    goes_on = and_(
        Conversation.continued_channel == CHANNEL, Conversation.continued_address == address
    )
    return (or_(began, goes_on), _ADDRESS.is_not_distinct_from(address))


async def renew(tx: Transaction, sender: UUID, until: datetime) -> None:
    """Keep what a sender has in hand."""
    await tx.execute(
        update(Delivery).where(_IS_PENDING, Delivery.lease == sender).values(lease_until=until)
    )


async def _is_there(tx: Transaction, due: Due) -> bool:
    """Whether the message has not been forgotten meanwhile; it stays to the transaction's end."""
    result = await tx.execute(
        select(Message.id).where(Message.id == due.message_id).with_for_update(key_share=True)
    )
    return result.scalar_one_or_none() is not None


async def name_part(
    tx: Transaction,
    chat_id: int,
    due: Due,
    part: int,
    message_ids: Iterable[int],
    *,
    has_buttons: bool,
    has_keyboard: bool | None,
) -> None:
    """A part is there. `has_buttons`: some that are taken off later; `has_keyboard`: ours is under
    the text box now, or no more; None: as before."""
    if await _is_there(tx, due):
        for message_id in message_ids:
            await name_message(
                tx,
                chat_id,
                message_id,
                due.conversation_id,
                due.seq,
                part=part,
                has_buttons=has_buttons,
            )
    if has_keyboard is not None:
        await note_keyboard(tx, chat_id, has_keyboard=has_keyboard)


async def note_keyboard(tx: Transaction, chat_id: int, *, has_keyboard: bool) -> None:
    await tx.execute(
        update(TelegramChat)
        .where(TelegramChat.chat_id == chat_id)
        .values(has_keyboard=has_keyboard)
    )


async def end(tx: Transaction, due: Due, sender: UUID, **values: Any) -> bool:
    """The attempt is over: `values` are columns of the delivery. False when somebody else has
    it."""
    result = await tx.execute(
        update(Delivery)
        .where(Delivery.message_id == due.message_id, _IS_PENDING, Delivery.lease == sender)
        .values(lease=None, lease_until=None, **values)
    )
    if result.rowcount == 1 and ("status" in values or "error" in values):
        await _tell_agent(tx, due.conversation_id)
    return result.rowcount == 1


async def _tell_agent(tx: Transaction, conversation_id: UUID) -> None:
    """An agent sees what of theirs has arrived, and what has not."""
    conversation = await conversations.by_id(tx, conversation_id)
    if conversation["owner"] in {Owner.AGENT.value, Owner.QUEUED.value}:
        await conversations.notify(tx, conversations.EVENTS, str(conversation_id))


async def block(tx: Transaction, chat_id: int, now: datetime) -> None:
    """Nothing can be written there until `blocked_at` is cleared."""
    await tx.execute(
        update(TelegramChat)
        .where(TelegramChat.chat_id == chat_id, TelegramChat.blocked_at.is_(None))
        .values(blocked_at=now)
    )


async def release_all(tx: Transaction) -> None:
    """Free every lease: at the start of the only service of a private database."""
    await tx.execute(
        update(Delivery)
        .where(_IS_PENDING, Delivery.lease.is_not(None))
        .values(lease=None, lease_until=None)
    )


# -- for an operator ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Summary:
    """`failed`: conversation, number, when and why, newest first."""

    waiting: int
    news_waiting: int
    behind_a_block: int
    oldest: datetime | None
    blocked_chats: int
    failed: Sequence[tuple[UUID, int, datetime, str]]
    failed_in_all: int
    last_error: str | None


async def summary(tx: Transaction, limit: int) -> Summary:
    """What waits and what did not arrive."""
    is_behind = and_(_IS_PENDING, Delivery.error == BLOCKED)
    is_waiting = and_(_IS_PENDING, Delivery.error.is_distinct_from(BLOCKED))
    has_failed = and_(Delivery.channel == CHANNEL, Delivery.status == "failed")
    counts = (
        await tx.execute(
            select(
                func.count().filter(is_waiting),
                func.count().filter(is_waiting, Delivery.is_news),
                func.count().filter(is_behind),
                func.min(Delivery.due_at).filter(is_waiting),
                func.count().filter(has_failed),
            ).where(Delivery.channel == CHANNEL, Delivery.status != "sent")
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
    waiting, news_waiting, behind, oldest, failed_in_all = counts
    return Summary(
        int(waiting),
        int(news_waiting),
        int(behind),
        oldest,
        await blocked_chats(tx),
        [(row[0], row[1], row[2], row[3] or "") for row in failed],
        int(failed_in_all),
        last.scalar_one_or_none(),
    )


async def retry(
    tx: Transaction, now: datetime, conversation_ids: Collection[UUID] | None = None
) -> int:
    """Send what failed again: all of it, or that of some conversations. Returns how many."""
    is_chosen: ColumnElement[bool] = true()
    if conversation_ids is not None:
        is_chosen = Delivery.conversation_id.in_(conversation_ids)
    result = await tx.execute(
        update(Delivery)
        .where(Delivery.channel == CHANNEL, Delivery.status == "failed", is_chosen)
        .values(status="pending", error=None, attempts=0, due_at=now)
        .returning(Delivery.conversation_id)
    )
    again = list(result.scalars())
    for conversation_id in set(again):
        await conversations.notify(tx, conversations.EVENTS, str(conversation_id))
    return len(again)
