"""How many bodies of photos are in memory at once, all and from one address."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from bot.errors import Unavailable
from bot.files.pictures import MAX_BYTES
from bot.web.rate import TooMany

AT_ONCE = 8
"""Times `MAX_BYTES`: some 100 MB at most."""
FROM_ONE_ADDRESS = 3
"""In hand or waiting: who sends slowly keeps no more than that from others."""
WAITS_S = 20.0
READ_WITHIN_S = 60.0
CHUNK_BYTES = 64 * 1024


class Uploads:
    """Room for photos that are read, cleaned and stored."""

    def __init__(self, *, at_once: int = AT_ONCE, waits_s: float = WAITS_S) -> None:
        self._slots = asyncio.Semaphore(at_once)
        self._waits_s = waits_s
        self._from: Counter[str] = Counter()

    @asynccontextmanager
    async def slot(self, address: str) -> AsyncIterator[None]:
        """Hold room for one. Raises `TooMany` for an address that has enough, and `Unavailable`
        when none comes free in time."""
        if self._from[address] >= FROM_ONE_ADDRESS:
            raise TooMany("uploads")
        self._from[address] += 1
        try:
            try:
                async with asyncio.timeout(self._waits_s):
                    await self._slots.acquire()
            except TimeoutError:
                raise Unavailable("no room for a photo") from None
            try:
                yield
            finally:
                self._slots.release()
        finally:
            self._from[address] -= 1
            if not self._from[address]:
                del self._from[address]


async def body(request: web.Request, within_s: float = READ_WITHIN_S) -> bytes:
    """The posted bytes, or the first of too many. Raises `Unavailable` when they are too slow."""
    taken = bytearray()
    try:
        async with asyncio.timeout(within_s):
            async for chunk in request.content.iter_chunked(CHUNK_BYTES):
                taken += chunk
                if len(taken) > MAX_BYTES:
                    break
    except TimeoutError:
        raise Unavailable("the photo did not arrive in time") from None
    return bytes(taken)
