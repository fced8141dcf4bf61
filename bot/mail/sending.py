"""Sends what is in the outbox: leases letters, hands them over, stores what became of them.

Nothing is held while the server is asked. Several services share one outbox. A server cannot be
asked whether it already has a letter: killed between its "250" and our commit, we send the letter
again, under the same Message-ID, by which mail programs and servers know a repeat.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID, uuid4

from bot.errors import Unavailable
from bot.mail import store
from bot.mail.rules import Refused, tried_again_after
from bot.mail.store import Leased
from bot.storage.transaction import Database

logger = logging.getLogger(__name__)

LOOK_EVERY = timedelta(seconds=2)
AT_ONCE = 4


class Post(Protocol):
    """The port to a mail server."""

    async def send(self, leased: Leased) -> None:
        """Raises `Refused` when it never will be taken, `Unavailable` when later may do; it
        waits no longer than `rules.SENT_WITHIN`."""
        ...


class Sender:
    """The worker of the outbox."""

    def __init__(self, database: Database, post: Post, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._post = post
        self._clock = clock

    async def run(self, every: timedelta = LOOK_EVERY) -> None:
        """Send until cancelled; what fails is tried again next time."""
        while True:
            try:
                while await self.round():
                    pass
            except Exception:  # a task's edge: the database may be away for a while
                logger.exception("letters")
            await asyncio.sleep(every.total_seconds())

    async def round(self) -> int:
        """Send a few of the letters that are due. Returns how many were tried."""
        attempt = uuid4()
        async with self._database.transaction() as tx:
            given_up = await store.give_up_on_vanished(tx, self._clock())
            leased = await store.lease(tx, attempt, self._clock(), AT_ONCE)
        if given_up:
            logger.warning("%d letters given up: their sender vanished each time", given_up)
        async with asyncio.TaskGroup() as group:
            for letter in leased:
                group.create_task(self._one(letter, attempt))
        return len(leased)

    async def _one(self, leased: Leased, attempt: UUID) -> None:
        try:
            await self._post.send(leased)
        except Refused as error:
            await self._failed(leased, attempt, str(error))
        except Unavailable as error:
            await self._put_off(leased, attempt, str(error))
        except Exception as error:  # a task's edge: one odd letter must not stop the others
            logger.exception("letter %s", leased.id)
            await self._put_off(leased, attempt, type(error).__name__)
        else:
            async with self._database.transaction() as tx:
                await store.mark_sent(tx, leased.id, attempt, self._clock())

    async def _put_off(self, leased: Leased, attempt: UUID, why: str) -> None:
        wait = tried_again_after(leased.attempts)
        if wait is None:
            await self._failed(leased, attempt, why)
            return
        logger.info("letter %s is tried again in %s", leased.id, wait)
        async with self._database.transaction() as tx:
            await store.put_off(tx, leased.id, attempt, self._clock() + wait, why)

    async def _failed(self, leased: Leased, attempt: UUID, why: str) -> None:
        # Why is stored, not logged: a server's answer often repeats the address.
        logger.warning("letter %s is given up: ./guichet admin mail list", leased.id)
        async with self._database.transaction() as tx:
            await store.mark_failed(tx, leased.id, attempt, self._clock(), why)
