"""`bench telegram`: updates accepted by the webhook while the engine has more than it can answer.

The peer, in the same run, is aiogram's own webhook as its documentation has it: it acknowledges
before anything is handled, and stores nothing. What ours gives away against it is the price of
losing no update.
"""

from __future__ import annotations

import asyncio
import itertools
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from bot.channels.telegram.webhook import PATH, SECRET_HEADER
from bot.settings import Settings
from tests.bench.printed import table
from tests.running import ROOT, RunningService, free_port, state_for_tests
from tests.servers.telegram import running_telegram_server

SECRET = "bench-" + "s" * 40
HEADERS = {SECRET_HEADER: SECRET, "Content-Type": "application/json"}
AT_ONCE = 40
"""Connections that Telegram opens unless told otherwise (setWebhook, `max_connections`)."""
CHATS = 2_000
SLICE_S = 6.0
SLICES = 4
"""Of each, in turn: the machine's speed drifts."""
WARM_UP = 200
TEXTS = (
    "il y a un nid de poule devant le {n} rue de la République à Oullins",
    "la déchèterie est ouverte dimanche ?",
    "où en est mon signalement ?",
    "bonjour, un lampadaire est éteint {n} avenue Berthelot",
)


@dataclass
class Posted:
    """What one side took. Times in milliseconds."""

    seconds: float = 0.0
    ack_ms: list[float] = field(default_factory=list)

    @property
    def per_s(self) -> float:
        return len(self.ack_ms) / self.seconds if self.seconds else 0.0

    def cut(self, percent: int) -> float:
        return statistics.quantiles(self.ack_ms, n=100)[percent - 1]


def updates() -> Iterator[dict[str, Any]]:
    """Texts of many chats, each with more than one answer at a time can follow."""
    for number in itertools.count(1):
        chat_id = 5_000_000_001 + number % CHATS
        person = {"id": chat_id, "is_bot": False, "first_name": "Camille", "language_code": "fr"}
        yield {
            "update_id": 880_000_000 + number,
            "message": {
                "message_id": number,
                "date": int(time.time()),
                "chat": {"id": chat_id, "type": "private", "first_name": "Camille"},
                "from": person,
                "text": TEXTS[number % len(TEXTS)].format(n=number),
            },
        }


async def measure(settings: Settings, tell: Callable[[str], None]) -> dict[str, Any]:
    """`ratio` is ours per second over aiogram's."""
    del settings  # a service of the bench's own
    with tempfile.TemporaryDirectory() as folder, running_telegram_server() as server:
        for number in range(CHATS):
            server.person(f"Camille {number}", id=5_000_000_001 + number, has_started=True)
        service = RunningService(
            state_for_tests(Path(folder) / "state"),
            {
                "GUICHET_TELEGRAM_TOKEN": server.token,
                "GUICHET_TELEGRAM_API": server.url,
                "GUICHET_TELEGRAM_SECRET": SECRET,
            },
        )
        try:
            service.start()
            tell("a service with its engine")
            await asyncio.to_thread(service.wait)
            async with _stock() as stock_url:
                return await _measured(service, stock_url, tell)
        finally:
            await asyncio.to_thread(service.stop)


async def _measured(
    service: RunningService, stock_url: str, tell: Callable[[str], None]
) -> dict[str, Any]:
    ours, stock, every = Posted(), Posted(), updates()
    connector = aiohttp.TCPConnector(limit=AT_ONCE)
    async with aiohttp.ClientSession(headers=HEADERS, connector=connector) as session:
        await _post(session, service.url + PATH, itertools.islice(every, WARM_UP), Posted())
        for number in range(SLICES):
            tell(f"slice {number + 1} of {SLICES}")
            await _post(session, service.url + PATH, _for(SLICE_S, every), ours)
            await _post(session, stock_url, _for(SLICE_S, every), stock)
        async with session.get(service.url + "/metrics") as answer:
            waiting = _figure(await answer.text(), "guichet_waiting_conversations")
    return {
        "accepted_per_s": ours.per_s,
        "ack_p50": ours.cut(50),
        "ack_p95": ours.cut(95),
        "stock_per_s": stock.per_s,
        "stock_p95": stock.cut(95),
        "ratio": ours.per_s / stock.per_s,
        "accepted": len(ours.ack_ms),
        "waiting_conversations": waiting,
    }


def _for(seconds: float, every: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    ends = time.perf_counter() + seconds
    while time.perf_counter() < ends:
        yield next(every)


async def _post(
    session: aiohttp.ClientSession, url: str, some: Iterator[dict[str, Any]], posted: Posted
) -> None:
    """Post them over all connections; every answer must be a 200."""

    async def one_connection() -> None:
        for update in some:
            began = time.perf_counter()
            async with session.post(url, json=update) as answer:
                await answer.read()
            if answer.status != 200:
                raise RuntimeError(f"an update was answered by {answer.status}")
            posted.ack_ms.append((time.perf_counter() - began) * 1000)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(one_connection())
    posted.seconds += time.perf_counter() - began


def _figure(exposed: str, name: str) -> float:
    return next(
        (float(line.split()[-1]) for line in exposed.splitlines() if line.startswith(name)), 0.0
    )


@asynccontextmanager
async def _stock() -> AsyncIterator[str]:
    """aiogram's webhook in a process of its own."""
    port = free_port()
    command = [sys.executable, "-P", "-m", "tests.bench.stock_webhook", str(port), SECRET]
    process = subprocess.Popen(command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)})
    url = f"http://127.0.0.1:{port}{PATH}"
    try:
        async with aiohttp.ClientSession() as session, asyncio.timeout(60):
            while not await _answers(session, url):  # noqa: ASYNC110  (another process)
                await asyncio.sleep(0.2)
        yield url
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, 10)


async def _answers(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url):
            return True
    except aiohttp.ClientError:
        return False


def printed(figures: dict[str, Any]) -> Sequence[str]:
    return list(
        table(
            ("updates", "per second", "acknowledged, p95 ms"),
            [
                ("stored, then acknowledged", figures["accepted_per_s"], figures["ack_p95"]),
                ("aiogram's webhook", figures["stock_per_s"], figures["stock_p95"]),
            ],
        )
    )
