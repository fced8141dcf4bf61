"""From Telegram to the website: one link, one browser, and the chat knows which."""

from __future__ import annotations

import asyncio

import pytest

from bot.accounts.store import citizen_of_session
from bot.continuing import opening
from bot.continuing.rules import LASTS
from bot.conversations import store as conversations
from bot.errors import NotFound
from bot.storage.transaction import Database
from tests.continuing.builders import SPEECH, START, Chat, a_chat, after, joined

PUBLIC = "https://guichet.example"


async def a_link(chat: Chat) -> str:
    """A link's token."""
    row = await chat.conversation()
    async with chat.database.transaction() as tx:
        url = await opening.portal_link(tx, PUBLIC, row, chat.name, START)
    assert url is not None
    assert url.startswith(f"{PUBLIC}/continuer/")
    token = url.rsplit("/", 1)[1]
    assert 22 <= len(token) <= 64  # 128 bits at least
    return token


async def opened(database: Database, token: str) -> str:
    async with database.transaction() as tx:
        return await opening.open_in_browser(tx, token, "Firefox, Linux", SPEECH, START)


async def test_a_link_opens_the_chat_s_conversation_and_the_chat_is_told(
    database: Database,
) -> None:
    chat = a_chat(database)
    conversation = await chat.says("bonjour")
    session = await opened(database, await a_link(chat))
    async with database.transaction() as tx:
        citizen = await citizen_of_session(tx, session, START)
        shown = await conversations.conversation_at(tx, "web", str(citizen))
    assert shown is not None
    assert shown["id"] == conversation
    assert "Firefox, Linux" in (await chat.told()).text


async def test_looking_at_a_link_uses_nothing_up(database: Database) -> None:
    chat = a_chat(database)
    token = await a_link(chat)
    for _ in range(3):
        async with database.transaction() as tx:
            assert (await opening.look(tx, token, START)).name == chat.name
    await opened(database, token)


async def test_a_link_is_used_once_however_many_try(database: Database) -> None:
    chat = a_chat(database)
    token = await a_link(chat)
    done = await asyncio.gather(
        *(opened(database, token) for _ in range(4)), return_exceptions=True
    )
    assert sum(isinstance(one, str) for one in done) == 1
    assert sum(isinstance(one, NotFound) for one in done) == 3
    async with database.transaction() as tx:
        with pytest.raises(NotFound):
            await opening.look(tx, token, START)


async def test_a_link_lasts_ten_minutes(database: Database) -> None:
    token = await a_link(a_chat(database))
    async with database.transaction() as tx:
        await opening.look(tx, token, after(minutes=9, seconds=59))
        with pytest.raises(NotFound):
            await opening.look(tx, token, START + LASTS)
        with pytest.raises(NotFound):
            await opening.open_in_browser(tx, token, "", SPEECH, START + LASTS)


async def test_a_new_link_voids_the_former(database: Database) -> None:
    chat = a_chat(database)
    former = await a_link(chat)
    await a_link(chat)
    with pytest.raises(NotFound):
        await opened(database, former)


async def test_the_chat_can_shut_the_browser_out(database: Database) -> None:
    chat = a_chat(database)
    await chat.says("bonjour")
    session = await opened(database, await a_link(chat))
    await chat.presses("Fermer cet accès")
    async with database.transaction() as tx:
        assert await citizen_of_session(tx, session, START) is None
    assert (await chat.conversation())["continued_channel"] is None
    assert "n’a plus accès" in (await chat.told()).text


async def test_shutting_one_browser_out_leaves_the_other(database: Database) -> None:
    chat = a_chat(database)
    await chat.says("bonjour")
    kept = await opened(database, await a_link(chat))
    other = await opened(database, await a_link(chat))
    await chat.presses("Fermer cet accès")
    async with database.transaction() as tx:
        assert await citizen_of_session(tx, kept, START) is not None
        assert await citizen_of_session(tx, other, START) is None
    assert (await chat.conversation())["continued_channel"] == "web"


async def test_another_chat_s_button_shuts_nobody_out(database: Database) -> None:
    chat, other = a_chat(database), a_chat(database)
    await chat.says("bonjour")
    await other.says("bonjour")
    session = await opened(database, await a_link(chat))
    deeds = await chat.deeds()
    await other.does(deeds["Fermer cet accès"])
    async with database.transaction() as tx:
        assert await citizen_of_session(tx, session, START) is not None


async def test_a_link_for_the_page_is_no_link_for_the_chat(database: Database) -> None:
    chat = a_chat(database)
    await chat.opens(await a_link(chat))
    assert not (await chat.told()).content["buttons"]


async def test_a_joined_chat_opens_the_same_conversation(database: Database) -> None:
    page, chat = await joined(database)
    session = await opened(database, await a_link(chat))
    async with database.transaction() as tx:
        assert await citizen_of_session(tx, session, START) == page.citizen
        shown = await conversations.conversation_at(tx, "web", str(page.citizen))
    assert shown is not None
    assert shown["id"] == page.conversation


async def test_without_an_address_of_ours_there_is_no_link(database: Database) -> None:
    row = await a_chat(database).conversation()
    async with database.transaction() as tx:
        assert await opening.portal_link(tx, None, row, "Marie", START) is None
