"""What is common to every message of a person: its key, its language, what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiogram.types import Message, User
from sqlalchemy.engine import RowMapping

from bot.channels.telegram import store
from bot.channels.telegram.taking import CHANNEL, Taking
from bot.conversations import store as conversations
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


async def store_message(
    taking: Taking,
    message: Message,
    kind: str,
    *,
    text: str = "",
    content: Mapping[str, Any] | None = None,
) -> None:
    """Store a person's message as it came, and let them see that it is read."""
    async with taking.transaction() as tx:
        accepted = await taking.receive(
            tx,
            kind,
            message_key(message),
            text=text,
            content={**(content or {}), **await beside(tx, taking, message)},
            language=language_of(message.from_user),
            message_ids=[message.message_id],
        )
    taking.expect_answer(accepted)


async def beside(tx: Transaction, taking: Taking, message: Message) -> dict[str, Any]:
    """What a message says of itself beside its words: the message of its conversation that it
    answers, the part that it quotes, that it was forwarded."""
    told: dict[str, Any] = {}
    answered = message.reply_to_message
    if answered is not None:
        known = await known_message(tx, taking, answered.message_id)
        if known is not None:
            told["reply_to"] = known["seq"]
        if message.quote is not None:
            told["quote"] = message.quote.text[:LONGEST_QUOTE]
    if message.forward_origin is not None:
        told["forwarded"] = True
    return told


async def known_message(tx: Transaction, taking: Taking, message_id: int) -> RowMapping | None:
    """What one of the chat's messages is in the conversation that the chat is in now; None for one
    of another conversation, whose numbers mean something else."""
    known = await store.named_message(tx, taking.chat_id, message_id)
    if known is None:
        return None
    current = await conversations.conversation_at(tx, CHANNEL, str(taking.chat_id))
    is_ours = current is not None and current["id"] == known["conversation_id"]
    return known if is_ours else None
