"""What the engine's client makes of an engine that misbehaves. A small server stands for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from aiohttp import web

from bot.conversations.worker import EngineMessage, TurnAborted
from bot.engine.client import EngineClient
from bot.errors import Unavailable

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def an_engine(folder: Path, handler: Handler) -> AsyncIterator[EngineClient]:
    app = web.Application()
    app.router.add_post("/turn", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    socket = folder / "engine.sock"
    await web.UnixSite(runner, str(socket)).start()
    client = EngineClient(socket, "", socket, "")
    try:
        yield client
    finally:
        await client.close()
        await runner.cleanup()


async def ask(client: EngineClient) -> dict[str, object]:
    return await client.answer(None, EngineMessage("bonjour"), uuid4())


async def breaks_off(request: web.Request) -> web.StreamResponse:
    """As the kernel does for a process that dies."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def answers_nonsense(request: web.Request) -> web.StreamResponse:
    del request
    return web.Response(text="Internal Server Error", status=500)


async def forgets_the_state(request: web.Request) -> web.StreamResponse:
    del request
    return web.json_response({"error": "engine_failed", "detail": "IndexError"}, status=500)


@pytest.mark.parametrize("handler", [breaks_off, answers_nonsense, forgets_the_state])
async def test_an_engine_that_fails_at_a_message_aborts_that_turn(
    tmp_path: Path, handler: Handler
) -> None:
    async with an_engine(tmp_path, handler) as client:
        with pytest.raises(TurnAborted):
            await ask(client)


async def test_an_engine_that_is_not_there_is_only_away(tmp_path: Path) -> None:
    client = EngineClient(tmp_path / "nobody.sock", "", tmp_path, "")
    with pytest.raises(Unavailable):
        await ask(client)
    await client.close()
