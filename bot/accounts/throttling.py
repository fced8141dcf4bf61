"""How the guessing of passwords is slowed down: by login and by address. Pure.

Every try counts as a failure from its beginning, and is taken back when it was none: tries at the
same moment, in whatever process, see one another.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.errors import DomainError

FREE_FAILURES = 5
"""Of a login, one after the other, before the next try has to wait."""
FIRST_WAIT = timedelta(minutes=1)
"""Doubled by each further failure."""
LONGEST_WAIT = timedelta(minutes=15)
WINDOW = timedelta(minutes=15)
"""Failures count together as long as no more than this lies between them, beyond the wait that
they imposed."""
ADDRESS_FAILURES = 30
"""Of an address within `WINDOW`: a town hall shares one, so it is let more."""
LOOKED_BACK = timedelta(days=1)
IPV6_HOME = 64
"""Bits of an IPv6 address that one subscriber has (RFC 6177): the rest is theirs to change."""


class Slowed(DomainError):
    """Too many failures: the next try has to wait."""

    code = "too_many"

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"{wait_s} s")
        self.wait_s = wait_s


def login_key(login: str) -> str:
    """What failures of a login are counted under."""
    return _key("login", login)


def address_key(address: str) -> str:
    """What failures from an address are counted under."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return _key("address", address)
    if ip.version == 6:
        return _key("address", str(ipaddress.ip_network((ip, IPV6_HOME), strict=False)))
    return _key("address", str(ip))


def _key(kind: str, of: str) -> str:
    return hashlib.sha256(f"{kind} {of}".encode()).hexdigest()


def login_waits_until(failures: Sequence[datetime]) -> datetime | None:
    """When a login may be tried again, after these failures in their order; None for at once."""
    streak, until = 0, None
    for at in failures:
        if until is not None and at - until > WINDOW:
            streak = 0
        streak += 1
        until = at + _wait_after(streak)
    return until if streak >= FREE_FAILURES else None


def _wait_after(streak: int) -> timedelta:
    if streak < FREE_FAILURES:
        return timedelta(0)
    doublings = min(streak - FREE_FAILURES, 10)  # any more is the longest wait anyway
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def address_waits_until(failures: Sequence[datetime], now: datetime) -> datetime | None:
    """When an address may try again; None for at once."""
    recent = [at for at in failures if now - at < WINDOW]
    if len(recent) < ADDRESS_FAILURES:
        return None
    return recent[-ADDRESS_FAILURES] + WINDOW


def check_waits(until: Sequence[datetime | None], now: datetime) -> None:
    """Raises `Slowed` with the longest of the waits that are not over."""
    waits = [(at - now).total_seconds() for at in until if at is not None and at > now]
    if waits:
        raise Slowed(math.ceil(max(waits)))
