"""Takes stored updates, chat by chat and in order, and hands them to the routers.

What an update changes here is one transaction with the mark that it was taken, so a process killed
at any instant leaves either nothing of it or all. What is fetched from Telegram meanwhile (a
photo's bytes) is fetched before, with nothing held, and again after a crash.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID, uuid4

from aiogram import Bot, Dispatcher
from aiogram.types import Message, Update
from pydantic import ValidationError
from sqlalchemy.engine import RowMapping
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from bot.channels.telegram import rules, store
from bot.channels.telegram.connection import OUTSIDE
from bot.channels.telegram.store import Failures
from bot.conversations import store as conversations
from bot.conversations.commit import tell_in
from bot.conversations.operations import Accepted, Arrival, citizen_at, receive
from bot.errors import Unavailable
from bot.parts import Service
from bot.storage.transaction import Transaction
from bot.words.phrases import Reply

logger = logging.getLogger(__name__)
CHANNEL = "telegram"
AWAY = (Unavailable, OSError, TimeoutError, OperationalError, InterfaceError, NoConnection)
"""What says that something we need is away, and nothing of the update."""

GROUPS_IN_A_LEASE = 20
"""Updates taken before other chats get their turn."""


class Fenced(Exception):
    """Another process has taken these updates."""


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
    """One update, or the updates of one album, while it is taken. `at`: when the first of them was
    accepted; `failures`: how often it failed before; `album`: the messages of an album, in order.
    """

    service: Service
    bot: Bot
    courtesies: Courtesies
    chat_id: int
    update_ids: Sequence[int]
    lease: UUID
    at: datetime
    failures: Failures = field(default_factory=Failures)
    album: tuple[Message, ...] = ()
    is_done: bool = False

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
            yield tx
        self.is_done = True

    async def conversation(self, language: str) -> RowMapping:
        """The chat's conversation, made in a transaction of its own where there is none: what is
        kept before the message is stored needs its citizen."""
        async with self.service.database.transaction() as tx:
            return await self._conversation_of(tx, language)

    async def _conversation_of(self, tx: Transaction, language: str) -> RowMapping:
        address = str(self.chat_id)
        known = await conversations.conversation_at(tx, CHANNEL, address)
        if known is not None:
            return await conversations.locked(tx, known["id"])
        citizen_id = await citizen_at(tx, CHANNEL, address, self.at)
        return await conversations.conversation_of(
            tx, CHANNEL, address, citizen_id, self.at, commune=None, language=language
        )

    async def citizen(self, tx: Transaction, language: str = "fr") -> UUID:
        """Whoever writes from this chat."""
        return UUID(str((await self._conversation_of(tx, language))["citizen_id"]))

    async def say(self, tx: Transaction, replies: Sequence[Reply], language: str = "fr") -> int:
        """Say something in the chat's conversation that no turn asked for. Returns the number of
        the last message."""
        conversation = await self._conversation_of(tx, language)
        await tell_in(tx, conversation, replies, self.service.words, self.at)
        return int(conversation["last_seq"]) + len(replies)

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
        """Store the citizen's message; `message_ids` are what the chat calls it. Raises as
        `conversations.operations.receive`."""
        arrival = Arrival(
            channel=CHANNEL,
            address=str(self.chat_id),
            citizen_id=await self.citizen(tx, language),
            external_id=f"tg:{external_id}",
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

    def expect_answer(self, accepted: Accepted) -> None:
        """After the commit: show that the assistant thinks, where it is the one who answers."""
        if accepted.owner in conversations.ANSWERED_BY_BOT and not accepted.repeated:
            self.courtesies.thinking(self.chat_id, accepted.conversation_id)


@dataclass
class Taker:
    """The worker: several chats at a time, one update after the other in each."""

    service: Service
    bot: Bot
    dispatcher: Dispatcher
    courtesies: Courtesies
    clock: Callable[[], datetime]
    concurrency: int = 8
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """Updates were stored."""
        self._woken.set()

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            slots = asyncio.Semaphore(self.concurrency)
            while True:
                await slots.acquire()
                attempt, chat_id = uuid4(), None
                try:
                    async with self.service.database.transaction() as tx:
                        chat_id = await store.lease_chat(tx, attempt, self.clock(), rules.LEASE)
                except Exception:  # the worker's edge: a database restart must not end it
                    logger.exception("updates of Telegram cannot be read")
                if chat_id is None:
                    slots.release()
                    await self._sleep()
                else:
                    group.create_task(self._one(chat_id, attempt, slots))

    async def _sleep(self) -> None:
        wait_s = rules.SWEEP_EVERY.total_seconds()
        try:
            async with self.service.database.transaction() as tx:
                due = await store.next_due(tx)
            if due is not None:
                wait_s = min(wait_s, max(0.01, (due - self.clock()).total_seconds()))
        except Exception:  # as above: the sweep tries again
            logger.exception("updates of Telegram cannot be read")
        try:
            async with asyncio.timeout(wait_s):
                await self._woken.wait()
        except TimeoutError:
            pass
        self._woken.clear()

    async def _one(self, chat_id: int, attempt: UUID, slots: asyncio.Semaphore) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                renewing = group.create_task(self._renew(chat_id, attempt))
                try:
                    await self.take_all(chat_id, attempt)
                finally:
                    renewing.cancel()
        except* Exception:  # the worker's edge: the lease runs out, and another takes it up
            logger.exception("updates of a chat")
        finally:
            slots.release()
            self.wake()

    async def _renew(self, chat_id: int, attempt: UUID) -> None:
        while True:
            await asyncio.sleep(rules.LEASE.total_seconds() / 3)
            async with self.service.database.transaction() as tx:
                until = self.clock() + rules.LEASE
                if not await store.renew_lease(tx, chat_id, attempt, until):
                    return

    async def take_all(self, chat_id: int, attempt: UUID) -> None:
        """Take what may be taken now of a chat leased by `attempt`, and give the chat back."""
        for _ in range(GROUPS_IN_A_LEASE):
            async with self.service.database.transaction() as tx:
                waiting = await store.waiting_in(tx, chat_id)
                group, _ = rules.next_group(waiting, self.clock())
                bodies = await store.bodies(tx, [one.update_id for one in group])
                failures = await store.failures_in(tx, chat_id)
            if not group:
                break
            taking = Taking(
                self.service,
                self.bot,
                self.courtesies,
                chat_id,
                [one.update_id for one in group],
                attempt,
                min(one.at for one in group),
                failures,
            )
            if not await self._take(taking, bodies):
                break
        await self._give_back(chat_id, attempt)

    async def _give_back(self, chat_id: int, attempt: UUID) -> None:
        async with self.service.database.transaction() as tx:
            chat = await store.lock_chat(tx, chat_id)
            if chat["lease"] != attempt:
                return
            now = self.clock()
            group, later = rules.next_group(await store.waiting_in(tx, chat_id), now)
            due_at = later if not group else now
            if chat["attempts"] and due_at is not None:
                due_at = max(due_at, now + rules.back_off(chat["attempts"]))
            await store.change_chat(tx, chat_id, due_at=due_at, lease=None, lease_until=None)

    async def _take(self, taking: Taking, bodies: Sequence[Mapping[str, Any]]) -> bool:
        """One update, or one album. False when the chat has to wait."""
        before = taking.failures
        try:
            await self._feed(taking, bodies)
        except Fenced:
            return False
        except (*OUTSIDE, *AWAY) as error:
            logger.warning("an update waits: %s", type(error).__name__)
            await self._count(taking, Failures(before.attempts + 1, before.stumbles))
            return False
        except Exception as error:  # a bug of a handler: it must not keep the chat's others
            logger.exception("update %s", taking.update_ids[0])
            if before.stumbles + 1 < rules.GIVEN_UP_AFTER:
                await self._count(taking, Failures(before.attempts + 1, before.stumbles + 1))
                return False
            await self._give_up(taking, error)
        if before != Failures():
            await self._count(taking, Failures())
        return True

    async def _feed(self, taking: Taking, bodies: Sequence[Mapping[str, Any]]) -> None:
        updates = [Update.model_validate(body, context={"bot": self.bot}) for body in bodies]
        if len(updates) > 1:
            taking.album = tuple(one.message for one in updates if one.message is not None)
        await self.dispatcher.feed_update(self.bot, updates[0], taking=taking)
        if not taking.is_done:  # nothing of it is to be kept
            async with taking.transaction():
                pass

    async def _count(self, taking: Taking, failures: Failures) -> None:
        async with self.service.database.transaction() as tx:
            await store.change_chat(tx, taking.chat_id, **asdict(failures))

    async def _give_up(self, taking: Taking, error: Exception) -> None:
        """Go on without an update that cannot be taken. Of a person's message, that it came is
        kept and answered."""
        taking.is_done = False
        is_message = not isinstance(error, ValidationError) and taking.chat_id > 0
        async with taking.transaction() as tx:
            why = f"{type(error).__name__}: {error}"[:500]
            await store.note_error(tx, taking.update_ids, why)
            if is_message:
                await taking.receive(
                    tx, "other", f"u{taking.update_ids[0]}", content={"what": "unsupported"}
                )
