"""When a call fails: whether it is the chat, or everything.

After a failure the Bot API is asked who we are. No answer: everything pauses, and it is asked again
every few seconds. An answer: the failure is the chat's own, which alone waits; but where several
chats fail that had not, and none is served, few are tried until one is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from enum import Enum, auto

from aiogram import Bot
from aiogram.exceptions import AiogramError

from bot.channels.telegram.connection import OUTSIDE, Connection
from bot.channels.telegram.sending import rules

SENDING = "sending"
ANSWERS_WITHIN_S = 5
CHATS_IN_A_ROW = 4
MOST_REMEMBERED = 5_000


class State(Enum):
    NONE = auto()
    NOTHING_SENT = auto()  # the Bot API answers, and takes no message
    AWAY = auto()


class Outage:
    """`ticks`: a monotonic clock."""

    def __init__(self, connection: Connection, ticks: Callable[[], float] = time.monotonic) -> None:
        self.state = State.NONE
        self._connection = connection
        self._ticks = ticks
        self._failures: dict[int, int] = {}  # in a row, by chat
        self._in_a_row: set[int] = set()  # chats that were well and failed, with no success between
        self._kept: set[int] = set()  # chats that failed meanwhile: it may not have been theirs
        self._asking = asyncio.Lock()
        self._answer: tuple[float, bool] = (float("-inf"), True)
        self._began = asyncio.Event()

    async def is_everywhere(self, bot: Bot, error: Exception) -> bool:
        """Whether a call failed because nothing works. It is asked once for all that fail
        together."""
        failed_at = self._ticks()
        async with self._asking:
            if self._answer[0] < failed_at:
                answers = await self._answers(bot)
                self._answer = (self._ticks(), answers)
        if self._answer[1]:
            return False
        self._set(State.AWAY, error)
        return True

    def fails(self, chat_id: int, error: Exception) -> float:
        """It is the chat's own failure. Returns how long it waits."""
        failures = self._failures.get(chat_id, 0) + 1
        if failures == 1:
            self._in_a_row.add(chat_id)
        if len(self._failures) >= MOST_REMEMBERED:
            self._failures.pop(next(iter(self._failures)))
        self._failures[chat_id] = failures
        if self.state is State.NONE and len(self._in_a_row) >= CHATS_IN_A_ROW:
            self._set(State.NOTHING_SENT, error)
            self._kept |= self._in_a_row
        pause_s = rules.pause_s(failures)
        if self.state is State.NOTHING_SENT:
            self._kept.add(chat_id)
            return min(pause_s, rules.PROBE_EVERY_S)
        return pause_s

    def is_failing(self, chat_id: int) -> bool:
        return chat_id in self._failures

    def works(self, chat_id: int) -> set[int]:
        """A call was answered. Returns the chats that may have failed for no fault of theirs."""
        self._failures.pop(chat_id, None)
        self._in_a_row.clear()
        kept, self._kept = self._kept, set()
        self._set(State.NONE, None)
        return kept

    async def watch(self, bot: Bot, over: Callable[[], None]) -> None:
        """While the Bot API is away, ask whether it still is; `over` is called when it is not."""
        while True:
            await self._began.wait()
            pause_s = rules.FIRST_PAUSE_S
            while self.state is State.AWAY:
                await asyncio.sleep(pause_s)
                pause_s = min(rules.PROBE_EVERY_S, pause_s * 2)
                if await self._answers(bot):
                    self._answer = (self._ticks(), True)
                    self._set(State.NONE, None)
            over()

    async def _answers(self, bot: Bot) -> bool:
        try:
            await bot.get_me(request_timeout=ANSWERS_WITHIN_S)
        except OUTSIDE:
            return False
        except AiogramError:
            return True  # it wants quiet, say: that is an answer
        return True

    def _set(self, state: State, error: Exception | None) -> None:
        self.state = state
        if state is State.AWAY:
            self._began.set()
        else:
            self._began.clear()
        if error is None:
            self._connection.works(SENDING)
        else:
            self._connection.fails(error, SENDING)
