"""Queries on links, and on what joining two channels moves. Every function works inside its
caller's transaction. Locks are taken in one order: conversations, the link, the citizen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import RowMapping

from bot.accounts.tables import Citizen, WebSession
from bot.continuing.rules import INTENT, TELEGRAM, UNUSED, Step, Way, Why
from bot.continuing.tables import Continuation
from bot.conversations.tables import Conversation, Delivery, OfferedButton
from bot.service_requests.tables import Follower, Notification, ServiceRequest
from bot.storage.transaction import Transaction
from bot.tickets.rules import Status
from bot.tickets.tables import Ticket

_UNUSED = [step.value for step in UNUSED]


async def add(tx: Transaction, **values: Any) -> None:
    """A new link; the citizen's former one of that way is replaced."""
    await tx.execute(
        select(Citizen.id).where(Citizen.id == values["citizen_id"]).with_for_update(key_share=True)
    )
    await void_unused(tx, values["citizen_id"], Why.REPLACED, way=values["way"])
    await tx.execute(insert(Continuation).values(step=Step.OFFERED.value, **values))


async def void_unused(
    tx: Transaction, citizen_id: UUID, why: Why, *, way: str | None = None
) -> None:
    """Nobody can use a citizen's links any more."""
    unused = [Continuation.citizen_id == citizen_id, Continuation.step.in_(_UNUSED)]
    if way is not None:
        unused.append(Continuation.way == way)
    await tx.execute(
        update(Continuation).where(*unused).values(step=Step.VOID.value, why=why.value)
    )


async def find(tx: Transaction, token_hash: str, way: Way) -> RowMapping | None:
    """A link as it stands."""
    result = await tx.execute(
        select(Continuation.__table__).where(
            Continuation.token_hash == token_hash, Continuation.way == way.value
        )
    )
    return result.mappings().one_or_none()


async def lock(tx: Transaction, token_hash: str, way: Way) -> RowMapping | None:
    """The same, locked for the rest of the transaction: a link is used by one at a time."""
    result = await tx.execute(
        select(Continuation.__table__)
        .where(Continuation.token_hash == token_hash, Continuation.way == way.value)
        .with_for_update()
    )
    return result.mappings().one_or_none()


async def change(tx: Transaction, token_hash: str, **values: Any) -> None:
    """Set columns of a link."""
    await tx.execute(
        update(Continuation).where(Continuation.token_hash == token_hash).values(**values)
    )


async def newest(tx: Transaction, citizen_id: UUID, way: Way) -> RowMapping | None:
    """A citizen's last link of a way."""
    result = await tx.execute(
        select(Continuation.__table__)
        .where(Continuation.citizen_id == citizen_id, Continuation.way == way.value)
        # Of two made in one moment the former is void.
        .order_by(Continuation.made_at.desc(), Continuation.step == Step.VOID.value)
        .limit(1)
    )
    return result.mappings().one_or_none()


async def name_in(tx: Transaction, conversation_id: UUID) -> str | None:
    """Whose chat a conversation goes on in."""
    result = await tx.execute(
        select(Continuation.name)
        .where(
            Continuation.conversation_id == conversation_id,
            Continuation.way == Way.TO_TELEGRAM.value,
            Continuation.step == Step.JOINED.value,
        )
        .order_by(Continuation.made_at.desc())
        .limit(1)
    )
    return result.scalar_one_or_none()


async def stopped(tx: Transaction, conversation_id: UUID) -> None:
    """The chat that a conversation went on in has left it."""
    await tx.execute(
        update(Continuation)
        .where(
            Continuation.conversation_id == conversation_id,
            Continuation.way == Way.TO_TELEGRAM.value,
            Continuation.step == Step.JOINED.value,
        )
        .values(step=Step.VOID.value, why=Why.STOPPED.value)
    )


async def began_at(tx: Transaction, channel: str, address: str) -> UUID | None:
    """The conversation that began at an address, wherever its words go now."""
    result = await tx.execute(
        select(Conversation.id).where(
            Conversation.channel == channel, Conversation.address == address
        )
    )
    return result.scalar_one_or_none()


