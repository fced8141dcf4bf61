"""Live wake-ups from PostgreSQL: one listening connection, many waiters."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

import psycopg
from sqlalchemy.engine import make_url

from bot.conversations import readers, store, typists
from bot.storage import announcing
from bot.tickets import store as tickets

logger = logging.getLogger(__name__)
RECONNECT_AFTER_S = 0.5
MOST_READERS = 4
"""Of one conversation: the pages that a person has open, not those that a script opens."""


@dataclass(eq=False)
class Reader:
    """Whoever waits for what is said in a conversation, or for one to begin."""

    woken: asyncio.Event = field(default_factory=asyncio.Event)
    has_to_leave: bool = False


@dataclass(eq=False)
class TicketWatch:
    """Somebody who looks at tickets, and into a conversation when one is given. `stirred`: it has
    news. `changed`: references, and conversations in which somebody wrote, since they were last
    taken; `woken` is set when one is added."""

    conversation_id: UUID | None
    stirred: asyncio.Event = field(default_factory=asyncio.Event)
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    changed: set[str] = field(default_factory=set)

    def hear(self, payload: str) -> None:
        self.changed.add(payload)
        self.woken.set()

    def taken(self) -> frozenset[str]:
        """What changed since this was last asked."""
        changed = frozenset(self.changed)
        self.changed.clear()
        self.woken.clear()
        return changed


Overhearing = Callable[[str, UUID | None], None]
"""`store.EVENTS` or `typists.TYPING`, and where; nowhere: announcements may have been missed."""

HEARD = (
    *(store.INBOX, store.EVENTS, tickets.TICKETS, typists.TYPING, readers.READING),
    announcing.SETTINGS,
)
A_MOMENT_S = 0.1
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
        self._waiting: dict[UUID, list[Reader]] = {}
        self._watching: set[TicketWatch] = set()
        self._overhearing: set[Overhearing] = set()
        self.typing = typists.Typing()
        self.reading = typists.Typing(lasts_s=readers.LASTS_S)
        self._present: dict[UUID, frozenset[tuple[str, bool]]] = {}
        self._settings: list[asyncio.Event] = []

    async def run(self) -> None:
        """Listen until cancelled, through any loss of the connection."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._conninfo, autocommit=True
                ) as connection:
                    for channel in HEARD:
                        await connection.execute(f"LISTEN {channel}")
                    self._on_inbox()
                    self._wake_all()
                    self._let_overhear(store.EVENTS, None)
                    self._tell_settings()
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
                self._let_overhear(channel, UUID(payload))
            case typists.TYPING:
                conversation_id = self.typing.hear(payload)
                self._wake(conversation_id)
                self._let_overhear(channel, conversation_id)
                self._look_again(conversation_id, typists.LASTS_S)
            case readers.READING:
                self._look_again(self.reading.hear(payload), readers.LASTS_S)
            case tickets.TICKETS:
                self._tell_watches(payload)
            case announcing.SETTINGS:
                self._tell_settings()

    def settings_changed(self) -> asyncio.Event:
        """An event of one's own, set whenever something set in the pages has changed, or may
        have."""
        event = asyncio.Event()
        self._settings.append(event)
        return event

    def _tell_settings(self) -> None:
        for event in self._settings:
            event.set()

    def agents_at(self, conversation_id: UUID) -> frozenset[tuple[str, bool]]:
        """The agents, by id, who have a conversation open, and whether they write."""
        writing = {one.agent for one in self.typing.who(conversation_id) if one.agent}
        there = {one.agent for one in self.reading.who(conversation_id)} | writing
        return frozenset((agent, agent in writing) for agent in there)

    def _look_again(self, conversation_id: UUID, lasts_s: float) -> None:
        """Show who is there now, and once more when this sign is over."""
        self._show_agents(conversation_id)
        loop = asyncio.get_running_loop()
        loop.call_later(lasts_s + A_MOMENT_S, self._show_agents, conversation_id)

    def _show_agents(self, conversation_id: UUID) -> None:
        """Only a change is told to lists: they are read from the database."""
        there = self.agents_at(conversation_id)
        if there == self._present.get(conversation_id, frozenset()):
            return
        self._present[conversation_id] = there
        if not there:
            del self._present[conversation_id]
        for watch in self._watching:
            if watch.conversation_id == conversation_id:
                watch.stirred.set()
        self._tell_watches(str(conversation_id))

    @contextmanager
    def overheard_by(self, hears: Overhearing) -> Iterator[None]:
        """Let somebody hear of every conversation in which something is said or typed."""
        self._overhearing.add(hears)
        try:
            yield
        finally:
            self._overhearing.discard(hears)

    def _let_overhear(self, channel: str, conversation_id: UUID | None) -> None:
        for hears in self._overhearing:
            hears(channel, conversation_id)

    def _tell_watches(self, payload: str) -> None:
        for watch in self._watching:
            watch.hear(payload)

    def _wake(self, conversation_id: UUID) -> None:
        for reader in self._waiting.get(conversation_id, ()):
            reader.woken.set()
        for watch in self._watching:
            if watch.conversation_id == conversation_id:
                watch.stirred.set()

    def _wake_all(self) -> None:
        for conversation_id in self._waiting:
            self._wake(conversation_id)
        for watch in self._watching:
            watch.stirred.set()
        self._tell_watches(ANY_TICKET)

    def watch_tickets(self, conversation_id: UUID | None = None) -> TicketWatch:
        """Hear of every ticket that changes, and of one conversation; give it back to `unwatch`."""
        watch = TicketWatch(conversation_id)
        self._watching.add(watch)
        return watch

    def unwatch(self, watch: TicketWatch) -> None:
        self._watching.discard(watch)

    def subscribe(self, conversation_id: UUID) -> Reader:
        """A reader that is woken whenever something happens there; give it back to `unsubscribe`.
        Under a citizen's id: when their conversation begins.

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
