"""The page of the map knows whether the map can show any of what the list does."""

from __future__ import annotations

import pytest

from bot.storage.transaction import Database
from bot.web import public_map
from tests.open311.conftest import filed
from tests.open_data.test_doors import HERE
from tests.web.browsers import Browsers

pytestmark = pytest.mark.usefixtures("nothing_filed")
PLACED, UNPLACED = 'data-placed="yes"', 'data-placed="no"'


async def test_requests_without_a_position_are_told_from_those_elsewhere(
    database: Database, browsers: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public_map, "SHOWN", 1)
    browser = await browsers()

    async def shown() -> str:
        return (await browser.get("/carte")).body.decode()

    await filed(database, **HERE)
    assert PLACED in await shown()
    await filed(database)
    assert PLACED in await shown()  # the newest has none, one of the next page has
    assert UNPLACED in (await browser.get("/carte?period=7&state=closed")).body.decode()


async def test_none_of_them_has_a_position(database: Database, browsers: Browsers) -> None:
    await filed(database)
    assert UNPLACED in (await (await browsers()).get("/carte")).body.decode()
