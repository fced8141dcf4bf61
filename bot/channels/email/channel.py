"""The parts of the channel, put together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from uuid import UUID

from aiohttp import web

from bot.channels.email.door import Reception, listening
from bot.channels.email.sending import Writer
from bot.channels.email.taking import Taker
from bot.conversations.typists import TYPING
from bot.mail.letters import Mailer
from bot.parts import Service
from bot.settings import LmtpDoor
from bot.storage.tables import utc_now

logger = logging.getLogger(__name__)
BEGINS_AGAIN_AFTER_S = 5.0


class Email:
    """A channel as `parts.Channel` describes it. `sender`: the address of our own letters. `run`
    works until cancelled."""

    def __init__(self, service: Service, mailer: Mailer, door: LmtpDoor, sender: str) -> None:
        self._service = service
        self._door = door
        self._taker = Taker(service, sender, utc_now)
        self._writer = Writer(service.database, service.counter, mailer, utc_now)
        self._reception = Reception(service.database, utc_now, self._taker.wake, sender)
        self._trouble: str | None = None

    @property
    def trouble(self) -> str | None:
        return self._trouble

    def link(self, payload: str) -> str | None:
        del payload
        return None

    def routes(self) -> Iterable[web.RouteDef]:
        return []

    async def run(self) -> None:
        with self._service.live.overheard_by(self._hear):
            async with asyncio.TaskGroup() as group:
                group.create_task(self._taker.run())
                group.create_task(self._writer.run())
                group.create_task(self._listen())

    def _hear(self, channel: str, conversation_id: UUID | None) -> None:
        del conversation_id
        if channel != TYPING:
            self._writer.wake()

    async def _listen(self) -> None:
        """Keep the door open; one that cannot be opened is told, and tried again."""
        while True:
            try:
                async with listening(self._reception, self._door.host, self._door.port):
                    self._trouble = None
                    logger.info("mail is taken at %s:%d (LMTP)", self._door.host, self._door.port)
                    await asyncio.Event().wait()
            except OSError as error:
                if self._trouble is None:
                    logger.warning("no mail can be taken: %s", error.strerror or error)
                self._trouble = "the address of GUICHET_LMTP cannot be listened at"
            await asyncio.sleep(BEGINS_AGAIN_AFTER_S)
