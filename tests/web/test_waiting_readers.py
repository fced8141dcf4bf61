"""How many wait for what is said in one conversation."""

from __future__ import annotations

import asyncio
import json

from bot.conversations.live import MOST_READERS
from tests.web.browsers import Browsers


async def test_of_too_many_who_wait_the_oldest_leaves_at_once(browsers: Browsers) -> None:
    browser = await browsers()
    await browser.says("bonjour")
    waiting = []
    for _ in range(MOST_READERS):
        waiting.append(asyncio.create_task(browser.get("/api/events?after=1")))
        await asyncio.sleep(0.1)
    assert not any(task.done() for task in waiting)
    waiting.append(asyncio.create_task(browser.get("/api/events?after=1")))
    async with asyncio.timeout(5):
        answer = await waiting[0]
    assert (answer.status, json.loads(answer.body)["events"]) == (200, [])
    assert not any(task.done() for task in waiting[1:])
    for task in waiting[1:]:
        task.cancel()
    await asyncio.gather(*waiting[1:], return_exceptions=True)


async def test_who_waits_elsewhere_is_left_alone(browsers: Browsers) -> None:
    one, other = await browsers(), await browsers()
    await one.says("bonjour")
    await other.says("bonjour")
    waiting = asyncio.create_task(other.get("/api/events?after=1"))
    crowd = [asyncio.create_task(one.get("/api/events?after=1")) for _ in range(MOST_READERS + 2)]
    await asyncio.wait(crowd, timeout=5, return_when=asyncio.FIRST_COMPLETED)
    assert not waiting.done()
    for task in (waiting, *crowd):
        task.cancel()
    await asyncio.gather(waiting, *crowd, return_exceptions=True)
