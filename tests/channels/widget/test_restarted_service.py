"""A page talks on while its service is stopped, killed and started again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.channels.widget.client import Client
from tests.running import RunningService, state_for_tests


@pytest.fixture
def restarted(tmp_path: Path) -> Iterator[RunningService]:
    running = RunningService(state_for_tests(tmp_path / "state"))
    running.start()
    try:
        running.wait()
        yield running
    finally:
        running.stop()
        running.remove()


@pytest.mark.timeout(300)  # three starts
async def test_nothing_is_lost_when_the_service_is_stopped_or_killed(
    restarted: RunningService,
) -> None:
    async with aiohttp.ClientSession() as http:
        page, second = Client(http, restarted.url), Client(http, restarted.url)
        await page.open("oullins")
        second.token = page.token
        staying = [asyncio.create_task(p.stay()) for p in (page, second)]
        page.outbox.put(text="Bonjour, il y a un trou devant le 12 rue de la République à Oullins")
        await page.until(lambda: any(e["sender"] == "assistant" for e in page.events))

        page.outbox.put(text="passer")  # stopped while it thinks
        await page.until(lambda: not page.outbox.waiting)
        await asyncio.to_thread(restarted.stop)
        assert page.bye == second.bye == "restarting"
        page.outbox.put(text="une roue y passe entière")  # said to nobody yet
        restarted.start()
        await asyncio.to_thread(restarted.wait)
        await page.until(lambda: not page.outbox.waiting, within_s=60)

        restarted.kill()
        page.outbox.put(text="encore là")
        restarted.start()
        await asyncio.to_thread(restarted.wait)
        await page.until(lambda: not page.outbox.waiting, within_s=60)
        await page.until(lambda: page.events[-1]["sender"] == "assistant", within_s=60)
        await page.until(lambda: not page.state["thinking"], within_s=60)
        await second.until(lambda: second.last == page.last)

        fresh = Client(http, restarted.url)
        fresh.token = page.token
        while len(fresh.events) < len(page.events):
            await fresh.poll(known=False)
        for task in staying:
            task.cancel()
        await asyncio.gather(*staying, return_exceptions=True)
    assert page.events == second.events == fresh.events
    own = [event["text"] for event in page.events if event["sender"] == "citizen"]
    assert own[1:] == ["passer", "une roue y passe entière", "encore là"]
    seqs = [event["seq"] for event in page.events]
    assert seqs == sorted(set(seqs))
