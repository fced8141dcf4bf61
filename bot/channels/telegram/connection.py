"""The client of the Bot API, and whether it works: one line in the log when that changes."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ParseMode
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.types import User
from aiogram.utils.token import TokenValidationError

from bot.settings import TelegramSettings

logger = logging.getLogger(__name__)
REQUEST_TIMEOUT_S = 20.0
ANY_CALL = "calls"
"""What a connection is used for, where nothing else is said."""

WRONG_TOKEN = "the token is not accepted"  # noqa: S105  (words for an operator)

OUTSIDE = (
    TelegramNetworkError,
    TelegramServerError,
    TelegramUnauthorizedError,
    TelegramConflictError,
    TelegramNotFound,
    ClientDecodeError,
)
"""Errors that say something of the Bot API or the token, and nothing of what was asked. A wrong
token is answered by 401 or, where it is no token at all, by 404."""


def new_bot(settings: TelegramSettings) -> Bot | None:
    """The client; None when the token cannot be one."""
    session = AiohttpSession(
        api=TelegramAPIServer.from_base(settings.api), timeout=REQUEST_TIMEOUT_S
    )
    try:
        return Bot(
            settings.token,
            session,
            default=DefaultBotProperties(parse_mode=ParseMode.HTML, link_preview_is_disabled=True),
        )
    except TokenValidationError:
        return None


def bot_id_of(token: str) -> int:
    """Whose token it is; 0 for what is none."""
    number = token.partition(":")[0]
    return int(number) if number.isdecimal() and len(number) < 19 else 0


def told(error: Exception) -> str:
    """An error for an operator's log: never the token, which is part of every address."""
    if isinstance(error, TelegramUnauthorizedError | TelegramNotFound):
        return WRONG_TOKEN
    if isinstance(error, TelegramConflictError):
        return "somebody else takes this bot's updates"
    if isinstance(error, TelegramServerError | ClientDecodeError):
        return "the Bot API answers with an error"
    if isinstance(error, TelegramRetryAfter):
        return f"the Bot API wants {error.retry_after} s of quiet"
    return "the Bot API cannot be reached"


@dataclass
class Connection:
    """Whether the Bot API can be used, and as whom. What it is used for (`purpose`) may fail by
    itself: only the same purpose says that this works again."""

    bot: Bot | None
    me: User | None = None
    _troubles: dict[str, str] = field(default_factory=dict)  # by purpose

    @property
    def trouble(self) -> str | None:
        """Why something does not work."""
        return "; ".join(dict.fromkeys(self._troubles.values())) or None

    def works(self, purpose: str = ANY_CALL) -> None:
        """Something was answered."""
        if self._troubles.pop(purpose, None) is not None and not self._troubles:
            logger.warning("Telegram works again")

    def fails(self, error: Exception, purpose: str = ANY_CALL) -> None:
        """Something that says that nothing works."""
        self.is_away(told(error), purpose)

    def is_away(self, why: str, purpose: str = ANY_CALL) -> None:
        """Said once: what goes on failing for the same reason is one line."""
        if why not in self._troubles.values():
            logger.warning("Telegram: %s; messages wait", why)
        self._troubles[purpose] = why

    def ends(self, purpose: str) -> None:
        """Nobody uses it for that any more: nothing is known of it."""
        self._troubles.pop(purpose, None)

    @contextmanager
    def watched(self, purpose: str = ANY_CALL) -> Iterator[None]:
        """Hear of a call's outcome, whose errors go on to the caller."""
        try:
            yield
        except TelegramEntityTooLarge:
            self.works(purpose)  # for aiogram an error of the network; but it is an answer
            raise
        except OUTSIDE as error:
            self.fails(error, purpose)
            raise
        except AiogramError:
            self.works(purpose)  # an answer about this very call
            raise
        else:
            self.works(purpose)

    async def close(self) -> None:
        if self.bot is not None:
            await self.bot.session.close()
