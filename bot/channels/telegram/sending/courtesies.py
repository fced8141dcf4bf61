"""What is only nice to have: pressed buttons answered, old ones taken off, "is typing", what became
of a report. Tried once, in memory, after everything else; what fails is a line in the log.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from heapq import heappop, heappush
from uuid import UUID

from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramRetryAfter

from bot.channels.telegram.connection import Connection
from bot.channels.telegram.sending import screen
from bot.channels.telegram.sending.attempts import Attempt
from bot.channels.telegram.sending.limits import Limits
from bot.channels.telegram.sending.touching_up import Edit, Touch
from bot.errors import DomainError
from bot.storage.transaction import Database

logger = logging.getLogger(__name__)
MOST_WAITING = 500
AT_ONCE = 6
LONGEST_WAIT_S = 20.0
"""A nicety that found no free slot by then is no nicety any more."""

LOOKED_AT_AGAIN_S = 0.05
TYPING_EVERY_S = 4.5
"""Telegram shows it for five seconds."""

TYPING_AT_MOST_S = 60.0
MOST_TYPING = 200
CALL_WITHIN_S = 10


@dataclass(frozen=True)
class _Wish:
    name: str
    chat_id: int | None  # whose limits it counts in; None: in nobody's
    work: Callable[[Bot], Awaitable[None]]
    until: float
    number: int
    on_lost: Callable[[], None] | None

    def lost(self) -> None:
        """It was not done, and will not be."""
        if self.on_lost is not None:
            self.on_lost()


class Courtesies:
    """Every process has one; `limits` are the sender's where that is the same process. Its methods
    return at once."""

    def __init__(
        self,
        database: Database,
        connection: Connection,
        touch: Touch,
        limits: Limits,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._connection = connection
        self._touch = touch
        self._limits = limits
        self._ticks = ticks
        self._wishes: dict[int | None, deque[_Wish]] = {}
        self._count = 0
        self._numbers = itertools.count()
        self._looked_at: list[tuple[float, int, int | None]] = []  # which chat when
        self._busy: set[int] = set()  # chats that get one now: two edits must not cross
        self._typing: dict[int, float] = {}  # until when
        self._wished = asyncio.Event()

    # -- what may be wished for ---------------------------------------------------------------

    def answer_press(self, callback_query_id: str, text: str | None = None) -> None:
        """Stop the little clock on a pressed button; `text` is shown for a moment."""

        async def work(bot: Bot) -> None:
            short = None if text is None else text[:200]
            await bot.answer_callback_query(
                callback_query_id, text=short, request_timeout=CALL_WITHIN_S
            )

        self._wish("answer a press", None, work)

    def chosen(self, chat_id: int, message_id: int, title: str) -> None:
        """The question shows what was chosen, and its buttons go. One that stays good leaves the
        message as it is."""
        self._wish(
            "show what was chosen",
            chat_id,
            lambda bot: self._edit(bot, self._touch.chosen(chat_id, message_id, title)),
        )

    def thinking(self, chat_id: int, conversation_id: UUID) -> None:
        """Show "is typing" while the assistant owes an answer there."""
        self._type(chat_id, lambda: self._is_thought_about(conversation_id))

    def agent_types(self, conversation_id: UUID, is_typing: Callable[[], bool]) -> None:
        """Show it while an agent writes."""

        async def work(bot: Bot) -> None:
            del bot
            async with self._database.transaction() as tx:
                chat_id = await screen.open_chat(tx, conversation_id)
            if chat_id is not None:

                async def goes_on() -> bool:
                    return is_typing()

                self._type(chat_id, goes_on)

        self._wish("show that an agent types", None, work)

    def arrived(self, attempt: Attempt) -> None:
        """A message is there: older buttons go, and news of a request show where it stands."""
        chat_id, due = attempt.chat_id, attempt.due
        self._typing.pop(chat_id, None)
        if due.is_above_old_buttons:
            self._wish(
                "take old buttons off",
                chat_id,
                lambda bot: self._edit(
                    bot, self._touch.disarmed(chat_id, due.conversation_id, due.seq)
                ),
            )
        reference = due.content.get("reference")
        if due.is_news and reference:
            self._wish(
                "show where a request stands",
                chat_id,
                lambda bot: self._edit(
                    bot, self._touch.progressed(chat_id, due.conversation_id, str(reference))
                ),
            )

    # -- how it is done -----------------------------------------------------------------------

    def _wish(
        self,
        name: str,
        chat_id: int | None,
        work: Callable[[Bot], Awaitable[None]],
        on_lost: Callable[[], None] | None = None,
    ) -> None:
        if self._count >= MOST_WAITING:
            self._lose_oldest()
        wish = _Wish(
            name, chat_id, work, self._ticks() + LONGEST_WAIT_S, next(self._numbers), on_lost
        )
        waiting = self._wishes.setdefault(chat_id, deque())
        waiting.append(wish)
        self._count += 1
        if len(waiting) == 1 and chat_id not in self._busy:
            heappush(self._looked_at, (self._ticks(), wish.number, chat_id))
        self._wished.set()

    async def run(self, bot: Bot) -> None:
        """Do what is wished for, until cancelled."""
        async with asyncio.TaskGroup() as group:
            at_work: set[asyncio.Task[None]] = set()
            while True:
                self._wished.clear()
                wish, wait_s = self._next() if len(at_work) < AT_ONCE else (None, None)
                if wish is not None:
                    task = group.create_task(self._do(bot, wish))
                    at_work.add(task)
                    task.add_done_callback(at_work.discard)
                    continue
                try:
                    async with asyncio.timeout(wait_s):
                        await self._wished.wait()
                except TimeoutError:
                    continue

    def _next(self) -> tuple[_Wish | None, float | None]:
        """One whose chat is free and whose call takes nothing from what matters; else how long
        until there may be one. Each chat's come in their order, and a chat is not looked at
        before its next may be done."""
        now = self._ticks()
        while self._looked_at and self._looked_at[0][0] <= now:
            _, number, chat_id = heappop(self._looked_at)
            self._lose_old(chat_id, now)
            waiting = self._wishes.get(chat_id)
            if not waiting or chat_id in self._busy:
                continue
            wait_s = 0.0 if chat_id is None else self._limits.spare_s(chat_id, now)
            if wait_s > 0:
                at = now + max(wait_s, LOOKED_AT_AGAIN_S)
                heappush(self._looked_at, (at, number, chat_id))
                continue
            wish = self._pop(chat_id)
            if chat_id is None and waiting:
                heappush(self._looked_at, (now, waiting[0].number, None))
            return wish, 0.0
        return None, self._looked_at[0][0] - now if self._looked_at else None

    def _pop(self, chat_id: int | None) -> _Wish:
        waiting = self._wishes[chat_id]
        wish = waiting.popleft()
        self._count -= 1
        if not waiting:
            del self._wishes[chat_id]
        return wish

    def _lose_old(self, chat_id: int | None, now: float) -> None:
        while chat_id in self._wishes and self._wishes[chat_id][0].until < now:
            self._pop(chat_id).lost()

    def _lose_oldest(self) -> None:
        """Of those of the chat that has waited longest."""
        self._pop(next(iter(self._wishes))).lost()

    async def _do(self, bot: Bot, wish: _Wish) -> None:
        chat_id, is_done = wish.chat_id, False
        if chat_id is not None:
            self._busy.add(chat_id)
        try:
            await wish.work(bot)
            is_done = True
        except TelegramRetryAfter as error:
            self._limits.refused(wish.chat_id or 0, self._ticks(), error.retry_after)
        except AiogramError as error:
            logger.info("Telegram: %s: %s", wish.name, type(error).__name__)
        except (DomainError, OSError) as error:
            logger.info("Telegram: %s: %s", wish.name, type(error).__name__)
        except Exception:  # a task's edge: the others go on
            logger.exception("Telegram: %s", wish.name)
        finally:
            if not is_done:
                wish.lost()
            if chat_id is not None:
                self._busy.discard(chat_id)
                if chat_id in self._wishes:
                    number = self._wishes[chat_id][0].number
                    heappush(self._looked_at, (self._ticks(), number, chat_id))
            self._wished.set()

    async def _edit(self, bot: Bot, edits: Awaitable[list[Edit]]) -> None:
        """The first counts already; what finds no slot is left for the next time."""
        for edit in await edits:
            now = self._ticks()
            if self._limits.spare_s(edit.chat_id, now) > 0:
                return
            self._limits.take(edit.chat_id, now)
            await self._touch.make(bot, edit)

    # -- typing -------------------------------------------------------------------------------

    def _type(self, chat_id: int, goes_on: Callable[[], Awaitable[bool]]) -> None:
        now = self._ticks()
        if self._typing.get(chat_id, now) > now:
            return
        if len(self._typing) >= MOST_TYPING:
            self._typing = {one: until for one, until in self._typing.items() if until > now}
        if len(self._typing) >= MOST_TYPING:
            return
        self._typing[chat_id] = until = now + TYPING_AT_MOST_S

        def stop() -> None:
            if self._typing.get(chat_id) == until:
                del self._typing[chat_id]

        async def work(bot: Bot) -> None:
            await bot.send_chat_action(chat_id, "typing", request_timeout=CALL_WITHIN_S)
            asyncio.get_running_loop().call_later(TYPING_EVERY_S, again)

        async def work_again(bot: Bot) -> None:
            if await goes_on():
                await work(bot)
            else:
                stop()

        def again() -> None:
            if self._typing.get(chat_id) != until:
                return
            if self._ticks() < until:
                self._wish("type", None, work_again, on_lost=stop)
            else:
                stop()

        self._wish("type", None, work, on_lost=stop)

    async def _is_thought_about(self, conversation_id: UUID) -> bool:
        async with self._database.transaction() as tx:
            return await screen.is_thought_about(tx, conversation_id)
