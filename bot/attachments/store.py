"""Queries on what citizens sent to be kept. Who may open one is asked where tickets are read
(`handover/packet.attachment_of`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import String, any_, cast, delete, exists, func, insert, select

from bot.attachments.rules import COUNTED_FOR, Kept, What
from bot.attachments.tables import Attachment
from bot.conversations.tables import Message
from bot.storage.transaction import Transaction
from bot.tickets.tables import Redaction, Ticket


async def add(
    tx: Transaction, kept: Kept, citizen_id: UUID, conversation_id: UUID, now: datetime
) -> None:
    """Record a stored file."""
    await tx.execute(
        insert(Attachment).values(
            id=kept.id,
            citizen_id=citizen_id,
            conversation_id=conversation_id,
            what=kept.what.value,
            name=kept.name,
            mime=kept.mime,
            size=kept.size,
            duration_s=kept.duration_s,
            at=now,
        )
    )


async def lately(tx: Transaction, citizen_id: UUID, now: datetime) -> tuple[int, int]:
    """How many files a citizen sent lately, and how many bytes they are together; without those
    of a ticket that is closed."""
    is_settled = exists().where(
        Ticket.conversation_id == Attachment.conversation_id, Ticket.closed_at >= Attachment.at
    )
    result = await tx.execute(
        select(func.count(), func.coalesce(func.sum(Attachment.size), 0)).where(
            Attachment.citizen_id == citizen_id, Attachment.at > now - COUNTED_FOR, ~is_settled
        )
    )
    count, size = result.one()
    return int(count), int(size)


async def in_conversation(
    tx: Transaction, conversation_id: UUID, attachment_id: UUID
) -> Kept | None:
    """A file of a conversation, if it is one of its own."""
    result = await tx.execute(
        select(Attachment.__table__).where(
            Attachment.id == attachment_id, Attachment.conversation_id == conversation_id
        )
    )
    row = result.mappings().one_or_none()
    if row is None:
        return None
    return Kept(
        row["id"], What(row["what"]), row["name"], row["mime"], row["size"], row["duration_s"]
    )


async def known(tx: Transaction, attachments: Sequence[UUID]) -> set[UUID]:
    """Those of these files that have a row."""
    result = await tx.execute(select(Attachment.id).where(Attachment.id.in_(attachments)))
    return set(result.scalars())


async def drop_unnamed(tx: Transaction, before: datetime) -> int:
    """Forget files, arrived by that time, that no message of their conversation names any more, and
    that were not just hidden. Returns how many."""
    is_named = exists().where(
        Message.conversation_id == Attachment.conversation_id,
        Message.content["file"]["id"].astext == cast(Attachment.id, String),
    )
    is_hidden = exists().where(Attachment.id == any_(Redaction.files))
    result = await tx.execute(
        delete(Attachment).where(Attachment.at <= before, ~is_named, ~is_hidden)
    )
    return int(result.rowcount)


async def drop_of(tx: Transaction, conversation_id: UUID) -> list[UUID]:
    """Forget the files of a conversation. Returns which: their bytes are then stray."""
    result = await tx.execute(
        delete(Attachment)
        .where(Attachment.conversation_id == conversation_id)
        .returning(Attachment.id)
    )
    return list(result.scalars())
