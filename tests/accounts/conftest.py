from __future__ import annotations

import pytest

from bot.storage.transaction import Database
from tests.accounts.builders import Door


@pytest.fixture
def door(database: Database) -> Door:
    """Where agents sign in, on the worker's database."""
    return Door.of(database)
