"""A chat's line without its ends: updates go in by hand, and what was stored is read back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from aiogram import Bot
from sqlalchemy import func, select
from sqlalchemy.engine import RowMapping

from bot.channels.telegram import rules, store
from bot.channels.telegram.dispatching import new_dispatcher
from bot.channels.telegram.intake import Intake
from bot.channels.telegram.tables import TelegramChat, TelegramUpdate
from bot.channels.telegram.taker import Taker
from bot.conversations import store as conversations
from bot.conversations.store import StoredMessage
from bot.parts import Service
from tests.servers.telegram.people import Person
from tests.servers.telegram.server import TelegramServer

Raw = dict[str, Any]


def new_id() -> int:
    """A person's id, beyond 32 bits."""
    return 2**33 + uuid4().int % 2**50


@dataclass
class Manners:
    """Courtesies that are written down instead of paid."""

    answered: list[tuple[str, str | None]] = field(default_factory=list)
    shown: list[tuple[int, int, str]] = field(default_factory=list)
    thought: list[UUID] = field(default_factory=list)

    def answer_press(self, query_id: str, text: str | None = None) -> None:
        self.answered.append((query_id, text))

    def chosen(self, chat_id: int, message_id: int, title: str) -> None:
        self.shown.append((chat_id, message_id, title))

    def thinking(self, chat_id: int, conversation_id: UUID) -> None:
        self.thought.append(conversation_id)


@dataclass
class Line:
    """`now` moves only by hand."""

    service: Service
    server: TelegramServer
    bot: Bot
    manners: Manners = field(default_factory=Manners)
    now: datetime = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)

    def __post_init__(self) -> None:
        self.intake = Intake(self.service.database, lambda: self.now, lambda: None, self.bot.id)
        self.taker = Taker(self.service, self.bot, new_dispatcher(), self.manners, lambda: self.now)

    def person(self, name: str, language: str = "fr") -> Person:
        """Somebody new: a worker's tests share its database."""
        return self.server.person(name, language, id=new_id(), has_started=True)

    def made(self, act: Callable[[], object]) -> list[Raw]:
        """The updates that somebody's act makes, not sent."""
        with self.server.holding() as held:
            act()
        return list(held)

    async def accept(self, updates: Iterable[Raw]) -> None:
        await self.intake.accept(list(updates))

    async def does(self, act: Callable[[], object]) -> None:
        """Somebody acts, and after the windows everything is taken."""
        await self.accept(self.made(act))
        await self.take()

    async def take(self, after: timedelta = rules.ALBUM_AT_MOST) -> None:
        """Take what may be taken once some time went by."""
        self.now += after
        while (leased := await self.lease()) is not None:
            await self.taker.take_all(*leased)

    async def lease(self) -> tuple[int, UUID] | None:
        attempt = uuid4()
        async with self.service.database.transaction() as tx:
            chat_id = await store.lease_chat(tx, attempt, self.now, rules.LEASE)
        return None if chat_id is None else (chat_id, attempt)

    async def conversation(self, chat_id: int) -> RowMapping:
        async with self.service.database.transaction() as tx:
            found = await conversations.conversation_at(tx, "telegram", str(chat_id))
        assert found is not None
        return found

    async def messages(self, chat_id: int) -> list[StoredMessage]:
        """All that was said in a chat's conversation; nothing when there is none."""
        async with self.service.database.transaction() as tx:
            found = await conversations.conversation_at(tx, "telegram", str(chat_id))
            return [] if found is None else await conversations.messages_after(tx, found["id"], 0)

    async def only_message(self, chat_id: int) -> StoredMessage:
        (message,) = await self.messages(chat_id)
        return message

    async def chat(self, chat_id: int) -> RowMapping:
        async with self.service.database.transaction() as tx:
            result = await tx.execute(
                select(TelegramChat.__table__).where(TelegramChat.chat_id == chat_id)
            )
            return result.mappings().one()

    async def waiting(self) -> int:
        """How many updates nobody has taken."""
        async with self.service.database.transaction() as tx:
            result = await tx.execute(select(func.count()).where(TelegramUpdate.taken_at.is_(None)))
            return int(result.scalar_one())
