"""A sender that works, and one that does not yet."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.storage.transaction import Database
from tests.channels.telegram.sending.stage import Stage, a_stage
from tests.servers.telegram import TelegramServer, running_telegram_server


@pytest.fixture
def server() -> Iterator[TelegramServer]:
    with running_telegram_server() as running:
        yield running


@pytest.fixture
async def quiet(server: TelegramServer, database: Database, tmp_path: Path) -> AsyncIterator[Stage]:
    """Nothing is sent before `start`."""
    async with a_stage(server, database, tmp_path / "photos") as stage:
        yield stage


@pytest.fixture
async def stage(quiet: Stage) -> Stage:
    quiet.start()
    return quiet
