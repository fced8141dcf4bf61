"""The allowed sites, kept in memory for a moment: every request from one asks for them."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable, Mapping

from sqlalchemy.exc import SQLAlchemyError

from bot.errors import Unavailable
from bot.sites import operations
from bot.sites.rules import Site
from bot.storage.transaction import Database

logger = logging.getLogger(__name__)
READ_EVERY_S = 5.0
"""Within that time a running service notices that a site was allowed or denied."""
AGAIN_AFTER_S = 1.0
"""After a reading that failed."""


class KnownSites:
    def __init__(
        self,
        database: Database,
        *,
        read_every_s: float = READ_EVERY_S,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._read_every_s = read_every_s
        self._clock_s = clock_s
        self._sites: Mapping[str, Site] | None = None
        self._next_reading_s = -math.inf
        self._reading = asyncio.Lock()

    async def find(self, origin: str) -> Site | None:
        """The site of an origin, if it is allowed."""
        return (await self.listed()).get(origin)

    async def listed(self) -> Mapping[str, Site]:
        """All of them by origin; read in a short transaction of its own. Those of before while the
        database does not answer. Raises `Unavailable` when they were never read."""
        if self._clock_s() >= self._next_reading_s and not (self._sites and self._reading.locked()):
            async with self._reading:
                if self._clock_s() >= self._next_reading_s:
                    await self._read()
        if self._sites is None:
            raise Unavailable("sites")
        return self._sites

    async def _read(self) -> None:
        wait_s = self._read_every_s
        try:
            async with self._database.transaction() as tx:
                sites = await operations.listed(tx)
            self._sites = {site.origin: site for site in sites}
        except (SQLAlchemyError, OSError) as error:
            logger.warning("sites: %s", type(error).__name__)
            wait_s = AGAIN_AFTER_S
        self._next_reading_s = self._clock_s() + wait_s

    def remembered(self, origin: str) -> bool:
        """Whether it was allowed when they were last read."""
        return origin in (self._sites or {})
