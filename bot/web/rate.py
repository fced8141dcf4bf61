"""A token bucket per visitor: too much is refused, nothing is slowed for the others."""

from __future__ import annotations

import time
from collections.abc import Callable

from bot.errors import DomainError

FORGOTTEN_ABOVE = 20_000


class TooMany(DomainError):
    """More than a person sends."""

    code = "too_many"


class Limiter:
    """`burst` at once, then `per_minute`."""

    def __init__(
        self, *, per_minute: float, burst: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = per_minute / 60
        self._burst = burst
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, who: str) -> None:
        """Count one. Raises `TooMany`."""
        now = self._clock()
        if len(self._buckets) > FORGOTTEN_ABOVE:
            self._buckets.clear()
        tokens, at = self._buckets.get(who, (self._burst, now))
        tokens = min(self._burst, tokens + (now - at) * self._rate)
        if tokens < 1:
            raise TooMany("rate")
        self._buckets[who] = (tokens - 1, now)
