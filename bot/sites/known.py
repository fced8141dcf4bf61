"""The allowed sites, kept in memory for a moment: every request from one asks for them."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Mapping

from bot.sites import operations
from bot.sites.rules import Site
from bot.storage.transaction import Database

READ_EVERY_S = 5.0
"""Within that time a running service notices that a site was allowed or denied."""


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
        self._sites: Mapping[str, Site] = {}
        self._next_reading_s = -math.inf
        self._reading = asyncio.Lock()

    async def find(self, origin: str) -> Site | None:
        """The site of an origin, if it is allowed; read in a short transaction of its own."""
        if self._clock_s() >= self._next_reading_s:
            async with self._reading:
                if self._clock_s() >= self._next_reading_s:
                    async with self._database.transaction() as tx:
                        sites = await operations.listed(tx)
                    self._sites = {site.origin: site for site in sites}
                    self._next_reading_s = self._clock_s() + self._read_every_s
        return self._sites.get(origin)
