"""Nothing is lost and nothing comes twice, wherever a page was cut off."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from bot.accounts import widget_sessions
from bot.accounts.tables import WebSession
from bot.conversations import store
from bot.parts import Service
from bot.storage.transaction import Database
from bot.web.widget import feed as feeds
from bot.web.widget.feed import Feed
from tests.channels.widget.client import Client
from tests.channels.widget.conftest import Pages
from tests.channels.widget.speaking import Other, on_line, other_end
from tests.turn.scripted import now

CUTS = 20


def without_links(events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Addresses are made anew at each reading."""
    return [{**event, "photos": len(event["photos"])} for event in events]


async def fresh(pages: Pages, like: Client) -> list[dict[str, Any]]:
    """The whole conversation as a page that knows nothing of it reads it."""
    page = await pages(like=like)
    async with on_line(page):
        pass
    return without_links(page.events)


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize("seed", range(2))
async def test_a_page_that_is_cut_off_at_twenty_moments_has_every_word_once(
    pages: Pages, database: Database, seed: int
) -> None:
    chance = random.Random(seed)
    page = await pages()
    other = await other_end(database, page)
    sent = []
    for n in range(CUTS):
        sent.append(page.outbox.put(text=f"de la page {n}"))
        said = [f"d’ici {n}.{part}" for part in range(chance.randint(1, 4))]
        await asyncio.gather(
            until_cut(page, chance.randint(0, 4)),
            *(other.tells(*some) for some in (said[:1], said[1:]) if some),
        )
    async with on_line(page):
        await page.until(lambda: not page.outbox.waiting)
        await page.until(lambda: {f"de la page {n}" for n in range(CUTS)} <= set(page.texts))
    assert without_links(page.events) == await fresh(pages, page)
    assert set(sent) <= set(page.outbox.accepted)
    assert len(page.texts) == len(set(page.texts))


async def until_cut(page: Client, frames: int) -> None:
    """Be connected until that many frames were heard; then the network is gone."""
    cut, heard = asyncio.Event(), count(1)

    def hear(_: dict[str, Any]) -> None:
        if next(heard) >= frames:
            cut.set()

    page.hear = hear
    if not frames:
        cut.set()
    async with asyncio.timeout(20):
        await page.run(cut)


@pytest.mark.usefixtures("live")
async def test_a_socket_gives_each_number_once_and_in_order(
    pages: Pages, database: Database
) -> None:
    page = await pages()
    other = await other_end(database, page)
    heard: list[int] = []
    page.hear = lambda frame: heard.append(frame["seq"]) if frame["type"] == "event" else None
    async with on_line(page):
        await asyncio.gather(*(other.tells(f"{n} a", f"{n} b") for n in range(20)))
        await page.until(lambda: len(page.events) == 41)
    assert heard == list(range(1, 42))


@pytest.mark.usefixtures("live")
async def test_a_page_reads_on_by_request_where_its_socket_stopped(
    pages: Pages, database: Database
) -> None:
    page = await pages()
    other = await other_end(database, page)
    async with on_line(page):
        pass
    await other.tells("Deux", "Trois")
    await page.poll()
    await other.tells("Quatre")
    async with on_line(page):
        await page.until(lambda: len(page.events) == 4)
    assert without_links(page.events) == await fresh(pages, page)


# -- events onto an older state make the state of now ----------------------------------------------

DEEDS = ("tells", "tells two", "writes", "hides", "is cut", "polls", "queues", "looks")


class Scenario:
    """A conversation, and a reader of it that comes and goes."""

    def __init__(self, service: Service, database: Database, page: Client, other: Other) -> None:
        self.database = database
        self.page = page
        self.other = other
        self.numbers = count(1)
        self.is_queued = False
        self.deeds: dict[str, Callable[[], Awaitable[object]]] = {
            "tells": lambda: other.tells(self.words()),
            "tells two": lambda: other.tells(self.words(), self.words()),
            "writes": lambda: page.post({"id": uuid4().hex, "text": self.words()}),
            "hides": self.hides,
            "queues": self.queues,
        }

    def words(self) -> str:
        return f"mot {next(self.numbers)}"

    async def hides(self) -> None:
        """Something that is said for another channel only."""
        async with self.database.transaction() as tx:
            row = await store.locked(tx, self.other.conversation_id)
            seq = row["last_seq"] + 1
            content = {"only": "telegram"}
            await store.append(tx, row["id"], seq, "system", now(), body="…", content=content)
            await store.change(tx, row["id"], last_seq=seq)
            await store.notify(tx, store.EVENTS, str(row["id"]))

    async def queues(self) -> None:
        if not self.is_queued:
            self.is_queued = True
            await self.other.hands_over()


