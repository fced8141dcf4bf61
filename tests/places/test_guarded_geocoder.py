"""An address service that fails is left alone; what it said is not asked again."""

from __future__ import annotations

import asyncio

import pytest

from bot.errors import Unavailable
from bot.places.guarded_geocoder import GuardedGeocoder
from bot.places.rules import Candidate
from tests.places.addresses import ScriptedGeocoder, an_address


async def failing(geocoder: GuardedGeocoder, text: str) -> None:
    with pytest.raises(Unavailable):
        await geocoder.search(text)


async def test_the_same_question_is_asked_once() -> None:
    inner = ScriptedGeocoder(an_address(), nearest=an_address())
    geocoder = GuardedGeocoder(inner)
    first = await geocoder.search("12 Rue  X", insee="69029")
    assert await geocoder.search("12 rue x", insee="69029") == first
    await geocoder.search("12 rue x")
    await geocoder.reverse(45.7370001, 4.911)
    assert await geocoder.reverse(45.737, 4.911) == inner.nearest
    assert len(inner.asked) == 3


async def test_a_failing_service_is_left_alone_after_a_few_tries() -> None:
    inner = ScriptedGeocoder(an_address())
    geocoder = GuardedGeocoder(inner, failures=2)
    inner.is_away = True
    for number in range(5):
        await failing(geocoder, f"{number} rue X")
    assert len(inner.asked) == 2
    inner.is_away = False
    await failing(geocoder, "back too early")
    assert len(inner.asked) == 2


async def test_after_its_rest_it_is_tried_again_and_used_when_it_answers() -> None:
    inner = ScriptedGeocoder(an_address())
    geocoder = GuardedGeocoder(inner, failures=1, rest_s=-1.0)  # over at once
    inner.is_away = True
    await failing(geocoder, "1 rue X")
    inner.is_away = False
    assert await geocoder.search("1 rue X") == inner.found
    assert await geocoder.search("2 rue X") == inner.found


async def test_a_failure_is_not_kept_as_an_answer() -> None:
    inner = ScriptedGeocoder(an_address())
    geocoder = GuardedGeocoder(inner)
    inner.is_away = True
    await failing(geocoder, "12 rue X")
    inner.is_away = False
    assert await geocoder.search("12 rue X") == inner.found


async def test_a_turn_that_is_given_up_is_no_failure_of_the_service() -> None:
    class Slow(ScriptedGeocoder):
        async def search(self, text: str, **asked: object) -> tuple[Candidate, ...]:
            self.asked.append((text, None, None))
            if len(self.asked) <= 3:
                await asyncio.Event().wait()
            return self.found

    inner = Slow(an_address())
    geocoder = GuardedGeocoder(inner, failures=1)
    for _ in range(3):
        asking = asyncio.create_task(geocoder.search("12 rue X"))
        await asyncio.sleep(0)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    assert await geocoder.search("12 rue X") == inner.found


async def test_few_answers_are_kept() -> None:
    inner = ScriptedGeocoder(an_address())
    geocoder = GuardedGeocoder(inner, kept=2)
    for number in (1, 2, 3, 1):
        await geocoder.search(f"{number} rue X")
    assert len(inner.asked) == 4
