"""A database in which nothing is over its time, whatever the tests before it left."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.files.folder import FolderStore
from bot.retention.sweeping import Stored, sweep
from bot.storage.transaction import Database
from tests.turn.scripted import now


@pytest.fixture
async def database(database: Database, tmp_path: Path) -> Database:
    await sweep(database, Stored.of(FolderStore(tmp_path / "no-files")), now())
    return database
