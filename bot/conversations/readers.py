"""Which agents have a conversation open. Never stored, as who is typing: each page says so again
and again, and what stops saying so is forgotten."""

from __future__ import annotations

from uuid import UUID

from bot.conversations.typists import Typist, told
from bot.storage.transaction import Transaction

READING = "guichet_reading"
SAID_EVERY_S = 15.0
LASTS_S = 40.0
"""A page whose process died is forgotten after that."""


async def announce(
    tx: Transaction, conversation_id: UUID, reader: Typist, *, is_reading: bool = True
) -> None:
    """Tell whoever looks at tickets, when this transaction commits."""
    await told(tx, READING, conversation_id, reader, is_on=is_reading)
