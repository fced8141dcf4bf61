"""Long polling: an update is confirmed to Telegram by the next question, once it is stored."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramConflictError
from aiogram.methods.base import TelegramMethod

from bot.channels.telegram import store
from bot.channels.telegram.connection import Connection
from bot.channels.telegram.intake import Intake
from bot.channels.telegram.introducing import ALLOWED_UPDATES
from bot.errors import Invalid
from bot.storage.transaction import Database

logger = logging.getLogger(__name__)
WAIT_S = 25
AT_ONCE = 100
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 10.0
"""It comes back within that: messages are waiting on the other side."""


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
        known: int | None = None
        while True:
            try:
                if known is None:
                    async with self.database.transaction() as tx:
                        known = await store.last_update_id(tx, bot.id)
                known = await self._ask(bot, known)
                pause_s = FIRST_PAUSE_S
                continue
            except TelegramConflictError as error:
                if "webhook" in error.message.lower():  # set by somebody since we took it off
                    await self._without_webhook(bot)
            except AiogramError:  # told by the connection; nothing was confirmed
                pass
            except Exception:  # a task's edge: the database was away, and Telegram keeps them
                logger.exception("updates could not be stored")
            await asyncio.sleep(pause_s)
            pause_s = min(LONGEST_PAUSE_S, pause_s * 2)

    async def _without_webhook(self, bot: Bot) -> None:
        try:
            await bot.delete_webhook(drop_pending_updates=False)
        except AiogramError as error:
            logger.info("Telegram: a webhook stays: %s", type(error).__name__)

    async def _ask(self, bot: Bot, known: int | None) -> int | None:
        """One question. Returns the last update that is stored."""
        question = GetRawUpdates(
            offset=None if known is None else known + 1,
            limit=AT_ONCE,
            timeout=WAIT_S,
            allowed_updates=list(ALLOWED_UPDATES),
        )
        with self.connection.watched("taking in"):
            bodies = await bot(question, request_timeout=WAIT_S + 15)
        try:
            await self.intake.accept(bodies)
        except (Invalid, RecursionError):
            await self._one_by_one(bodies)
        return max((int(body["update_id"]) for body in bodies), default=known)

    async def _one_by_one(self, bodies: Sequence[dict[str, Any]]) -> None:
        """One that is no update keeps no other from coming, and would never leave by itself."""
        for body in bodies:
            try:
                await self.intake.accept([body])
            except (Invalid, RecursionError):
                logger.warning("Telegram sent what is no update: %s", body.get("update_id"))
