"""What Telegram is told of the bot: its commands in both languages, and how updates come."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from aiogram import Bot
from aiogram.exceptions import AiogramError
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
FIRST_PAUSE_S = 2.0
LONGEST_PAUSE_S = 300.0


@dataclass(frozen=True)
class Introduction:
    """`public_url`: where our doors are, for the webhook; `secret`: what opens it."""

    connection: Connection
    words: Words
    public_url: str | None
    secret: str | None

    async def until_done(self, bot: Bot) -> None:
        """Say all of it, as often as it takes."""
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                with self.connection.watched():
                    await self._tell(bot)
            except AiogramError as error:
                self.connection.fails(error)
                await asyncio.sleep(pause_s)
                pause_s = min(LONGEST_PAUSE_S, pause_s * 2)
            else:
                return

    async def _tell(self, bot: Bot) -> None:
        self.connection.me = await bot.get_me()
        if self.secret is None:
            await bot.delete_webhook(drop_pending_updates=False)
        elif self.public_url is not None:
            await bot.set_webhook(
                self.public_url.rstrip("/") + PATH,
                secret_token=self.secret,
                allowed_updates=list(ALLOWED_UPDATES),
                drop_pending_updates=False,
            )
        for language, code in (("fr", None), ("en", "en")):
            commands = [
                BotCommand(
                    command=name, description=self.words.render(say(f"command.{name}"), language)
                )
                for name in COMMANDS
            ]
            await bot.set_my_commands(
                commands, scope=BotCommandScopeAllPrivateChats(), language_code=code
            )
            await bot.set_my_description(
                self.words.render(say("telegram.description"), language), language_code=code
            )
            await bot.set_my_short_description(
                self.words.render(say("telegram.short_description"), language), language_code=code
            )
