"""A Roundup as it is installed: its messages have nothing that keeps a note from visitors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from bot.tickets.backends.port import CannotKeepSecret, Comment
from tests.servers.roundup_server import KEY, Tracker, running_tracker
from tests.tickets.backends.places import RoundupPlace, people
from tests.tickets.backends.test_contract import opened


@pytest.fixture(scope="module")
def plain_tracker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tracker]:
    with running_tracker(tmp_path_factory.mktemp("plain"), keeps_notes=False) as running:
        yield running


@pytest.fixture
async def place(plain_tracker: Tracker) -> AsyncIterator[RoundupPlace]:
    async with people() as session:
        yield RoundupPlace(plain_tracker, session, KEY)


async def test_a_note_is_not_sent_where_everybody_could_read_it(place: RoundupPlace) -> None:
    remote = await opened(place)
    note = Comment("2026-1/e9", "Karim", "il rappelle tous les jours", is_internal=True)
    with pytest.raises(CannotKeepSecret):
        await place.backend.comment(remote.id, note)
    assert "tous les jours" not in await place.stranger_reads(remote.id)


async def test_words_are_sent_there_all_the_same(place: RoundupPlace) -> None:
    remote = await opened(place)
    await place.backend.comment(remote.id, Comment("2026-1/m4", "Citoyen", "Bonjour"))
    assert "Bonjour" in await place.stranger_reads(remote.id)
