"""What is too much, and who is forgotten."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import pytest

from bot.web.rate import AROUND, AddressLimiter, Limiter, TooMany


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_then_as_many_as_a_minute_gives() -> None:
    clock = Clock()
    limiter = Limiter(per_minute=60, burst=2, clock=clock)
    limiter.take("a")
    limiter.take("a")
    with pytest.raises(TooMany):
        limiter.take("a")
    limiter.take("b")
    clock.now = 1.0
    limiter.take("a")


def test_who_asks_too_much_is_not_forgotten_for_others_who_come() -> None:
    limiter = Limiter(per_minute=0, burst=1, clock=Clock(), most=3)
    limiter.take("greedy")
    for other in range(20):
        limiter.take(f"other {other}")
        with pytest.raises(TooMany):
            limiter.take("greedy")


def test_of_too_many_the_oldest_is_forgotten() -> None:
    limiter = Limiter(per_minute=0, burst=1, clock=Clock(), most=2)
    for who in ("a", "b", "c"):
        limiter.take(who)
    limiter.take("a")
    with pytest.raises(TooMany):
        limiter.take("c")


def test_who_has_many_ipv6_networks_does_four_times_as_much_and_no_more() -> None:
    clock = Clock()
    limiter = AddressLimiter(per_minute=60, burst=2, clock=clock)
    networks = [f"2001:db8:0:{n:x}::/64" for n in range(256)]
    for network in networks[:AROUND]:
        limiter.take(network)
        limiter.take(network)
    for network in networks:
        with pytest.raises(TooMany):
            limiter.take(network)
    limiter.take("2001:db8:0:100::/64")
    clock.now = 1.0
    for network in networks[-AROUND:]:
        limiter.take(network)
    with pytest.raises(TooMany):
        limiter.take(networks[0])


def test_what_one_network_may_not_takes_nothing_from_those_around_it() -> None:
    limiter = AddressLimiter(per_minute=0, burst=1, clock=Clock())
    for _ in range(10):
        with suppress(TooMany):
            limiter.take("2001:db8:0:1::/64")
    limiter.take("2001:db8:0:2::/64")


def test_addresses_of_ipv4_have_nothing_around_them() -> None:
    limiter = AddressLimiter(per_minute=0, burst=1, clock=Clock())
    for n in range(20):
        limiter.take(f"198.51.100.{n}")
