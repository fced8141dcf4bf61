"""A mail of the demonstration's, and the port by which the channel files it: the demonstration
knows no channel."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bot.handover.counter import Counter
from bot.storage.transaction import Transaction


@dataclass(frozen=True)
class Mail:
    """`refers_to`: the Message-IDs that it answers, nearest first; `to`: the address of `team` in
    the town; `intent` and `confidence`: as the assistant reads it; `conversation_id`: None for the
    first of a thread; `about`: the reference that it names."""

    id: UUID
    message_id: str
    refers_to: tuple[str, ...]
    sender: str
    name: str
    to: str
    subject: str
    said: str
    language: str
    commune: str
    team: str
    intent: str
    confidence: float
    citizen_id: UUID
    conversation_id: UUID | None = None
    about: str | None = None


FileMail = Callable[[Transaction, Counter, Mail, datetime], Awaitable[UUID]]
"""Files it at a time, and returns its conversation."""
