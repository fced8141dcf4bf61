"""What the assistant cannot read: kept for an agent where it can be, and said so."""

from __future__ import annotations

from aiogram import Router
from aiogram.enums import ContentType
from aiogram.types import Message

from bot.channels.telegram.arrivals import beside, language_of, message_key
from bot.channels.telegram.taking import Taking

SPOKEN = {"sticker", "poll", "dice", "game", "story"}
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
    made = Router(name="files")
    made.message.register(other)
    return made


async def other(message: Message, taking: Taking) -> None:
    """A sticker, a poll, or what nobody knows yet."""
    what = ContentType(message.content_type).value
    if what in SILENT:
        return
    text = message.caption or ""
    if message.sticker is not None:
        text = message.sticker.emoji or ""
    elif message.poll is not None:
        text = message.poll.question
    elif message.dice is not None:
        text = message.dice.emoji
    async with taking.transaction() as tx:
        accepted = await taking.receive(
            tx,
            "other",
            message_key(message),
            text=text,
            content={
                "what": what if what in SPOKEN else "unsupported",
                **await beside(tx, taking.chat_id, message),
            },
            language=language_of(message.from_user),
            message_ids=[message.message_id],
        )
    taking.expect_answer(accepted)
