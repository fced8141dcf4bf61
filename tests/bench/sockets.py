"""`bench sockets`: pages of the widget held open by one service process, on loopback.

All say hello and are told their conversation; a hundred of them are in an agent's hands, who writes
while the others are only open. The peer of the same run is what aiohttp's sockets cost by
themselves: a server that holds as many, and sends what it is given, without a database. What ours
costs beside it is the conversation.
"""

from __future__ import annotations

import asyncio
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from itertools import batched
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import psutil
from sqlalchemy import insert

from bot.accounts import widget_sessions
from bot.accounts.rules import Agent
from bot.accounts.store import SESSION_LASTS
from bot.accounts.tables import Citizen, WebSession
from bot.accounts.tokens import hash_of, new_token
from bot.conversations import store
from bot.conversations.operations import Arrival, receive
from bot.conversations.tables import Conversation, Message
from bot.conversations.turn import Speaker
from bot.handover import answering
from bot.settings import Settings
from bot.storage.private_postgres import PrivatePostgres
from bot.storage.schema import migrate
from bot.storage.transaction import Database
from tests.bench.printed import table
from tests.handover.builders import COUNTER, OULLINS, Case, an_agent
from tests.running import ROOT, RunningService, free_port, state_for_tests
from tests.turn.scripted import now

CONNECTIONS = 5_000
TALKING = 100
"""Conversations in agents' hands, of which each hears one message a round."""
WARM_UP = 50
"""Pages that came and went before memory is first looked at: what is loaded once is not theirs."""
REPLIES = 400
EVERY_S = 0.025
WRITTEN_AT_ONCE = 500
TEXT = "un agent, svp"
PAGES_AN_ADDRESS = 100
ARRIVES_WITHIN_S = 60.0


@dataclass(frozen=True)
class Talk:
    """A visitor's page; `case` where an agent has the conversation."""

    token: str
    case: Case | None = None


@dataclass
class Held:
    """The process that holds the pages."""

    process: asyncio.subprocess.Process
    heard: dict[str, asyncio.Future[float]] = field(default_factory=dict)
    opened: asyncio.Future[int] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    closed: int = 0

    async def listen(self) -> None:
        stdout = self.process.stdout
        while stdout is not None and (line := await stdout.readline()):
            word, *rest = line.decode().split()
            if word == "open":
                self.opened.set_result(int(rest[0]))
            elif word == "heard" and rest[0] in self.heard and not self.heard[rest[0]].done():
                self.heard[rest[0]].set_result(float(rest[1]))
            elif word == "closed":
                self.closed += 1
        if not self.opened.done():
            self.opened.set_exception(RuntimeError("the pages could not be opened"))

    async def arrival(self, say: Callable[[str], Awaitable[object]]) -> float:
        """Milliseconds from before something was said until a page had it."""
        key = uuid4().hex
        arrived: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self.heard[key] = arrived
        began = time.monotonic()
        async with asyncio.timeout(ARRIVES_WITHIN_S):
            await say(f"Bonjour, je regarde cela tout de suite ({key}).")
            return (await arrived - began) * 1000


async def measure(
    settings: Settings, tell: Callable[[str], None], *, scale: float = 1.0
) -> dict[str, Any]:
    """Bytes are of resident memory of the one process, those of before taken off; milliseconds from
    the beginning of an agent's transaction to the visitor's socket."""
    del settings  # a service and a database of the bench's own
    count, talking = max(WARM_UP, round(CONNECTIONS * scale)), max(4, round(TALKING * scale))
    _allow_files(count)
    with tempfile.TemporaryDirectory() as folder:
        state = state_for_tests(Path(folder) / "state")
        server = PrivatePostgres(state)
        url = await server.start()
        trusting = {"GUICHET_TRUSTED_PROXIES": "127.0.0.1"}  # each page says where it comes from
        service = RunningService(state, trusting)
        service.environment["DATABASE_URL"] = url
        database = Database(url)
        try:
            await migrate(url)
            service.start()
            tell("a service")
            await asyncio.to_thread(service.wait)
            tell(f"{count} conversations")
            by = await an_agent(database)
            talks = await _prepared(database, by, count, talking)
            figures = await _ours(service, talks, by, tell)
        finally:
            await asyncio.to_thread(service.stop)
            await database.close()
            await server.remove()
    tell("the bare server")
    bare = await _bare(count)
    figures |= bare
    figures["bytes_ratio"] = figures["bytes_per_connection"] / bare["bare_bytes_per_connection"]
    return figures


