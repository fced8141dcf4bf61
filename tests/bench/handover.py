"""`bench handover`: how soon what one writes is on the other's page, citizen and agent.

One service over HTTP, with as many conversations open as a busy desk has: each has its citizen's
long poll and its agent's stream, and all of them talk. The peers are of the same run: one
conversation alone on the same service, and the bare writes of both messages on its database.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import aiohttp

from bot.accounts import session_store
from bot.accounts import store as accounts
from bot.accounts.rules import Agent
from bot.conversations.operations import Arrival, receive
from bot.conversations.turn import Speaker
from bot.handover import answering
from bot.settings import Settings
from bot.storage.private_postgres import PrivatePostgres
from bot.storage.schema import migrate
from bot.storage.transaction import Database
from tests.bench.printed import table
from tests.handover.builders import COUNTER, OULLINS, Case, an_agent
from tests.handover.pages import AgentPage, CitizenPage, a_browser
from tests.running import RunningService, state_for_tests
from tests.turn.scripted import now

OPEN = 200
STREAMS_EACH = 4
"""Conversations in one agent's hands, each in a window with its list."""
ALONE = 28
"""Exchanges of the conversation that is alone, before the others come and again once they have
left, since the machine's speed drifts: what the limits of one citizen let through each time."""
WARM_UP = 4
WITHIN_S = 120.0
"""When all are open, each has one exchange in that time: an agent answers every half minute."""
COME_WITHIN_S = 20.0
"""Their pages are opened one after the other in that time."""
ARRIVES_WITHIN_S = 30.0
TEXT = "bonjour, il y a toujours un trou devant le {number} rue de la République"


@dataclass
class Talk:
    """A conversation with both its pages open. Times in milliseconds."""

    citizen: CitizenPage
    agent: AgentPage
    case: Case
    by: Agent
    to_agent_ms: list[float] = field(default_factory=list)
    to_citizen_ms: list[float] = field(default_factory=list)
    _awaited: dict[str, asyncio.Future[float]] = field(default_factory=dict)

    def hear(self, sender: str, message: dict[str, Any]) -> None:
        waiting = self._awaited.get(message["text"])
        if waiting is not None and message["sender"] == sender and not waiting.done():
            waiting.set_result(time.perf_counter())

    async def exchange(self) -> None:
        """The citizen writes, the agent has it and answers, the citizen has that."""
        self.to_agent_ms.append(await self._sent(self.citizen.writes))
        self.to_citizen_ms.append(await self._sent(self.agent.replies))

    async def _sent(self, send: Callable[[str, str], Awaitable[int]]) -> float:
        key = uuid4().hex
        text = f"{TEXT.format(number=len(self.to_agent_ms))} ({key})"
        arrived: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._awaited[text] = arrived
        began = time.perf_counter()
        async with asyncio.timeout(ARRIVES_WITHIN_S):
            await send(key, text)
            return (await arrived - began) * 1000


async def measure(settings: Settings, tell: Callable[[str], None]) -> dict[str, Any]:
    """Milliseconds from posting to arrival; `growth` is the median to the agent with all open over
    that of one alone, `ratio` the same median with all open over that of its bare writes."""
    del settings  # a service and a database of the bench's own
    with tempfile.TemporaryDirectory() as folder:
        state = state_for_tests(Path(folder) / "state")
        server = PrivatePostgres(state)
        url = await server.start()
        service = RunningService(state)
        service.environment["DATABASE_URL"] = url
        database = Database(url)
        try:
            await migrate(url)
            service.start()
            tell("a service")
            await asyncio.to_thread(service.wait)
            return await _measured(service.url, database, tell)
        finally:
            await asyncio.to_thread(service.stop)
            await database.close()
            await server.remove()


