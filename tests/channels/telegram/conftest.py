"""A Telegram of the tests' own, and the channel on it without its loops."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete

from bot.app import assemble
from bot.channels.telegram.connection import new_bot
from bot.channels.telegram.tables import TelegramChat, TelegramMessage, TelegramUpdate
from bot.parts import Service
from bot.services.catalogue_files import load_catalogue
from bot.services.rules import Catalogue
from bot.settings import Settings, TelegramSettings
from bot.storage.transaction import Database
from tests.channels.telegram.line import Line
from tests.running import ROOT
from tests.servers.telegram.server import TelegramServer, running_telegram_server

SECRET = "s" * 40


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The catalogue of the checkout, read once: it never changes."""
    return load_catalogue(ROOT / "catalogue")


@pytest.fixture
def telegram() -> Iterator[TelegramServer]:
    with running_telegram_server() as server:
        yield server


@pytest.fixture
async def assembled(
    database: Database, tmp_path: Path, catalogue: Catalogue, telegram: TelegramServer
) -> AsyncIterator[Service]:
    """Every part of a service that has a bot; none of them is started."""
    async with database.transaction() as tx:
        for table in (TelegramMessage, TelegramUpdate, TelegramChat):
            await tx.execute(delete(table))
    settings = Settings(
        ROOT,
        tmp_path / "state",
        database.url,
        telegram=TelegramSettings(telegram.token, telegram.url, SECRET),
    )
    service = assemble(settings, database, database.url, catalogue, "s" * 32)
    yield service
    service.internal_socket.parent.rmdir()  # made for a socket that nobody opened


@pytest.fixture
async def line(assembled: Service, telegram: TelegramServer) -> AsyncIterator[Line]:
    settings = assembled.settings.telegram
    bot = None if settings is None else new_bot(settings)
    assert bot is not None
    yield Line(assembled, telegram, bot)
    await bot.session.close()
