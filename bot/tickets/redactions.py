"""Queries on what was hidden in tickets. Who may read it is asked in `handover/redacting.py`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, insert, select
from sqlalchemy.engine import RowMapping

from bot.storage.transaction import Transaction
from bot.tickets.tables import Redaction


async def add(tx: Transaction, **values: Any) -> None:
    """Keep an original apart."""
    await tx.execute(insert(Redaction).values(**values))


async def is_known(tx: Transaction, external_id: str) -> bool:
    return bool(await tx.scalar(select(exists().where(Redaction.external_id == external_id))))


async def of_conversations(tx: Transaction, conversations: Sequence[UUID]) -> list[RowMapping]:
    """What is still kept of them, without the originals, oldest first."""
    columns = ("id", "conversation_id", "reference", "seq", "event_id", "files", "at", "author")
    result = await tx.execute(
        select(*(getattr(Redaction, name) for name in columns))
        .where(Redaction.conversation_id.in_(conversations))
        .order_by(Redaction.at, Redaction.id)
    )
    return list(result.mappings())


async def one(tx: Transaction, redaction_id: UUID) -> RowMapping | None:
    """One of them, with its original."""
    result = await tx.execute(select(Redaction.__table__).where(Redaction.id == redaction_id))
    return result.mappings().one_or_none()


async def drop_old(tx: Transaction, before: datetime) -> int:
    """Forget originals hidden by that time. Returns how many; their files are then named by
    nobody."""
    result = await tx.execute(delete(Redaction).where(Redaction.at <= before))
    return int(result.rowcount)
