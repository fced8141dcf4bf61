"""The whole way with a real Roundup: out, back, and through an outage of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.storage.tables import utc_now
from bot.storage.transaction import Database
from bot.tickets.rules import Priority, Status
from tests.mirroring.hands import Hands, forget_all
from tests.servers.roundup_server import KEY, Tracker, running_tracker
from tests.tickets.backends.places import RoundupPlace, people


@pytest.fixture(scope="module")
def tracker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tracker]:
    with running_tracker(tmp_path_factory.mktemp("away")) as running:
        yield running


@pytest.fixture
async def place(tracker: Tracker) -> AsyncIterator[RoundupPlace]:
    async with people() as session:
        yield RoundupPlace(tracker, session, KEY)


async def test_an_answer_that_closes_there_leaves_the_ticket_closed(
    place: RoundupPlace, database: Database, tmp_path: Path
) -> None:
    await forget_all(database)
    hands = Hands(database, place.backend, tmp_path, at=utc_now())
    reference = await hands.opens("une question sur un permis")
    await hands.read()  # from now on
    await hands.send()
    await place.concludes((await hands.copy(reference)).remote_id, "C’est réparé.")
    hands.at = utc_now()
    await hands.read()
    assert await hands.heard(reference) == [("Julie Martin", "C’est réparé.")]
    assert (await hands.ticket(reference))["status"] == "closed"


async def test_nothing_is_lost_while_it_is_away(
    tracker: Tracker, place: RoundupPlace, database: Database, tmp_path: Path
) -> None:
    await forget_all(database)
    hands = Hands(database, place.backend, tmp_path, at=utc_now())
    reference = await hands.opens("une question sur un permis")
    await hands.read()  # from now on
    await hands.send()
    remote_id = (await hands.copy(reference)).remote_id
    await place.writes(remote_id, "Bonjour, je regarde.")
    await place.writes(remote_id, "à rappeler", is_internal=True)
    await place.sets(remote_id, priority=Priority.URGENT, team="voirie")

    tracker.fall_silent()
    await hands.says(reference, "vous êtes là ?")
    await hands.shows(reference)
    hands.at = utc_now()
    assert await hands.send() == 0
    assert await hands.read() == 0
    assert "cannot be reached" in (await hands.copy(reference)).last_error

    tracker.serve()
    hands.at = utc_now()
    await hands.read()
    await hands.send()
    assert await hands.heard(reference) == [("Julie Martin", "Bonjour, je regarde.")]
    ticket = await hands.ticket(reference)
    assert (ticket["priority"], ticket["team"]) == ("urgent", "voirie")
    said = [one.text for one in await place.reads(remote_id)]
    assert "Usager :\n\nvous êtes là ?" in said
    assert len(await place.files(remote_id)) == 1

    hands.at = utc_now()
    await place.sets(remote_id, status=Status.CLOSED)
    hands.at = utc_now()
    await hands.read()
    await hands.send()
    assert (await hands.ticket(reference))["status"] == "closed"
    before = len(await place.reads(remote_id))
    await hands.read()
    await hands.send()
    assert len(await place.reads(remote_id)) == before
