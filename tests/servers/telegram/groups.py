"""A group, a forum or a channel, as a test moves people and the bot in and out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.servers.telegram.chats import member
from tests.servers.telegram.screen import Screen, look
from tests.servers.telegram.state import Chat, Topic

if TYPE_CHECKING:
    from tests.servers.telegram.people import Person
    from tests.servers.telegram.server import TelegramServer

Raw = dict[str, Any]


class Group:
    def __init__(self, server: TelegramServer, chat: Chat) -> None:
        self._server = server
        self.chat = chat

    @property
    def id(self) -> int:
        return self.chat.id

    @property
    def screen(self) -> Screen:
        return self.topic_screen(None)

    def topic_screen(self, topic: int | None) -> Screen:
        with self._server.lock:
            return look(self._server.world, self.chat, topic)

    @property
    def topics(self) -> dict[str, Topic]:
        """By name; deleted ones are gone."""
        with self._server.lock:
            return {topic.name: topic for topic in self.chat.topics.values()}

    # -- the bot ----------------------------------------------------------------------------------

    def adds_bot(self, by: Person, status: str = "member", **rights: bool) -> Raw:
        return self._bot_becomes(status, by, **rights)

    def removes_bot(self, by: Person) -> Raw:
        """Kick it."""
        return self._bot_becomes("kicked", by)

    def _bot_becomes(self, status: str, by: Person, **rights: bool) -> Raw:
        return self._changes("my_chat_member", self._server.world.bot, status, by, **rights)

    # -- people -----------------------------------------------------------------------------------

    def sets(self, person: Person, status: str, by: Person | None = None, **rights: bool) -> Raw:
        """Make someone creator, administrator, member, restricted, left or kicked."""
        return self._changes("chat_member", person.user, status, by or person, **rights)

    def posts(self, text: str) -> Raw:
        """A post of a channel's own."""
        with self._server.lock:
            message = self._server.world.post(self.chat, None, {"text": text})
            return self._server.happens("channel_post", message.raw)

    def _changes(self, kind: str, user: Raw, status: str, by: Person, **rights: bool) -> Raw:
        with self._server.lock:
            old = self.chat.members.get(user["id"], member(user, "left"))
            new = self.chat.members[user["id"]] = member(user, status, **rights)
            return self._server.happens(
                kind,
                {
                    "chat": dict(self.chat.raw),
                    "from": dict(by.user),
                    "date": int(self._server.world.now()),
                    "old_chat_member": old,
                    "new_chat_member": new,
                },
            )