async def _measured(url: str, database: Database, tell: Callable[[str], None]) -> dict[str, Any]:
    async with a_browser(url) as browser:
        agents = [await _an_agent(database) for _ in range(OPEN // STREAMS_EACH)]
        bare_ms: list[float] = []
        first = await _talk(browser, database, *agents[0])
        tell("one conversation")
        await _alone(first, bare_ms)
        tell(f"{OPEN} conversations")
        talks = [await _talk(browser, database, *agents[n // STREAMS_EACH]) for n in range(OPEN)]
        async with _pages_open(talks):
            await asyncio.gather(*(_exchange(talk, at) for talk, at in _spread(talks, WITHIN_S)))
        tell("one conversation again")
        await _alone(first, bare_ms)
    to_agent = [ms for talk in talks for ms in talk.to_agent_ms]
    to_citizen = [ms for talk in talks for ms in talk.to_citizen_ms]
    figures: dict[str, Any] = {"open": OPEN}
    for name, times in (
        ("to_agent", to_agent),
        ("to_citizen", to_citizen),
        ("alone_to_agent", first.to_agent_ms),
        ("alone_to_citizen", first.to_citizen_ms),
        ("bare_writes", bare_ms),
    ):
        figures[f"{name}_p50"], figures[f"{name}_p95"] = _cuts(times)
    figures["growth"] = figures["to_agent_p50"] / figures["alone_to_agent_p50"]
    figures["ratio"] = figures["to_agent_p50"] / figures["bare_writes_p50"]
    figures["messages_per_s"] = 2 * OPEN / WITHIN_S
    return figures


def printed(figures: dict[str, Any]) -> Iterator[str]:
    def row(title: str, name: str) -> Sequence[object]:
        return (title, figures[f"{name}_p50"], figures[f"{name}_p95"])

    yield from table(
        ("milliseconds from posting to arrival", "p50", "p95"),
        [
            row(f"to the agent, {figures['open']} open", "to_agent"),
            row(f"to the citizen, {figures['open']} open", "to_citizen"),
            row("to the agent, one open", "alone_to_agent"),
            row("to the citizen, one open", "alone_to_citizen"),
            row("the citizen's message only written", "bare_writes"),
        ],
    )
    yield from table(
        ("beside", ""),
        [
            (f"one open ({figures['open']} / 1)", figures["growth"]),
            ("the bare writes", figures["ratio"]),
            ("messages a second, all open", figures["messages_per_s"]),
        ],
    )


async def _an_agent(database: Database) -> tuple[Agent, str]:
    """Somebody signed in, with the token of their browser."""
    agent = await an_agent(database)
    async with database.transaction() as tx:
        return agent, await session_store.open_session(tx, agent.id, "bench", now())


async def _talk(browser: aiohttp.ClientSession, database: Database, by: Agent, token: str) -> Talk:
    """A conversation that an agent has taken; doors limit how many begin at once."""
    async with database.transaction() as tx:
        own, citizen = await accounts.open_session(tx, now())
        accepted = await receive(tx, _arrival(citizen, "un agent, svp"), now())
    case = Case(database, Speaker(accepted.conversation_id, citizen, "web"), "")
    case = replace(case, reference=await case.open("un agent, svp"))
    async with database.transaction() as tx:
        await answering.reply(tx, by, case.reference, "Bonjour.", "hello", COUNTER, now())
    talk: Talk

    def hear_citizen(message: dict[str, Any]) -> None:
        talk.hear("agent", message)

    def hear_agent(message: dict[str, Any]) -> None:
        talk.hear("citizen", message)

    talk = Talk(
        CitizenPage(browser, hear_citizen, own),
        AgentPage(browser, hear_agent, token, reference=case.reference),
        case,
        by,
    )
    return talk


def _arrival(citizen: UUID, text: str) -> Arrival:
    return Arrival("web", str(citizen), citizen, uuid4().hex, "text", text, commune=OULLINS)


async def _alone(talk: Talk, bare_ms: list[float]) -> None:
    """Its exchanges with nobody else there, and the bare writes once its pages are closed; the
    first few only warm up."""
    async with _pages_open([talk]):
        for _ in range(ALONE):
            await talk.exchange()
    bare_ms += [await _bare(talk) for _ in range(ALONE)][WARM_UP:]
    for times in (talk.to_agent_ms, talk.to_citizen_ms):
        del times[-ALONE : WARM_UP - ALONE]


async def _bare(talk: Talk) -> float:
    """What writing the citizen's message costs by itself."""
    began = time.perf_counter()
    async with talk.case.database.transaction() as tx:
        await receive(tx, _arrival(talk.case.speaker.citizen_id, TEXT), now())
    return (time.perf_counter() - began) * 1000


@asynccontextmanager
async def _pages_open(talks: Sequence[Talk]) -> AsyncIterator[None]:
    """Both pages of each, once they have all that was said before and their lists."""
    async with asyncio.TaskGroup() as group:
        reading = [
            group.create_task(_read(page, at))
            for talk, at in _spread(talks, COME_WITHIN_S)
            for page in (talk.citizen, talk.agent)
        ]
        async with asyncio.timeout(COME_WITHIN_S + ARRIVES_WITHIN_S):
            while not all(t.citizen.after and t.agent.lists for t in talks):  # noqa: ASYNC110
                await asyncio.sleep(0.1)  # of another process
        yield
        for task in reading:
            task.cancel()


def _spread(talks: Sequence[Talk], over_s: float) -> Iterator[tuple[Talk, float]]:
    """When each one's turn is, in an order of chance; one alone does not wait."""
    order = random.Random(7).sample(range(len(talks)), len(talks))
    yield from ((talks[n], over_s * place / len(talks)) for place, n in enumerate(order))


async def _read(page: CitizenPage | AgentPage, begins_in_s: float) -> None:
    await asyncio.sleep(begins_in_s)
    await page.run()


async def _exchange(talk: Talk, begins_in_s: float) -> None:
    await asyncio.sleep(begins_in_s)
    await talk.exchange()


def _cuts(times: Sequence[float]) -> tuple[float, float]:
    cuts = statistics.quantiles(times, n=20)
    return cuts[9], cuts[18]
