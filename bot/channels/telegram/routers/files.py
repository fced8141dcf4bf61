"""What the assistant cannot read: kept for an agent where it can be, and said so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from aiogram import F, Router
from aiogram.enums import ContentType
from aiogram.types import Message

from bot.attachments import operations as attachments
from bot.attachments.rules import OCTETS, Kept, Sent, What, WhyNot, not_kept
from bot.channels.telegram.arrivals import beside, language_of, message_key
from bot.channels.telegram.connection import OUTSIDE
from bot.channels.telegram.fetching import FETCHED_AT_MOST, fetch
from bot.channels.telegram.taking import Taking
from bot.errors import Invalid, Unavailable

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


@dataclass(frozen=True)
class Offered:
    """A file that a message holds, before it is fetched."""

    file_id: str
    size: int | None
    sent: Sent


def router() -> Router:
    made = Router(name="files")
    made.message.register(
        a_file, F.voice | F.video_note | F.video | F.audio | F.animation | F.document
    )
    made.message.register(other)
    return made


async def a_file(message: Message, taking: Taking) -> None:
    """Keep a file for an agent; words beside it are read."""
    offered = file_of(message)
    if offered is None:
        return
    language = language_of(message.from_user)
    conversation = await taking.conversation(language)
    citizen_id = UUID(str(conversation["citizen_id"]))
    kept, why = await _keep(taking, citizen_id, offered)
    content = kept.content() if kept is not None else not_kept(offered.sent.what, why)
    async with taking.transaction() as tx:
        accepted = await taking.receive(
            tx,
            "file",
            message_key(message),
            text=message.caption or "",
            content={**content, **await beside(tx, taking.chat_id, message)},
            language=language,
            message_ids=[message.message_id],
        )
        if kept is not None and not accepted.repeated:
            await attachments.add(tx, kept, citizen_id, accepted.conversation_id, taking.at)
    taking.expect_answer(accepted)


async def _keep(taking: Taking, citizen_id: UUID, offered: Offered) -> tuple[Kept | None, WhyNot]:
    """The stored file, or why there is none."""
    try:
        async with taking.service.database.transaction() as tx:
            await attachments.check_room(tx, citizen_id, taking.at)
        raw = await fetch(taking.bot, offered.file_id, offered.size)
        return await taking.service.attachments.keep(raw, offered.sent), WhyNot.UNAVAILABLE
    except Invalid as error:
        return None, WhyNot(error.reason or WhyNot.UNAVAILABLE.value)
    except (*OUTSIDE, Unavailable):
        if taking.failures.attempts < FETCHED_AT_MOST:
            raise  # the message waits for it, and is not lost meanwhile
        return None, WhyNot.UNAVAILABLE


def file_of(message: Message) -> Offered | None:
    """The file in a message. A GIF is an animation and, beside that, a document."""
    if message.voice is not None:
        voice = message.voice
        sent = Sent(What.VOICE, None, voice.mime_type or "audio/ogg", voice.duration)
        return Offered(voice.file_id, voice.file_size, sent)
    if message.video_note is not None:
        note = message.video_note
        sent = Sent(What.VIDEO_NOTE, None, "video/mp4", note.duration)
        return Offered(note.file_id, note.file_size, sent)
    for what, file in (
        (What.VIDEO, message.video),
        (What.AUDIO, message.audio),
        (What.ANIMATION, message.animation),
        (What.DOCUMENT, message.document),
    ):
        if file is not None:
            lasts = getattr(file, "duration", None)
            sent = Sent(what, file.file_name, file.mime_type or OCTETS, lasts)
            return Offered(file.file_id, file.file_size, sent)
    return None


async def other(message: Message, taking: Taking) -> None:
    """A sticker, a poll, or what nobody knows yet."""
    what = ContentType(message.content_type).value
    if what in SILENT:
        return
    content: dict[str, Any] = {"what": what if what in NAMED else "unsupported"}
    async with taking.transaction() as tx:
        accepted = await taking.receive(
            tx,
            "other",
            message_key(message),
            text=_words_of(message),
            content={**content, **await beside(tx, taking.chat_id, message)},
            language=language_of(message.from_user),
            message_ids=[message.message_id],
        )
    taking.expect_answer(accepted)


def _words_of(message: Message) -> str:
    if message.sticker is not None:
        return message.sticker.emoji or ""
    if message.poll is not None:
        return message.poll.question
    if message.dice is not None:
        return message.dice.emoji
    return message.caption or ""
