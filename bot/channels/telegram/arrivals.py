"""What is common to every message of a person: its key, its language, what it answers."""

from __future__ import annotations

from typing import Any

from aiogram.types import Message, User

from bot.channels.telegram import store
from bot.storage.transaction import Transaction
from bot.words.catalogues import LANGUAGES

LONGEST_QUOTE = 500


def message_key(message: Message) -> str:
    """By which a message is known again, whatever update brings it."""
    return f"m{message.message_id}"


def language_of(user: User | None) -> str:
    """The language of a person's Telegram where it is one of ours, else French: it counts until
    they write or choose another."""
    code = (user.language_code or "")[:2] if user is not None else ""
    return code if code in LANGUAGES else "fr"


async def beside(tx: Transaction, chat_id: int, message: Message) -> dict[str, Any]:
    """What a message says of itself beside its words: the message that it answers, the part that
    it quotes, that it was forwarded."""
    told: dict[str, Any] = {}
    answered = message.reply_to_message
    if answered is not None:
        known = await store.named_message(tx, chat_id, answered.message_id)
        if known is not None:
            told["reply_to"] = known["seq"]
        if message.quote is not None:
            told["quote"] = message.quote.text[:LONGEST_QUOTE]
    if message.forward_origin is not None:
        told["forwarded"] = True
    return told
