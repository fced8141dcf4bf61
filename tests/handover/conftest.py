"""What tests of the hand-over share."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from bot.storage.transaction import Database
from bot.tickets.tables import Ticket


@pytest.fixture
async def alone(database: Database) -> None:
    """Tickets of other tests are nobody's concern; whoever minds all of them by a clock of its
    own would raise theirs too."""
    async with database.transaction() as tx:
        await tx.execute(update(Ticket).values(status="closed", first_reply_at=None))
