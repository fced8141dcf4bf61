"""The worker of the leading process: hands over what waits, chat by chat in order.

It looks where something was announced, and everywhere every 2 s. Who is called up, and when, is
`waiting_room.WaitingRoom`; what is written of it, `attempts.Attempts`; whether everything is to
pause, `outage.Outage`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
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
from bot.channels.telegram.sending.outage import SENDING, Outage, State
from bot.channels.telegram.sending.rendering import Part
from bot.channels.telegram.sending.rules import Then
from bot.channels.telegram.sending.waiting_room import WaitingRoom
from bot.errors import NotFound, Unavailable
from bot.service_requests.photos import PhotoFiles

logger = logging.getLogger(__name__)
DATABASE_AWAY = (DBAPIError, PoolTimeout, OSError)
PICTURES_AGAIN_S = 5.0
PICTURES_TRIED = 3
"""Attempts that wait for our own storage; then the words go alone."""

ENDS_WITHIN_S = 3.0
"""How long calls in hand may go on when the service stops: cut off, they are made again."""


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
        self._room = WaitingRoom(limits)
        self._in_hand: dict[int, Attempt] = {}
        self._heard: set[UUID] = set()
        self._told = asyncio.Event()
        self._everywhere = asyncio.Event()
        self._moved = asyncio.Event()
        self._serving: dict[int, asyncio.Task[None]] = {}  # by chat
        self._is_ending = False
        self._outage = Outage(connection, ticks)
        self._without_pictures: Counter[int] = Counter()  # attempts in a row, by chat
        self.ends_within_s = ENDS_WITHIN_S

    def wake(self, conversation_id: UUID | None = None) -> None:
        """Something may wait in a conversation; without one, anywhere."""
        if conversation_id is None:
            self._everywhere.set()
        else:
            self._heard.add(conversation_id)
            self._told.set()

    async def run(self, bot: Bot) -> None:
        """Until cancelled: then nobody new is called up, and what is in hand may end for
        `ends_within_s`. What it leaves is leased for a few seconds more."""
        self._is_ending = False
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._look_everywhere())
                group.create_task(self._look_where_told())
                group.create_task(self._renew())
                group.create_task(self._outage.watch(bot, self._moved.set))
                group.create_task(self._call_up(bot))
        finally:
            self._is_ending = True
            await self._end()

    async def _end(self) -> None:
        try:
            if self._serving and self.ends_within_s > 0:
                await asyncio.wait(self._serving.values(), timeout=self.ends_within_s)
        finally:
            cut_off = set(self._serving)
            serving = list(self._serving.values())
            for task in serving:
                task.cancel()
            await asyncio.gather(*serving, return_exceptions=True)
            self._connection.ends(SENDING)
        if self.ends_within_s > 0:
            await self._release(cut_off)

    async def _release(self, cut_off: Collection[int]) -> None:
        """Let another process go on at once with what is not in a call."""
        try:
            for chat_id, attempt in self._in_hand.items():
                if chat_id not in cut_off and not attempt.unwritten:
                    await self._attempts.put_back(attempt, None, in_doubt=False)
        except DATABASE_AWAY as error:
            logger.warning("Telegram: leases: %s", type(error).__name__)

    # -- who waits ----------------------------------------------------------------------------

    async def _look_everywhere(self) -> None:
        while True:
            self._everywhere.clear()
            await self._see(None)
            try:
                async with asyncio.timeout(rules.SWEEP_EVERY.total_seconds()):
                    await self._everywhere.wait()
            except TimeoutError:
                continue

    async def _look_where_told(self) -> None:
        while True:
            await self._told.wait()
            self._told.clear()
            heard, self._heard = self._heard, set()
            await self._see(heard)

    async def _see(self, conversation_ids: set[UUID] | None) -> None:
        try:
            for one in await self._attempts.standing(conversation_ids):
                self._room.join(one.chat_id, is_news=one.is_news)
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

    async def _call_up(self, bot: Bot) -> None:
        while True:
            self._moved.clear()
            chat_id: int | None = None
            wait_s: float | None = None
            if self._outage.state is not State.AWAY:
                is_careful = self._outage.state is State.NOTHING_SENT
                chat_id, wait_s = self._room.call(self._ticks(), is_careful=is_careful)
            if chat_id is not None:
                self._serving[chat_id] = asyncio.create_task(self._serve(bot, chat_id))
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
            self._room.back(chat_id, is_news=False, not_before=self._ticks() + 1)
        except Exception:  # a task's edge: other chats go on
            logger.exception("Telegram: a delivery")
            self._in_hand.pop(chat_id, None)  # its lease runs out
            self._room.back(chat_id, is_news=True, not_before=self._ticks() + 10)
        finally:
            self._serving.pop(chat_id, None)
            self._moved.set()

    async def _one_call(self, bot: Bot, chat_id: int) -> None:
        attempt = self._in_hand.get(chat_id)
        if attempt is None:
            is_news = self._room.is_news(chat_id)
            attempt = await self._attempts.begin(chat_id, is_news=is_news)
            if attempt is None:
                self._room.leave(chat_id)
                return
            self._in_hand[chat_id] = attempt
        if self._is_ending:
            await self._later(attempt, None, in_doubt=False)
        elif attempt.unwritten:
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
        self._room.leaves(attempt.chat_id, self._ticks())
        try:
            sent = await calls.send(bot, attempt.chat_id, part, attempt.keys(part), pictures)
        except TelegramRetryAfter as error:
            self._limits.refused(attempt.chat_id, self._ticks(), error.retry_after)
            await self._later(attempt, None, in_doubt=False)
        except TelegramForbiddenError:
            self._works(attempt)
            await self._blocked(attempt)
        except TelegramEntityTooLarge:
            self._works(attempt)
            await self._refused(attempt, Then.WITHOUT_PHOTO, "too large")
        except TelegramBadRequest as error:
            self._works(attempt)
            if rules.is_out_of_reach(error.message):
                await self._blocked(attempt)
            else:
                await self._refused(attempt, rules.after_refusal(error.message), error.message)
        except OUTSIDE as error:
            await self._fails(bot, attempt, error)
        except Exception as error:  # our own mistake: it must not keep the others waiting
            logger.exception("Telegram: a message that cannot be sent")
            await self._mistaken(attempt, error)
        else:
            self._works(attempt)
            await self._written(attempt, sent)

    def _works(self, attempt: Attempt) -> None:
        """It was answered."""
        self._room.hurry(self._outage.works(attempt.chat_id))

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
            self._without_pictures[attempt.chat_id] += 1
            if self._without_pictures[attempt.chat_id] < PICTURES_TRIED:
                await self._later(attempt, str(error), in_doubt=False, after_s=PICTURES_AGAIN_S)
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
        self._without_pictures.pop(attempt.chat_id, None)
        self._watcher.delivered("telegram", outcome)
        if outcome == "sent":
            self._afterwards.arrived(attempt)
        following = attempt.following
        if not attempt.is_over:
            following = await self._attempts.following(attempt)
        if following is None:
            self._room.leave(attempt.chat_id)
        else:
            self._back(attempt.chat_id, is_news=following.is_news)

    def _goes_on(self, attempt: Attempt) -> None:
        """The rest of a message comes before other messages."""
        self._room.back(
            attempt.chat_id,
            is_news=attempt.due.is_news,
            calls=attempt.calls,
            is_first=True,
            is_failing=self._outage.is_failing(attempt.chat_id),
        )

    def _back(self, chat_id: int, *, is_news: bool, not_before: float = float("-inf")) -> None:
        is_failing = self._outage.is_failing(chat_id)
        self._room.back(chat_id, is_news=is_news, not_before=not_before, is_failing=is_failing)

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
        self._room.leave(attempt.chat_id)

    async def _fails(self, bot: Bot, attempt: Attempt, error: Exception) -> None:
        """The Bot API or the way to it, for this chat or for all."""
        why, in_doubt = told(error), calls.is_in_doubt(error)
        if calls.was_accepted(error):
            self._works(attempt)
        elif await self._outage.is_everywhere(bot, error):
            await self._later(attempt, why, in_doubt=in_doubt)
            self._watcher.delivered("telegram", "put_off")
            return
        attempts = attempt.due.attempts
        most = rules.UNREADABLE_TRIED if calls.was_accepted(error) else rules.IN_DOUBT_TRIED
        pause_s = self._outage.fails(attempt.chat_id, error)
        if in_doubt and attempts >= most:
            logger.warning("Telegram: a message is given up: %s", rules.MAY_BE_THERE)
            await self._attempts.give_up(attempt, rules.MAY_BE_THERE, in_doubt=True)
            await self._over(attempt, "failed")
            return
        if in_doubt:
            pause_s = max(pause_s, rules.pause_in_doubt_s(attempts))
        not_before = self._ticks() + pause_s
        await self._later(attempt, why, in_doubt=in_doubt, counts=in_doubt, not_before=not_before)
        self._watcher.delivered("telegram", "put_off")

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
        self._back(
            attempt.chat_id,
            is_news=attempt.due.is_news,
            not_before=max(not_before, self._ticks() + after_s),
        )
