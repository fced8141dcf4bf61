"""A page and its conversation: by socket, without one, and both."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from bot.conversations import commit, store
from bot.conversations.turn import Speaker
from bot.conversations.typists import Typist, announce
from bot.parts import Service
from bot.service_requests.draft import Draft
from bot.service_requests.operations import FileRequest
from bot.storage.transaction import Database
from bot.words.phrases import Reply, Source
from tests.channels.widget.client import Refused
from tests.channels.widget.conftest import Pages
from tests.channels.widget.speaking import on_line, other_end
from tests.turn.scripted import WORDS, now
from tests.web.browsers import a_picture

pytestmark = pytest.mark.usefixtures("live")


async def test_a_message_is_confirmed_and_comes_as_an_event(pages: Pages) -> None:
    page = await pages()
    message_id = page.outbox.put(text="Il y a un trou")
    async with on_line(page):
        await page.until(lambda: page.events)
    assert page.outbox.accepted == {message_id: 1}
    (event,) = page.events
    assert (event["id"], event["sender"]) == (message_id, "citizen")
    assert page.texts == ["Il y a un trou"]
    assert page.state["thinking"] is True


async def test_a_message_that_is_sent_again_counts_once(pages: Pages) -> None:
    page = await pages()
    message = {"id": uuid4().hex, "text": "bonjour"}
    first, again = await page.post(message), await page.post(message)
    assert (first["repeated"], again["repeated"]) == (False, True)
    page.outbox.waiting[message["id"]] = message
    async with on_line(page):
        await page.until(lambda: page.outbox.accepted and page.events)
    assert page.texts == ["bonjour"]


async def test_what_an_agent_writes_is_on_the_page(pages: Pages, database: Database) -> None:
    page = await pages()
    other = await other_end(database, page)
    async with on_line(page):
        reference = await other.hands_over()
        await page.until(lambda: page.state.get("queue"))
        assert page.state["queue"]["reference"] == reference
        await other.answers(reference, "Je regarde.")
        await page.until(lambda: "Je regarde." in page.texts)
        await page.until(lambda: page.state["owner"] == "agent")
    assert page.state["agent"]["name"] == "Claire"
    assert page.state["queue"] is None
    assert page.events[-1]["author"]["name"] == "Claire"


async def test_without_a_socket_the_same_is_heard(pages: Pages, database: Database) -> None:
    page = await pages()
    polled = await page.poll()
    assert (polled["last"], polled["events"]) == (0, [])
    waiting = asyncio.create_task(page.poll())
    other = await other_end(database, page)  # it begins while we wait
    await waiting
    assert page.texts == ["bonjour"]
    await page.poll(known=False)
    waiting = asyncio.create_task(page.poll())
    await other.tells("Deux", "Trois")
    await waiting
    assert page.texts == ["bonjour", "Deux", "Trois"]


async def test_two_pages_hear_what_one_says(pages: Pages) -> None:
    one = await pages()
    two = await pages(like=one)
    async with on_line(one), on_line(two):
        await one.post({"id": "a", "text": "bonjour"})  # neither listened to a conversation yet
        await one.until(lambda: one.events)
        await two.until(lambda: two.events)
        await two.post({"id": "b", "text": "encore"})
        await one.until(lambda: len(one.events) == 2)
        await two.until(lambda: len(two.events) == 2)
    assert one.events == two.events


async def test_a_picture_is_a_message_that_its_author_sees_from_another_site(pages: Pages) -> None:
    page = await pages()
    first = await page.photo(a_picture(), "p1")
    again = await page.photo(a_picture(), "p1")
    assert (first["seq"], again["seq"], again["repeated"]) == (1, 1, True)
    await page.poll()
    (event,) = page.events
    (photo,) = event["photos"]
    for size in ("thumb", "full"):
        async with page.http.get(page.url + photo[size]) as answer:
            assert answer.status == 200
            assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


async def test_a_picture_without_an_id_is_refused(pages: Pages) -> None:
    page = await pages()
    with pytest.raises(Refused) as refused:
        await page.ask("POST", "photos", data=a_picture())
    assert (refused.value.status, refused.value.error) == (400, "invalid")


async def test_what_was_seen_counts_as_shown(pages: Pages, database: Database) -> None:
    page = await pages()
    other = await other_end(database, page)
    await other.tells("Une nouvelle")
    await page.poll()
    await other.tells("Une autre")
    await page.poll()
    async with database.transaction() as tx:
        assert not await store.shown_through(tx, other.conversation_id)
    await page.ask("POST", "seen", json={"seq": page.last})
    async with database.transaction() as tx:
        assert await store.shown_through(tx, other.conversation_id) == page.last


async def test_typing_is_told_both_ways(
    pages: Pages, database: Database, assembled: Service
) -> None:
    page = await pages()
    other = await other_end(database, page)
    reference = await other.hands_over()
    claire = await other.answers(reference, "Bonjour.")
    async with page.connected() as socket:
        await page.say(socket, "typing")
        async with asyncio.timeout(5):
            while not assembled.live.typing.who(other.conversation_id):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    async with on_line(page):
        async with database.transaction() as tx:
            await announce(tx, other.conversation_id, Typist(str(claire.id), "Claire"))
        await page.until(lambda: page.state.get("typing") == "Claire")


async def test_a_page_hears_that_the_assistant_is_ready(pages: Pages, assembled: Service) -> None:
    page, asking = await pages(), await pages()
    await asking.poll()
    async with on_line(page):
        assert page.state["assistant"] == "warming"
        waiting = asyncio.create_task(asking.poll())
        await asyncio.wait([waiting], timeout=0.2)
        assembled.assistant.phase = "ready"
        await page.until(lambda: page.state["assistant"] == "ready")
        assert (await waiting)["state"]["assistant"] == "ready"


async def test_whoever_waits_hears_that_the_queue_moves(pages: Pages, database: Database) -> None:
    first, second = await pages(), await pages()
    ahead, behind = await other_end(database, first), await other_end(database, second)
    reference = await ahead.hands_over()
    await behind.hands_over()
    async with on_line(second):
        await second.until(lambda: second.state.get("queue"))
        before = second.state["queue"]["ahead"]
        await ahead.answers(reference, "Bonjour.")
        await second.until(lambda: second.state["queue"]["ahead"] == before - 1)


async def test_an_event_has_the_request_that_it_tells_of_and_its_sources(
    pages: Pages, database: Database
) -> None:
    page = await pages()
    other = await other_end(database, page)
    async with database.transaction() as tx:
        speaker = Speaker(other.conversation_id, other.citizen_id, "web")
        filed = await FileRequest(Draft(service="pothole", commune="69123")).perform(
            tx, speaker, now()
        )
        source = Source("Métropole de Lyon", "https://www.grandlyon.com/", now().date())
        replies = [
            Reply(("C’est envoyé.",), reference=filed.reference),
            Reply(("La déchèterie ouvre à 9 h.",), sources=(source,)),
        ]
        await commit.tell(tx, other.conversation_id, replies, WORDS, now())
    await page.poll()
    sent, answer = page.events[-2:]
    assert (sent["card"]["reference"], sent["card"]["step"]) == (filed.reference, 0)
    assert sent["links"] == []
    assert answer["card"] is None
    assert answer["links"] == [
        {
            "title": "Métropole de Lyon",
            "url": "https://www.grandlyon.com/",
            "checked_on": now().date().isoformat(),
        }
    ]
    assert (sent["language"], page.events[0]["language"]) == ("fr", None)
