"""What every outside backend must do, on the real servers."""

from __future__ import annotations

import itertools
import uuid
from datetime import UTC, datetime

import pytest

from bot.tickets.backends.port import Attached, Comment, File, News, Opening, Remote, Said, Seen
from bot.tickets.backends.rules import State
from bot.tickets.rules import Priority, Status
from tests.tickets.backends.places import Place
from tests.web.browsers import a_picture

NUMBERS = itertools.count(int(uuid.uuid4()) % 900_000 + 100_000)
STATE = State(Status.OPEN, Priority.NORMAL, "voirie")


def an_opening(reference: str | None = None) -> Opening:
    return Opening(
        reference or f"2026-{next(NUMBERS)}",
        "question sur un permis",
        "Le citoyen demande : « c’est combien ? »\nVille : Oullins",
        "https://guichet.example/agent/tickets/1",
        STATE,
        datetime(2026, 11, 25, 9, tzinfo=UTC),
    )


async def opened(place: Place) -> Remote:
    return await place.backend.create(an_opening())


async def news_of(place: Place, remote: Remote, cursor: str | None) -> list[News]:
    """Everything new of a ticket, page after page."""
    news, is_last = list[News](), False
    while not is_last:
        page = await place.backend.changes(cursor)
        news += [one for one in page.news if one.remote_id == remote.id]
        cursor, is_last = page.cursor, page.is_last
    return news


async def begin(place: Place) -> str:
    return (await place.backend.changes(None)).cursor


async def state_of(place: Place, remote: Remote, cursor: str) -> Seen:
    return [one for one in await news_of(place, remote, cursor) if isinstance(one, Seen)][-1]


async def test_a_ticket_is_found_by_our_reference(place: Place) -> None:
    opening = an_opening()
    assert await place.backend.find(opening.reference) is None
    made = await place.backend.create(opening)
    found = await place.backend.find(opening.reference)
    assert found is not None
    assert (found.id, found.url, found.state) == (made.id, made.url, STATE)


async def test_a_longer_reference_is_another_ticket(place: Place) -> None:
    longer = an_opening(f"2026-{next(NUMBERS)}7")
    await place.backend.create(longer)
    assert await place.backend.find(longer.reference[:-1]) is None


async def test_people_there_read_what_is_known_and_the_way_back(place: Place) -> None:
    remote = await opened(place)
    shown = " ".join(one.text for one in await place.reads(remote.id))
    assert "c’est combien" in shown
    assert "https://guichet.example/agent/tickets/1" in shown


async def test_words_arrive_with_their_author(place: Place) -> None:
    remote = await opened(place)
    await place.backend.comment(remote.id, Comment("2026-1/m4", "Citoyen", "Il y a quelqu’un ?"))
    last = (await place.reads(remote.id))[-1]
    assert "Citoyen" in last.text
    assert "Il y a quelqu’un ?" in last.text
    assert not last.is_internal


async def test_what_was_added_is_found_again_by_its_key(place: Place) -> None:
    remote = await opened(place)
    key = f"2026-{next(NUMBERS)}/m4"
    assert not await place.backend.holds(remote.id, key)
    await place.backend.comment(remote.id, Comment(key, "Citoyen", "Bonjour"))
    assert await place.backend.holds(remote.id, key)
    assert not await place.backend.holds(remote.id, key[:-1])
    picture = f"{key[:-1]}7"
    await place.backend.attach(remote.id, File(picture, "photo.jpg", "image/jpeg", a_picture()))
    assert await place.backend.holds(remote.id, picture)


async def test_a_note_stays_between_agents(place: Place) -> None:
    remote = await opened(place)
    await place.backend.comment(
        remote.id, Comment("2026-1/e9", "Karim", "il rappelle tous les jours", is_internal=True)
    )
    last = (await place.reads(remote.id))[-1]
    assert last.is_internal
    assert "tous les jours" in last.text
    assert "tous les jours" not in await place.stranger_reads(remote.id)


