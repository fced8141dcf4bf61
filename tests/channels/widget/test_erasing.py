"""A citizen erases their conversation."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiohttp.test_utils import TestServer
from sqlalchemy import func, select, text

from bot.accounts import widget_sessions
from bot.conversations import store
from bot.conversations.operations import Arrival, receive
from bot.conversations.tables import Delivery, DialogueState, Message, OfferedButton
from bot.conversations.turn import Speaker
from bot.errors import NotFound
from bot.parts import Service
from bot.retention.erasing import erase_conversation
from bot.service_requests import photo_store
from bot.service_requests import store as requests
from bot.service_requests.draft import Draft
from bot.service_requests.operations import FileRequest
from bot.service_requests.photo_intake import keep_photo
from bot.storage.transaction import Database
from bot.web.public import public_application
from bot.web.widget import talking
from tests.channels.widget.client import Refused
from tests.channels.widget.conftest import Pages
from tests.channels.widget.speaking import Other, on_line, other_end
from tests.turn.scripted import now
from tests.web.browsers import a_picture

pytestmark = pytest.mark.usefixtures("live")


async def left(other: Other) -> dict[str, int]:
    """What is left of a conversation, by table."""
    found = {}
    async with other.database.transaction() as tx:
        for table in (Message, Delivery, OfferedButton, DialogueState):
            found[table.__tablename__] = await tx.scalar(
                select(func.count()).where(table.conversation_id == other.conversation_id)
            )
    return {name: count for name, count in found.items() if count}


async def test_words_and_pictures_are_gone_and_the_token_with_them(
    pages: Pages, database: Database, assembled: Service
) -> None:
    page = await pages()
    other = await other_end(database, page)
    await other.tells("C’est noté.")
    await page.photo(a_picture(), "p")
    async with database.transaction() as tx:
        await store.save_dialogue_state(tx, other.conversation_id, {"a": 1}, {}, now())
        await requests.save_draft(tx, other.conversation_id, Draft(service="pothole"), now())
        photo = (await store.messages_after(tx, other.conversation_id, 0))[-1].content["photo"]
    async with on_line(page) as running:
        await page.ask("POST", "erase")
        async with asyncio.timeout(10):
            assert await running == 4401
    assert page.bye == "erased"
    assert await left(other) == {}
    async with database.transaction() as tx:
        assert await requests.draft_of(tx, other.conversation_id, now()) is None
    with pytest.raises(NotFound):
        await assembled.photos.read(UUID(photo))
    with pytest.raises(Refused) as refused:
        await page.poll()
    assert refused.value.error == "signed_out"
    assert (await page.open())["is_new"]


async def test_a_filed_request_stays_with_its_pictures(
    pages: Pages, database: Database, assembled: Service
) -> None:
    page = await pages()
    other = await other_end(database, page)
    await page.photo(a_picture(), "p")
    async with database.transaction() as tx:
        photo = (await store.messages_after(tx, other.conversation_id, 0))[-1].content["photo"]
        draft = Draft(service="pothole", commune="69123", photos=(photo,))
        speaker = Speaker(other.conversation_id, other.citizen_id, "web")
        filed = await FileRequest(draft).perform(tx, speaker, now())
    await page.ask("POST", "erase")
    async with database.transaction() as tx:
        assert (await requests.case(tx, filed.reference)).reference == filed.reference
    assert await assembled.photos.read(UUID(photo))


async def test_numbers_go_on(pages: Pages, database: Database) -> None:
    page = await pages()
    other = await other_end(database, page)
    async with database.transaction() as tx:
        await erase_conversation(tx, other.conversation_id, now())
    await page.post({"id": uuid4().hex, "text": "encore"})
    polled = await page.poll()
    assert [(event["seq"], event["text"]) for event in polled["events"]] == [(2, "encore")]


async def test_nothing_is_erased_while_somebody_is_about_to_answer(
    pages: Pages, database: Database
) -> None:
    page = await pages()
    other = await other_end(database, page)
    await other.hands_over()
    with pytest.raises(Refused) as refused:
        await page.ask("POST", "erase")
    assert (refused.value.status, refused.value.error) == (409, "conflict")
    assert refused.value.reason == "open_ticket"
    await page.poll()
    assert page.texts[0] == "bonjour"


async def test_what_has_not_begun_is_erased_too(pages: Pages) -> None:
    page = await pages()
    await page.ask("POST", "erase")
    assert (await page.open())["is_new"]


async def test_what_is_said_while_the_session_ends_is_not_stored(
    pages: Pages, database: Database
) -> None:
    page = await pages()
    other = await other_end(database, page)
    async with page.connected() as opened:
        assert (await opened.receive_json())["type"] == "welcome"
        async with database.transaction() as tx:
            visit = await widget_sessions.visit_of(tx, page.token, "self", now())
            assert visit is not None
            await widget_sessions.end_visit(tx, visit.id)
            await page.say(opened, "message", id="late", text="encore un mot")
            await _is_waiting_for(database, "web_session")
        frames = [json.loads(frame.data) async for frame in opened]
    told = [frame for frame in frames if frame["type"] in ("refused", "bye")]
    assert (told[0]["id"], told[0]["error"]) == ("late", "signed_out")
    assert told[-1]["reason"] == "signed_out"
    assert opened.close_code == 4401
    async with database.transaction() as tx:
        said = await store.messages_after(tx, other.conversation_id, 0)
    assert [message.text for message in said] == ["bonjour"]


async def _is_waiting_for(database: Database, table: str) -> None:
    """Until somebody is held up there."""
    asked = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND wait_event_type = 'Lock' AND query LIKE '%' || :table || '%'"
    )
    async with asyncio.timeout(10):
        while True:
            async with database.transaction() as tx:
                if await tx.scalar(asked, {"table": table}):
                    return


async def test_a_message_under_way_is_erased_with_the_rest(
    pages: Pages, database: Database
) -> None:
    """The erasing waits for whoever is speaking, also where nothing was said before."""
    page = await pages()
    async with database.transaction() as tx:
        visit = await widget_sessions.visit_of(tx, page.token, "self", now())
        assert visit is not None
    async with database.transaction() as tx:
        citizen_id = await widget_sessions.speak_in(tx, visit.id, now())
        arrival = Arrival("web", str(citizen_id), citizen_id, "first", "text", "bonjour")
        accepted = await receive(tx, arrival, now())
        erasing = asyncio.create_task(page.ask("POST", "erase"))
        await _is_waiting_for(database, "web_session")
    await erasing
    async with database.transaction() as tx:
        assert await store.messages_after(tx, accepted.conversation_id, 0) == []


async def test_a_picture_of_a_session_that_ends_is_not_kept(
    pages: Pages, database: Database, assembled: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await pages()
    other = await other_end(database, page)
    kept: list[UUID] = []

    async def ended_meanwhile(*args: Any) -> UUID:
        kept.append(await keep_photo(*args))
        await page.ask("POST", "erase")
        return kept[-1]

    monkeypatch.setattr(talking, "keep_photo", ended_meanwhile)
    with pytest.raises(Refused) as refused:
        await page.photo(a_picture(), "p")
    assert refused.value.error == "signed_out"
    assert await left(other) == {}
    with pytest.raises(NotFound):
        await assembled.photos.read(kept[0])
    async with database.transaction() as tx:
        assert await photo_store.known_photos(tx, kept) == set()


async def test_pages_of_another_process_are_told_though_nothing_was_said(
    pages: Pages, assembled: Service
) -> None:
    page = await pages()
    other = TestServer(public_application(assembled))
    async with other:
        elsewhere = await pages(like=page)
        elsewhere.url = str(other.make_url("/")).rstrip("/")
        async with on_line(elsewhere) as running:
            await page.ask("POST", "erase")
            async with asyncio.timeout(10):
                assert await running == 4401
    assert elsewhere.bye == "signed_out"


async def test_a_picture_that_was_swept_is_not_offered(pages: Pages, database: Database) -> None:
    page = await pages()
    other = await other_end(database, page)
    await page.photo(a_picture(), "p")
    async with database.transaction() as tx:
        photo = (await store.messages_after(tx, other.conversation_id, 0))[-1].content["photo"]
        await photo_store.drop_unfiled(tx, other.citizen_id, [UUID(photo)])
    await page.poll()
    assert [(event["kind"], event["photos"]) for event in page.events] == [
        ("text", []),
        ("photo", []),
    ]
