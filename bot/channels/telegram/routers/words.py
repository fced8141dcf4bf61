"""Texts, and newer versions of them."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.types import Message

from bot.channels.telegram.arrivals import beside, language_of, message_key
from bot.channels.telegram.taking import Taking
from bot.errors import NotFound


def router() -> Router:
    made = Router(name="words")
    made.message.register(text, F.text)
    made.edited_message.register(edited)
    return made


async def text(message: Message, taking: Taking) -> None:
    async with taking.transaction() as tx:
        accepted = await taking.receive(
            tx,
            "text",
            message_key(message),
            text=message.text or "",
            content=await beside(tx, taking.chat_id, message),
            language=language_of(message.from_user),
            message_ids=[message.message_id],
        )
    taking.expect_answer(accepted)


async def edited(message: Message, taking: Taking) -> None:
    """A newer version of a text or a caption. Of a position that moves, the first point counts;
    of a message from before we knew the chat, there is nothing to change."""
    words = message.text if message.text is not None else message.caption
    if words is None:
        return
    try:
        async with taking.transaction() as tx:
            accepted = await taking.receive(
                tx,
                "edit",
                f"e{taking.update_ids[0]}",
                text=words,
                content={"edits_id": f"tg:{message_key(message)}"},
                language=language_of(message.from_user),
            )
    except NotFound:
        return
    taking.expect_answer(accepted)
