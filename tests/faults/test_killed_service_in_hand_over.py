"""The real service killed while a citizen and an agent write to each other, and started again."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from tests.faults.test_killed_service import ended
from tests.handover.pages import AgentPage, CitizenPage, a_browser
from tests.running import RunningService, state_for_tests

MESSAGES = 12
"""Of each; what is written at once is under the limit of one citizen."""
KILLED_AFTER = (5, 9)
"""Acknowledged messages, each time."""
LOGIN = "claire@oullins.example"


async def signed_in(service: RunningService, browser: aiohttp.ClientSession) -> None:
    """An account of its own, by an operator's command."""
    profile = ("--name", "Claire", "--role", "agent", "--commune", "69149", "--all-teams")
    told = await asyncio.to_thread(service.admin, "users", "add", LOGIN, "--generate", *profile)
    password = told.partition("password: ")[2].strip()
    form = {"login": LOGIN, "password": password}
    async with browser.post("/agent/sign-in", data=form, allow_redirects=False) as answer:
        assert answer.headers["Location"] == "/agent"


async def asked_for_a_human(citizen: CitizenPage) -> None:
    async with citizen.browser.post("/api/session", json={}) as answer:
        answer.raise_for_status()
    first = {"id": "first", "text": "je veux parler à un agent", "commune": "69149"}
    await citizen.send("/api/messages", first)


async def reference_in(browser: aiohttp.ClientSession) -> str:
    """The only ticket of the agent's town."""
    async with browser.get("/agent/api/queue", params={"queue": "all"}) as answer:
        (row,) = (await answer.json())["rows"]
    return str(row["reference"])


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110  (another process sets no event)
            await asyncio.sleep(0.02)


async def all_said(citizen: CitizenPage) -> list[dict[str, Any]]:
    async with citizen.browser.get("/api/events", params={"after": "0"}) as answer:
        events: list[dict[str, Any]] = (await answer.json())["events"]
    return events


@pytest.mark.xdist_group("killed")
@pytest.mark.timeout(300)
async def test_both_pages_go_on_without_gap_or_repeat_when_the_service_is_killed(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    service = RunningService(state_for_tests(tmp_path_factory.mktemp("handed") / "state"))
    service.start()
    heard_by_citizen: list[dict[str, Any]] = []
    heard_by_agent: list[dict[str, Any]] = []
    acknowledged: asyncio.Queue[int] = asyncio.Queue()

    async def writes(write: Callable[[str, str], Awaitable[int]], who: str) -> None:
        for number in range(MESSAGES):
            acknowledged.put_nowait(await write(f"{who}-{number}", f"{who} {number}"))

    async def kills() -> None:
        for count in KILLED_AFTER:
            for _ in range(count):
                await acknowledged.get()
            await asyncio.to_thread(service.kill)
            service.start()

    with ended(service):
        await asyncio.to_thread(service.wait)
        async with a_browser(service.url) as at_home, a_browser(service.url) as at_work:
            citizen = CitizenPage(at_home, heard_by_citizen.append)
            agent = AgentPage(at_work, heard_by_agent.append)
            await signed_in(service, at_work)
            await asked_for_a_human(citizen)
            async with asyncio.TaskGroup() as reading:
                readers = [reading.create_task(citizen.run())]
                await until(lambda: any(m["reference"] for m in heard_by_citizen))
                agent.reference = await reference_in(at_work)
                readers.append(reading.create_task(agent.run()))
                await agent.replies("hello", "Bonjour.")
                async with asyncio.TaskGroup() as group:
                    group.create_task(writes(citizen.writes, "citizen"))
                    group.create_task(writes(agent.replies, "agent"))
                    group.create_task(kills())
                said = await all_said(citizen)
                await until(lambda: citizen.after == agent.after == said[-1]["seq"])
                for reader in readers:
                    reader.cancel()
            assert agent.connections > 1

    numbers = [message["seq"] for message in said]
    assert numbers == list(range(1, len(said) + 1))
    assert [message["seq"] for message in heard_by_citizen] == numbers
    assert [message["seq"] for message in heard_by_agent] == numbers
    written = Counter(f"{who} {n}" for who in ("citizen", "agent") for n in range(MESSAGES))
    assert Counter(m["text"] for m in said if m["text"] in written) == written
    assert [m["text"] for m in said if m["text"].startswith("citizen ")] == [
        f"citizen {n}" for n in range(MESSAGES)
    ]
