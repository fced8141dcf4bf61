"""The widget's doors on a real database, in this process and without an engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from bot.parts import Service
from bot.web.public import public_application
from tests.channels.widget.client import Client
from tests.web.conftest import assembled, catalogue

__all__ = ["assembled", "catalogue"]

Pages = Callable[..., Awaitable[Client]]


@pytest.fixture
async def server(assembled: Service) -> AsyncIterator[TestServer]:
    """The public doors, and the announcements of the database."""
    running = TestServer(public_application(assembled))
    async with running:
        yield running


@pytest.fixture
async def pages(server: TestServer) -> AsyncIterator[Pages]:
    """Opens pages, each with a session unless told otherwise."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:

        async def make(
            *, with_session: bool = True, origin: str | None = None, like: Client | None = None
        ) -> Client:
            page = Client(http, str(server.make_url("/")), origin=origin)
            if like is not None:
                page.token = like.token
            elif with_session:
                await page.open("oullins")
            return page

        yield make


@pytest.fixture
async def live(assembled: Service) -> AsyncIterator[None]:
    """What is announced in the database is heard."""
    task = asyncio.create_task(assembled.live.run())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
