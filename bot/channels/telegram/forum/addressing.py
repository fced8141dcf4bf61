"""For whom a message in a topic is: the citizen only where nothing says otherwise.

Agents also talk to one another there. What could be theirs is refused, with how to say it so that
it is clear, rather than sent: what a citizen has read cannot be taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from aiogram.enums import MessageEntityType
from aiogram.types import Message

from bot.channels.telegram.forum import store
from bot.channels.telegram.forum.deeds import external_id
from bot.channels.telegram.forum.refusals import Unsaid
from bot.channels.telegram.forum.rules import Meant, meant_together, shows_note
from bot.channels.telegram.rules import KEPT_FOR
from bot.storage.transaction import Transaction
from bot.words.phrases import say

LONGEST_ALBUM = 64
"""Characters of an album's name that are kept (`intake.read`)."""


def words_of(message: Message) -> str:
    """What is written in it, or under it. A member without a user name who is named first counts as
    one with a user name."""
    text = message.text or message.caption or ""
    for one in message.entities or message.caption_entities or ():
        if one.type == MessageEntityType.TEXT_MENTION and one.offset == 0:
            return f"@_{text.removeprefix(one.extract_from(text))}"
    return text


async def understood(
    tx: Transaction, chat_id: int, reference: str, messages: Sequence[Message], now: datetime
) -> tuple[Meant, Sequence[Message]]:
    """What a message, or several of an album, are meant as, and which of them are new. Raises
    `Unsaid` for what is not clear."""
    wanted = meant_together([words_of(one) for one in messages])
    if wanted.unclear is not None:
        raise Unsaid(say(f"forum.{wanted.unclear}"))
    if messages[0].media_group_id is not None:
        wanted, messages = await _in_album(tx, chat_id, reference, wanted, messages, now)
    if not wanted.is_note and messages:
        await _check_for_citizen(tx, chat_id, reference, messages)
    return wanted, messages


async def _in_album(
    tx: Transaction,
    chat_id: int,
    reference: str,
    wanted: Meant,
    messages: Sequence[Message],
    now: datetime,
) -> tuple[Meant, Sequence[Message]]:
    """Pictures of one album are one thing, however late one of them comes: it follows those that
    came before. Where these are not known, its own words must say what it is."""
    album = str(messages[0].media_group_id)[:LONGEST_ALBUM]
    before = await store.taken_of_album(tx, chat_id, album, now - KEPT_FOR)
    new = [one for one in messages if one.message_id not in before]
    if not before or not new:
        if new and wanted == Meant():
            raise Unsaid(say("forum.album_late" if len(new) == 1 else "forum.album_silent"))
        return wanted, new
    if wanted.is_note:
        return wanted, new
    became = await store.became(tx, reference, [external_id(chat_id, one) for one in before])
    if became is None or wanted.deed is not None:
        raise Unsaid(say("forum.album_late"))
    return replace(wanted, is_note=became.is_note), new


async def _check_for_citizen(
    tx: Transaction, chat_id: int, reference: str, messages: Sequence[Message]
) -> None:
    for one in messages:
        if one.forward_origin is not None or one.via_bot is not None:
            raise Unsaid(say("forum.not_own_words"))
        if not await _answers_citizen(tx, chat_id, reference, one):
            raise Unsaid(say("forum.to_a_member"))


async def _answers_citizen(tx: Transaction, chat_id: int, reference: str, message: Message) -> bool:
    """Whether it answers nothing, what the topic shows of the conversation, or what its author
    told the citizen: not a note, a refusal, or what another member wrote."""
    if message.external_reply is not None:
        return False
    answered = message.reply_to_message
    if answered is None or answered.message_id == message.message_thread_id:  # in topics, always
        return True
    shown = await store.key_at(tx, chat_id, answered.message_id)
    if shown is not None:
        return not shows_note(shown)
    author, user = answered.from_user, message.from_user
    if author is None or user is None or author.id != user.id:
        return False
    key = external_id(chat_id, answered.message_id)
    became = await store.became(tx, reference, [key])
    return became is not None and not became.is_note
