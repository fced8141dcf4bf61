"""Queries on what a chat shows of ours: which message is which, and which buttons are under it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, func, select, update

from bot.channels.telegram.sending.store import chat_expression
from bot.channels.telegram.tables import TelegramChat, TelegramMessage
from bot.conversations.store import ANSWERED_BY_BOT
from bot.conversations.tables import Conversation, Message, OfferedButton
from bot.service_requests.rules import Status
from bot.service_requests.tables import ServiceRequest
from bot.storage.transaction import Transaction

DISARMED_AT_ONCE = 10


@dataclass(frozen=True)
class OnScreen:
    """A message of a chat, with the one of ours that it is, or is a part of."""

    chat_id: int
    message_id: int
    part: int
    conversation_id: UUID
    seq: int
    citizen_id: UUID
    sender: str
    text: str
    content: Mapping[str, Any]
    language: str
    question_seq: int | None


_ON_SCREEN = (
    select(
        TelegramMessage.chat_id,
        TelegramMessage.message_id,
        TelegramMessage.part,
        TelegramMessage.conversation_id,
        TelegramMessage.seq,
        Conversation.citizen_id,
        Message.sender,
        Message.text,
        Message.content,
        Conversation.language,
        Conversation.question_seq,
    )
    .join(
        Message,
        and_(
            Message.conversation_id == TelegramMessage.conversation_id,
            Message.seq == TelegramMessage.seq,
        ),
    )
    .join(Conversation, Conversation.id == TelegramMessage.conversation_id)
)


async def shown(tx: Transaction, chat_id: int, message_id: int) -> OnScreen | None:
    """What one of the chat's messages is; None when it is none of ours, or forgotten."""
    row = (
        await tx.execute(
            _ON_SCREEN.where(
                TelegramMessage.chat_id == chat_id,
                TelegramMessage.message_id == message_id,
                Message.sender != "citizen",
            )
        )
    ).one_or_none()
    return None if row is None else OnScreen(*row)


async def with_old_buttons(
    tx: Transaction, chat_id: int, conversation_id: UUID, before: int
) -> list[tuple[OnScreen, frozenset[str]]]:
    """Messages said before that number whose buttons are good no more, newest first, each with
    those of them that are, by id."""
    lasting = select(OfferedButton.id).where(
        OfferedButton.conversation_id == TelegramMessage.conversation_id,
        OfferedButton.seq == TelegramMessage.seq,
        OfferedButton.lasting,
    )
    result = await tx.execute(
        _ON_SCREEN.add_columns(func.array(lasting.scalar_subquery()))
        .where(
            TelegramMessage.chat_id == chat_id,
            TelegramMessage.conversation_id == conversation_id,
            TelegramMessage.has_buttons,
            TelegramMessage.seq < before,
            TelegramMessage.seq.is_distinct_from(Conversation.question_seq),
        )
        .order_by(TelegramMessage.seq.desc())
        .limit(DISARMED_AT_ONCE)
    )
    return [(OnScreen(*row[:-1]), frozenset(row[-1] or ())) for row in result]


async def note_disarmed(tx: Transaction, chat_id: int, message_id: int) -> None:
    """Nothing is left under it that a later question takes off."""
    await tx.execute(
        update(TelegramMessage)
        .where(TelegramMessage.chat_id == chat_id, TelegramMessage.message_id == message_id)
        .values(has_buttons=False)
    )


async def lasting_of(tx: Transaction, conversation_id: UUID, seq: int) -> frozenset[str]:
    """Those of a message's buttons that stay good after a later question, by id."""
    result = await tx.execute(
        select(OfferedButton.id).where(
            OfferedButton.conversation_id == conversation_id,
            OfferedButton.seq == seq,
            OfferedButton.lasting,
        )
    )
    return frozenset(result.scalars())


async def acknowledged(
    tx: Transaction, chat_id: int, conversation_id: UUID, reference: str
) -> list[OnScreen]:
    """The parts, in the chat, of the message by which the assistant first named a request."""
    first = (
        select(Message.seq)
        .where(
            Message.conversation_id == conversation_id,
            Message.sender == "assistant",
            Message.content["reference"].astext == reference,
            Message.content["expects"].astext.is_(None),
        )
        .order_by(Message.seq)
        .limit(1)
        .scalar_subquery()
    )
    result = await tx.execute(
        _ON_SCREEN.where(
            TelegramMessage.chat_id == chat_id,
            TelegramMessage.conversation_id == conversation_id,
            TelegramMessage.seq == first,
        ).order_by(TelegramMessage.part, TelegramMessage.message_id)
    )
    return [OnScreen(*row) for row in result]


async def state_of(tx: Transaction, reference: str, citizen_id: UUID) -> tuple[Status, bool] | None:
    """A request's state, and whether it is the citizen's own."""
    row = (
        await tx.execute(
            select(ServiceRequest.status, ServiceRequest.citizen_id).where(
                ServiceRequest.reference == reference
            )
        )
    ).one_or_none()
    return None if row is None else (Status(row.status), row.citizen_id == citizen_id)


async def open_chat(tx: Transaction, conversation_id: UUID) -> int | None:
    """The chat of a conversation, if it lets us write."""
    blocked = exists().where(
        TelegramChat.chat_id == chat_expression(), TelegramChat.blocked_at.is_not(None)
    )
    result = await tx.execute(
        select(chat_expression()).where(Conversation.id == conversation_id, ~blocked)
    )
    return result.scalar_one_or_none()


async def is_thought_about(tx: Transaction, conversation_id: UUID) -> bool:
    """Whether the assistant still owes an answer."""
    result = await tx.execute(
        select(
            exists().where(
                Conversation.id == conversation_id,
                Conversation.waiting_since.is_not(None),
                Conversation.owner.in_(ANSWERED_BY_BOT),
            )
        )
    )
    return bool(result.scalar_one())
