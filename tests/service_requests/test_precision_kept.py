"""What makes an address more precise is for those who work on the request, and nobody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from bot.service_requests import store
from bot.service_requests.operations import FileRequest, FollowRequest
from bot.storage.transaction import Database
from tests.service_requests.test_twins import DRAFT, a_speaker

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
PRECISE = replace(DRAFT, precision="3e étage, bâtiment B")


async def test_it_is_stored_and_given_to_whoever_works_on_the_request(database: Database) -> None:
    author = await a_speaker(database)
    async with database.transaction() as tx:
        filed = await FileRequest(PRECISE).perform(tx, author, NOW)
        case = await store.case(tx, filed.reference)
        (own,) = await store.of_citizen(tx, author.citizen_id)
    assert case.precision == own.precision == own.place.precision == "3e étage, bâtiment B"


async def test_a_follower_does_not_see_it(database: Database) -> None:
    author, follower = await a_speaker(database), await a_speaker(database)
    async with database.transaction() as tx:
        filed = await FileRequest(PRECISE).perform(tx, author, NOW)
        await FollowRequest(filed.reference, DRAFT).perform(tx, follower, NOW)
        (followed,) = await store.of_citizen(tx, follower.citizen_id)
    assert followed.reference == filed.reference
    assert followed.precision is None
