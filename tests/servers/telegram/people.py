"""A test's citizen or agent: writes, presses and sends as a Telegram app would, and looks.

Everything returns the raw update that it made. `place` is where: their private chat with the bot
unless a group is given, there in `topic` when it is a forum.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from tests.servers.telegram import attachments
from tests.servers.telegram.chats import is_in, member
from tests.servers.telegram.groups import Group
from tests.servers.telegram.screen import Screen, look, titles
from tests.servers.telegram.state import Chat, Message

if TYPE_CHECKING:
    from tests.servers.telegram.server import TelegramServer

Raw = dict[str, Any]


class Person(attachments.Sender):
    def __init__(self, server: TelegramServer, user: Raw, chat: Chat) -> None:
        self._server = server
        self.user = user
        self.chat = chat

    @property
    def id(self) -> int:
        return int(self.user["id"])

    @property
    def screen(self) -> Screen:
        """Their private chat with the bot."""
        with self._server.lock:
            return look(self._server.world, self.chat)

    # -- words ------------------------------------------------------------------------------------

    def start(self, payload: str = "") -> Raw:
        return self.says(f"/start {payload}".strip())

    def says(
        self,
        text: str,
        *,
        reply_to: int | None = None,
        place: Group | None = None,
        topic: int | None = None,
    ) -> Raw:
        return self._sends(_words(text), reply_to=reply_to, place=place, topic=topic)

    def says_in(
        self, place: Group, text: str, *, topic: int | None = None, reply_to: int | None = None
    ) -> Raw:
        return self.says(text, reply_to=reply_to, place=place, topic=topic)

    def edits(self, message_id: int, text: str, *, place: Group | None = None) -> Raw:
        with self._server.lock:
            message = self._message(message_id, place)
            name = "text" if "text" in message.raw else "caption"
            message.raw.pop("entities", None)
            words = _words(text) if name == "text" else {name: text}
            return self._edited(message, words)

    # -- buttons ----------------------------------------------------------------------------------

    def presses(
        self, title: str, *, message_id: int | None = None, place: Group | None = None
    ) -> Raw:
        """Press the newest inline button of that title. With `message_id`, that message's, even
        one that an edit took away since: the app of someone offline still shows it."""
        with self._server.lock:
            chat = self._chat(place)
            wanted = [self._message(message_id, place)] if message_id else _newest_first(chat)
            for message in wanted:
                inline = message.inline_keyboard
                shown = message.keyboards[::-1] if message_id else [inline] if inline else []
                for button in (b for k in shown for row in k["inline_keyboard"] for b in row):
                    if button["text"] == title:
                        return self._pressed(chat, message, button)
            raise AssertionError(f"no button {title!r}")

    def presses_data(self, data: str, message_id: int, *, place: Group | None = None) -> Raw:
        """Send whatever data, as a forged app would."""
        with self._server.lock:
            message = self._message(message_id, place)
            return self._pressed(self._chat(place), message, {"callback_data": data})

    def types_keyboard(
        self,
        title: str,
        *,
        location: tuple[float, float] = (45.7640, 4.8357),
        phone: str = "+33612345678",
    ) -> Raw:
        """Press a button of the reply keyboard, whatever it asks for."""
        with self._server.lock:
            markup = self.chat.keyboard or {}
            for button in (button for row in markup.get("keyboard", []) for button in row):
                asked = button if isinstance(button, dict) else {"text": button}
                if asked["text"] != title:
                    continue
                if markup.get("one_time_keyboard"):
                    self.chat.keyboard = None
                if asked.get("request_location"):
                    return self.shares_location(*location)
                if asked.get("request_contact"):
                    return self.shares_contact(phone)
                return self.says(title)
            shown = titles(markup.get("keyboard", []))
            raise AssertionError(f"no key {title!r} in {shown}")

    def _pressed(self, chat: Chat, message: Message, button: Raw) -> Raw:
        if "callback_data" not in button:
            raise AssertionError(
                f"{button['text']!r} opens {button.get('url')}: the bot is not told"
            )
        query_id = str(secrets.randbits(62))
        self._server.world.press(query_id, chat)
        said = {"id": query_id, "from": dict(self.user), "message": dict(message.raw)}
        said |= {"chat_instance": str(-chat.id), "data": button["callback_data"]}
        return self._server.happens("callback_query", said)

    # -- their bond with the bot ------------------------------------------------------------------

    def blocks(self) -> Raw:
        return self._bond(has_blocked=True)

    def unblocks(self) -> Raw:
        return self._bond(has_blocked=False)

    def deactivates(self) -> None:
        """Their account is deleted; nobody is told."""
        with self._server.lock:
            self.chat.is_deactivated = True

    def _bond(self, *, has_blocked: bool) -> Raw:
        with self._server.lock:
            statuses = ("kicked", "member")
            old, new = statuses if self.chat.has_blocked else statuses[::-1]
            if self.chat.has_blocked == has_blocked:
                raise AssertionError("that is so already")
            self.chat.has_blocked = has_blocked
            return self._server.happens(
                "my_chat_member",
                {
                    "chat": dict(self.chat.raw),
                    "from": dict(self.user),
                    "date": int(self._server.world.now()),
                    "old_chat_member": member(self._server.world.bot, old),
                    "new_chat_member": member(self._server.world.bot, new),
                },
            )

    # -- how it is sent ---------------------------------------------------------------------------

    def _chat(self, place: Group | None) -> Chat:
        """Raises `AssertionError` where this person cannot write, or the bot cannot read."""
        if place is None:
            if self.chat.has_blocked or self.chat.is_deactivated:
                raise AssertionError("who blocked the bot does not write to it")
            return self.chat
        if not is_in(place.chat.members.get(self.id)):
            raise AssertionError(f"{self.user['first_name']} is not in the group")
        if not is_in(place.chat.members.get(self._server.world.bot["id"])):
            raise AssertionError("the bot is not in the group")
        return place.chat

    def _message(self, message_id: int, place: Group | None) -> Message:
        message = self._chat(place).messages.get(message_id)
        if message is None:
            raise AssertionError(f"no message {message_id} there")
        return message

    def _sends(
        self,
        content: Raw,
        *,
        reply_to: int | None = None,
        place: Group | None = None,
        topic: int | None = None,
    ) -> Raw:
        with self._server.lock:
            chat = self._chat(place)
            chat.has_started = True
            around: Raw = {}
            if topic is not None:
                chat.topics[topic]  # raises for one that is not there
                around |= {"message_thread_id": topic, "is_topic_message": True}
            answered = topic if reply_to is None else reply_to  # Telegram's apps do so in topics
            if answered is not None and answered in chat.messages:
                raw = dict(self._message(answered, place).raw)
                raw.pop("reply_to_message", None)
                around["reply_to_message"] = raw
            if chat.is_private and "force_reply" in (chat.keyboard or {}):
                chat.keyboard = None
            message = self._server.world.post(chat, self.user, around | content)
            return self._server.happens("message", dict(message.raw))

    def _edited(self, message: Message, content: Raw) -> Raw:
        message.raw |= content | {"edit_date": int(self._server.world.now())}
        return self._server.happens("edited_message", dict(message.raw))


def _words(text: str) -> Raw:
    if not text.startswith("/"):
        return {"text": text}
    command = {"type": "bot_command", "offset": 0, "length": len(text.split(maxsplit=1)[0])}
    return {"text": text, "entities": [command]}


def _newest_first(chat: Chat) -> list[Message]:
    return [message for _, message in sorted(chat.messages.items(), reverse=True)]
