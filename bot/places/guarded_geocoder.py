"""An address service made bearable: a failing one is left alone, an answer is kept for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from cachetools import TTLCache
from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.model import OpenedState

from bot.errors import Unavailable
from bot.places.geocoder import Geocoder
from bot.places.rules import Candidate

FAILURES_BEFORE_REST = 3
"""In a row. Each of them made a citizen wait for the whole time-out."""
REST_S = 30.0
KEPT_ANSWERS = 5000
KEPT_S = 24 * 3600.0
"""Addresses change by the month; the base behind the API is rebuilt every night."""


class GuardedGeocoder:
    """Another geocoder behind a circuit breaker and a bounded cache, in memory only."""

    def __init__(
        self,
        geocoder: Geocoder,
        *,
        failures: int = FAILURES_BEFORE_REST,
        rest_s: float = REST_S,
        kept: int = KEPT_ANSWERS,
        kept_s: float = KEPT_S,
    ) -> None:
        self._geocoder = geocoder
        # A turn that is given up says nothing about the service.
        self._breakers = AsyncCircuitBreakerFactory(
            default_threshold=failures, default_ttl=rest_s, exclude=[asyncio.CancelledError]
        )
        self._kept: MutableMapping[Any, Any] = TTLCache(kept, kept_s)

    async def search(
        self,
        text: str,
        *,
        near: tuple[float, float] | None = None,
        insee: str | None = None,
        arrondissement: int | None = None,
    ) -> tuple[Candidate, ...]:
        """See `Geocoder.search`."""
        found: tuple[Candidate, ...] = await self._once(
            ("search", " ".join(text.split()).casefold(), near, insee, arrondissement),
            lambda: self._geocoder.search(
                text, near=near, insee=insee, arrondissement=arrondissement
            ),
        )
        return found

    async def reverse(self, latitude: float, longitude: float) -> Candidate | None:
        """See `Geocoder.reverse`. Points are alike to the fifth decimal, about a metre."""
        found: Candidate | None = await self._once(
            ("reverse", round(latitude, 5), round(longitude, 5)),
            lambda: self._geocoder.reverse(latitude, longitude),
        )
        return found

    async def _once(self, key: tuple[Any, ...], ask: Callable[[], Awaitable[Any]]) -> Any:
        """What is kept under a key, else what the service says. Raises `Unavailable`."""
        try:
            return self._kept[key]
        except KeyError:
            pass
        try:
            async with await self._breakers.get_breaker("addresses"):
                answer = await ask()
        except OpenedState as error:
            raise Unavailable("the address service failed a moment ago") from error
        self._kept[key] = answer
        return answer
