"""What can be asked of attachments: whether there is room for one more, and to record one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from bot.attachments import store
from bot.attachments.rules import MOST_BYTES, MOST_FILES, Kept, WhyNot
from bot.errors import Invalid
from bot.storage.transaction import Transaction


async def check_room(tx: Transaction, citizen_id: UUID, now: datetime) -> None:
    """Raises `Invalid` ("file", reason "too_many") when a citizen has sent too much lately. Asked
    before a file is fetched and kept."""
    count, size = await store.lately(tx, citizen_id, now)
    if count >= MOST_FILES or size >= MOST_BYTES:
        raise Invalid("file", "too much was sent lately", WhyNot.TOO_MANY.value)


async def add(
    tx: Transaction, kept: Kept, citizen_id: UUID, conversation_id: UUID, now: datetime
) -> None:
    """Record a stored file, in the transaction that stores the message naming it
    (`kept.content()`). A file whose transaction fails, or whose message was a repeat, is stray:
    the sweep removes it."""
    await store.add(tx, kept, citizen_id, conversation_id, now)