async def has_open_ticket(tx: Transaction, citizen_id: UUID) -> bool:
    """Whether somebody has to answer a citizen somewhere."""
    result = await tx.execute(
        select(Ticket.reference)
        .where(Ticket.citizen_id == citizen_id, Ticket.status == Status.OPEN.value)
        .limit(1)
    )
    return result.first() is not None


async def count_requests(tx: Transaction, citizen_id: UUID) -> int:
    """How many requests a citizen has filed or follows."""
    filed = select(ServiceRequest.reference).where(ServiceRequest.citizen_id == citizen_id)
    followed = select(Follower.reference).where(Follower.citizen_id == citizen_id)
    return len(set((await tx.execute(filed.union(followed))).scalars()))


async def move_news(tx: Transaction, before: UUID, after: UUID) -> None:
    """What is to be heard of requests is said in another conversation."""
    for table in (ServiceRequest, Follower):
        await tx.execute(
            update(table).where(table.conversation_id == before).values(conversation_id=after)
        )
    await tx.execute(
        update(Notification)
        .where(Notification.conversation_id == before, Notification.told_at.is_(None))
        .values(conversation_id=after)
    )


async def move_news_back(tx: Transaction, before: UUID, after: UUID) -> None:
    """The same for what was filed in the chat itself."""
    filed = select(ServiceRequest.reference).where(
        ServiceRequest.conversation_id == before, ServiceRequest.channel == TELEGRAM
    )
    references: Sequence[str] = list((await tx.execute(filed)).scalars())
    await tx.execute(
        update(ServiceRequest)
        .where(ServiceRequest.reference.in_(references))
        .values(conversation_id=after)
    )
    await tx.execute(
        update(Notification)
        .where(
            Notification.reference.in_(references),
            Notification.conversation_id == before,
            Notification.is_own,
            Notification.told_at.is_(None),
        )
        .values(conversation_id=after)
    )


async def drop_pending(tx: Transaction, conversation_id: UUID, channel: str) -> None:
    """What a channel was still to be given of a conversation that has left it."""
    await tx.execute(
        delete(Delivery).where(
            Delivery.conversation_id == conversation_id,
            Delivery.channel == channel,
            Delivery.status == "pending",
        )
    )


async def end_session(tx: Transaction, citizen_id: UUID, token_hash: str) -> bool:
    """End one web session of a citizen. False when it had ended."""
    result = await tx.execute(
        delete(WebSession).where(
            WebSession.token_hash == token_hash, WebSession.citizen_id == citizen_id
        )
    )
    return bool(result.rowcount)


async def end_sessions(tx: Transaction, citizen_id: UUID) -> None:
    """End every web session of a citizen."""
    await tx.execute(delete(WebSession).where(WebSession.citizen_id == citizen_id))


async def has_session(tx: Transaction, citizen_id: UUID, now: datetime) -> bool:
    """Whether a browser speaks for a citizen."""
    result = await tx.execute(
        select(WebSession.citizen_id)
        .where(WebSession.citizen_id == citizen_id, WebSession.expires_at > now)
        .limit(1)
    )
    return result.first() is not None


async def pressed(tx: Transaction, chat_id: int, button_id: str) -> RowMapping | None:
    """A button of ours that was offered to that very chat, with its conversation; None for
    any other."""
    address = str(chat_id)
    result = await tx.execute(
        select(OfferedButton.press, OfferedButton.conversation_id)
        .join(Conversation, Conversation.id == OfferedButton.conversation_id)
        .where(
            OfferedButton.id == button_id,
            OfferedButton.press["intent"].astext == INTENT,
            or_(
                and_(Conversation.channel == TELEGRAM, Conversation.address == address),
                and_(
                    Conversation.continued_channel == TELEGRAM,
                    Conversation.continued_address == address,
                ),
            ),
        )
    )
    return result.mappings().one_or_none()


async def forget_used(tx: Transaction, before: datetime) -> int:
    """Drop links made before then; kept are those that still join a chat, for its name, and those
    whose browser is still let in, for the button that shuts it out. Returns how many."""
    is_let_in = exists().where(WebSession.token_hash == Continuation.session_hash)
    joins = (Continuation.way == Way.TO_TELEGRAM.value) & (Continuation.step == Step.JOINED.value)
    result = await tx.execute(
        delete(Continuation).where(Continuation.made_at <= before, ~joins, ~is_let_in)
    )
    return int(result.rowcount)
