"""A citizen erases their conversation."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from bot.conversations import store
from bot.conversations.tables import Delivery, DialogueState, Message, OfferedButton
from bot.conversations.turn import Speaker
from bot.errors import NotFound
from bot.parts import Service
from bot.retention.erasing import erase_conversation
from bot.service_requests import store as requests
from bot.service_requests.draft import Draft
from bot.service_requests.operations import FileRequest
from bot.storage.transaction import Database
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
