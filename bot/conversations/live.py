"""Live wake-ups from PostgreSQL: one listening connection, many waiters."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from uuid import UUID

import psycopg
from sqlalchemy.engine import make_url

from bot.conversations import store, typists
from bot.tickets import store as tickets

logger = logging.getLogger(__name__)
RECONNECT_AFTER_S = 0.5


class TicketWatch:
    """Somebody who looks at tickets. `changed`: references, and conversations whose citizen wrote,
    since its owner last cleared it; `woken` is set whenever one is added."""

    def __init__(self, woken: asyncio.Event) -> None:
        self.woken = woken
        self.changed: set[str] = set()

    def hear(self, payload: str) -> None:
        self.changed.add(payload)
        self.woken.set()


ANY_TICKET = ""
"""What a watch hears when announcements may have been missed."""


class Live:
    """Wakes the worker for what arrives, readers for what is said, and whoever looks at tickets.
    Only a hint: whoever waits reads the tables, so a lost notification costs a moment and no
    message. Who is typing is in `typing` and nowhere else."""

    def __init__(self, url: str, on_inbox: Callable[[], None]) -> None:
        parsed = make_url(url).set(drivername="postgresql")
        self._conninfo = parsed.render_as_string(hide_password=False)
        self._on_inbox = on_inbox
        self._waiting: dict[UUID, set[asyncio.Event]] = {}
        self._watching: set[TicketWatch] = set()
        self.typing = typists.Typing()

    async def run(self) -> None:
        """Listen until cancelled, through any loss of the connection."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._conninfo, autocommit=True
                ) as connection:
                    for channel in (store.INBOX, store.EVENTS, tickets.TICKETS, typists.TYPING):
                        await connection.execute(f"LISTEN {channel}")
                    self._on_inbox()
                    self._wake_all()
                    async for heard in connection.notifies():
                        self._hear(heard.channel, heard.payload)
            except psycopg.Error as error:
                logger.warning("live events: %s", type(error).__name__)
            await asyncio.sleep(RECONNECT_AFTER_S)

    def _hear(self, channel: str, payload: str) -> None:
        match channel:
            case store.INBOX:
                self._on_inbox()
            case store.EVENTS:
                self._wake(UUID(payload))
            case typists.TYPING:
                self._wake(self.typing.hear(payload))
            case tickets.TICKETS:
                self._tell_watches(payload)

    def _tell_watches(self, payload: str) -> None:
        for watch in self._watching:
            watch.hear(payload)

    def _wake(self, conversation_id: UUID) -> None:
        for event in self._waiting.get(conversation_id, ()):
            event.set()

    def _wake_all(self) -> None:
        for conversation_id in self._waiting:
            self._wake(conversation_id)
        self._tell_watches(ANY_TICKET)

    def watch_tickets(self, woken: asyncio.Event) -> TicketWatch:
        """Hear of every ticket that changes; give it back to `unwatch`."""
        watch = TicketWatch(woken)
        self._watching.add(watch)
        return watch

    def unwatch(self, watch: TicketWatch) -> None:
        self._watching.discard(watch)

    def subscribe(
        self, conversation_id: UUID, woken: asyncio.Event | None = None
    ) -> asyncio.Event:
        """An event set whenever something happens there, `woken` when it is given; give it back to
        `unsubscribe`."""
        event = woken or asyncio.Event()
        self._waiting.setdefault(conversation_id, set()).add(event)
        return event

    def unsubscribe(self, conversation_id: UUID, event: asyncio.Event) -> None:
        waiting = self._waiting.get(conversation_id)
        if waiting is not None:
            waiting.discard(event)
            if not waiting:
                del self._waiting[conversation_id]
