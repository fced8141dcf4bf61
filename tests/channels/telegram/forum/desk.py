"""The agents' group with Paul and Claire, and citizens whose tickets come into it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from aiogram import Bot

from bot.channels.telegram import store
from bot.channels.telegram.connection import Connection
from bot.channels.telegram.dispatching import new_dispatcher
from bot.channels.telegram.forum.parts import AgentsGroup, agents_group
from bot.channels.telegram.forum.rules import ASKED_AT_MOST
from bot.channels.telegram.intake import Intake
from bot.channels.telegram.rules import ALBUM_AT_MOST, LEASE
from bot.channels.telegram.sending.limits import Limits
from bot.channels.telegram.taker import Taker
from bot.conversations import store as conversations
from bot.parts import Service
from tests.channels.telegram.line import Manners, new_id
from tests.mirroring.hands import Hands
from tests.servers.telegram import Group, Person, Screen, TelegramServer
from tests.servers.telegram.state import Topic

Raw = dict[str, Any]


@dataclass
class Desk:
    """What a test holds. Citizens and the console are `hands`."""

    service: Service
    server: TelegramServer
    connection: Connection
    folder: Path
    paul: Person = field(init=False)
    claire: Person = field(init=False)
    group: Group = field(init=False)
    agents: AgentsGroup = field(init=False)
    hands: Hands = field(init=False)
    manners: Manners = field(default_factory=Manners)

    def __post_init__(self) -> None:
        self.paul, self.claire = self.person("Paul"), self.person("Claire")
        members = {self.paul: "member", self.claire: "administrator"}
        self.group = self.server.group("Agents", forum=True, members=members)
        self.restart()

    def person(self, name: str) -> Person:
        return self.server.person(name, id=new_id())

    def restart(self) -> None:
        """Another process, which knows what the database knows."""
        at = self.hands.at if hasattr(self, "hands") else None
        self.agents = agents_group(self.service, self.bot, self.connection, Limits(), self.group.id)
        backend = self.agents.mirror.backend
        self.hands = Hands(self.service.database, backend, self.folder)
        if at is not None:
            self.hands.at = at
        object.__setattr__(self.service, "photos", self.hands.photos)

    @property
    def bot(self) -> Bot:
        assert self.connection.bot is not None
        return self.connection.bot

    @property
    def taker(self) -> Taker:
        return Taker(self.service, self.bot, new_dispatcher(self.agents), self.manners, self.now)

    # -- the group ----------------------------------------------------------------------------

    async def opened(self, summary: str = "je voudrais parler à quelqu’un") -> str:
        """A citizen asks for a human, and the topic is there."""
        reference = await self.hands.opens(summary)
        await self.tell()
        return reference

    async def tell(self, after_s: float = 1) -> int:
        return await self.hands.send(timedelta(seconds=after_s))

    def topic(self, reference: str) -> Topic:
        [found] = [one for name, one in self.group.topics.items() if reference in name]
        return found

    def thread(self, reference: str) -> int:
        return self.topic(reference).id

    def shows(self, reference: str) -> Screen:
        return self.group.topic_screen(self.thread(reference))

    def texts(self, reference: str) -> list[str]:
        """What the bot said in the topic after the first message."""
        return [one.text for one in self.shows(reference).from_bot if one.kind != "service"][1:]

    def reactions(self, message_id: int) -> list[str]:
        return [one["emoji"] for one in self.group.chat.messages[message_id].reactions]

    # -- updates ------------------------------------------------------------------------------

    async def takes(self, *updates: Raw) -> None:
        """Accept updates and take them, and whatever waits, once the windows are over."""
        intake = Intake(self.service.database, self.now, lambda: None, self.taker.bot.id)
        await intake.accept(list(updates))
        self.hands.at += ALBUM_AT_MOST
        attempt = uuid4()
        async with self.service.database.transaction() as tx:
            leased = await store.lease_chat(tx, attempt, self.now(), LEASE)
        if leased is not None:
            await self.taker.take_all(leased, attempt)

    async def takes_on(self) -> None:
        """Let time pass, with all the tries that it brings, until nothing waits."""
        for _ in range(ASKED_AT_MOST + 4):
            self.hands.at += timedelta(minutes=1)
            await self.takes()

    async def is_killed_while(self, method: str, *updates: Raw) -> None:
        """The service is killed while it waits for that answer of Telegram's; another starts."""
        self.server.faults.hangs(method)
        working = asyncio.create_task(self.takes(*updates))
        await self.server.wait_for(lambda calls: any(one.method == method for one in calls))
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        self.server.faults.clear()
        self.hands.at += 2 * LEASE
        self.restart()

    def trouble(self) -> str | None:
        return self.agents.trouble

    def now(self) -> datetime:
        return self.hands.at

    async def writes(self, who: Person, reference: str, words: str) -> int:
        """Somebody writes in a ticket's topic. Their message's id."""
        update = who.says_in(self.group, words, topic=self.thread(reference))
        await self.takes(update)
        return int(update["message"]["message_id"])

    async def presses(self, who: Person, title: str) -> str:
        """Press a button. What is said about it."""
        await self.takes(who.presses(title, place=self.group))
        return self.group.screen.notices[-1]

    # -- our side -----------------------------------------------------------------------------

    async def owner(self, reference: str) -> str:
        ticket = await self.hands.ticket(reference)
        async with self.service.database.transaction() as tx:
            return str((await conversations.by_id(tx, ticket["conversation_id"]))["owner"])

    async def said(self, reference: str) -> list[tuple[str, str]]:
        """The conversation: sender and words."""
        ticket = await self.hands.ticket(reference)
        async with self.service.database.transaction() as tx:
            found = await conversations.latest(tx, ticket["conversation_id"], 50)
        return [(one.sender, one.text) for one in found]

    async def notes(self, reference: str) -> list[tuple[str, str]]:
        history = await self.hands.history(reference)
        return [(one["author"], one["text"]) for one in history if one["kind"] == "note"]
