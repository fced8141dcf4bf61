"""Taken updates are kept for as long as Telegram may send them again, and no longer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from bot.channels.telegram import store
from bot.channels.telegram.rules import FORGETS_EVERY, KEPT_FOR
from bot.storage.transaction import Database

logger = logging.getLogger(__name__)
AT_ONCE = 1000


async def forget_taken(database: Database, now: datetime) -> int:
    """Drop what was taken long enough ago, in short transactions. Returns how many."""
    count = 0
    while True:
        async with database.transaction() as tx:
            forgotten = await store.forget_taken(tx, now - KEPT_FOR, AT_ONCE)
        count += forgotten
        if forgotten < AT_ONCE:
            return count


async def keep_forgetting(database: Database, clock: Callable[[], datetime]) -> None:
    """Until cancelled; what fails is tried again next time."""
    while True:
        await asyncio.sleep(FORGETS_EVERY.total_seconds())
        try:
            await forget_taken(database, clock())
        except Exception:  # a task's edge: the database may be away for a while
            logger.exception("old updates")
