"""A token bucket per visitor: too much is refused, nothing is slowed for the others."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from bot.errors import DomainError
from bot.web.address import around

REMEMBERED = 20_000
AROUND = 4
"""How much more the /56 around an IPv6 address may do than its /64: a subscriber has 256 of these,
and several households may share one provider's block."""


class TooMany(DomainError):
    """More than a person sends. `retry_after_s`: when there is room again, where that is known."""

    code = "too_many"

    def __init__(self, what: str, retry_after_s: int | None = None) -> None:
        super().__init__(what)
        self.retry_after_s = retry_after_s


class Limiter:
    """`burst` at once, then `per_minute`. Of more than `most` visitors, those are forgotten who
    have not been here for longest."""

    def __init__(
        self,
        *,
        per_minute: float,
        burst: float,
        clock: Callable[[], float] = time.monotonic,
        most: int = REMEMBERED,
    ) -> None:
        self._rate = per_minute / 60
        self._burst = burst
        self._clock = clock
        self._most = most
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, who: str) -> None:
        """Count one. Raises `TooMany`."""
        now = self._clock()
        tokens, at = self._buckets.pop(who, (self._burst, now))
        tokens = min(self._burst, tokens + (now - at) * self._rate)
        is_enough = tokens >= 1
        # Put back at the end: what was not asked for longest is first, and forgotten first.
        self._buckets[who] = (tokens - 1 if is_enough else tokens, now)
        if len(self._buckets) > self._most:
            del self._buckets[next(iter(self._buckets))]
        if not is_enough:
            raise TooMany("rate", math.ceil((1 - tokens) / self._rate) if self._rate else None)


class AddressLimiter:
    """The same for addresses as `client_address` says them, and for the /56 around one of IPv6:
    whoever has all of it can do `AROUND` times as much, not 256 times."""

    def __init__(
        self, *, per_minute: float, burst: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._of_address = Limiter(per_minute=per_minute, burst=burst, clock=clock)
        self._around = Limiter(per_minute=per_minute * AROUND, burst=burst * AROUND, clock=clock)

    def take(self, address: str) -> None:
        """Count one. Raises `TooMany`. What the address itself may not is not counted around it."""
        self._of_address.take(address)
        wider = around(address)
        if wider is not None:
            self._around.take(wider)
