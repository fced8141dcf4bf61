"""The doors of a service on a real database, in this process and without an engine: what is
asked of a door itself takes milliseconds here. With a model: the `service` fixture."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import cache
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from bot.app import assemble
from bot.conversations.signals import Signals
from bot.parts import Service
from bot.places.communes import load_gazetteer
from bot.services.catalogue_files import load_catalogue
from bot.services.rules import Catalogue
from bot.settings import Settings
from bot.storage.transaction import Database
from bot.web import openapi
from bot.web.public import public_application
from bot.words.catalogues import Words
from tests.running import ROOT, state_for_tests
from tests.web.browsers import Browsers, opening


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The catalogue of the checkout, read once: it never changes."""
    return load_catalogue(ROOT / "catalogue")


@pytest.fixture(scope="session", autouse=True)
def checkout_read_once() -> Iterator[None]:
    """What every service of a checkout reads and compiles alike, once a worker: it was half of
    what a test of a door cost."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bot.app.load_gazetteer", cache(load_gazetteer))
        patch.setattr(Signals, "load", cache(Signals.load))
        patch.setattr(Words, "load", cache(Words.load))
        patch.setattr(openapi, "document", cache(openapi.document))
        yield


@pytest.fixture
async def assembled(
    database: Database, tmp_path: Path, catalogue: Catalogue
) -> AsyncIterator[Service]:
    """Every part of a service; only its doors are open."""
    state = state_for_tests(tmp_path / "state", ("envs", "cache"))
    settings = Settings(ROOT, state, database.url)
    service = assemble(settings, database, database.url, catalogue, "s" * 32)
    yield service
    await service.matcher.stop()  # a page that suggests services has begun it
    service.internal_socket.parent.rmdir()  # made for a socket that nobody opened


@pytest.fixture
async def browsers(assembled: Service) -> AsyncIterator[Browsers]:
    """Opens browsers on the public doors, each with its own cookies."""
    async with TestServer(public_application(assembled)) as server, opening(server) as make:
        yield make
