"""Long polling: an update is confirmed to Telegram by the next question, once it is stored."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.methods.base import TelegramMethod

from bot.channels.telegram import store
from bot.channels.telegram.connection import Connection
from bot.channels.telegram.intake import Intake
from bot.channels.telegram.introducing import ALLOWED_UPDATES
from bot.storage.transaction import Database

logger = logging.getLogger(__name__)
WAIT_S = 25
AT_ONCE = 100
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0


class GetRawUpdates(TelegramMethod[list[dict[str, Any]]]):
    """`getUpdates` as it is answered: an update of a kind that aiogram does not know yet must not
    keep the others from coming."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None
    limit: int
    timeout: int
    allowed_updates: list[str]


@dataclass
class Poller:
    """Asks for updates until cancelled."""

    database: Database
    connection: Connection
    intake: Intake

    async def run(self, bot: Bot) -> None:
        pause_s = FIRST_PAUSE_S
        async with self.database.transaction() as tx:
            known = await store.last_update_id(tx)
        while True:
            try:
                known = await self._ask(bot, known)
                pause_s = FIRST_PAUSE_S
            except AiogramError:  # told by the connection; nothing was confirmed
                await asyncio.sleep(pause_s)
                pause_s = min(LONGEST_PAUSE_S, pause_s * 2)
            except Exception:  # a task's edge: the database was away, and Telegram keeps them
                logger.exception("updates could not be stored")
                await asyncio.sleep(pause_s)
                pause_s = min(LONGEST_PAUSE_S, pause_s * 2)

    async def _ask(self, bot: Bot, known: int | None) -> int | None:
        """One question. Returns the last update that is stored."""
        question = GetRawUpdates(
            offset=None if known is None else known + 1,
            limit=AT_ONCE,
            timeout=WAIT_S,
            allowed_updates=list(ALLOWED_UPDATES),
        )
        with self.connection.watched():
            bodies = await bot(question, request_timeout=WAIT_S + 15)
        await self.intake.accept(bodies)
        return max((int(body["update_id"]) for body in bodies), default=known)
