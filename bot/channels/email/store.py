"""Queries on conversations by mail: their tickets, and what is to go out of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    String,
    and_,
    case,
    cast,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.engine import RowMapping

from bot.channels.email.rules import CHANNEL
from bot.conversations import store as conversations
from bot.conversations.tables import Conversation, Delivery, Message
from bot.mail.tables import Letter
from bot.mailbox.tables import MailThread
from bot.storage.transaction import Transaction
from bot.tickets.tables import Ticket

AT_ONCE = 50
LATELY = timedelta(hours=1)
_IS_SENT = Letter.sent_at.is_not(None)


@dataclass(frozen=True)
class Due:
    """A message that has not become a letter yet, with its conversation."""

    message_id: UUID
    conversation_id: UUID
    seq: int
    is_news: bool
    sender: str
    text: str
    content: Mapping[str, Any]
    at: datetime
    language: str
    commune: str | None


async def conversation_of_ticket(tx: Transaction, reference: str, sender: str) -> UUID | None:
    """The conversation by mail of a ticket, if its letters go to that very address."""
    result = await tx.execute(
        select(MailThread.conversation_id)
        .join(Ticket, Ticket.conversation_id == MailThread.conversation_id)
        .where(Ticket.reference == reference, MailThread.correspondent == sender)
    )
    return result.scalar_one_or_none()


async def citizen_at(tx: Transaction, sender: str) -> UUID | None:
    """Whoever wrote from that address last, and did not only claim to."""
    is_theirs = exists().where(
        Message.conversation_id == MailThread.conversation_id,
        Message.content.has_key("mail"),
        ~Message.content["mail"].has_key("unproven"),
    )
    result = await tx.execute(
        select(Conversation.citizen_id)
        .join(MailThread, MailThread.conversation_id == Conversation.id)
        .where(MailThread.correspondent == sender, is_theirs)
        .order_by(MailThread.began_at.desc())
        .limit(1)
    )
    return result.scalar_one_or_none()


async def last_ticket(tx: Transaction, conversation_id: UUID) -> RowMapping | None:
    """The newest ticket of a conversation."""
    result = await tx.execute(
        select(Ticket.__table__)
        .where(Ticket.conversation_id == conversation_id)
        .order_by(Ticket.opened_at.desc())
        .limit(1)
    )
    return result.mappings().one_or_none()


async def is_ticket(tx: Transaction, reference: str) -> bool:
    result = await tx.execute(select(exists().where(Ticket.reference == reference)))
    return bool(result.scalar_one())


async def due(tx: Transaction) -> list[Due]:
    """What is to become letters, oldest first, held until the transaction ends."""
    is_written = exists().where(
        Letter.conversation_id == Delivery.conversation_id, Letter.seq == Delivery.seq
    )
    result = await tx.execute(
        select(
            Delivery.message_id,
            Delivery.conversation_id,
            Delivery.seq,
            Delivery.is_news,
            Message.sender,
            Message.text,
            Message.content,
            Message.at,
            Conversation.language,
            Conversation.commune,
        )
        .join(Message, Message.id == Delivery.message_id)
        .join(Conversation, Conversation.id == Delivery.conversation_id)
        .where(Delivery.channel == CHANNEL, Delivery.status == "pending", ~is_written)
        .order_by(Message.at, Delivery.seq)
        .limit(AT_ONCE)
        .with_for_update(of=Delivery.__table__, skip_locked=True)
    )
    return [Due(*row) for row in result]


async def end(tx: Transaction, one: Due, status: str, error: str | None, now: datetime) -> None:
    """What became of a message that no letter is written of."""
    sent_at = now if status == "sent" else None
    await tx.execute(
        update(Delivery)
        .where(Delivery.message_id == one.message_id, Delivery.channel == CHANNEL)
        .values(status=status, error=error, sent_at=sent_at)
    )


async def settle(tx: Transaction, now: datetime) -> list[UUID]:
    """Say of messages what became of their letters: of those that wait, and of those whose letter
    has lately come back, or was sent again. Returns the conversations in which something changed.
    """
    ended = or_(Letter.sent_at.is_not(None), Letter.failed_at.is_not(None))
    waiting = await _settle(tx, and_(Delivery.status == "pending", ended))
    # As the index of letters by their end has it (`mail.tables.KEPT_FROM`).
    end = func.coalesce(Letter.sent_at, Letter.failed_at, Letter.created_at)
    lately = and_(Letter.recipient.is_not(None), end > now - LATELY)
    is_other = or_(
        and_(Delivery.status == "failed", _IS_SENT),
        and_(Delivery.status == "sent", Letter.failed_at.is_not(None), ~_IS_SENT),
    )
    changed = await _settle(tx, and_(lately, is_other))
    return list(dict.fromkeys([*waiting, *changed]))


async def _settle(tx: Transaction, which: ColumnElement[bool]) -> list[UUID]:
    result = await tx.execute(
        update(Delivery)
        .where(
            Delivery.channel == CHANNEL,
            Letter.conversation_id == Delivery.conversation_id,
            Letter.seq == Delivery.seq,
            which,
        )
        .values(
            status=case((_IS_SENT, "sent"), else_="failed"),
            sent_at=Letter.sent_at,
            error=case((_IS_SENT, None), else_=cast("letter", String)),
        )
        .returning(Delivery.conversation_id)
    )
    return list(result.scalars())


async def tell_changed(tx: Transaction, changed: list[UUID]) -> None:
    """Wake the pages that show these conversations."""
    if changed:
        told = [(conversations.EVENTS, str(one)) for one in changed]
        await conversations.notify_all(tx, told)
