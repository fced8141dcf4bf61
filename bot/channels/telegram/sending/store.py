"""Queries on what is to be handed to Telegram, and what of it is there.

A conversation is a chat's when it began in it, or goes on in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    String,
    Update,
    and_,
    bindparam,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.engine import RowMapping
from sqlalchemy.orm import aliased

from bot.channels.telegram.sending import rules
from bot.channels.telegram.sending.rules import EXPIRED, LEASE, NO_CHAT
from bot.channels.telegram.store import NEW_CHAT
from bot.channels.telegram.tables import TelegramChat, TelegramMessage
from bot.conversations import store as conversations
from bot.conversations.rules import BLOCKED, Owner
from bot.conversations.tables import Conversation, Delivery, Message, OfferedButton
from bot.storage.transaction import Transaction

CHANNEL = "telegram"
SEEN_AT_ONCE = 500
"""Chats that are read into the line together: more than are served before the next look."""

IS_PENDING = and_(Delivery.channel == CHANNEL, Delivery.status == "pending")
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
    that are there; `of_chat`: every conversation of the chat; `awaiting`: what the next words may
    answer; `lasting`: its buttons that stay good after a later question; `is_above_old_buttons`:
    earlier ones are in the chat that are good no more."""

    message_id: UUID
    conversation_id: UUID
    citizen_id: UUID
    seq: int
    sender: str
    text: str
    content: Mapping[str, Any]
    language: str
    owner: str
    is_news: bool
    attempts: int
    question_seq: int | None
    awaiting: Mapping[str, Any] | None
    has_keyboard: bool
    of_chat: Sequence[UUID]
    done: frozenset[int]
    lasting: frozenset[str]
    is_above_old_buttons: bool


# -- what waits ---------------------------------------------------------------------------------


async def standing(
    tx: Transaction, now: datetime, conversation_ids: Collection[UUID] | None = None
) -> list[Standing]:
    """The chats whose first message may be tried now, those with answers before the others,
    longest waiting first: of all conversations, or of some."""
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
        .where(IS_PENDING, Delivery.due_at <= now, _CHAT.is_not(None), is_asked)
        .group_by(_CHAT)
        .subquery()
    )
    result = await tx.execute(
        select(waiting.c.chat_id, waiting.c.is_news)
        .outerjoin(TelegramChat, TelegramChat.chat_id == waiting.c.chat_id)
        .where(TelegramChat.blocked_at.is_(None))
        .order_by(waiting.c.is_news, waiting.c.since)
        .limit(SEEN_AT_ONCE)
    )
    return [Standing(*row) for row in result]


async def following(tx: Transaction, due: Due, chat_id: int, now: datetime) -> Standing | None:
    """The same for one chat; None when nothing is left to be tried there now."""
    is_news = (await tx.execute(_others_of(due, now))).scalar_one()
    return None if is_news is None else Standing(chat_id, is_news)


def _others_of(due: Due, now: datetime) -> Select[bool | None]:
    other = aliased(Delivery)
    return select(func.bool_and(other.is_news)).where(
        other.channel == CHANNEL,
        other.status == "pending",
        other.due_at <= now,
        other.conversation_id.in_(due.of_chat),
        other.message_id != due.message_id,
    )