async def _ours(
    service: RunningService, talks: Sequence[Talk], by: Agent, tell: Callable[[str], None]
) -> dict[str, Any]:
    if service.process is None:
        raise RuntimeError("the service has no process")
    process = psutil.Process(service.process.pid)
    url = f"{service.url}/widget/v1/socket"
    cases = [talk.case for talk in talks if talk.case is not None]
    async with _held(url, [talk.token for talk in talks[:WARM_UP]]):
        pass
    tell(f"{len(cases)} pages open")
    async with _held(url, [talk.token for talk in talks if talk.case is not None]) as held:
        few = await _replies(held, cases, by, REPLIES // 3)
    await asyncio.sleep(1)
    before = process.memory_info().rss
    tell(f"{len(talks)} pages open")
    began = time.monotonic()
    async with _held(url, [talk.token for talk in talks]) as held:
        opening_s = time.monotonic() - began
        after = process.memory_info().rss
        all_open = await _replies(held, cases, by, REPLIES)
        idle = process.cpu_percent(None)
        await asyncio.sleep(5)
        idle = process.cpu_percent(None)
        lost = held.closed
    return {
        "connections": len(talks) - lost,
        "bytes_per_connection": (after - before) / len(talks),
        "delivery_p50": _cut(all_open, 50),
        "delivery_p95": _cut(all_open, 95),
        "few_connections": len(cases),
        "few_delivery_p50": _cut(few, 50),
        "few_delivery_p95": _cut(few, 95),
        "opened_per_s": len(talks) / opening_s,
        "idle_cpu_percent": idle,
    }


async def _replies(held: Held, cases: Sequence[Case], by: Agent, count: int) -> list[float]:
    """Agents write to one page after the other, each with the real operation in its own
    transaction."""
    times = []
    for n in range(count):
        case = cases[n % len(cases)]

        async def reply(text: str, case: Case = case) -> None:
            async with case.database.transaction() as tx:
                await answering.reply(tx, by, case.reference, text, uuid4().hex, COUNTER, now())

        times.append(await held.arrival(reply))
        await asyncio.sleep(EVERY_S)
    return times


async def _bare(count: int) -> dict[str, Any]:
    """The same pages on a server that has nothing to say by itself."""
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.bare_sockets", str(port)]
    server = subprocess.Popen(command, cwd=ROOT)
    try:
        process, url = psutil.Process(server.pid), f"http://127.0.0.1:{port}/"
        async with aiohttp.ClientSession() as http:
            await _until_there(http, url)
            before = process.memory_info().rss
            async with _held(url, ["-"] * count) as held:
                after = process.memory_info().rss
                times = []
                for n in range(REPLIES):

                    async def say(text: str, n: int = n) -> None:
                        async with http.post(f"{url}say/{n % count}", data=text) as answer:
                            answer.raise_for_status()

                    times.append(await held.arrival(say))
    finally:
        server.terminate()
        server.wait(10)
    return {
        "bare_bytes_per_connection": (after - before) / count,
        "bare_delivery_p50": _cut(times, 50),
        "bare_delivery_p95": _cut(times, 95),
    }


async def _until_there(http: aiohttp.ClientSession, url: str) -> None:
    async with asyncio.timeout(20):
        while True:
            with suppress(aiohttp.ClientError):
                async with http.post(f"{url}nowhere"):
                    return
            await asyncio.sleep(0.1)  # another process


@asynccontextmanager
async def _held(url: str, tokens: Sequence[str]) -> AsyncIterator[Held]:
    """Pages in a process of their own, all open."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.bench.held_sockets", url),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    held = Held(process)
    listening = asyncio.create_task(held.listen())
    if process.stdin is None:
        raise RuntimeError("no way to tell the pages anything")
    try:
        first = int(IPv4Address("10.0.0.1"))
        for n, token in enumerate(tokens):
            address = IPv4Address(first + n // PAGES_AN_ADDRESS)
            process.stdin.write(f"{token} {address}\n".encode())
        process.stdin.write(b"\n")
        await process.stdin.drain()
        async with asyncio.timeout(600):
            await held.opened
        yield held
    finally:
        process.stdin.write(b"\n")
        process.stdin.close()
        await process.wait()
        await listening


async def _prepared(database: Database, by: Agent, count: int, talking: int) -> list[Talk]:
    """Visitors who have said something that is answered; the first ones speak with an agent."""
    talks = [await _talk(database, by) for _ in range(talking)]
    for some in batched(range(talking, count), WRITTEN_AT_ONCE):
        talks += await _quiet(database, len(some))
    return talks


async def _talk(database: Database, by: Agent) -> Talk:
    """As a visitor comes, speaks, asks for an agent and gets one."""
    async with database.transaction() as tx:
        token, visit = await widget_sessions.open_visit(tx, "self", OULLINS, now())
        citizen = visit.citizen_id
        arrival = Arrival("web", str(citizen), citizen, uuid4().hex, "text", TEXT)
        accepted = await receive(tx, arrival, now())
        await store.mark_answered(tx, accepted.conversation_id, accepted.seq, uuid4())
        await store.change(tx, accepted.conversation_id, waiting_since=None, due_at=None)
    case = await _case(database, accepted.conversation_id, citizen)
    async with database.transaction() as tx:
        await answering.reply(tx, by, case.reference, "Bonjour.", uuid4().hex, COUNTER, now())
    return Talk(token, case)


async def _quiet(database: Database, count: int) -> list[Talk]:
    """The same rows written by the hundred, without an agent."""
    at, tokens = now(), [new_token() for _ in range(count)]
    citizens, conversations = ([uuid4() for _ in range(count)] for _ in range(2))
    citizen_rows = [{"id": citizen, "created_at": at} for citizen in citizens]
    session_rows = [
        {
            "token_hash": hash_of(token),
            "id": uuid4(),
            "citizen_id": citizen,
            "created_at": at,
            "expires_at": at + SESSION_LASTS,
            "origin": "self",
            "token_made_at": at,
        }
        for token, citizen in zip(tokens, citizens, strict=True)
    ]
    conversation_rows = [
        {
            "id": conversation,
            "channel": "web",
            "address": str(citizen),
            "citizen_id": citizen,
            "owner": "bot",
            "language": "fr",
            "commune": OULLINS,
            "last_seq": 1,
            "introduced": True,
            "attempts": 0,
            "read_by_agent": 0,
            "created_at": at,
            "updated_at": at,
        }
        for conversation, citizen in zip(conversations, citizens, strict=True)
    ]
    message_rows = [
        {
            "id": uuid4(),
            "conversation_id": conversation,
            "seq": 1,
            "sender": "citizen",
            "external_id": uuid4().hex,
            "kind": "text",
            "text": TEXT,
            "content": {},
            "at": at,
            "answered_by": uuid4(),
        }
        for conversation in conversations
    ]
    async with database.transaction() as tx:
        for model, rows in (
            (Citizen, citizen_rows),
            (WebSession, session_rows),
            (Conversation, conversation_rows),
            (Message, message_rows),
        ):
            await tx.execute(insert(model), rows)
    return [Talk(token) for token in tokens]


async def _case(database: Database, conversation_id: UUID, citizen: UUID) -> Case:
    case = Case(database, Speaker(conversation_id, citizen, "web"), "")
    return Case(database, case.speaker, await case.open(TEXT))


def _allow_files(count: int) -> None:
    """A socket is a file, at either end. Raises `ValueError` when the machine allows too few."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(count + 1000, 4096), hard))


def _cut(times: Sequence[float], percent: int) -> float:
    return statistics.quantiles(times, n=100)[percent - 1]


def printed(figures: dict[str, Any]) -> Iterator[str]:
    yield from table(
        ("pages open in one process", "service", "bare aiohttp"),
        [
            ("connections", figures["connections"], figures["connections"]),
            (
                "bytes of memory each",
                round(figures["bytes_per_connection"]),
                round(figures["bare_bytes_per_connection"]),
            ),
            ("ms to the page, p50", figures["delivery_p50"], figures["bare_delivery_p50"]),
            ("ms to the page, p95", figures["delivery_p95"], figures["bare_delivery_p95"]),
            (
                f"ms to the page, p95, {figures['few_connections']} open",
                figures["few_delivery_p95"],
                None,
            ),
            ("opened a second", figures["opened_per_s"], None),
            ("percent of a core while all are quiet", figures["idle_cpu_percent"], None),
        ],
    )
