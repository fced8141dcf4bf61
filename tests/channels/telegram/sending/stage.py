"""A sender on a real database, before a Telegram of our own, and chats in which it is told to
speak."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, update

from bot.accounts import store as accounts
from bot.channels.telegram import store as chats
from bot.channels.telegram.connection import Connection, new_bot
from bot.channels.telegram.sending import store as deliveries
from bot.channels.telegram.sending.attempts import Attempts
from bot.channels.telegram.sending.courtesies import Courtesies
from bot.channels.telegram.sending.limits import Limits
from bot.channels.telegram.sending.sender import Sender
from bot.channels.telegram.sending.touching_up import Touch
from bot.channels.telegram.tables import TelegramChat
from bot.conversations import store
from bot.conversations.tables import Delivery
from bot.files.folder import FolderStore
from bot.service_requests import photo_store
from bot.service_requests.photos import PhotoFiles
from bot.settings import TelegramSettings
from bot.storage.transaction import Database
from tests.files.builders import a_photo
from tests.servers.telegram import Person, Screen, TelegramServer
from tests.turn.scripted import WORDS, now

CAMILLE = {"name": "Camille", "team": "voirie", "team_fr": "équipe voirie", "team_en": "roads"}
WITHIN_S = 20.0
_ids = itertools.count(6_100_000_001)  # the database is shared: no two tests have the same person


@dataclass
class Watcher:
    """What became of deliveries; tests wait here."""

    outcomes: list[str] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def delivered(self, channel: str, outcome: str) -> None:
        assert channel == "telegram"
        self.outcomes.append(outcome)
        self.changed.set()

    def blocked(self, channel: str, chats: int) -> None:
        del channel, chats

    async def until(self, outcome: str, times: int = 1) -> None:
        async with asyncio.timeout(WITHIN_S):
            while self.outcomes.count(outcome) < times:
                self.changed.clear()
                await self.changed.wait()


@dataclass
class Chat:
    """A person's chat and its conversation."""

    stage: Stage
    person: Person
    conversation_id: UUID
    citizen_id: UUID

    @property
    def id(self) -> int:
        return self.person.id

    @property
    def screen(self) -> Screen:
        return self.person.screen

    async def says(
        self,
        text: str,
        *,
        sender: str = "assistant",
        buttons: Sequence[str] = (),
        lasting: Sequence[str] = (),
        is_news: bool = False,
        ago: timedelta = timedelta(),
        **content: Any,
    ) -> int:
        """Store and queue a message of ours, which the sender hears of. Returns its number."""
        offered = [
            {"id": uuid4().hex[:16], "title": title, "press": {}, "lasting": title in lasting}
            for title in (*buttons, *lasting)
        ]
        shown = [{"title": one["title"], "payload": one["id"]} for one in offered]
        at = now() - ago
        async with self.stage.database.transaction() as tx:
            conversation = await store.locked(tx, self.conversation_id)
            seq = int(conversation["last_seq"]) + 1
            message_id = await store.append(
                tx,
                self.conversation_id,
                seq,
                sender,
                at,
                body=text,
                content={"buttons": shown, "expects": None, "reference": None, **content},
            )
            await store.offer(tx, self.conversation_id, seq, offered)
            await store.deliver(tx, message_id, conversation, seq, at, is_news=is_news)
            changes: dict[str, Any] = {"last_seq": seq}
            if sender == "assistant" and (offered or content.get("expects")):
                changes["question_seq"] = seq
            await store.change(tx, self.conversation_id, **changes)
        self.stage.sender.wake(self.conversation_id)
        return seq

    async def deliveries(self) -> list[tuple[str, str | None]]:
        """What became of its messages, and why, in order."""
        async with self.stage.database.transaction() as tx:
            rows = await tx.execute(
                select(Delivery.status, Delivery.error)
                .where(
                    Delivery.conversation_id == self.conversation_id,
                    Delivery.channel == "telegram",
                )
                .order_by(Delivery.seq)
            )
            return [(row.status, row.error) for row in rows]

    async def is_blocked(self) -> bool:
        async with self.stage.database.transaction() as tx:
            row = await tx.execute(
                select(TelegramChat.blocked_at).where(TelegramChat.chat_id == self.id)
            )
            return row.scalar_one_or_none() is not None

    async def is_back(self) -> None:
        """As whoever takes the update does."""
        async with self.stage.database.transaction() as tx:
            await chats.change_chat(tx, self.id, blocked_at=None)
        self.stage.sender.wake()

    async def a_picture(self) -> str:
        """One of theirs."""
        photo_id, picture = await self.stage.photos.keep(a_photo())
        async with self.stage.database.transaction() as tx:
            await photo_store.add_photo(
                tx, photo_id, self.citizen_id, picture.width, picture.height, 100, now()
            )
        return str(photo_id)


@dataclass
class Stage:
    server: TelegramServer
    database: Database
    photos: PhotoFiles
    connection: Connection
    courtesies: Courtesies
    sender: Sender
    watcher: Watcher
    limits: Limits
    _task: asyncio.Task[None] | None = None
    _clock_ahead: timedelta = timedelta()

    async def chat(self, name: str = "Nadia", language: str = "fr") -> Chat:
        person = self.server.person(name, id=next(_ids), has_started=True)
        async with self.database.transaction() as tx:
            citizen = await accounts.new_citizen(tx, now())
            conversation = await store.conversation_of(
                tx, "telegram", str(person.id), citizen, now(), commune=None, language=language
            )
        return Chat(self, person, conversation["id"], citizen)

    def start(self) -> None:
        """The sender begins, as in the process that leads."""
        bot = self.connection.bot
        assert bot is not None
        self._task = asyncio.create_task(self._work())

    async def _work(self) -> None:
        bot = self.connection.bot
        assert bot is not None
        async with asyncio.TaskGroup() as group:
            group.create_task(self.sender.run(bot))
            group.create_task(self.courtesies.run(bot))

    async def stop(self) -> None:
        """As if the process were killed: nothing in hand is ended."""
        self.sender.ends_within_s = 0.0
        await self.ends()

    async def ends(self) -> None:
        """As when the service is told to stop."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self._task = None

    async def replaced(self) -> Stage:
        """Another sender, as of a new process, on the same chats."""
        await self.stop()
        return _a_stage(self.server, self.database, self.photos, self.connection)

    def moved(self, clock: Callable[[], datetime]) -> None:
        self.sender._attempts._clock = clock


def _a_stage(
    server: TelegramServer, database: Database, photos: PhotoFiles, connection: Connection
) -> Stage:
    limits, watcher = Limits(), Watcher()
    courtesies = Courtesies(database, connection, Touch(database, WORDS), limits)
    attempts = Attempts(database, WORDS, now)
    sender = Sender(attempts, connection, photos, limits, watcher, courtesies)
    return Stage(server, database, photos, connection, courtesies, sender, watcher, limits)


@asynccontextmanager
async def a_stage(
    server: TelegramServer, database: Database, folder: Path, *, token: str | None = None
) -> AsyncIterator[Stage]:
    """Not started yet; nothing of other tests waits in the database."""
    await forget_waiting(database)
    connection = Connection(new_bot(TelegramSettings(token or server.token, api=server.url)))
    stage = _a_stage(server, database, PhotoFiles(FolderStore(folder)), connection)
    try:
        yield stage
    finally:
        await stage.stop()
        await connection.close()
        await forget_waiting(database)


async def forget_waiting(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(
            update(Delivery)
            .where(Delivery.channel == deliveries.CHANNEL, Delivery.status == "pending")
            .values(status="failed", error="of another test")
        )
