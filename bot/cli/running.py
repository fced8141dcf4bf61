"""Reaches the service of this checkout: the one that `run` has up, else one brought up here."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp

from bot.cli.failures import CommandFailed
from bot.errors import DomainError
from bot.services.content_files import CatalogueError
from bot.settings import Settings
from bot.storage.private_postgres import ServerFailed

UNTIL_READY_S = 300.0


class Refused(CommandFailed):
    """The service said no. `reason`: why, where it tells several apart."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        super().__init__(f"refused: {answer.get('error')} {answer.get('field', '')}".strip())
        self.reason: str | None = answer.get("reason")


class Door:
    """A client of the private socket. `url`: the public port, when it is open."""

    def __init__(self, socket: str, secret: str, url: str | None = None) -> None:
        self.url = url
        self._session = aiohttp.ClientSession(
            connector=aiohttp.UnixConnector(path=socket),
            headers={"X-Guichet-Secret": secret},
            timeout=aiohttp.ClientTimeout(total=120),
        )

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        async with self._session.get(f"http://guichet/internal/{path}", params=query) as response:
            return await self._read(response)

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        async with self._session.post(f"http://guichet/internal/{path}", json=body) as response:
            return await self._read(response)

    async def _read(self, response: aiohttp.ClientResponse) -> dict[str, Any]:
        answer: dict[str, Any] = await response.json()
        if response.status >= 400:
            raise Refused(answer)
        return answer

    async def wait_until_ready(self) -> None:
        """Wait for the engine. Raises `CommandFailed` with why it cannot come."""
        for _ in range(int(UNTIL_READY_S * 10)):
            state = await self.get("state")
            if state["assistant"] == "ready":
                return
            if state["assistant"] == "away" and "trained" in state["why"]:
                raise CommandFailed(state["why"])
            await asyncio.sleep(0.1)
        raise CommandFailed("the assistant is not ready; see .guichet/logs/engine.log")

    async def close(self) -> None:
        await self._session.close()


@asynccontextmanager
async def door(settings: Settings, *, wait: bool = True) -> AsyncIterator[Door]:
    """The private door of a running service, brought up when there is none."""
    found = await _running(settings)
    if found is not None:
        try:
            if wait:
                await found.wait_until_ready()
            yield found
        finally:
            await found.close()
        return
    from bot.serving import serve

    print("starting the assistant…", file=sys.stderr)
    async with serve(settings) as service:
        own = Door(str(service.internal_socket), service.internal_secret)
        try:
            if wait:
                await own.wait_until_ready()
            yield own
        finally:
            await own.close()


async def _running(settings: Settings) -> Door | None:
    note = settings.run / "service.door"
    try:
        body = json.loads(note.read_text("utf-8"))
        os.kill(int(body["pid"]), 0)
        found = Door(body["socket"], body["secret"], body.get("url"))
    except (OSError, ValueError, KeyError):
        return None
    try:
        await found.get("state")
    except (aiohttp.ClientError, OSError, CommandFailed):
        await found.close()
        return None
    return found


def run_async(work: Callable[[], Awaitable[int]]) -> int:
    """Run a command's coroutine: signals end it cleanly, expected failures are one line."""
    logging.basicConfig(
        level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr
    )

    async def guarded() -> int:
        task = asyncio.ensure_future(work())
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, task.cancel)
        with suppress(asyncio.CancelledError):
            return await task
        return 0

    try:
        return asyncio.run(guarded())
    except (ServerFailed, DomainError) as error:
        raise CommandFailed(str(error)) from error
    except CatalogueError as error:
        raise CommandFailed(f"the catalogue is wrong: {error.problems[0]}") from error
