"""What Telegram is told of the bot: its commands in both languages, and how updates come."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramBadRequest, TelegramRetryAfter
from aiogram.types import BotCommand, BotCommandScopeAllPrivateChats

from bot.channels.telegram.connection import Connection
from bot.channels.telegram.webhook import PATH
from bot.words.catalogues import Words
from bot.words.phrases import say

logger = logging.getLogger(__name__)
ALLOWED_UPDATES = (
    "message",
    "edited_message",
    "callback_query",
    "my_chat_member",
    "chat_member",
    "channel_post",
)
COMMANDS = (
    "signaler",
    "suivi",
    "agent",
    "aide",
    "langue",
    "commune",
    "mesdonnees",
    "stop",
)
"""In the menu, the most useful first; each has its words under `command.<name>`."""
LANGUAGES = (("fr", None), ("en", "en"))
"""Ours, and Telegram's code of it: French is for whoever has no other."""

FIRST_PAUSE_S = 2.0
LONGEST_PAUSE_S = 60.0
WATCHED_EVERY_S = 300.0
REFUSED_LATELY = timedelta(minutes=10)


@dataclass
class Introduction:
    """`public_url`: where our doors are, for the webhook; `secret`: what opens it, None where
    updates are polled. `trouble`: why they do not come."""

    connection: Connection
    words: Words
    public_url: str | None
    secret: str | None
    trouble: str | None = None

    async def until_updates_come(self, bot: Bot) -> None:
        """Settle how updates come, as often as it takes: nothing else is needed to take them."""
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                with self.connection.watched("taking in"):
                    await self._settle(bot)
            except AiogramError as error:
                self._is_refused(error)
            else:
                return
            await asyncio.sleep(pause_s)
            pause_s = min(LONGEST_PAUSE_S, pause_s * 2)

    def _is_refused(self, error: AiogramError) -> None:
        if isinstance(error, TelegramBadRequest):
            self._is_in_trouble(f"the webhook is refused: {error.message}")

    def _is_in_trouble(self, why: str | None) -> None:
        """Said once."""
        if why is not None and why != self.trouble:
            logger.warning("Telegram: %s", why)
        self.trouble = why

    async def _settle(self, bot: Bot) -> None:
        if self.secret is None:
            await bot.delete_webhook(drop_pending_updates=False)
        elif self.public_url is not None:
            await bot.set_webhook(
                self.public_url.rstrip("/") + PATH,
                secret_token=self.secret,
                allowed_updates=list(ALLOWED_UPDATES),
                drop_pending_updates=False,
            )
        self._is_in_trouble(None)

    async def watch_webhook(self, bot: Bot) -> None:
        """Until cancelled: a webhook that somebody took away is set again, and one that Telegram
        cannot reach is told."""
        while True:
            try:
                with self.connection.watched("taking in"):
                    await self._look(bot)
            except AiogramError as error:
                self._is_refused(error)
            await asyncio.sleep(WATCHED_EVERY_S)

    async def _look(self, bot: Bot) -> None:
        info = await bot.get_webhook_info()
        if self.public_url is None:
            missing = "no webhook is set there; GUICHET_PUBLIC_URL would name ours"
            self._is_in_trouble(None if info.url else missing)
            return
        if info.url != self.public_url.rstrip("/") + PATH:
            await self._settle(bot)
            return
        failed_at = info.last_error_date
        lately = failed_at is not None and datetime.now(UTC) - failed_at < REFUSED_LATELY
        if lately and info.pending_update_count > 0:
            self._is_in_trouble(f"it cannot reach our webhook: {info.last_error_message}")
        else:
            self._is_in_trouble(None)

    async def describe(self, bot: Bot) -> None:
        """Say the commands and what the bot is for, where that is not what is said already. Nothing
        depends on it: what is refused is tried again when Telegram allows, else at the next start.
        """
        for language, code in LANGUAGES:
            for tell in (self._commands, self._description, self._short_description):
                try:
                    await tell(bot, language, code)
                except TelegramRetryAfter as error:
                    await asyncio.sleep(error.retry_after)
                    with suppress(AiogramError):
                        await tell(bot, language, code)
                except AiogramError as error:
                    logger.info("Telegram: of the bot was not said: %s", type(error).__name__)

    async def _commands(self, bot: Bot, language: str, code: str | None) -> None:
        scope = BotCommandScopeAllPrivateChats()
        wanted = [
            BotCommand(
                command=name, description=self.words.render(say(f"command.{name}"), language)
            )
            for name in COMMANDS
        ]
        if await bot.get_my_commands(scope=scope, language_code=code) != wanted:
            await bot.set_my_commands(wanted, scope=scope, language_code=code)

    async def _description(self, bot: Bot, language: str, code: str | None) -> None:
        wanted = self.words.render(say("telegram.description"), language)
        if (await bot.get_my_description(language_code=code)).description != wanted:
            await bot.set_my_description(wanted, language_code=code)

    async def _short_description(self, bot: Bot, language: str, code: str | None) -> None:
        wanted = self.words.render(say("telegram.short_description"), language)
        said = await bot.get_my_short_description(language_code=code)
        if said.short_description != wanted:
            await bot.set_my_short_description(wanted, language_code=code)
