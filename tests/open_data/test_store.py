"""The queries of what is published, on a real database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from bot.errors import Invalid
from bot.open_data import operations, store
from bot.open_data.rules import Published, Wanted, cell_degrees
from bot.places.rules import Box
from bot.service_requests import store as service_requests
from bot.service_requests.rules import Actor, Status
from bot.service_requests.tables import ServiceRequest
from bot.storage.transaction import Database
from tests.open311.conftest import filed
from tests.turn.scripted import now

OULLINS, LYON = "69149", "69123"
PUBLISHED = Published(frozenset({"pothole", "dangerous_tree"}), {OULLINS: frozenset({"pothole"})})
HERE: dict[str, Any] = {"latitude": 45.757812, "longitude": 4.832067}
ALL = Wanted()

pytestmark = pytest.mark.usefixtures("nothing_filed")


async def found(database: Database, wanted: Wanted = ALL) -> list[str]:
    async with database.transaction() as tx:
        return [record.reference for record in await store.records(tx, PUBLISHED, wanted, 100)]


async def closed(database: Database, reference: str, at: datetime) -> None:
    async with database.transaction() as tx:
        await service_requests.append_status(
            tx, reference, Status.RESOLVED, Actor.AGENT, "un mot interne", at
        )


async def test_a_record_is_the_day_the_street_and_the_grid(database: Database) -> None:
    at = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)  # the second of March in Lyon
    reference = await filed(database, at=at, address="12 bis rue Garibaldi, chez Ana", **HERE)
    await closed(database, reference, at + timedelta(days=3))
    async with database.transaction() as tx:
        (record,) = await store.records(tx, PUBLISHED, ALL, 10)
    assert (record.filed_on, record.changed_on) == (date(2026, 3, 2), date(2026, 3, 5))
    assert record.street == "rue Garibaldi"
    assert record.point == (45.7578, 4.8321)
    assert record.status is Status.RESOLVED


async def test_what_no_town_publishes_stays_out(database: Database) -> None:
    shown = await filed(database, commune=OULLINS)
    await filed(database, commune=OULLINS, service="dangerous_tree")
    await filed(database, service="of_yesterday")
    assert await found(database) == [shown]


async def test_filters_choose(database: Database) -> None:
    days = [datetime(2026, 3, day, 12, tzinfo=UTC) for day in (1, 2, 3)]
    first, second, third = [await filed(database, at=day) for day in days]
    tree = await filed(database, at=days[0] - timedelta(days=9), service="dangerous_tree")
    await closed(database, second, now())
    moved = await filed(database, at=days[0] - timedelta(days=10), commune=OULLINS)
    assert await found(database, Wanted(is_open=False)) == [second]
    assert await found(database, Wanted(is_open=True)) == [third, first, tree, moved]
    assert await found(database, Wanted(commune=OULLINS)) == [moved]
    assert await found(database, Wanted(services=frozenset({"dangerous_tree"}))) == [tree]
    assert await found(database, Wanted(since=date(2026, 3, 2))) == [third, second]
    assert await found(database, Wanted(until=date(2026, 3, 2))) == [second, first, tree, moved]
    assert await found(database, Wanted(since=date(2026, 3, 2), until=date(2026, 3, 2))) == [second]
    async with database.transaction() as tx:
        assert await store.count(tx, PUBLISHED, Wanted(is_open=True), 100) == 4
        assert await store.count(tx, PUBLISHED, ALL, 3) == 3


async def test_a_day_begins_at_midnight_in_lyon(database: Database) -> None:
    late = await filed(database, at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC))
    assert await found(database, Wanted(since=date(2026, 3, 2), until=date(2026, 3, 2))) == [late]
    assert await found(database, Wanted(until=date(2026, 3, 1))) == []


async def test_a_box_looks_at_the_published_point_only(database: Database) -> None:
    """Else ever smaller boxes would tell the doorway in which somebody stood."""
    reference = await filed(database, **HERE)
    around_the_grid = Box(45.75779, 4.83209, 45.75780, 4.83211)
    around_the_doorway = Box(45.757811, 4.832066, 45.757813, 4.832068)
    assert await found(database, Wanted(box=around_the_grid)) == [reference]
    assert await found(database, Wanted(box=around_the_doorway)) == []


async def test_pages_follow_one_another_while_new_requests_come(database: Database) -> None:
    at = now() - timedelta(days=1)
    same_moment = [await filed(database, at=at) for _ in range(5)]
    seen: list[str] = []
    after: str | None = None
    for _ in range(3):
        async with database.transaction() as tx:
            page = await operations.page(tx, PUBLISHED, ALL, 2, after)
        seen += [record.reference for record in page.records]
        after = page.after
        await filed(database)
    assert seen == sorted(same_moment, reverse=True)
    assert after is None


async def test_a_cursor_that_is_no_published_request_is_refused(database: Database) -> None:
    hidden = await filed(database, service="of_yesterday")
    async with database.transaction() as tx:
        for after in (hidden, "1999-000001"):
            with pytest.raises(Invalid):
                await operations.page(tx, PUBLISHED, ALL, 2, after)


async def test_a_map_shows_each_request_that_has_a_point(database: Database) -> None:
    here = await filed(database, **HERE)
    await filed(database)
    async with database.transaction() as tx:
        drawn = await operations.drawn(tx, PUBLISHED, ALL, 13)
    assert [record.reference for record in drawn.records] == [here]
    assert drawn.groups == ()


async def test_a_map_shows_groups_of_too_many(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "MOST_POINTS", 2)
    _, solved = [await filed(database, **HERE) for _ in range(2)]
    await filed(database, latitude=45.9, longitude=4.6)
    await closed(database, solved, now())
    async with database.transaction() as tx:
        drawn = await operations.drawn(tx, PUBLISHED, ALL, 13)
        nearer = await operations.drawn(tx, PUBLISHED, Wanted(box=Box(45.7, 4.8, 45.8, 4.9)), 13)
    far, near = sorted(drawn.groups, key=lambda group: group.count)
    assert (far.count, far.still_open, far.point) == (1, 1, (45.9, 4.6))
    assert (near.count, near.still_open) == (2, 1)
    assert near.point == pytest.approx((45.7578, 4.8321))
    assert near.box == Box(45.7578, 4.8321, 45.7578, 4.8321)
    assert drawn.count == 3
    assert (len(nearer.records), nearer.groups) == (2, ())


async def test_groups_split_as_the_map_comes_nearer(database: Database) -> None:
    for step in range(4):
        await filed(database, latitude=45.75, longitude=4.8321 + step / 100)
    async with database.transaction() as tx:
        counts = [
            len(await store.groups(tx, PUBLISHED, ALL, cell_degrees(zoom, 45.75)))
            for zoom in (8, 18)
        ]
    assert counts[0] in (1, 2)
    assert counts[1] == 4


async def test_the_last_change_is_the_last_step_of_any_request(database: Database) -> None:
    async with database.transaction() as tx:
        assert await store.last_change(tx) is None
    reference = await filed(database, at=now() - timedelta(days=2))
    at = now()
    await closed(database, reference, at)
    async with database.transaction() as tx:
        assert await store.last_change(tx) == at


async def test_a_part_of_the_map_is_found_by_its_index(database: Database) -> None:
    """As it is written in the queries: another expression would read the whole table."""
    async with database.transaction() as tx:
        await tx.execute(text("SET LOCAL enable_seqscan = off"))
        chosen = select(ServiceRequest.reference).where(store.within(Box(45.7, 4.8, 45.8, 4.9)))
        asked = chosen.compile(tx.engine.sync_engine, compile_kwargs={"literal_binds": True})
        plan = await tx.execute(text(f"EXPLAIN {asked}"))
    assert "ix_service_request_public_point" in "\n".join(row[0] for row in plan)
