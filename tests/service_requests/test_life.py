"""Random lives of requests on a real PostgreSQL: nothing is lost, no state is forbidden, the
history is complete, and whom it concerns will hear."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from bot.conversations.turn import Speaker
from bot.errors import DomainError
from bot.service_requests import changes, life_store, store
from bot.service_requests.changes import Step
from bot.service_requests.operations import AddWords, ChangeOwn, FileRequest, FollowRequest, Rate
from bot.service_requests.rules import (
    OPEN,
    TRANSITIONS,
    Actor,
    EventKind,
    Score,
    Status,
)
from bot.service_requests.tables import Notification, ServiceRequest
from bot.storage.transaction import Database, Transaction
from tests.service_requests.test_twins import DRAFT, a_speaker

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
STATES = {status.value for status in Status}

Deed = Callable[[Transaction, "World", datetime], Coroutine[Any, Any, Any]]


@dataclass
class World:
    """Three requests, who filed them, and somebody who follows the first."""

    speakers: list[Speaker]
    references: list[str]
    said: list[str] = field(default_factory=list)


which = st.integers(0, 2)
statuses = st.sampled_from(Status)


@st.composite
def deeds(draw: st.DrawFn) -> Deed:
    """Something that anybody may try at any time."""
    n, m, status = draw(which), draw(which), draw(statuses)
    who = draw(st.sampled_from([Actor.AGENT, Actor.SYSTEM]))
    reason = draw(st.sampled_from([None, "vu sur place"]))
    words = draw(st.text("abc é", min_size=1, max_size=9))
    kind = draw(
        st.sampled_from(["step", "own", "add", "rate", "merge", "release", "route", "warn"])
    )

    async def deed(tx: Transaction, world: World, at: datetime) -> Any:
        reference, speaker = world.references[n], world.speakers[m]
        match kind:
            case "step":
                return await changes.change_status(tx, reference, Step(status, who, reason), at)
            case "own":
                return await ChangeOwn(reference, status, reason).perform(tx, speaker, at)
            case "add":
                await AddWords(reference, words).perform(tx, speaker, at)
                return world.said.append(words)
            case "rate":
                return await Rate(reference, Score.BAD).perform(tx, speaker, at)
            case "merge":
                return await changes.merge(tx, reference, world.references[m], Actor.AGENT, at)
            case "release":
                return await changes.release(tx, reference, Actor.AGENT, at)
            case "route":
                service = "bollard" if m else "pothole"
                return await changes.reroute(tx, reference, service, 5, Actor.AGENT, at)
            case _:
                return await changes.warn(tx, reference, at)

    return deed


@pytest.fixture(scope="module")
def run(database_url: str) -> Iterator[Callable[[Callable[[Database], Any]], None]]:
    """Runs something on one database, in one loop, example after example."""
    loop = asyncio.new_event_loop()
    opened = Database(database_url, pool_size=2)
    yield lambda work: loop.run_until_complete(work(opened))
    loop.run_until_complete(opened.close())
    loop.close()


async def a_world(database: Database) -> World:
    speakers = [await a_speaker(database) for _ in range(3)]
    async with database.transaction() as tx:
        filed = [await FileRequest(DRAFT, 10).perform(tx, one, NOW) for one in speakers]
        await FollowRequest(filed[0].reference, replace(DRAFT, description="aussi")).perform(
            tx, speakers[1], NOW
        )
    return World(speakers, [one.reference for one in filed])


async def everything(database: Database, world: World) -> list[Any]:
    """All that is stored of a world."""
    async with database.transaction() as tx:
        rows = await tx.execute(
            select(ServiceRequest.__table__)
            .where(ServiceRequest.reference.in_(world.references))
            .order_by(ServiceRequest.reference)
        )
        told = await tx.scalar(
            select(func.count()).where(Notification.reference.in_(world.references))
        )
        histories = [await life_store.history(tx, reference) for reference in world.references]
    return [rows.mappings().all(), histories, told]


async def check(database: Database, world: World) -> None:
    rows, histories, _ = await everything(database, world)
    by_reference = {row["reference"]: row for row in rows}
    for row, history in zip(rows, histories, strict=True):
        states = [Status(entry.what) for entry in history if entry.what in STATES]
        assert states[0] is Status.NEW
        assert states[-1] == row["status"], "the state is the last of the history"
        for before, after in pairwise(states):
            assert after in TRANSITIONS[before], "no step that the table does not have"
        assert [e.at for e in history] == sorted(e.at for e in history)
        assert (row["paused_at"] is not None) == (row["status"] == Status.WAITING_CITIZEN)
        assert row["due_on"] is not None
        if row["parent"] is not None:
            assert by_reference[row["parent"]]["parent"] is None, "families are two deep"
    words = [
        entry.words
        for history in histories
        for entry in history
        if entry.what in (EventKind.DETAIL, EventKind.ANSWER)
    ]
    assert sorted(filter(None, words)) == sorted(world.said), "nothing said is lost"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(deeds(), min_size=1, max_size=14))
def test_whatever_is_tried_nothing_is_lost_and_no_state_is_forbidden(
    run: Callable[[Callable[[Database], Any]], None], tried: list[Deed]
) -> None:
    async def live(database: Database) -> None:
        world = await a_world(database)
        for minute, deed in enumerate(tried):
            before = await everything(database, world)
            try:
                async with database.transaction() as tx:
                    await deed(tx, world, NOW + timedelta(hours=5 * minute + 1))
            except DomainError:
                assert await everything(database, world) == before, (
                    "what is refused leaves no trace"
                )
        await check(database, world)

    run(live)


async def test_what_is_merged_is_answered_with_its_parent(database: Database) -> None:
    world = await a_world(database)
    parent, child, other = world.references
    async with database.transaction() as tx:
        await changes.merge(tx, child, parent, Actor.AGENT, NOW)
        await changes.merge(tx, other, child, Actor.AGENT, NOW)  # into the same family
        await changes.change_status(tx, parent, Step(Status.RESOLVED, Actor.AGENT), NOW)
        rows = [await store.case(tx, reference) for reference in world.references]
    assert [row.status for row in rows] == [Status.RESOLVED] * 3
    assert [row.parent for row in rows] == [None, parent, parent]
    async with database.transaction() as tx:  # one of them says no: all of it is open again
        await ChangeOwn(other, Status.REOPENED, "toujours là").perform(tx, world.speakers[2], NOW)
        rows = [await store.case(tx, reference) for reference in world.references]
    assert [row.status for row in rows] == [Status.REOPENED] * 3


async def test_who_takes_the_first_back_leaves_the_others_together(database: Database) -> None:
    world = await a_world(database)
    parent, child, other = world.references
    async with database.transaction() as tx:
        await changes.merge(tx, child, parent, Actor.AGENT, NOW)
        await changes.merge(tx, other, parent, Actor.AGENT, NOW)
        await ChangeOwn(parent, Status.WITHDRAWN).perform(tx, world.speakers[0], NOW)
        rows = [await store.case(tx, reference) for reference in world.references]
    assert [row.status in OPEN for row in rows] == [False, True, True]
    assert [row.parent for row in rows] == [None, None, child]


async def test_two_who_merge_crosswise_leave_one_family(database: Database) -> None:
    world = await a_world(database)
    one, two, _ = world.references

    async def merge(child: str, parent: str) -> bool:
        try:
            async with database.transaction() as tx:
                await changes.merge(tx, child, parent, Actor.AGENT, NOW)
        except DomainError:
            return False
        return True

    assert sorted(await asyncio.gather(merge(one, two), merge(two, one))) == [False, True]


async def test_a_question_stops_the_clock_and_its_answer_lands_on_the_request(
    database: Database,
) -> None:
    world = await a_world(database)
    reference = world.references[0]
    later = NOW + timedelta(days=2)
    async with database.transaction() as tx:
        asking = Step(Status.WAITING_CITIZEN, Actor.AGENT, "De quel côté ?")
        await changes.change_status(tx, reference, asking, NOW)
        due = (await store.case(tx, reference)).due_on
        assert await life_store.open_question(tx, reference) == "De quel côté ?"
        day = due or NOW.date()
        assert reference not in await life_store.soon_late(tx, day, day, 10_000)
        await AddWords(reference, "côté pharmacie").perform(tx, world.speakers[0], later)
        row = await store.case(tx, reference)
        history = await life_store.history(tx, reference)
    assert row.status is Status.IN_PROGRESS
    assert due is not None
    assert row.due_on == due + timedelta(days=2), "two working days were waited"
    assert [entry.words for entry in history if entry.what == EventKind.ANSWER] == [
        "côté pharmacie"
    ]
