"""What is neither words nor a file: named, and answered honestly."""

from __future__ import annotations

from aiogram import Router
from aiogram.enums import ContentType
from aiogram.types import Message

from bot.channels.telegram.arrivals import store_message
from bot.channels.telegram.taking import Taking

NAMED = {"sticker", "poll", "dice", "game", "story"}
"""What the assistant has words for; of the rest it says that it cannot read it."""

SILENT = {
    "pinned_message",
    "message_auto_delete_timer_changed",
    "chat_background_set",
    "write_access_allowed",
    "users_shared",
    "chat_shared",
    "boost_added",
    "proximity_alert_triggered",
}
"""What Telegram says about a chat: nobody wrote it."""


def router() -> Router:
    made = Router(name="other")
    made.message.register(other)
    return made


async def other(message: Message, taking: Taking) -> None:
    """A sticker, a poll, or what nobody knows yet."""
    what = ContentType(message.content_type).value
    if what not in SILENT:
        content = {"what": what if what in NAMED else "unsupported"}
        await store_message(taking, message, "other", text=_words_of(message), content=content)


def _words_of(message: Message) -> str:
    if message.sticker is not None:
        return message.sticker.emoji or ""
    if message.poll is not None:
        return message.poll.question
    if message.dice is not None:
        return message.dice.emoji
    return message.caption or ""
