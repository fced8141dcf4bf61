"""The worker of the leading process: hands over what waits, chat by chat in order.

It looks where something was announced, and everywhere every 2 s. Who is called up, and when, is
`line.Line`; what is written of it, `attempts.Attempts`. When the Bot API does not answer, messages
wait: one is tried after a pause, and the others follow once it is taken.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol
from uuid import UUID

from aiogram import Bot
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramRetryAfter,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.channels.telegram.connection import OUTSIDE, Connection, told
from bot.channels.telegram.sending import calls, rules
from bot.channels.telegram.sending.attempts import Attempt, Attempts
from bot.channels.telegram.sending.limits import Limits
from bot.channels.telegram.sending.line import ALONE, AT_ONCE, Line
from bot.channels.telegram.sending.rendering import Part
from bot.channels.telegram.sending.rules import Then
from bot.errors import NotFound, Unavailable
from bot.service_requests.photos import PhotoFiles

logger = logging.getLogger(__name__)
DATABASE_AWAY = (DBAPIError, PoolTimeout, OSError)
PICTURES_AGAIN_S = 5.0
PICTURES_TRIED = 3
"""Attempts that wait for our own storage; then the words go alone."""


class SendingWatcher(Protocol):
    """Whoever keeps the figures of channels."""

    def delivered(self, channel: str, outcome: str) -> None: ...

    def blocked(self, channel: str, chats: int) -> None: ...


class Afterwards(Protocol):
    """Whoever cares for what a chat shows, once a message is there."""

    def arrived(self, attempt: Attempt) -> None: ...


class Sender:
    """`ticks`: a monotonic clock, that of the limits."""

    def __init__(
        self,
        attempts: Attempts,
        connection: Connection,
        photos: PhotoFiles,
        limits: Limits,
        watcher: SendingWatcher,
        afterwards: Afterwards,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._attempts = attempts
        self._connection = connection
        self._photos = photos
        self._limits = limits
        self._watcher = watcher
        self._afterwards = afterwards
        self._ticks = ticks
        self._line = Line(limits)
        self._in_hand: dict[int, Attempt] = {}
        self._heard: set[UUID] = set()
        self._looks_everywhere = True
        self._woken = asyncio.Event()
        self._moved = asyncio.Event()
        self._failures = 0  # in a row, of the Bot API
        self._paused_at = self._resumes_at = float("-inf")
        self._failures_in: Counter[int] = Counter()  # in a row, by chat

    def wake(self, conversation_id: UUID | None = None) -> None:
        """Something may wait in a conversation; without one, anywhere."""
        if conversation_id is None:
            self._looks_everywhere = True
        else:
            self._heard.add(conversation_id)
        self._woken.set()

    async def run(self, bot: Bot) -> None:
        """Until cancelled. What is in hand then is leased for a few seconds more."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._look())
            group.create_task(self._renew())
            group.create_task(self._call_up(bot, group))

    # -- who waits ----------------------------------------------------------------------------

    async def _look(self) -> None:
        sweeps_at = float("-inf")
        while True:
            self._woken.clear()
            heard, self._heard = self._heard, set()
            if self._looks_everywhere or self._ticks() >= sweeps_at:
                sweeps_at = self._ticks() + rules.SWEEP_EVERY.total_seconds()
                self._looks_everywhere = False
                await self._see(None)
            elif heard:
                await self._see(heard)
            try:
                async with asyncio.timeout(max(0.0, sweeps_at - self._ticks())):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def _see(self, conversation_ids: set[UUID] | None) -> None:
        try:
            for one in await self._attempts.standing(conversation_ids):
                self._line.join(one.chat_id, is_news=one.is_news)
            if conversation_ids is None:
                self._watcher.blocked("telegram", await self._attempts.blocked_chats())
        except DATABASE_AWAY as error:
            logger.warning("Telegram: what waits cannot be read: %s", type(error).__name__)
        except Exception:  # a task's edge: the next look is in two seconds
            logger.exception("Telegram: what waits")
        self._moved.set()

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(rules.RENEW_EVERY.total_seconds())
            if not self._in_hand:
                continue
            try:
                await self._attempts.renew()
            except DATABASE_AWAY as error:
                logger.warning("Telegram: leases: %s", type(error).__name__)

    # -- whose turn it is ---------------------------------------------------------------------

    async def _call_up(self, bot: Bot, group: asyncio.TaskGroup) -> None:
        while True:
            self._moved.clear()
            now = self._ticks()
            chat_id: int | None = None
            wait_s: float | None = self._resumes_at - now
            if self._resumes_at <= now:
                chat_id, wait_s = self._line.call(now, ALONE if self._failures else AT_ONCE)
            if chat_id is not None:
                group.create_task(self._serve(bot, chat_id))
                continue
            try:
                async with asyncio.timeout(wait_s):
                    await self._moved.wait()
            except TimeoutError:
                continue

    async def _serve(self, bot: Bot, chat_id: int) -> None:
        """One call for the chat that was called up."""
        try:
            await self._one_call(bot, chat_id)
        except DATABASE_AWAY as error:
            logger.warning("Telegram: a delivery: %s", type(error).__name__)
            self._line.back(chat_id, is_news=False, not_before=self._ticks() + 1)
        except Exception:  # a task's edge: other chats go on
            logger.exception("Telegram: a delivery")
            self._in_hand.pop(chat_id, None)  # its lease runs out
            self._line.back(chat_id, is_news=True, not_before=self._ticks() + 10)
        finally:
            self._moved.set()

    async def _one_call(self, bot: Bot, chat_id: int) -> None:
        attempt = self._in_hand.get(chat_id)
        if attempt is None:
            attempt = await self._attempts.begin(chat_id)
            if attempt is None:
                self._line.leave(chat_id)
                return
            self._in_hand[chat_id] = attempt
        if attempt.unwritten:
            await self._written(attempt, attempt.unwritten)
        elif attempt.part is None:
            await self._nothing_left(attempt)
        elif attempt.part.calls > attempt.calls:
            attempt.calls = attempt.part.calls
            self._goes_on(attempt)
        else:
            await self._hand_over(bot, attempt, attempt.part)

    # -- one call -----------------------------------------------------------------------------

    async def _hand_over(self, bot: Bot, attempt: Attempt, part: Part) -> None:
        pictures = await self._pictures(attempt, part)
        if pictures is None:
            return
        began_at = self._ticks()
        try:
            with self._connection.watched():
                sent = await calls.send(bot, attempt.chat_id, part, attempt.keys(part), pictures)
        except TelegramRetryAfter as error:
            self._limits.refused(attempt.chat_id, self._ticks(), error.retry_after)
            await self._later(attempt, None, in_doubt=False)
        except TelegramForbiddenError:
            await self._blocked(attempt)
        except TelegramEntityTooLarge:
            await self._refused(attempt, Then.WITHOUT_PHOTO, "too large")
        except TelegramBadRequest as error:
            if rules.is_out_of_reach(error.message):
                await self._blocked(attempt)
            else:
                await self._refused(attempt, rules.after_refusal(error.message), error.message)
        except OUTSIDE as error:
            await self._away(attempt, error, began_at)
        except Exception as error:  # our own mistake: it must not keep the others waiting
            logger.exception("Telegram: a message that cannot be sent")
            await self._mistaken(attempt, error)
        else:
            self._failures = 0
            self._failures_in.pop(attempt.chat_id, None)
            await self._written(attempt, sent)

    async def _pictures(self, attempt: Attempt, part: Part) -> list[bytes] | None:
        """Those of a part that can be read; None when there is nothing to send with them now."""
        pictures: list[bytes] = []
        try:
            for photo in part.photos:
                try:
                    pictures.append(await self._photos.read(photo))
                except NotFound:
                    continue  # it was forgotten
        except Unavailable as error:
            if attempt.due.attempts < PICTURES_TRIED:
                await self._later(
                    attempt, str(error), in_doubt=False, counts=True, after_s=PICTURES_AGAIN_S
                )
            else:
                await self._refused(attempt, Then.WITHOUT_PHOTO, str(error))
            return None
        if part.photos and not pictures:
            await self._refused(attempt, Then.WITHOUT_PHOTO, "its pictures are gone")
            return None
        return pictures

    async def _written(self, attempt: Attempt, message_ids: Sequence[int]) -> None:
        if await self._attempts.sent(attempt, message_ids):
            await self._over(attempt, "sent")
        else:
            self._goes_on(attempt)

    async def _nothing_left(self, attempt: Attempt) -> None:
        await self._attempts.finish(attempt)
        await self._over(attempt, "sent")

    async def _over(self, attempt: Attempt, outcome: str) -> None:
        """The chat's next message may come."""
        self._in_hand.pop(attempt.chat_id, None)
        self._watcher.delivered("telegram", outcome)
        if outcome == "sent":
            self._afterwards.arrived(attempt)
        following = await self._attempts.following(attempt.chat_id)
        if following is None:
            self._line.leave(attempt.chat_id)
        else:
            self._line.back(attempt.chat_id, is_news=following.is_news)

    def _goes_on(self, attempt: Attempt) -> None:
        """The rest of a message comes before other messages."""
        self._line.back(
            attempt.chat_id,
            is_news=attempt.due.is_news,
            calls=attempt.calls,
            is_first=True,
        )

    # -- what may go wrong --------------------------------------------------------------------

    async def _refused(self, attempt: Attempt, then: Then, said: str) -> None:
        """What Telegram does not take as it is."""
        part = attempt.part
        if then is Then.PLAIN and part is not None and not part.is_plain:
            attempt.send_plain()
        elif then is Then.WITHOUT_PHOTO and part is not None and part.photos:
            attempt.send_words()
        else:
            then = Then.FAILED
        if then is Then.FAILED or (attempt.part is None and not attempt.has_sent):
            logger.warning("Telegram: a message is given up: %s", said)
            await self._attempts.give_up(attempt, said)
            await self._over(attempt, "failed")
        elif attempt.part is None:
            await self._nothing_left(attempt)
        else:
            self._goes_on(attempt)

    async def _blocked(self, attempt: Attempt) -> None:
        await self._attempts.block(attempt)
        self._in_hand.pop(attempt.chat_id, None)
        self._watcher.delivered("telegram", "blocked")
        self._line.leave(attempt.chat_id)

    async def _away(self, attempt: Attempt, error: Exception, began_at: float) -> None:
        """The Bot API or the way to it: everything pauses, this chat longest."""
        now = self._ticks()
        if began_at >= self._paused_at:  # the others that fail now began before the pause
            self._failures += 1
            self._paused_at = now
            self._resumes_at = now + rules.pause_s(self._failures)
        self._failures_in[attempt.chat_id] += 1
        pause_s = rules.pause_s(self._failures_in[attempt.chat_id])
        self._watcher.delivered("telegram", "put_off")
        await self._later(attempt, told(error), in_doubt=True, not_before=now + pause_s)

    async def _mistaken(self, attempt: Attempt, error: Exception) -> None:
        why = f"our own mistake ({type(error).__name__})"
        if attempt.due.attempts >= rules.OWN_MISTAKES:
            await self._attempts.give_up(attempt, why)
            await self._over(attempt, "failed")
        else:
            after_s = rules.pause_s(attempt.due.attempts)
            await self._later(attempt, why, in_doubt=True, counts=True, after_s=after_s)

    async def _later(
        self,
        attempt: Attempt,
        why: str | None,
        *,
        in_doubt: bool,
        counts: bool = False,
        after_s: float = 0.0,
        not_before: float = float("-inf"),
    ) -> None:
        await self._attempts.put_back(
            attempt, why, in_doubt=in_doubt, counts=counts, after_s=after_s
        )
        self._in_hand.pop(attempt.chat_id, None)
        self._line.back(
            attempt.chat_id,
            is_news=attempt.due.is_news,
            not_before=max(not_before, self._ticks() + after_s),
        )
