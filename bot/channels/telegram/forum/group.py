"""Calls to the Bot API about one group: at its pace, and refused as a ticket backend refuses.

Of several services on a database one sends to the group, so its limits are kept in memory.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from aiogram import Bot
from aiogram.exceptions import (
    AiogramError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.methods import GetChat, GetChatMember
from aiogram.methods.base import TelegramMethod
from aiogram.types import ChatMemberAdministrator, ChatMemberOwner
from aiogram.types.chat_member_union import ChatMemberUnion

from bot.channels.telegram.connection import OUTSIDE, Connection, told
from bot.channels.telegram.fetching import fetch
from bot.channels.telegram.sending.limits import Limits
from bot.errors import Invalid
from bot.tickets.backends.port import NotNow, Refused

logger = logging.getLogger(__name__)
WAITS_AT_MOST_S = 60.0
NOT_THERE = "the bot is not in the agents' group"
NO_RIGHTS = "the bot may not manage topics in the agents' group"
NO_FORUM = "the agents' group has no topics"
TROUBLES = (
    ("chat not found", NOT_THERE),
    ("not enough rights", NO_RIGHTS),
    ("chat_admin_required", NO_RIGHTS),
    ("not a forum", NO_FORUM),
)
"""What Telegram's refusals of anything at all begin to say, and what that is for an operator."""

NOT_NEEDED = ("pinned", "delete")
"""Rights without which tickets are told all the same."""


class NoTopic(Refused):
    """The topic was deleted there."""

    code = "no_topic"


class Unchanged(Refused):
    """It is so already."""

    code = "unchanged"


@dataclass
class Group:
    """The agents' group. `trouble`: why it cannot be used, told once when it changes."""

    bot: Bot
    id: int
    connection: Connection
    limits: Limits
    ticks: Callable[[], float] = time.monotonic
    trouble: str | None = None

    async def send[T](self, method: TelegramMethod[T]) -> T:
        """A message, in its turn, which others of the bot's may come before. Raises as `ask`."""
        while (wait_s := self.limits.wait_s(self.id, self.ticks())) > 0:
            if wait_s > WAITS_AT_MOST_S:
                raise NotNow("it wants quiet", retry_after_s=int(wait_s) + 1, is_unsent=True)
            await asyncio.sleep(wait_s)
        self.limits.take(self.id, self.ticks())
        answer = await self._call(method)
        if self.trouble == NOT_THERE:  # another process was told that it is back
            self.works()
        return answer

    async def ask[T](self, method: TelegramMethod[T]) -> T:
        """One call that writes nothing. Raises `NotNow`, `NoTopic`, `Unchanged`, or `Refused` for a
        clear no."""
        wait_s = self.limits.everywhere_s(self.ticks())
        if wait_s > WAITS_AT_MOST_S:
            raise NotNow("it wants quiet", retry_after_s=int(wait_s) + 1, is_unsent=True)
        await asyncio.sleep(wait_s)
        return await self._call(method)

    async def _call[T](self, method: TelegramMethod[T]) -> T:
        async with self._asked():
            return await self.bot(method)

    async def fetch(self, file_id: str, at_most: int) -> bytes:
        """A file's bytes. Raises `Refused` for more than `at_most`, or for one that is gone;
        `Unavailable` when it did not come."""
        try:
            async with self._asked():
                return await fetch(self.bot, file_id, None, at_most)
        except Invalid as error:
            raise Refused(f"the file: {error.reason}") from error

    async def check(self) -> None:
        """Raises `NotNow` unless topics can be made and written in."""
        chat = await self.ask(GetChat(chat_id=self.id))
        if not chat.is_forum:
            self.fails(NO_FORUM)
            raise NotNow(NO_FORUM, is_unsent=True)
        me = await self.ask(GetChatMember(chat_id=self.id, user_id=self.bot.id))
        if not self.bot_is(me):
            raise NotNow(self.trouble or NO_RIGHTS, is_unsent=True)

    def bot_is(self, me: ChatMemberUnion) -> bool:
        """Whether the group can be used, by what the bot is in it."""
        match me:
            case ChatMemberOwner() | ChatMemberAdministrator(can_manage_topics=True):
                self.works()
                return True
            case _:
                self.fails(NOT_THERE if me.status in {"left", "kicked"} else NO_RIGHTS)
                return False

    def works(self) -> None:
        if self.trouble is not None:
            logger.warning("Telegram: the agents' group works again")
        self.trouble = None

    def fails(self, why: str) -> None:
        if why != self.trouble:
            logger.warning("Telegram: %s; agents answer in the console", why)
        self.trouble = why

    @asynccontextmanager
    async def _asked(self) -> AsyncIterator[None]:
        try:
            with self.connection.watched():
                yield
        except TelegramRetryAfter as error:
            self.limits.refused(self.id, self.ticks(), error.retry_after)
            wait_s = int(error.retry_after)
            raise NotNow("it wants quiet", retry_after_s=wait_s, is_unsent=True) from error
        except (TelegramUnauthorizedError, TelegramNotFound) as error:
            raise NotNow(told(error), is_unsent=True) from error
        except TelegramEntityTooLarge as error:
            raise Refused(error.message, 413) from error
        except OUTSIDE as error:
            raise NotNow(told(error)) from error
        except TelegramForbiddenError as error:
            self.fails(NOT_THERE)
            raise NotNow(NOT_THERE, is_unsent=True) from error
        except TelegramBadRequest as error:
            raise self._refusal(error.message) from error
        except TelegramAPIError as error:
            raise Refused(error.message, 400) from error
        except (AiogramError, aiohttp.ClientError, TimeoutError) as error:
            raise NotNow(f"it does not answer ({type(error).__name__})") from error

    def _refusal(self, message: str) -> NotNow | Refused:
        said = message.lower()
        if "not modified" in said or "not_modified" in said:
            return Unchanged(message, 400)
        if "thread not found" in said or "topic_deleted" in said or "topic_id_invalid" in said:
            return NoTopic(message, 400)
        for words, why in TROUBLES:
            if words in said and not any(one in said for one in NOT_NEEDED):
                self.fails(why)
                return NotNow(why, is_unsent=True)
        return Refused(message, 400)
