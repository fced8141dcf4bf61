"""The doors of a service on a real database, in this process and without an engine: what is
asked of a door itself takes milliseconds here. With a model: the `service` fixture."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from bot.app import assemble
from bot.parts import Service
from bot.services.catalogue_files import load_catalogue
from bot.services.rules import Catalogue
from bot.settings import Settings
from bot.storage.transaction import Database
from bot.web.public import public_application
from tests.running import ROOT
from tests.web.browsers import Browser, Browsers


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The catalogue of the checkout, read once: it never changes."""
    return load_catalogue(ROOT / "catalogue")


@pytest.fixture
async def assembled(
    database: Database, tmp_path: Path, catalogue: Catalogue
) -> AsyncIterator[Service]:
    """Every part of a service; only its doors are open."""
    settings = Settings(ROOT, tmp_path / "state", database.url)
    service = assemble(settings, database, database.url, catalogue, "s" * 32)
    yield service
    service.internal_socket.parent.rmdir()  # made for a socket that nobody opened


@pytest.fixture
async def browsers(assembled: Service) -> AsyncIterator[Browsers]:
    """Opens browsers on the public doors, each with its own cookies."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(TestServer(public_application(assembled)))

        async def make(*, with_session: bool = True) -> Browser:
            jar = aiohttp.CookieJar(unsafe=True)  # an address instead of a name
            browser = Browser(
                await stack.enter_async_context(
                    aiohttp.ClientSession(base_url=server.make_url("/"), cookie_jar=jar)
                )
            )
            if with_session:
                await browser.post("/api/session")
            return browser

        yield make