async def settle(tx: Transaction) -> None:
    """Say of what waits behind a block that it does, and give up what has no chat any more."""
    of_blocked = select(Conversation.id).join(
        TelegramChat, and_(TelegramChat.chat_id == _CHAT, _IS_BLOCKED)
    )
    await tx.execute(
        update(Delivery)
        .where(
            IS_PENDING,
            Delivery.error.is_distinct_from(BLOCKED),
            Delivery.conversation_id.in_(of_blocked),
        )
        .values(error=BLOCKED)
    )
    of_none = select(Conversation.id).where(_CHAT.is_(None))
    await tx.execute(
        update(Delivery)
        .where(IS_PENDING, Delivery.conversation_id.in_(of_none))
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
    first = await _first(tx, chat_id)
    if first is not None and first["error"] == BLOCKED and first["blocked_at"] is None:
        await _drop_expired(tx, first["of_chat"], now)
        first = await _first(tx, chat_id)
    if first is None or first["blocked_at"] is not None or first["due_at"] > now:
        return None
    if first["lease"] not in {None, sender} and first["lease_until"] > now:
        return None
    leased = await tx.execute(
        update(Delivery)
        .where(
            Delivery.message_id == first["message_id"],
            IS_PENDING,
            or_(Delivery.lease.is_(None), Delivery.lease == sender, Delivery.lease_until <= now),
        )
        .values(
            lease=sender,
            lease_until=now + LEASE,
            in_doubt=True,
            attempts=Delivery.attempts + 1,
        )
    )
    if leased.rowcount != 1:
        return None
    if not first["is_known"]:
        await tx.execute(
            insert(TelegramChat).values(chat_id=chat_id, **NEW_CHAT).on_conflict_do_nothing()
        )
    read = {name: first[name] for name in _DUE}
    read["attempts"] += 1
    return Due(
        **read, done=frozenset(first["done"] or ()), lasting=frozenset(first["lasting"] or ())
    )


_DUE = tuple({one.name for one in fields(Due)} - {"done", "lasting"})


async def _first(tx: Transaction, chat_id: int) -> RowMapping | None:
    """The chat's first message, with all that is to be known of it: in each conversation the first
    is by number, between them by time. One question: it is asked before every call."""
    result = await tx.execute(_FIRST, {"chat": chat_id, "address": str(chat_id)})
    first: RowMapping | None = result.mappings().one_or_none()
    return first


def _first_of_chat() -> Select[Any]:
    chat_id, address = bindparam("chat", type_=BigInteger), bindparam("address", type_=String)
    began = select(Conversation.id).where(
        Conversation.channel == CHANNEL, Conversation.address == address
    )
    goes_on = select(Conversation.id).where(
        Conversation.continued_channel == CHANNEL,
        Conversation.continued_address == address,
        Conversation.channel != CHANNEL,
    )  # two look-ups by an index each; by their ids, the deliveries are found by another
    of_chat = union_all(began, goes_on).cte("of_chat")
    heads = (
        select(Delivery)
        .where(IS_PENDING, Delivery.conversation_id.in_(select(of_chat.c.id)))
        .ext(distinct_on(Delivery.conversation_id))
        .order_by(Delivery.conversation_id, Delivery.seq)
        .subquery()
    )
    is_shown = (
        TelegramMessage.conversation_id == heads.c.conversation_id,
        TelegramMessage.chat_id == chat_id,
    )
    lasting = select(OfferedButton.id).where(
        OfferedButton.conversation_id == heads.c.conversation_id,
        OfferedButton.seq == heads.c.seq,
        OfferedButton.lasting,
    )
    done = select(TelegramMessage.part).where(*is_shown, TelegramMessage.seq == heads.c.seq)
    old_buttons = exists().where(
        *is_shown,
        TelegramMessage.has_buttons,
        TelegramMessage.seq < heads.c.seq,
        TelegramMessage.seq.is_distinct_from(Conversation.question_seq),
    )
    return (
        select(
            heads.c.message_id,
            heads.c.conversation_id,
            heads.c.seq,
            heads.c.is_news,
            heads.c.attempts,
            heads.c.due_at,
            heads.c.lease,
            heads.c.lease_until,
            heads.c.error,
            Conversation.citizen_id,
            Conversation.language,
            Conversation.owner,
            Conversation.question_seq,
            Conversation.awaiting,
            Message.sender,
            Message.text,
            Message.content,
            TelegramChat.chat_id.is_not(None).label("is_known"),
            TelegramChat.blocked_at,
            func.coalesce(TelegramChat.has_keyboard, false()).label("has_keyboard"),
            func.array(select(of_chat.c.id).scalar_subquery()).label("of_chat"),
            func.array(done.scalar_subquery()).label("done"),
            func.array(lasting.scalar_subquery()).label("lasting"),
            old_buttons.label("is_above_old_buttons"),
        )
        .join(Message, Message.id == heads.c.message_id)
        .join(Conversation, Conversation.id == heads.c.conversation_id)
        .outerjoin(TelegramChat, TelegramChat.chat_id == chat_id)
        .order_by(Message.at, Message.seq)
        .limit(1)
    )


_FIRST = _first_of_chat()


async def _drop_expired(tx: Transaction, of_chat: Sequence[UUID], now: datetime) -> None:
    """Give up what waited too long behind a block."""
    before = case(
        (Delivery.is_news, rules.oldest_kept(now, is_news=True)),
        else_=rules.oldest_kept(now, is_news=False),
    )
    await tx.execute(
        update(Delivery)
        .where(
            IS_PENDING,
            Delivery.conversation_id.in_(of_chat),
            Delivery.error == BLOCKED,
            Delivery.message_id == Message.id,
            Message.at < before,
        )
        .values(status="failed", error=EXPIRED)
    )


async def renew(tx: Transaction, sender: UUID, until: datetime) -> None:
    """Keep what a sender has in hand."""
    await tx.execute(
        update(Delivery).where(IS_PENDING, Delivery.lease == sender).values(lease_until=until)
    )


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
    numbers = literal(list(message_ids), ARRAY(BigInteger))
    shown = func.unnest(numbers).table_valued("id", name="shown").render_derived()
    there = (
        select(
            literal(chat_id, BigInteger),
            shown.c.id,
            Message.conversation_id,
            Message.seq,
            literal(part, BigInteger),
            literal(has_buttons),
        )
        .select_from(Message)
        .join(shown, true())
        .where(Message.id == due.message_id)
        .with_for_update(read=True, key_share=True, of=Message)  # it may be forgotten meanwhile
    )
    columns = ("chat_id", "message_id", "conversation_id", "seq", "part", "has_buttons")
    await tx.execute(insert(TelegramMessage).from_select(columns, there).on_conflict_do_nothing())
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
    result = await tx.execute(_end_of(due, sender, values))
    if result.rowcount == 1 and ("status" in values or "error" in values):
        await _tell_agent(tx, due)
    return result.rowcount == 1


async def note_progress(tx: Transaction, due: Due, sender: UUID) -> None:
    """A part of it is there: what was tried before that is over."""
    await tx.execute(
        update(Delivery)
        .where(Delivery.message_id == due.message_id, IS_PENDING, Delivery.lease == sender)
        .values(attempts=1)
    )


async def succeed(
    tx: Transaction, chat_id: int, due: Due, sender: UUID, now: datetime
) -> Standing | None:
    """It is there. Returns what is left for the chat to be tried now."""
    ended = _end_of(
        due, sender, {"status": "sent", "sent_at": now, "in_doubt": False, "error": None}
    )
    row = (await tx.execute(ended.returning(_others_of(due, now).scalar_subquery()))).one_or_none()
    if row is None:
        return await following(tx, due, chat_id, now)
    await _tell_agent(tx, due)
    return None if row[0] is None else Standing(chat_id, row[0])


def _end_of(due: Due, sender: UUID, values: Mapping[str, Any]) -> Update:
    return (
        update(Delivery)
        .where(Delivery.message_id == due.message_id, IS_PENDING, Delivery.lease == sender)
        .values(lease=None, lease_until=None, **values)
    )


async def _tell_agent(tx: Transaction, due: Due) -> None:
    """An agent sees what of theirs has arrived, and what has not."""
    if due.owner in {Owner.AGENT.value, Owner.QUEUED.value}:
        await conversations.notify(tx, conversations.EVENTS, str(due.conversation_id))


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
        .where(IS_PENDING, Delivery.lease.is_not(None))
        .values(lease=None, lease_until=None)
    )
