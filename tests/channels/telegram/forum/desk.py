"""The agents' group with Paul and Claire, and citizens whose tickets come into it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from aiogram import Bot, Dispatcher
from aiogram.types import Message, Update

from bot.channels.telegram import store
from bot.channels.telegram.connection import Connection
from bot.channels.telegram.forum.parts import AgentsGroup, agents_group
from bot.channels.telegram.intake import Intake
from bot.channels.telegram.routers import forum
from bot.conversations import store as conversations
from bot.parts import Service
from bot.storage.transaction import Transaction
from tests.mirroring.hands import Hands
from tests.servers.telegram import Group, Person, Screen, TelegramServer
from tests.servers.telegram.state import Topic

Raw = dict[str, Any]


class Killed(BaseException):
    """The service is killed at this very moment."""


@dataclass
class OneTaking:
    """Takes one update as `taking.Taking` does, without the worker around it."""

    service: Service
    update_ids: Sequence[int]
    at: datetime
    album: tuple[Message, ...] = ()
    is_killed: bool = False
    is_done: bool = False

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        assert not self.is_done
        async with self.service.database.transaction() as tx:
            assert await store.mark_taken(tx, self.update_ids, self.at)
            yield tx
            if self.is_killed:
                raise Killed
        self.is_done = True


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

    def __post_init__(self) -> None:
        self.paul, self.claire = self.server.person("Paul"), self.server.person("Claire")
        members = {self.paul: "member", self.claire: "administrator"}
        self.group = self.server.group("Agents", forum=True, members=members)
        self.restart()

    def restart(self) -> None:
        """Another process, which knows what the database knows."""
        at = self.hands.at if hasattr(self, "hands") else None
        self.agents = agents_group(self.service, self.bot, self.connection, self.group.id)
        backend = self.agents.mirror.backend
        self.hands = Hands(self.service.database, backend, self.folder)
        if at is not None:
            self.hands.at = at
        object.__setattr__(self.service, "photos", self.hands.photos)
        self.__dict__.pop("dispatcher", None)

    @property
    def bot(self) -> Bot:
        assert self.connection.bot is not None
        return self.connection.bot

    @cached_property
    def dispatcher(self) -> Dispatcher:
        made = Dispatcher(disable_fsm=True)
        made.include_router(forum.router(self.agents))
        return made

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

    async def takes(self, *updates: Raw, is_killed: bool = False) -> None:
        """Accept and take one update, or those of one album."""
        self.hands.at += timedelta(seconds=1)
        intake = Intake(self.service.database, lambda: self.hands.at, lambda: None)
        await intake.accept(list(updates))
        ids = [one["update_id"] for one in updates]
        async with self.service.database.transaction() as tx:
            waiting = await store.waiting_in(tx, self.group.id)
        if not {one.update_id for one in waiting} & set(ids):
            return  # taken already: a repeat
        read = [Update.model_validate(one, context={"bot": self.bot}) for one in updates]
        taking = OneTaking(self.service, ids, self.hands.at, is_killed=is_killed)
        if len(read) > 1:
            taking.album = tuple(one.message for one in read if one.message is not None)
        await self.dispatcher.feed_update(self.bot, read[0], taking=taking)
        if not taking.is_done:
            async with taking.transaction():
                pass

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
