"""A mirror onto paper."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.storage.transaction import Database
from tests.mirroring.hands import Hands, forget_all
from tests.mirroring.paper import Paper


@pytest.fixture
def paper() -> Paper:
    return Paper()


@pytest.fixture
async def hands(database: Database, paper: Paper, tmp_path: Path) -> Hands:
    await forget_all(database)
    return Hands(database, paper, tmp_path)
