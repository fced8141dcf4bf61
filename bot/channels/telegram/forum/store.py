"""Queries on topics, what was sent to them, and the accounts of their people. It runs as the
service: who may write in a topic is asked of Telegram, and what they may do of `handover`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, exists, func, not_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import RowMapping

from bot.accounts.agent_store import agent_of
from bot.accounts.demand_store import is_owed
from bot.accounts.rules import Agent
from bot.accounts.tables import AgentAccount
from bot.channels.telegram.forum.rules import seq_of
from bot.channels.telegram.forum.tables import ForumAgent, ForumMessage, ForumTopic
from bot.channels.telegram.tables import TelegramUpdate
from bot.conversations.tables import Message
from bot.storage.transaction import Transaction
from bot.tickets.rules import EventKind
from bot.tickets.tables import Ticket, TicketEvent

# -- topics -------------------------------------------------------------------------------------


async def topic_of(tx: Transaction, chat_id: int, reference: str) -> RowMapping | None:
    """The topic of a ticket."""
    result = await tx.execute(
        select(ForumTopic.__table__).where(
            ForumTopic.chat_id == chat_id, ForumTopic.reference == reference
        )
    )
    return result.mappings().one_or_none()


async def reference_at(tx: Transaction, chat_id: int, thread_id: int) -> str | None:
    """The ticket whose topic that is; None for a topic of somebody's own."""
    result: str | None = await tx.scalar(
        select(ForumTopic.reference).where(
            ForumTopic.chat_id == chat_id, ForumTopic.thread_id == thread_id
        )
    )
    return result


async def reference_under(tx: Transaction, chat_id: int, message_id: int) -> str | None:
    """The ticket whose topic begins with that message, which has its buttons."""
    result: str | None = await tx.scalar(
        select(ForumTopic.reference).where(
            ForumTopic.chat_id == chat_id, ForumTopic.first_id == message_id
        )
    )
    return result


async def keep_topic(tx: Transaction, chat_id: int, reference: str, thread_id: int) -> None:
    """A topic was made for a ticket, whose former one, if any, is no more."""
    row = {"chat_id": chat_id, "reference": reference, "thread_id": thread_id}
    made = insert(ForumTopic).values(row)
    again = {"thread_id": thread_id, "first_id": None}
    await tx.execute(
        made.on_conflict_do_update(index_elements=["chat_id", "reference"], set_=again)
    )


async def change_topic(tx: Transaction, chat_id: int, reference: str, **values: Any) -> None:
    """Write some columns of a topic."""
    await tx.execute(
        update(ForumTopic)
        .where(ForumTopic.chat_id == chat_id, ForumTopic.reference == reference)
        .values(**values)
    )


async def forgotten(
    tx: Transaction, chat_id: int, before: datetime, limit: int
) -> list[RowMapping]:
    """Topics of tickets that were closed by then, of whose conversation no words are kept."""
    has_words = exists().where(
        Message.conversation_id == Ticket.conversation_id, Message.text != ""
    )
    result = await tx.execute(
        select(ForumTopic.__table__)
        .join(Ticket, Ticket.reference == ForumTopic.reference)
        .where(ForumTopic.chat_id == chat_id, Ticket.closed_at < before, ~has_words)
        .order_by(ForumTopic.reference)
        .limit(limit)
    )
    return list(result.mappings())


async def forget_topic(tx: Transaction, chat_id: int, reference: str) -> None:
    """A topic is no more."""
    for table in (ForumMessage, ForumTopic):
        await tx.execute(
            delete(table).where(table.chat_id == chat_id, table.reference == reference)
        )


# -- what was sent ------------------------------------------------------------------------------


async def keep_message(
    tx: Transaction,
    chat_id: int,
    message_id: int,
    reference: str,
    key: str,
    *,
    part: int = 0,
    is_last: bool = True,
) -> None:
    """A message of ours is there."""
    await tx.execute(
        insert(ForumMessage)
        .values(
            chat_id=chat_id,
            message_id=message_id,
            reference=reference,
            key=key,
            part=part,
            is_last=is_last,
            seq=seq_of(key),
        )
        .on_conflict_do_nothing()
    )


