"""Live wake-ups from PostgreSQL: one listening connection, many waiters."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

import psycopg
from sqlalchemy.engine import make_url

from bot.conversations import store

logger = logging.getLogger(__name__)
RECONNECT_AFTER_S = 0.5
MOST_READERS = 4
"""Of one conversation: the pages that a person has open, not those that a script opens."""


@dataclass(eq=False)
class Reader:
    """Whoever waits for what is said in a conversation."""

    woken: asyncio.Event = field(default_factory=asyncio.Event)
    has_to_leave: bool = False


class Live:
    """Wakes the worker for what arrives, and readers for what is said. Only a hint: whoever
    waits reads the tables, so a lost notification costs a moment and no message."""

    def __init__(self, url: str, on_inbox: Callable[[], None]) -> None:
        parsed = make_url(url).set(drivername="postgresql")
        self._conninfo = parsed.render_as_string(hide_password=False)
        self._on_inbox = on_inbox
        self._waiting: dict[UUID, list[Reader]] = {}

    async def run(self) -> None:
        """Listen until cancelled, through any loss of the connection."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._conninfo, autocommit=True
                ) as connection:
                    await connection.execute(f"LISTEN {store.INBOX}")
                    await connection.execute(f"LISTEN {store.EVENTS}")
                    self._on_inbox()
                    self._wake_all()
                    async for heard in connection.notifies():
                        if heard.channel == store.INBOX:
                            self._on_inbox()
                        else:
                            self._wake(UUID(heard.payload))
            except psycopg.Error as error:
                logger.warning("live events: %s", type(error).__name__)
            await asyncio.sleep(RECONNECT_AFTER_S)

    def _wake(self, conversation_id: UUID) -> None:
        for reader in self._waiting.get(conversation_id, ()):
            reader.woken.set()

    def _wake_all(self) -> None:
        for conversation_id in self._waiting:
            self._wake(conversation_id)

    def subscribe(self, conversation_id: UUID) -> Reader:
        """A reader that is woken whenever something happens there; give it back to `unsubscribe`.
        When there are `MOST_READERS` already, the one that waits longest has to leave."""
        waiting = self._waiting.setdefault(conversation_id, [])
        staying = [reader for reader in waiting if not reader.has_to_leave]
        if len(staying) >= MOST_READERS:
            staying[0].has_to_leave = True
            staying[0].woken.set()
        reader = Reader()
        waiting.append(reader)
        return reader

    def unsubscribe(self, conversation_id: UUID, reader: Reader) -> None:
        waiting = self._waiting.get(conversation_id, [])
        waiting.remove(reader)
        if not waiting:
            del self._waiting[conversation_id]
