"""An odd town, and the hand that forwards to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.forwarding.client import sessions
from bot.storage.transaction import Database
from tests.forwarding.builders import Hand, a_system, forget_all
from tests.servers.odd_town import OddTown, serving


@pytest.fixture
def town() -> OddTown:
    return OddTown()


@pytest.fixture
async def hand(database: Database, town: OddTown) -> AsyncIterator[Hand]:
    await forget_all(database)
    async with serving(town) as endpoint, sessions() as session:
        yield Hand(database, a_system(endpoint), session)
