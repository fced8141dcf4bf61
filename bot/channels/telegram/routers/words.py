"""Texts, and newer versions of them."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.types import Message

from bot.channels.telegram.arrivals import (
    known_message,
    language_of,
    message_key,
    store_message,
)
from bot.channels.telegram.rules import EDIT_WAITS
from bot.channels.telegram.taking import Postponed, Taking
from bot.errors import NotFound

ASKED_AGAIN_S = 1.0


def router() -> Router:
    made = Router(name="words")
    made.message.register(text, F.text)
    made.edited_message.register(edited)
    return made


async def text(message: Message, taking: Taking) -> None:
    await store_message(taking, message, "text", text=message.text or "")


async def edited(message: Message, taking: Taking) -> None:
    """A newer version of a text or a caption. Of a position that moves, the first point counts."""
    words = message.text if message.text is not None else message.caption
    if words is None:
        return
    try:
        async with taking.transaction() as tx:
            known = await known_message(tx, taking, message.message_id)
            accepted = await taking.receive(
                tx,
                "edit",
                f"e{taking.update_ids[0]}",
                text=words,
                content={"edits": None if known is None else known["seq"]},
                language=language_of(message.from_user),
            )
    except NotFound:
        await _new_to_us(message, words, taking)
    else:
        taking.expect_answer(accepted)


async def _new_to_us(message: Message, words: str, taking: Taking) -> None:
    """The message itself may still be on its way; what never comes (it was written before the chat
    was ours, or is forgotten) is said now. A known text may have been taken as it was edited."""
    if taking.now < taking.at + EDIT_WAITS:
        raise Postponed(ASKED_AGAIN_S)
    async with taking.transaction() as tx:
        accepted = await taking.receive(
            tx,
            "text",
            message_key(message),
            text=words,
            language=language_of(message.from_user),
            message_ids=[message.message_id],
        )
    taking.expect_answer(accepted)
