"""What a chat shows now, as whoever looks at it sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiogram.types import MessageEntity
from aiogram.utils.text_decorations import html_decoration

from tests.servers.telegram.state import Chat, Message, World

KINDS = (
    "text", "photo", "animation", "document", "voice", "video_note", "video", "sticker", "poll",
    "dice", "venue", "location", "contact",
)  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """`text` is the caption of what has one; `links` are the addresses behind url buttons."""

    id: int
    kind: str
    is_bots: bool
    text: str
    html: str
    entities: tuple[dict[str, Any], ...]
    buttons: tuple[tuple[str, ...], ...]
    links: dict[str, str]
    is_edited: bool
    is_pinned: bool
    reply_to: int | None
    topic: int | None
    raw: dict[str, Any]


@dataclass(frozen=True)
class Screen:
    """`notices`: what answers to pressed buttons said; `keyboard`: the reply keyboard's titles."""

    messages: tuple[Shown, ...]
    keyboard: tuple[tuple[str, ...], ...]
    is_reply_forced: bool
    placeholder: str | None
    action: str | None
    notices: tuple[str, ...]

    @property
    def from_bot(self) -> list[Shown]:
        return [shown for shown in self.messages if shown.is_bots]

    @property
    def texts(self) -> list[str]:
        """What the bot says."""
        return [shown.text for shown in self.from_bot]

    @property
    def last(self) -> Shown:
        """The bot's newest message. Raises `AssertionError` when there is none."""
        if not self.from_bot:
            raise AssertionError("the bot said nothing")
        return self.from_bot[-1]


def look(world: World, chat: Chat, topic: int | None = None) -> Screen:
    """The lock is held. `topic` shows only that topic of a forum."""
    markup = chat.keyboard or {}
    answers = [one.answer for one in world.queries.values() if one.chat_id == chat.id]
    return Screen(
        messages=tuple(
            _shown(message)
            for _, message in sorted(chat.messages.items())
            if topic is None or message.raw.get("message_thread_id") == topic
        ),
        keyboard=titles(markup.get("keyboard", [])),
        is_reply_forced="force_reply" in markup,
        placeholder=markup.get("input_field_placeholder"),
        action=chat.action,
        notices=tuple(answer["text"] for answer in answers if answer and answer.get("text")),
    )


def titles(rows: list[list[Any]]) -> tuple[tuple[str, ...], ...]:
    return tuple(
        tuple(button["text"] if isinstance(button, dict) else button for button in row)
        for row in rows
    )


def _shown(message: Message) -> Shown:
    raw = dict(message.raw)
    text = raw.get("text") or raw.get("caption") or ""
    entities = raw.get("entities") or raw.get("caption_entities") or []
    read = [MessageEntity.model_validate(entity) for entity in entities]
    rows = (message.inline_keyboard or {}).get("inline_keyboard", [])
    links = {button["text"]: button["url"] for row in rows for button in row if "url" in button}
    return Shown(
        id=message.id,
        kind=next((kind for kind in KINDS if kind in raw), "service"),
        is_bots=message.is_mine,
        text=text,
        html=html_decoration.unparse(text, read),
        entities=tuple(entities),
        buttons=titles(rows),
        links=links,
        is_edited="edit_date" in raw,
        is_pinned=message.is_pinned,
        reply_to=raw.get("reply_to_message", {}).get("message_id"),
        topic=raw.get("message_thread_id"),
        raw=raw,
    )
