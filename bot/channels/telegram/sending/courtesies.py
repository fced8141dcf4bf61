"""What is only nice to have: pressed buttons answered, old ones taken off, "is typing", what became
of a report. Tried once, in memory, after everything else; what fails is a line in the log.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
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
        self._wishes: deque[_Wish] = deque()
        self._busy: set[int] = set()  # chats that get one now: two edits must not cross
        self._typing: dict[int, float] = {}
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

    def _wish(self, name: str, chat_id: int | None, work: Callable[[Bot], Awaitable[None]]) -> None:
        if len(self._wishes) >= MOST_WAITING:
            self._wishes.popleft()
        self._wishes.append(_Wish(name, chat_id, work, self._ticks() + LONGEST_WAIT_S))
        self._wished.set()

    async def run(self, bot: Bot) -> None:
        """Do what is wished for, until cancelled."""
        async with asyncio.TaskGroup() as group:
            at_work: set[asyncio.Task[None]] = set()
            while True:
                self._wished.clear()
                wish = self._next() if len(at_work) < AT_ONCE else None
                if wish is not None:
                    task = group.create_task(self._do(bot, wish))
                    at_work.add(task)
                    task.add_done_callback(at_work.discard)
                    continue
                try:
                    async with asyncio.timeout(0.2 if self._wishes else None):
                        await self._wished.wait()
                except TimeoutError:
                    continue

    def _next(self) -> _Wish | None:
        """The first whose chat is free and whose call takes nothing from what matters."""
        now = self._ticks()
        for wish in list(self._wishes):
            if wish.until < now:
                self._wishes.remove(wish)
            elif wish.chat_id is None or (
                wish.chat_id not in self._busy and self._limits.spare_s(wish.chat_id, now) <= 0
            ):
                self._wishes.remove(wish)
                return wish
        return None

    async def _do(self, bot: Bot, wish: _Wish) -> None:
        if wish.chat_id is not None:
            self._busy.add(wish.chat_id)
        try:
            with self._connection.watched():
                await wish.work(bot)
        except TelegramRetryAfter as error:
            self._limits.refused(wish.chat_id or 0, self._ticks(), error.retry_after)
        except AiogramError as error:
            logger.info("Telegram: %s: %s", wish.name, type(error).__name__)
        except (DomainError, OSError) as error:
            logger.info("Telegram: %s: %s", wish.name, type(error).__name__)
        except Exception:  # a task's edge: the others go on
            logger.exception("Telegram: %s", wish.name)
        finally:
            self._busy.discard(wish.chat_id or 0)
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
        if len(self._typing) >= MOST_TYPING or chat_id in self._typing:
            return
        now = self._ticks()
        self._typing[chat_id] = until = now + TYPING_AT_MOST_S

        async def work(bot: Bot) -> None:
            try:
                await bot.send_chat_action(chat_id, "typing", request_timeout=CALL_WITHIN_S)
            except AiogramError:
                self._typing.pop(chat_id, None)
                raise
            asyncio.get_running_loop().call_later(TYPING_EVERY_S, again)

        async def work_again(bot: Bot) -> None:
            if await goes_on():
                await work(bot)
            else:
                self._typing.pop(chat_id, None)

        def again() -> None:
            if self._typing.get(chat_id) == until and self._ticks() < until:
                self._wish("type", None, work_again)
            elif self._typing.get(chat_id) == until:
                del self._typing[chat_id]

        self._wish("type", None, work)

    async def _is_thought_about(self, conversation_id: UUID) -> bool:
        async with self._database.transaction() as tx:
            return await screen.is_thought_about(tx, conversation_id)
