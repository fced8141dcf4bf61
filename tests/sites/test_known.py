"""What is remembered of the allowed sites."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import delete

from bot.errors import Unavailable
from bot.sites import operations
from bot.sites.known import KnownSites
from bot.sites.rules import Site
from bot.sites.tables import WidgetSite
from bot.storage.transaction import Database
from tests.turn.scripted import now

SITE = "https://www.oullins.example"


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
async def away() -> Database:
    """A database that does not answer."""
    return Database("postgresql+psycopg://nobody@127.0.0.1:1/none")


async def test_the_sites_of_before_stay_while_the_database_is_away(
    database: Database, away: Database
) -> None:
    async with database.transaction() as tx:
        await tx.execute(delete(WidgetSite))
        await operations.allow(tx, SITE, None, now())
    clock = Clock()
    sites = KnownSites(database, clock_s=clock)
    assert await sites.find(SITE) == Site(SITE)
    sites._database = away
    clock.now_s += 6
    assert await sites.find(SITE) == Site(SITE)
    sites._database = database
    async with database.transaction() as tx:
        await operations.deny(tx, SITE)
    assert await sites.find(SITE) == Site(SITE)  # a second has to pass
    clock.now_s += 1
    assert await sites.find(SITE) is None


async def test_nobody_is_denied_for_good_by_a_database_that_is_away(
    away: Database, caplog: pytest.LogCaptureFixture
) -> None:
    sites = KnownSites(away, clock_s=Clock())
    asked = [sites.find(SITE) for _ in range(20)]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {Unavailable}
    assert len(caplog.records) == 1  # they do not queue for one failure each