async def test_files_arrive_whole(place: Place) -> None:
    remote = await opened(place)
    picture = a_picture()
    await place.backend.attach(remote.id, File("2026-1/m5", "photo.jpg", "image/jpeg", picture))
    assert await place.files(remote.id) == [picture]


@pytest.mark.parametrize("is_internal", [False, True])
async def test_what_people_write_there_comes_back(place: Place, *, is_internal: bool) -> None:
    remote = await opened(place)
    cursor = await begin(place)
    await place.writes(remote.id, "Nous passons jeudi.\nBonne journée", is_internal=is_internal)
    [said] = [one for one in await news_of(place, remote, cursor) if isinstance(one, Said)]
    assert said.text.replace("\r\n", "\n") == "Nous passons jeudi.\nBonne journée"
    assert said.author == "Julie Martin"
    assert said.is_internal is is_internal


async def test_what_people_attach_there_comes_back(place: Place) -> None:
    remote = await opened(place)
    cursor = await begin(place)
    await place.attaches(remote.id, "plan.png", b"\x89PNG\r\n\x1a\nplan")
    [file] = [one for one in await news_of(place, remote, cursor) if isinstance(one, Attached)]
    assert (file.author, file.name, file.mime) == ("Julie Martin", "plan.png", "image/png")
    assert await place.backend.fetch(file.handle, 1000) == b"\x89PNG\r\n\x1a\nplan"
    assert len(await place.backend.fetch(file.handle, 4)) == 5


async def test_what_we_write_is_no_news(place: Place) -> None:
    remote = await opened(place)
    cursor = await begin(place)
    await place.backend.comment(remote.id, Comment("2026-1/m4", "Citoyen", "Bonjour"))
    await place.backend.attach(remote.id, File("2026-1/m5", "p.jpg", "image/jpeg", a_picture()))
    wanted = State(Status.CLOSED, Priority.HIGH, "accueil")
    left = await place.backend.update(remote.id, wanted, STATE)
    assert left == wanted
    news = await news_of(place, remote, cursor)
    assert [one for one in news if not isinstance(one, Seen)] == []
    assert all(one.is_ours for one in news if isinstance(one, Seen))


async def test_states_are_written_in_their_words(place: Place) -> None:
    remote = await opened(place)
    cursor = await begin(place)
    wanted = State(Status.CLOSED, Priority.URGENT, "accueil", "Julie Martin")
    assert await place.backend.update(remote.id, wanted, STATE) == wanted
    assert (await state_of(place, remote, cursor)).state == wanted


async def test_somebody_unknown_there_is_assigned_to_nobody(place: Place) -> None:
    remote = await opened(place)
    wanted = State(Status.OPEN, Priority.NORMAL, "voirie", "Karim")
    assert (await place.backend.update(remote.id, wanted, STATE)).assignee is None


async def test_states_are_read_from_any_of_their_words(place: Place) -> None:
    remote = await opened(place)
    cursor = await begin(place)
    await place.sets(
        remote.id,
        status=Status.CLOSED,
        priority=Priority.URGENT,
        team="accueil",
        assignee="Julie Martin",
    )
    seen = await state_of(place, remote, cursor)
    assert seen.state == State(Status.CLOSED, Priority.URGENT, "accueil", "Julie Martin")
    assert seen.author == "Julie Martin"
    assert not seen.is_ours


async def test_many_changes_come_page_after_page(place: Place) -> None:
    cursor = await begin(place)
    remotes = [await opened(place) for _ in range(3)]
    for number, remote in enumerate(remotes):
        await place.writes(remote.id, f"réponse {number}")
    said = [
        (one.remote_id, one.text)
        for remote in remotes
        for one in await news_of(place, remote, cursor)
        if isinstance(one, Said)
    ]
    assert said == [(remote.id, f"réponse {n}") for n, remote in enumerate(remotes)]


async def test_the_first_reading_begins_now(place: Place) -> None:
    remote = await opened(place)
    await place.writes(remote.id, "avant")
    page = await place.backend.changes(None)
    assert page.news == ()
    assert page.is_last
