"""The parts of the channel, put together; without a token, only its door, which is shut."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from aiogram import Bot
from aiohttp import web

from bot.channels.telegram.connection import WRONG_TOKEN, Connection, new_bot
from bot.channels.telegram.forum.parts import AgentsGroup, agents_group
from bot.channels.telegram.intake import Intake
from bot.channels.telegram.introducing import Introduction
from bot.channels.telegram.leading import lead
from bot.channels.telegram.polling import Poller
from bot.channels.telegram.webhook import PATH, WebhookDoor
from bot.parts import Service
from bot.settings import TelegramSettings
from bot.storage.tables import utc_now


class Telegram:
    """A channel as `parts.Channel` describes it. `run` works until cancelled."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._settings = service.settings.telegram
        bot = None if self._settings is None else new_bot(self._settings)
        self._connection = Connection(bot)
        self._agents = self._agents_of(bot)
        self._intake = Intake(service.database, utc_now, self._wake)

    @property
    def trouble(self) -> str | None:
        forum = None if self._agents is None else self._agents.trouble
        return self._connection.trouble or forum

    def link(self, payload: str) -> str | None:
        me = self._connection.me
        if me is None or me.username is None:
            return None
        return f"https://t.me/{me.username}?start={payload}"

    def routes(self) -> Iterable[web.RouteDef]:
        secret = None if self._settings is None else self._settings.secret
        door = WebhookDoor(None if self._settings is None else self._intake, secret)
        return [web.post(PATH, door.post)]

    def _wake(self) -> None:
        """Updates were stored."""

    async def run(self) -> None:
        """Everything that goes on by itself. A token that cannot be one is told, and nothing
        else stops."""
        if self._settings is None:
            return
        if self._connection.bot is None:
            self._connection.is_away(WRONG_TOKEN)
            return
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(lead(self._service.database.url, self._lead))
        finally:
            await self._connection.close()

    def _agents_of(self, bot: Bot | None) -> AgentsGroup | None:
        """The forum group in which agents answer, where one is set."""
        group_id = None if self._settings is None else self._settings.agents
        if bot is None or group_id is None:
            return None
        return agents_group(self._service, bot, self._connection, group_id)

    async def _lead(self) -> None:
        """What one process does for all."""
        bot, settings = self._connection.bot, self._settings
        if bot is None or settings is None:
            return
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen(bot, settings))
            if self._agents is not None:
                group.create_task(self._agents.mirror.run())

    async def _listen(self, bot: Bot, settings: TelegramSettings) -> None:
        introduction = Introduction(
            self._connection,
            self._service.words,
            self._service.settings.public_url,
            settings.secret,
        )
        await introduction.until_done(bot)
        if settings.secret is None:
            poller = Poller(self._service.database, self._connection, self._intake)
            await poller.run(bot)
        else:
            await asyncio.Event().wait()
