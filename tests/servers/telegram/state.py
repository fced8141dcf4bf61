"""What Telegram would know: chats with their messages, topics and members; files; pressed buttons.

Messages are kept as Telegram's own JSON. Whoever reads or changes a world holds its lock.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from tests.servers.telegram.refusals import bad

BOT_NAME = "guichet_bot"
FIRST_TOPIC_COLOUR = 7322096


@dataclass
class Message:
    """`markup`: the keyboard it was sent with, of whatever kind; `keyboards`: its inline ones,
    as they were before each edit."""

    raw: dict[str, Any]
    is_mine: bool
    markup: dict[str, Any] | None = None
    keyboards: list[dict[str, Any]] = field(default_factory=list)
    is_pinned: bool = False
    reactions: list[dict[str, Any]] = field(default_factory=list)

    @property
    def id(self) -> int:
        return int(self.raw["message_id"])

    @property
    def inline_keyboard(self) -> dict[str, Any] | None:
        markup: dict[str, Any] | None = self.raw.get("reply_markup")
        return markup


@dataclass
class Topic:
    id: int
    name: str
    icon_color: int = FIRST_TOPIC_COLOUR
    icon_custom_emoji_id: str | None = None
    is_closed: bool = False


@dataclass
class Chat:
    """`keyboard`: what stands under the text field of whoever writes there.
    `has_started`, `has_blocked`, `is_deactivated` are a private chat's; `members` the others'."""

    raw: dict[str, Any]
    messages: dict[int, Message] = field(default_factory=dict)
    topics: dict[int, Topic] = field(default_factory=dict)
    members: dict[int, dict[str, Any]] = field(default_factory=dict)
    keyboard: dict[str, Any] | None = None
    menu_button: dict[str, Any] = field(default_factory=lambda: {"type": "commands"})
    action: str | None = None
    has_started: bool = False
    has_blocked: bool = False
    is_deactivated: bool = False
    last_id: int = 0

    @property
    def id(self) -> int:
        return int(self.raw["id"])

    @property
    def kind(self) -> str:
        return str(self.raw["type"])

    @property
    def is_private(self) -> bool:
        return self.kind == "private"

    @property
    def is_forum(self) -> bool:
        return bool(self.raw.get("is_forum"))

    def next_id(self) -> int:
        self.last_id += 1
        return self.last_id

    def message(self, message_id: object) -> Message | None:
        return self.messages.get(message_id) if isinstance(message_id, int) else None


@dataclass(frozen=True)
class File:
    """`size` may be told greater than the content, for files too large to make."""

    id: str
    content: bytes
    name: str
    mime: str
    path: str
    size: int
    kind: str

    def told(self) -> dict[str, Any]:
        unique = f"u{self.id[-12:]}"
        return {"file_id": self.id, "file_unique_id": unique, "file_size": self.size}


@dataclass
class Query:
    """A pressed button that waits for its answer."""

    id: str
    chat_id: int
    pressed_at: float
    answer: dict[str, Any] | None = None


class World:
    """One bot's Telegram."""

    def __init__(self, bot_id: int) -> None:
        self.bot: dict[str, Any] = {"id": bot_id, "is_bot": True, "first_name": "Guichet"}
        self.bot["username"] = BOT_NAME
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, File] = {}
        self.queries: dict[str, Query] = {}
        self.commands: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self.descriptions: dict[tuple[str, str], str] = {}
        self.menu_button: dict[str, Any] = {"type": "commands"}
        self.query_lifetime_s = 900.0
        self._passed_s = 0.0
        self._stopped_at: tuple[float, float] | None = None

    def passes(self, seconds: float) -> None:
        """Let time go by for everything that has an age here."""
        self._passed_s += seconds

    def stop_time(self) -> None:
        """From now on only `passes` moves it."""
        self._stopped_at = time.time(), time.monotonic()

    def now(self) -> float:
        return (self._stopped_at[0] if self._stopped_at else time.time()) + self._passed_s

    def ticks(self) -> float:
        return (self._stopped_at[1] if self._stopped_at else time.monotonic()) + self._passed_s

    def add_chat(self, raw: dict[str, Any]) -> Chat:
        return self.chats.setdefault(raw["id"], Chat(raw))

    def add_file(
        self, content: bytes, name: str, mime: str, kind: str, size: int | None = None
    ) -> File:
        told = len(content) if size is None else size
        folder = {"photo": "photos", "voice": "voice", "video": "videos"}.get(kind, "documents")
        identity = f"AgAC{kind}-{secrets.token_urlsafe(18)}"
        path = f"{folder}/file_{len(self.files)}{_suffix(name)}"
        self.files[identity] = File(identity, content, name, mime, path, told, kind)
        return self.files[identity]

    def file_at(self, path: str) -> File | None:
        return next((file for file in self.files.values() if file.path == path), None)

    def post(
        self,
        chat: Chat,
        sender: dict[str, Any] | None,
        content: dict[str, Any],
        markup: dict[str, Any] | None = None,
    ) -> Message:
        """Put a message in a chat; what was sent with it stands in `content`."""
        raw: dict[str, Any] = {
            "message_id": chat.next_id(),
            "date": int(self.now()),
            "chat": dict(chat.raw),
        }
        if sender is not None:
            raw["from"] = dict(sender)
        if chat.kind == "channel":
            raw.pop("from", None)
            raw["sender_chat"] = dict(chat.raw)
        raw |= content
        message = Message(raw, is_mine=sender is not None and sender["id"] == self.bot["id"])
        message.markup = markup
        if markup and "inline_keyboard" in markup:
            raw["reply_markup"] = markup
            message.keyboards.append(markup)
        elif markup and "keyboard" in markup:
            chat.keyboard = markup
        elif markup and "remove_keyboard" in markup:
            chat.keyboard = None
        elif markup and "force_reply" in markup:
            chat.keyboard = markup
        chat.messages[message.id] = message
        return message

    def press(self, query_id: str, chat: Chat) -> None:
        self.queries[query_id] = Query(query_id, chat.id, self.now())

    def answer(self, query_id: str, said: dict[str, Any]) -> None:
        """Raises `Refused` for a query that is unknown, answered or too old."""
        query = self.queries.get(query_id)
        is_late = query is not None and self.now() - query.pressed_at > self.query_lifetime_s
        if query is None or query.answer is not None or is_late:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        query.answer = said


def _suffix(name: str) -> str:
    return f".{name.rsplit('.', 1)[1]}" if "." in name else ""
