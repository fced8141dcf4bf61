"""What a new report may repeat: the order, and the search on a real PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversations.turn import Speaker
from bot.errors import NotFound
from bot.places.rules import distance_km
from bot.service_requests import store
from bot.service_requests.draft import Draft
from bot.service_requests.operations import FileRequest, FollowRequest
from bot.service_requests.rules import Actor, Status
from bot.service_requests.twins import (
    METRES_A_DEGREE,
    SHOWN,
    Twin,
    box_around,
    place_key,
    ranked,
    said_metres,
)
from bot.storage.transaction import Database
from tests.turn.scripted import a_citizen, said

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HERE = (45.7540, 4.8320)
DRAFT = Draft(
    service="pothole",
    description="gros trou dans la chaussée",
    commune="69123",
    address="12 rue Victor Hugo",
    latitude=HERE[0],
    longitude=HERE[1],
)


def a_twin(reference: str, **replaced: object) -> Twin:
    plain = Twin(
        reference, "pothole", "69123", "12 rue Victor Hugo", "un trou", Status.NEW, NOW, 10.0
    )
    return replace(plain, **replaced)  # type: ignore[arg-type]


def references(found: tuple[Twin, ...]) -> list[str]:
    return [twin.reference for twin in found]


def test_the_nearest_of_the_same_service_comes_first_and_few_are_shown() -> None:
    twins = [
        a_twin("far", distance_m=35.0),
        a_twin("near", distance_m=2.0),
        a_twin("old", distance_m=2.0, filed_at=NOW - timedelta(days=100)),
        a_twin("same address", distance_m=None),
    ]
    assert references(ranked(DRAFT, twins, 40, NOW)) == ["same address", "near", "old"]
    assert len(ranked(DRAFT, [a_twin(str(n)) for n in range(9)], 40, NOW)) == SHOWN


def test_what_is_outside_the_circle_or_another_problem_is_not_shown() -> None:
    twins = [
        a_twin("corner of the box", distance_m=41.0),
        a_twin("other", service="obstruction", description="voiture sur la piste cyclable"),
        a_twin("likely", service="sidewalk_damage", description="gros trou dans la chaussée !"),
    ]
    assert references(ranked(DRAFT, twins, 40, NOW)) == ["likely"]


@pytest.mark.parametrize("words", ["trou", "Dupont", "voisin dangereux"])
def test_a_word_or_two_are_like_nothing(words: str) -> None:
    """They would tell whether somebody wrote them, with whatever service."""
    theirs = "mon voisin dangereux Dupont a fait un trou dans la chaussée"
    twins = [a_twin("near", service="sidewalk_damage", description=theirs)]
    draft = replace(DRAFT, description=words)
    assert ranked(draft, twins, 40, NOW) == ()
    assert ranked(replace(draft, description=theirs), twins, 40, NOW)


@pytest.mark.parametrize(("metres", "said_as"), [(0.0, 25), (24.9, 25), (25.0, 50), (61.0, 75)])
def test_a_distance_is_said_in_steps(metres: float, said_as: int) -> None:
    assert said_metres(metres) == said_as


@given(
    st.floats(45.5, 46.0), st.floats(4.6, 5.1), st.floats(1, 500), st.floats(0, 1), st.floats(0, 1)
)
def test_the_box_holds_the_circle(
    latitude: float, longitude: float, radius: float, up: float, right: float
) -> None:
    box = box_around(latitude, longitude, radius)
    outside = (box.north + 1e-6 + up, longitude + right - 0.5)
    assert 1000 * distance_km((latitude, longitude), outside) >= radius * 0.999
    assert box.south < latitude < box.north
    assert box.west < longitude < box.east


@pytest.mark.parametrize(
    ("one", "other"),
    [("12, Rue Victor-Hugo", "12 rue victor hugo"), ("Place Bellecour !", "place bellecour")],
)
def test_an_address_is_compared_by_its_words(one: str, other: str) -> None:
    assert place_key(one) == place_key(other)
    assert place_key("  ,") is place_key(None) is None


async def a_speaker(database: Database) -> Speaker:
    citizen = await a_citizen(database)
    accepted = await said(database, citizen, "un trou")
    return Speaker(accepted.conversation_id, citizen, "web")


async def filed(database: Database, citizen: Speaker, draft: Draft) -> str:
    async with database.transaction() as tx:
        return (await FileRequest(draft).perform(tx, citizen, NOW)).reference


async def found(database: Database, citizen: Speaker, draft: Draft) -> set[str]:
    async with database.transaction() as tx:
        near = await store.twins(tx, citizen.citizen_id, draft, ["pothole"], 40, NOW)
    return {twin.reference for twin in near if not twin.is_own}


async def own(database: Database, citizen: Speaker, draft: Draft) -> set[str]:
    async with database.transaction() as tx:
        near = await store.twins(tx, citizen.citizen_id, draft, ["pothole"], 40, NOW)
    return {twin.reference for twin in near if twin.is_own}


async def test_open_ones_of_others_are_found_by_point_and_by_address(database: Database) -> None:
    one, other = await a_speaker(database), await a_speaker(database)
    street = f"{uuid4()} rue du test"
    at_point = await filed(database, one, replace(DRAFT, address=None, latitude=45.8123))
    at_address = await filed(
        database, one, replace(DRAFT, address=street.upper(), latitude=None, longitude=None)
    )
    by_point = replace(DRAFT, address=None, latitude=45.8124)
    by_address = replace(DRAFT, address=street, latitude=None, longitude=None)
    assert at_point in await found(database, other, by_point)
    assert await found(database, other, by_address) == {at_address}
    assert at_point not in await found(database, one, by_point)
    assert at_point in await own(database, one, by_point)
    assert await own(database, other, by_point) == set()
    elsewhere = replace(by_point, latitude=45.9)
    assert at_point not in await found(database, other, elsewhere)
    async with database.transaction() as tx:
        await store.append_status(tx, at_point, Status.RESOLVED, Actor.AGENT, None, NOW)
    assert at_point not in await found(database, other, by_point)


async def distances(database: Database, citizen: Speaker, draft: Draft) -> list[float | None]:
    async with database.transaction() as tx:
        near = await store.twins(tx, citizen.citizen_id, draft, ["pothole"], 40, NOW)
    return [twin.distance_m for twin in ranked(draft, near, 40, NOW)]


async def test_others_learn_no_more_of_a_point_than_everybody(database: Database) -> None:
    """Two points of one cell of the public grid cannot be told apart, whatever is asked."""
    one, other = await a_speaker(database), await a_speaker(database)
    cell = (45.8321, 4.9123)
    for up in (4.9e-5, -4.9e-5):
        place = replace(DRAFT, address=None, latitude=cell[0] + up, longitude=cell[1] + up)
        await filed(database, one, place)
    for north_m in (0, 33, 38, 39.5, 40.5, 43, 46):
        north = cell[0] + north_m / METRES_A_DEGREE
        asked = replace(DRAFT, address=None, latitude=north, longitude=cell[1])
        found_at = await distances(database, other, asked)
        assert found_at == ([pytest.approx(north_m, abs=0.01)] * 2 if north_m < 40 else [])
    here = replace(DRAFT, address=None, latitude=cell[0] + 4.9e-5, longitude=cell[1] + 4.9e-5)
    assert await distances(database, one, here) == [0.0, pytest.approx(13.3, abs=0.2)]


async def test_me_too_follows_once_and_adds_what_was_told(database: Database) -> None:
    one, other = await a_speaker(database), await a_speaker(database)
    reference = await filed(database, one, DRAFT)
    for told in ("moi aussi", "ça s'agrandit"):
        async with database.transaction() as tx:
            joining = FollowRequest(reference, replace(DRAFT, description=told))
            await joining.perform(tx, other, NOW)
    async with database.transaction() as tx:
        (follower,) = await store.followers(tx, reference)
    assert follower.citizen_id == other.citizen_id
    assert follower.comment == "moi aussi\nça s'agrandit"


async def test_what_is_closed_or_unknown_cannot_be_joined(database: Database) -> None:
    citizen = await a_speaker(database)
    reference = await filed(database, citizen, DRAFT)
    async with database.transaction() as tx:
        await store.append_status(tx, reference, Status.RESOLVED, Actor.AGENT, None, NOW)
    for closed in (reference, "2026-999999"):
        with pytest.raises(NotFound):
            async with database.transaction() as tx:
                await FollowRequest(closed, DRAFT).perform(tx, citizen, NOW)