async def read_all(feed: Feed, after: int) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Everything after a number, page by page, and the state at the end."""
    events: list[dict[str, Any]] = []
    while True:
        reading = await feed.read(after)
        events += [event.model_dump() for event in reading.events]
        after = reading.through
        if reading.is_whole:
            return without_links(events), reading.state.model_dump()


async def test_events_since_any_point_make_an_older_state_the_present_one(
    assembled: Service, pages: Pages, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever was said in whatever order, and however small the pages are."""
    loop = asyncio.get_running_loop()

    async def replay(deeds: Sequence[str], page_size: int) -> None:
        monkeypatch.setattr(feeds, "PAGE", page_size)
        page = await pages()
        scenario = Scenario(assembled, database, page, await other_end(database, page))
        feed = Feed(assembled, await visit_id(database, page), "fr")
        known: list[tuple[int, list[dict[str, Any]]]] = [(0, [])]
        for deed in deeds:
            if deed in scenario.deeds:
                await scenario.deeds[deed]()
            reading = await feed.read(known[-1][0])
            told = without_links([event.model_dump() for event in reading.events])
            known.append((reading.through, known[-1][1] + told))
        whole, state = await read_all(feed, 0)
        assert [event["seq"] for event in whole] == sorted({event["seq"] for event in whole})
        for through, events in known:
            later, state_then = await read_all(feed, through)
            assert events + later == whole
            assert state_then == state

    @settings(
        max_examples=20,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        st.lists(st.sampled_from(DEEDS), min_size=1, max_size=12), st.sampled_from([1, 2, 3, 50])
    )
    def check(deeds: list[str], page_size: int) -> None:
        asyncio.run_coroutine_threadsafe(replay(deeds, page_size), loop).result(60)

    await asyncio.to_thread(check)


async def visit_id(database: Database, page: Client) -> Any:
    async with database.transaction() as tx:
        visit = await widget_sessions.visit_of(tx, page.token, "self", now())
    assert visit is not None
    return visit.id


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize("by_asking", [False, True], ids=["socket", "requests"])
@pytest.mark.parametrize("what", ["ahead", "other"])
async def test_who_knows_numbers_that_are_none_begins_again(
    pages: Pages, database: Database, what: str, by_asking: bool
) -> None:
    """As after a backup was restored, or when the session's conversation is another now."""
    page = await pages()
    await other_end(database, page)
    await page.poll(known=False)
    assert page.epoch
    if what == "ahead":
        page.last += 7
    else:
        page.epoch = "another"
    await page.post({"id": uuid4().hex, "text": "encore"})
    if by_asking:
        await page.poll()
    else:
        async with on_line(page):
            await page.until(lambda: page.last == 2)
    assert page.texts == ["bonjour", "encore"]
    assert page.last == 2


@pytest.mark.usefixtures("live")
async def test_an_open_page_is_told_when_its_conversation_is_another(
    pages: Pages, database: Database
) -> None:
    page, older = await pages(), await pages()
    other, elder = await other_end(database, page), await other_end(database, older, "avant")
    await elder.tells("ici", "et là")
    async with on_line(page):
        assert page.texts == ["bonjour"]
        async with database.transaction() as tx:
            visit = await widget_sessions.visit_of(tx, page.token, "self", now())
            assert visit is not None
            await tx.execute(
                update(WebSession)
                .where(WebSession.id == visit.id)
                .values(citizen_id=elder.citizen_id)
            )
            await store.notify(tx, store.EVENTS, str(other.conversation_id))
        await page.until(lambda: len(page.events) == 3)
    assert page.texts == ["avant", "ici", "et là"]