async def parts_of(tx: Transaction, chat_id: int, reference: str, key: str) -> dict[int, bool]:
    """Which parts of what has that key are there, and whether it is the last."""
    result = await tx.execute(
        select(ForumMessage.part, ForumMessage.is_last).where(
            ForumMessage.chat_id == chat_id,
            ForumMessage.reference == reference,
            ForumMessage.key == key,
        )
    )
    return {row.part: row.is_last for row in result}


async def first_after(tx: Transaction, chat_id: int, reference: str, message_id: int) -> int | None:
    """The first of the conversation's messages that came into the topic below that one."""
    result: int | None = await tx.scalar(
        select(func.min(ForumMessage.seq)).where(
            ForumMessage.chat_id == chat_id,
            ForumMessage.reference == reference,
            ForumMessage.message_id > message_id,
        )
    )
    return result


@dataclass(frozen=True)
class Became:
    """What a member's words are here: the citizen's to read, or a note."""

    text: str
    is_note: bool


async def became(tx: Transaction, reference: str, external_ids: Sequence[str]) -> Became | None:
    """What was said or noted here under one of these ids; a note where there are both."""
    noted = await tx.scalar(
        select(TicketEvent.text).where(
            TicketEvent.reference == reference,
            TicketEvent.external_id.in_([f"note:{one}" for one in external_ids]),
        )
    )
    if noted is not None:
        return Became(noted, is_note=True)
    said = await tx.scalar(
        select(Message.text)
        .join(Ticket, Ticket.conversation_id == Message.conversation_id)
        .where(
            Ticket.reference == reference,
            Message.external_id.in_([f"agent:{one}" for one in external_ids]),
        )
    )
    return None if said is None else Became(said, is_note=False)


async def key_at(tx: Transaction, chat_id: int, message_id: int) -> str | None:
    """The key of a message of ours that shows something of a ticket."""
    result: str | None = await tx.scalar(
        select(ForumMessage.key).where(
            ForumMessage.chat_id == chat_id, ForumMessage.message_id == message_id
        )
    )
    return result


async def taken_of_album(tx: Transaction, chat_id: int, album: str, since: datetime) -> list[int]:
    """The messages of an album that were taken since then, whatever became of them."""
    result = await tx.execute(
        select(TelegramUpdate.message_id).where(
            TelegramUpdate.chat_id == chat_id,
            TelegramUpdate.album == album,
            TelegramUpdate.taken_at >= since,
        )
    )
    return [one for one in result.scalars() if one is not None]


async def held_since(tx: Transaction, reference: str) -> datetime | None:
    """When a ticket last came into somebody's hands."""
    kinds = (EventKind.TAKEN.value, EventKind.ASSIGNED.value, EventKind.REOPENED.value)
    result: datetime | None = await tx.scalar(
        select(func.max(TicketEvent.at)).where(
            TicketEvent.reference == reference, TicketEvent.kind.in_(kinds)
        )
    )
    return result


# -- accounts of its people ---------------------------------------------------------------------


@dataclass(frozen=True)
class Linked:
    """Somebody's account in the console. `agent`: None when it was taken from them; `is_active`:
    neither disabled, nor without the second factor that their role demands."""

    agent: Agent | None
    is_active: bool


async def linked(tx: Transaction, user_id: int) -> Linked | None:
    """The account of one of Telegram's users; None for who never had one."""
    result = await tx.execute(
        select(
            AgentAccount.id,
            AgentAccount.name,
            AgentAccount.role,
            AgentAccount.communes,
            AgentAccount.teams,
            and_(AgentAccount.is_active, not_(is_owed())).label("is_active"),
        )
        .select_from(ForumAgent)
        .outerjoin(AgentAccount, ForumAgent.agent_id == AgentAccount.id)
        .where(ForumAgent.user_id == user_id)
    )
    row = result.one_or_none()
    if row is None:
        return None
    return Linked(None if row.id is None else agent_of(row), bool(row.is_active))


async def link(tx: Transaction, agent_id: UUID, user_id: int | None, now: datetime) -> None:
    """Say whose account one of Telegram's users has; None: nobody has that account there. Whoever
    had it before may do nothing until they are linked again."""
    await tx.execute(
        update(ForumAgent).where(ForumAgent.agent_id == agent_id).values(agent_id=None)
    )
    if user_id is not None:
        values = {"agent_id": agent_id, "linked_at": now}
        await tx.execute(
            insert(ForumAgent)
            .values(user_id=user_id, **values)
            .on_conflict_do_update(index_elements=["user_id"], set_=values)
        )
