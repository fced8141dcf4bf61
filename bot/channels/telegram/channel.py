"""The parts of the channel, put together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from uuid import UUID

from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiohttp import web

from bot.channels.telegram.connection import WRONG_TOKEN, Connection, bot_id_of, new_bot
from bot.channels.telegram.dispatching import new_dispatcher
from bot.channels.telegram.forgetting import keep_forgetting
from bot.channels.telegram.forum.parts import AgentsGroup, agents_group
from bot.channels.telegram.intake import Intake
from bot.channels.telegram.introducing import Introduction
from bot.channels.telegram.leading import lead
from bot.channels.telegram.polling import Poller
from bot.channels.telegram.sending.attempts import Attempts
from bot.channels.telegram.sending.courtesies import Courtesies
from bot.channels.telegram.sending.limits import Limits
from bot.channels.telegram.sending.sender import Sender
from bot.channels.telegram.sending.touching_up import Touch
from bot.channels.telegram.taker import Taker
from bot.channels.telegram.webhook import PATH, WebhookDoor
from bot.conversations.typists import TYPING
from bot.parts import Service
from bot.settings import TelegramSettings
from bot.storage.tables import utc_now

logger = logging.getLogger(__name__)
BEGINS_AGAIN_AFTER_S = 2.0
ASKED_AGAIN_AFTER_S = 2.0
LONGEST_PAUSE_S = 60.0


class Telegram:
    """A channel as `parts.Channel` describes it. `run` works until cancelled."""

    def __init__(self, service: Service, settings: TelegramSettings) -> None:
        self._service = service
        self._settings = settings
        self._connection = Connection(new_bot(settings))
        self._intake = Intake(service.database, utc_now, self._wake, bot_id_of(settings.token))
        self._taker: Taker | None = None
        self._limits = Limits(settings.messages_per_s)
        self._agents = self._agents_of(self._connection)
        touch = Touch(service.database, service.words)
        self._courtesies = Courtesies(service.database, self._connection, touch, self._limits)
        self._introduction = Introduction(
            self._connection, service.words, service.settings.public_url, settings.secret
        )
        self._ended: str | None = None

    @property
    def trouble(self) -> str | None:
        forum = None if self._agents is None else self._agents.trouble
        return self._ended or self._connection.trouble or self._introduction.trouble or forum

    def link(self, payload: str) -> str | None:
        me = self._connection.me
        if me is None or me.username is None:
            return None
        return f"https://t.me/{me.username}?start={payload}"

    def routes(self) -> Iterable[web.RouteDef]:
        door = WebhookDoor(self._intake, self._settings.secret)
        return [web.post(PATH, door.post)]

    def _agents_of(self, connection: Connection) -> AgentsGroup | None:
        """The forum group in which agents answer, where one is set."""
        if connection.bot is None or self._settings.agents is None:
            return None
        return agents_group(
            self._service, connection.bot, connection, self._limits, self._settings.agents
        )

    def _wake(self) -> None:
        """Updates were stored."""
        if self._taker is not None:
            self._taker.wake()

    async def run(self) -> None:
        """Everything that goes on by itself. A token that cannot be one is told, and nothing
        else stops."""
        bot = self._connection.bot
        if bot is None:
            self._connection.is_away(WRONG_TOKEN)
            return
        dispatcher = new_dispatcher(self._agents)
        self._taker = Taker(self._service, bot, dispatcher, self._courtesies, utc_now)
        try:
            while True:
                try:
                    await self._work(bot, self._taker)
                except* Exception:  # the channel's edge: what ended begins again, and is told
                    logger.exception("Telegram")
                    self._ended = "it stopped, and begins again"
                await asyncio.sleep(BEGINS_AGAIN_AFTER_S)
        finally:
            await self._connection.close()

    async def _work(self, bot: Bot, taker: Taker) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(taker.run())
            group.create_task(self._courtesies.run(bot))
            group.create_task(self._know_itself(bot))
            group.create_task(keep_forgetting(self._service.database, utc_now))
            group.create_task(lead(self._service.database.url, self._lead))

    async def _know_itself(self, bot: Bot) -> None:
        """Every process says the bot's name in links."""
        pause_s = ASKED_AGAIN_AFTER_S
        while self._connection.me is None:
            try:
                with self._connection.watched():
                    self._connection.me = await bot.get_me()
            except AiogramError:  # told by the connection
                await asyncio.sleep(pause_s)
                pause_s = min(LONGEST_PAUSE_S, pause_s * 2)
        self._ended = None

    async def _lead(self) -> None:
        """What one process does for all."""
        bot, settings = self._connection.bot, self._settings
        if bot is None:
            return
        async with asyncio.TaskGroup() as group:
            group.create_task(self._send(bot))
            group.create_task(self._take_in(bot, settings))
            if self._agents is not None:
                group.create_task(self._agents.keep())

    async def _send(self, bot: Bot) -> None:
        """Hand over what is said, as soon as it is announced."""
        service = self._service
        sender = Sender(
            Attempts(service.database, service.words, utc_now),
            self._connection,
            service.photos,
            self._limits,
            service.metrics,
            self._courtesies,
        )

        def hear(channel: str, conversation_id: UUID | None) -> None:
            if channel != TYPING:
                sender.wake(conversation_id)
            elif conversation_id is not None and self._is_agent_typing(conversation_id):
                self._courtesies.agent_types(
                    conversation_id, lambda: self._is_agent_typing(conversation_id)
                )

        with service.live.overheard_by(hear):
            await sender.run(bot)

    def _is_agent_typing(self, conversation_id: UUID) -> bool:
        return any(who.name for who in self._service.live.typing.who(conversation_id))

    async def _take_in(self, bot: Bot, settings: TelegramSettings) -> None:
        """Ask for updates where they are not posted, and say who the bot is."""
        await self._introduction.until_updates_come(bot)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._introduction.describe(bot))
            if settings.secret is None:
                poller = Poller(self._service.database, self._connection, self._intake)
                group.create_task(poller.run(bot))
            else:
                group.create_task(self._introduction.watch_webhook(bot))
