"""`bench turns`: one turn of our engine against one of stock Rasa, and the way to the citizen.

Both servers are up at once and take the same conversations in slices, one after the other, so
that a machine whose speed drifts drifts for both.
"""

from __future__ import annotations

import asyncio
import secrets
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psutil
from aiohttp import web

from bot.conversations.worker import EngineMessage
from bot.engine.client import EngineClient
from bot.engine.model import ensure_model
from bot.engine.process import EngineProcess
from bot.settings import Settings
from tests.bench.delivery import stored_to_delivered
from tests.bench.mix import ScriptedActions, Texts
from tests.bench.printed import plain
from tests.bench.stock import StockRasa, stock_model, stock_rasa
from tests.running import free_port

SLICES = 8
CONVERSATIONS = 3
TURNS_A_SLICE = 16
LONG_TURNS = 490
YOUNG_TURNS = 9
COMPARED = 30
"""Texts that a young and an old conversation are told in turn, to compare what they cost."""

Turn = Callable[[str], Awaitable[None]]


@dataclass
class Side:
    """What one engine did: milliseconds of each turn, seconds of each slice."""

    actions: ScriptedActions = field(default_factory=ScriptedActions)
    turns_ms: list[float] = field(default_factory=list)
    slices_s: list[float] = field(default_factory=list)
    turns: int = 0

    @property
    def per_s(self) -> float:
        return self.turns / sum(self.slices_s)


class OurConversation:
    """A conversation whose state the caller keeps, as the service does."""

    def __init__(self, engine: EngineClient) -> None:
        self._engine = engine
        self._id: UUID = uuid4()
        self._state: dict[str, object] | None = None

    async def turn(self, text: str) -> None:
        self._state = await self._engine.answer(self._state, EngineMessage(text), self._id)


async def timed(turn: Turn, texts: Sequence[str]) -> list[float]:
    """Milliseconds of each turn of a conversation."""
    taken = []
    for text in texts:
        began = time.perf_counter()
        await turn(text)
        taken.append((time.perf_counter() - began) * 1000)
    return taken


async def slice_of(side: Side, turns: Sequence[Turn], texts: Sequence[Sequence[str]]) -> None:
    """Several conversations at once, as a server has them."""
    began = time.perf_counter()
    for taken in await asyncio.gather(*map(timed, turns, texts)):
        side.turns_ms += taken
        side.turns += len(taken)
    side.slices_s.append(time.perf_counter() - began)


@asynccontextmanager
async def both(
    settings: Settings, ours: Side, stock: Side
) -> AsyncIterator[tuple[EngineProcess, StockRasa]]:
    """The two engines, up and warm, with their scripted actions."""
    model, _ = await ensure_model(settings)
    peer = await stock_model(settings)
    secret = secrets.token_hex(8)
    port = free_port()
    app_ours, app_stock = web.Application(), web.Application()
    app_ours.router.add_post("/internal/actions", ours.actions.handle)
    app_stock.router.add_post("/webhook", stock.actions.handle)
    runners = [web.AppRunner(app, access_log=None) for app in (app_ours, app_stock)]
    socket = settings.sockets() / f"bench-{secret}.sock"
    engine = EngineProcess(settings, model, socket, secret)
    with tempfile.TemporaryDirectory() as scratch:
        try:
            for runner in runners:
                await runner.setup()
            await web.UnixSite(runners[0], str(socket)).start()
            await web.TCPSite(runners[1], "127.0.0.1", port).start()
            await engine.child.start()
            async with stock_rasa(settings, peer, port, Path(scratch)) as other:
                yield engine, other
        finally:
            await engine.child.stop()
            await engine.client.close()
            for runner in runners:
                await runner.cleanup()
            socket.unlink(missing_ok=True)


def _data(settings: Settings) -> Path:
    return settings.root / "nlu" / "data"


async def measure(settings: Settings, tell: Callable[[str], None]) -> dict[str, Any]:
    """All figures of `bench turns`; times in milliseconds."""
    texts = Texts.of(_data(settings))
    ours, stock, alone = Side(), Side(), Side()
    tell("models (stock Rasa trains for minutes when the data changed)")
    async with both(settings, ours, stock) as (engine, other):
        # The first call of anything is not a turn.
        for conversation in (OurConversation(engine.client).turn, _stock_turn(other)):
            await timed(conversation, texts.conversation(8))
        ours.actions.calls.clear()
        stock.actions.calls.clear()
        for number in range(SLICES):
            tell(f"slice {number + 1} of {SLICES}")
            # New conversations each time: stock Rasa's turns grow dearer as they grow longer.
            mine = [OurConversation(engine.client).turn for _ in range(CONVERSATIONS)]
            theirs = [_stock_turn(other) for _ in range(CONVERSATIONS)]
            said = [texts.conversation(TURNS_A_SLICE) for _ in range(CONVERSATIONS)]
            await slice_of(ours, mine, said)
            await slice_of(stock, theirs, said)
        form_share = {
            "ours_form_share": ours.actions.form_turns / ours.turns,
            "stock_form_share": stock.actions.form_turns / stock.turns,
            "ours_calls_per_turn": ours.actions.calls.total() / ours.turns,
            "stock_calls_per_turn": stock.actions.calls.total() / stock.turns,
        }
        tell(f"a conversation of {LONG_TURNS} turns")
        old, young = (OurConversation(engine.client).turn for _ in range(2))
        await slice_of(alone, [old], [texts.conversation(LONG_TURNS)])
        await timed(young, texts.conversation(YOUNG_TURNS))
        young_ms, old_ms = await _compared(young, old, texts.conversation(COMPARED))
        memory = {
            "engine_mb": _memory_mb(engine.child.pid),
            "stock_mb": _memory_mb(other.child.pid),
        }
    tell("from message stored to reply delivered, on a whole service")
    delivered = await asyncio.to_thread(stored_to_delivered)
    cuts = statistics.quantiles(alone.turns_ms, n=20)
    return {
        "ours_per_s": ours.per_s,
        "stock_per_s": stock.per_s,
        "ratio": statistics.median(
            theirs_s / ours_s
            for ours_s, theirs_s in zip(ours.slices_s, stock.slices_s, strict=True)
        ),
        "p50": cuts[9],
        "p95": cuts[18],
        "turn_10": young_ms,
        "turn_500": old_ms,
        "stock_p50": statistics.median(stock.turns_ms) / CONVERSATIONS,
        **form_share,
        **memory,
        **delivered,
    }


printed = plain


def _stock_turn(stock: StockRasa) -> Turn:
    sender = uuid4().hex

    async def turn(text: str) -> None:
        await stock.turn(sender, text)

    return turn


async def _compared(young: Turn, old: Turn, texts: Sequence[str]) -> tuple[float, float]:
    """Median milliseconds of the same texts told to both; each goes first every other time, since
    the second finds a text's vector made."""
    taken: dict[Turn, list[float]] = {young: [], old: []}
    for number, text in enumerate(texts):
        for turn in (young, old) if number % 2 else (old, young):
            taken[turn] += await timed(turn, [text])
    return statistics.median(taken[young]), statistics.median(taken[old])


def _memory_mb(pid: int | None) -> float:
    """Resident memory of a process and its children."""
    if pid is None:
        return 0.0
    process = psutil.Process(pid)
    return sum(p.memory_info().rss for p in [process, *process.children(recursive=True)]) / 1e6
