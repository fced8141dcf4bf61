"""Takes stored updates, chat by chat and in order, and hands them to the routers."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from aiogram import Bot, Dispatcher
from aiogram.exceptions import TelegramRetryAfter
from aiogram.types import Update
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from bot.channels.telegram import rules, store
from bot.channels.telegram.connection import OUTSIDE
from bot.channels.telegram.store import Failures, Leased
from bot.channels.telegram.taking import Courtesies, Fenced, Postponed, Taking
from bot.errors import Unavailable
from bot.parts import Service

logger = logging.getLogger(__name__)
AWAY = (Unavailable, OSError, TimeoutError, OperationalError, InterfaceError, NoConnection)
"""What says that something we need is away, and nothing of the update."""

GROUPS_IN_A_LEASE = 20
"""Updates taken before other chats get their turn."""


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

    def __post_init__(self) -> None:
        # Half of the chats at most wait for files: the others' words go on.
        self._fetching = asyncio.Semaphore(max(1, self.concurrency // 2))

    def wake(self) -> None:
        """Updates were stored."""
        self._woken.set()

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            slots = asyncio.Semaphore(self.concurrency)
            while True:
                await slots.acquire()
                attempt, leased = uuid4(), None
                try:
                    async with self.service.database.transaction() as tx:
                        leased = await store.lease_chat(tx, attempt, self.clock(), rules.LEASE)
                except Exception:  # the worker's edge: a database restart must not end it
                    logger.exception("updates of Telegram cannot be read")
                if leased is None:
                    slots.release()
                    await self._sleep()
                else:
                    group.create_task(self._one(leased, attempt, slots))

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

    async def _one(self, leased: Leased, attempt: UUID, slots: asyncio.Semaphore) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                renewing = group.create_task(self._renew(leased.chat_id, attempt))
                try:
                    await self.take_all(leased, attempt)
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

    async def take_all(self, leased: Leased, attempt: UUID) -> None:
        """Take what may be taken now of a chat leased by `attempt`, and give the chat back."""
        chat_id, failures, wait_s = leased.chat_id, leased.failures, 0.0
        for _ in range(GROUPS_IN_A_LEASE):
            async with self.service.database.transaction() as tx:
                waiting = await store.waiting_in(tx, chat_id)
                group, _ = rules.next_group(waiting, self.clock())
                if not group:
                    break
                bodies = await store.bodies(tx, [one.update_id for one in group])
            taking = Taking(
                self.service,
                self.bot,
                self.courtesies,
                self._fetching,
                chat_id,
                [one.update_id for one in group],
                attempt,
                min(one.at for one in group),
                self.clock(),
                failures,
            )
            try:
                if not await self._take(taking, bodies):
                    break
            except Postponed as later:
                wait_s = later.wait_s
                break
            failures = Failures()
        await self._give_back(chat_id, attempt, wait_s)

    async def _give_back(self, chat_id: int, attempt: UUID, wait_s: float = 0.0) -> None:
        async with self.service.database.transaction() as tx:
            chat = await store.lock_chat(tx, chat_id)
            if chat["lease"] != attempt:
                return
            now = self.clock()
            group, later = rules.next_group(await store.waiting_in(tx, chat_id), now)
            due_at = later if not group else now + timedelta(seconds=wait_s)
            if chat["attempts"] and due_at is not None:
                due_at = max(due_at, now + rules.back_off(chat["attempts"]))
            await store.change_chat(tx, chat_id, due_at=due_at, lease=None, lease_until=None)

    async def _take(self, taking: Taking, bodies: Sequence[Mapping[str, Any]]) -> bool:
        """One update, or one album. False when the chat has to wait. Raises `Postponed`."""
        before = taking.failures
        try:
            await self._feed(taking, bodies)
        except Fenced:
            return False
        except Postponed:
            raise
        except TelegramRetryAfter as error:
            raise Postponed(error.retry_after) from None
        except (*OUTSIDE, *AWAY) as error:
            logger.warning("an update waits: %s", type(error).__name__)
            await self._count(taking, Failures(before.attempts + 1, before.stumbles))
            return False
        except Exception as error:  # noqa: BLE001  (a bug of a handler keeps no other update)
            logger.error("update %s: %s", taking.update_ids[0], _without_words(error))  # noqa: TRY400
            if taking.is_done:  # what failed came after it was stored
                return True
            if before.stumbles + 1 < rules.GIVEN_UP_AFTER:
                await self._count(taking, Failures(before.attempts + 1, before.stumbles + 1))
                return False
            await self._give_up(taking, bodies, error)
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

    async def _give_up(
        self, taking: Taking, bodies: Sequence[Mapping[str, Any]], error: Exception
    ) -> None:
        """Go on without an update that cannot be taken. Of a person's message, its words are kept
        and answered; of one without words, that it came."""
        messages = [body["message"] for body in bodies if _is_of_person(body.get("message"))]
        async with taking.transaction() as tx:
            await store.note_error(tx, taking.update_ids, type(error).__name__)
            if taking.chat_id <= 0 or not messages:
                return
            said = [one.get("text") or one.get("caption") for one in messages]
            words = "\n".join(one for one in said if isinstance(one, str) and one)
            kind, content = ("text", {}) if words else ("other", {"what": "unsupported"})
            key = f"m{messages[0].get('message_id')}"
            await taking.receive(tx, kind, key, text=words, content=content)


def _is_of_person(message: Any) -> bool:
    sender = message.get("from") if isinstance(message, Mapping) else None
    return isinstance(sender, Mapping) and sender.get("is_bot") is False


def _without_words(error: Exception) -> str:
    """An error and where it was, without what was said: messages of errors may repeat it, or the
    address of a file, which holds the token."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[-6:]]
    return f"{type(error).__name__} at {' < '.join(reversed(ours))}"
