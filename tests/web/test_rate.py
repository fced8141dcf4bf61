"""What is too much, and who is forgotten."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from bot.web.rate import Limiter, TooMany


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
