"""One update while it is taken: what handlers may do with it.

What an update changes here is one transaction with the mark that it was taken, so a process killed
at any instant leaves either nothing of it or all. What is fetched from Telegram meanwhile (a
photo's bytes) is fetched before, with nothing held, and again after a crash.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from aiogram import Bot
from aiogram.types import Message
from sqlalchemy.engine import RowMapping

from bot.channels.telegram import store
from bot.channels.telegram.store import Failures
from bot.conversations import store as conversations
from bot.conversations.operations import Accepted, Arrival, receive
from bot.parts import Service
from bot.storage.transaction import Transaction

CHANNEL = "telegram"


class Fenced(Exception):
    """Another process has taken these updates."""


class Postponed(Exception):
    """Not now, through no fault of the update: it is taken again after `wait_s`."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"in {wait_s} s")
        self.wait_s = wait_s


class Courtesies(Protocol):
    """What is nice to do at once, and lost without harm."""

    def answer_press(self, query_id: str, text: str | None = None) -> None:
        """End the waiting of a pressed button; `text` is shown for a moment."""
        ...

    def chosen(self, chat_id: int, message_id: int, title: str) -> None:
        """Show in the question itself which button was pressed."""
        ...

    def thinking(self, chat_id: int, conversation_id: UUID) -> None:
        """Show that an answer is being written, until it is there."""
        ...


@dataclass
class Taking:
    """One update, or the updates of one album. `at`: when the first of them was accepted, `now`:
    when it is taken; `failures`: how often it failed before; `album`: the messages of an album, in
    order; `fetching`: room for those that fetch files.
    """

    service: Service
    bot: Bot
    courtesies: Courtesies
    fetching: asyncio.Semaphore
    chat_id: int
    update_ids: Sequence[int]
    lease: UUID
    at: datetime
    now: datetime
    failures: Failures = field(default_factory=Failures)
    album: tuple[Message, ...] = ()
    is_done: bool = False
    _was_blocked: bool = False

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """The one transaction of this update. Raises `Fenced`, upon which nothing is done."""
        if self.is_done:
            raise RuntimeError("an update is taken once")
        async with self.service.database.transaction() as tx:
            chat = await store.lock_chat(tx, self.chat_id)
            if chat["lease"] != self.lease:
                raise Fenced
            if not await store.mark_taken(tx, self.update_ids, self.at):
                raise Fenced
            self._was_blocked = chat["blocked_at"] is not None
            yield tx
        self.is_done = True

    async def conversation(self, language: str) -> RowMapping:
        """The chat's conversation, made in a transaction of its own where there is none: what is
        kept before the message is stored needs its citizen."""
        async with self.service.database.transaction() as tx:
            return await self.locked_conversation(tx, language)

    async def locked_conversation(self, tx: Transaction, language: str) -> RowMapping:
        """The same inside a transaction, locked for the rest of it."""
        return await conversations.conversation_of(
            tx, CHANNEL, str(self.chat_id), None, self.at, commune=None, language=language
        )

    async def receive(
        self,
        tx: Transaction,
        kind: str,
        external_id: str,
        *,
        text: str = "",
        content: Mapping[str, Any] | None = None,
        language: str = "fr",
        message_ids: Sequence[int] = (),
    ) -> Accepted:
        """Store the citizen's message; `message_ids` are what the chat calls it. Whoever writes
        can be written to. Raises as `conversations.operations.receive`."""
        if self._was_blocked:
            await store.change_chat(tx, self.chat_id, blocked_at=None)
        arrival = Arrival(
            channel=CHANNEL,
            address=str(self.chat_id),
            citizen_id=None,  # whose chat it is, Telegram says
            external_id=self.key(external_id),
            kind=kind,
            text=text,
            content=dict(content or {}),
            language=language,
        )
        accepted = await receive(tx, arrival, self.at)
        for message_id in message_ids:
            await store.name_message(
                tx, self.chat_id, message_id, accepted.conversation_id, accepted.seq
            )
        return accepted

    def key(self, external_id: str) -> str:
        """By which a message is known again: each bot counts a chat's messages anew."""
        return f"tg:{self.bot.id}:{external_id}"

    def expect_answer(self, accepted: Accepted) -> None:
        """After the commit: show that the assistant thinks, where it is the one who answers."""
        if accepted.owner in conversations.ANSWERED_BY_BOT and not accepted.repeated:
            self.courtesies.thinking(self.chat_id, accepted.conversation_id)
