"""A page and a chat, each with its citizen, for the tests of what joins them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.engine import RowMapping

from bot.accounts.store import open_session
from bot.continuing import linking, opening, parting, store
from bot.continuing.aside import Speech
from bot.continuing.linking import NewLink, Standing
from bot.conversations import store as conversations
from bot.conversations.escalation import HandOver
from bot.conversations.operations import Arrival, citizen_at, receive
from bot.conversations.store import StoredMessage
from bot.conversations.turn import Speaker
from bot.service_requests.draft import Draft
from bot.service_requests.operations import FileRequest
from bot.storage.transaction import Database
from bot.tickets.operations import Asked
from bot.tickets.rules import Subject
from tests.handover.builders import GAZETTEER, OULLINS, RECEPTION
from tests.turn.scripted import WORDS, now

SPEECH = Speech(WORDS, GAZETTEER)
START = now()


def after(**time: float) -> datetime:
    """A moment that long after the links of a test were made."""
    return START + timedelta(**time)


@dataclass(frozen=True)
class Page:
    """A visitor of the website who has said something."""

    database: Database
    citizen: UUID
    conversation: UUID
    session: str

    async def asks(self, at: datetime = START) -> NewLink:
        async with self.database.transaction() as tx:
            return await linking.make_link(tx, self.citizen, at)

    async def standing(self, at: datetime = START) -> Standing:
        async with self.database.transaction() as tx:
            return await linking.standing(tx, self.citizen, at)

    async def answers(self, *, is_me: bool = True, at: datetime = START) -> None:
        async with self.database.transaction() as tx:
            await linking.answer(tx, self.citizen, SPEECH, at, is_me=is_me)

    async def stops(self, *, disown: bool = False) -> None:
        async with self.database.transaction() as tx:
            await parting.stop_on_page(tx, self.citizen, SPEECH, START, disown=disown)

    async def row(self) -> RowMapping:
        async with self.database.transaction() as tx:
            return await conversations.by_id(tx, self.conversation)

    async def heard(self) -> list[StoredMessage]:
        async with self.database.transaction() as tx:
            return await conversations.messages_after(tx, self.conversation, 0)

    async def files(self) -> str:
        return await _files(self.database, Speaker(self.conversation, self.citizen, "web"))


@dataclass(frozen=True)
class Chat:
    """A private chat of Telegram."""

    database: Database
    id: int
    name: str = "Marie L."

    async def conversation(self) -> RowMapping:
        """The one in which it is now."""
        async with self.database.transaction() as tx:
            citizen = await citizen_at(tx, "telegram", str(self.id), START)
            return await conversations.conversation_of(
                tx, "telegram", str(self.id), citizen, START, commune=None, language="fr"
            )

    async def says(self, text: str) -> UUID:
        chat = await self.conversation()
        async with self.database.transaction() as tx:
            accepted = await receive(
                tx,
                Arrival(
                    "telegram",
                    str(self.id),
                    chat["citizen_id"],
                    secrets.token_hex(8),
                    "text",
                    text,
                ),
                START,
            )
        return accepted.conversation_id

    async def opens(self, token: str, at: datetime = START) -> None:
        chat = await self.conversation()
        async with self.database.transaction() as tx:
            locked = await conversations.locked(tx, chat["id"])
            await linking.open_in_chat(tx, locked, self.id, self.name, token, SPEECH, at)

    async def told(self) -> StoredMessage:
        """The last thing that was said in it."""
        chat = await self.conversation()
        async with self.database.transaction() as tx:
            return (await conversations.latest(tx, chat["id"], 1))[0]

    async def deeds(self) -> dict[str, Mapping[str, Any]]:
        """What the buttons of the last message do, by their titles."""
        message = await self.told()
        found = {}
        async with self.database.transaction() as tx:
            for button in message.content["buttons"]:
                pressed = await store.pressed(tx, self.id, button["payload"])
                assert pressed is not None
                found[button["title"]] = pressed["press"]["values"]
        return found

    async def presses(self, title: str, at: datetime = START) -> None:
        await self.does((await self.deeds())[title], at)

    async def does(self, values: Mapping[str, Any], at: datetime = START) -> None:
        chat = await self.conversation()
        async with self.database.transaction() as tx:
            locked = await conversations.locked(tx, chat["id"])
            match values["does"]:
                case "choose":
                    await linking.choose(
                        tx, locked, self.id, values["link"], values["code"], SPEECH, at
                    )
                case "end_access":
                    await opening.end_access(tx, locked, values["link"], SPEECH, at)
                case does:
                    await parting.stop_in_chat(tx, self.id, SPEECH, at, disown=does == "disown")

    async def files(self) -> str:
        chat = await self.conversation()
        speaker = Speaker(chat["id"], chat["citizen_id"], "telegram")
        return await _files(self.database, speaker)

    async def asks_for_a_human(self) -> None:
        chat = await self.conversation()
        speaker = Speaker(chat["id"], chat["citizen_id"], "telegram")
        async with self.database.transaction() as tx:
            handing = HandOver(Asked(Subject.HUMAN, "", OULLINS, RECEPTION))
            await handing.perform(tx, speaker, START)


async def _files(database: Database, speaker: Speaker) -> str:
    async with database.transaction() as tx:
        filed = await FileRequest(Draft(service="pothole", commune="69149")).perform(
            tx, speaker, START
        )
    return filed.reference


async def a_page(database: Database, text: str = "bonjour") -> Page:
    async with database.transaction() as tx:
        session, citizen = await open_session(tx, START)
        accepted = await receive(
            tx,
            Arrival(
                "web", str(citizen), citizen, "1", "text", text, commune="69149", language="fr"
            ),
            START,
        )
    return Page(database, citizen, accepted.conversation_id, session)


def a_chat(database: Database, name: str = "Marie L.") -> Chat:
    return Chat(database, secrets.randbelow(2**50) + 2**33, name)


async def joined(database: Database) -> tuple[Page, Chat]:
    """A page and a chat that proved both ends."""
    page, chat = await a_page(database), a_chat(database)
    link = await page.asks()
    await chat.opens(link.token)
    await chat.presses(link.code)
    await page.answers()
    return page, chat
