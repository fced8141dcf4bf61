"""Photos and albums, and pictures that were sent as documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from aiogram import F, Router
from aiogram.types import Message

from bot.attachments.rules import What, WhyNot, not_kept
from bot.channels.telegram.arrivals import beside, language_of, message_key
from bot.channels.telegram.connection import OUTSIDE
from bot.channels.telegram.fetching import FETCHED_AT_MOST, fetch
from bot.channels.telegram.taking import Taking
from bot.conversations.operations import Accepted
from bot.errors import Invalid, Unavailable
from bot.service_requests.photo_intake import keep_photo

PICTURES = F.document.mime_type.in_({"image/jpeg", "image/png", "image/webp", "image/heic"})


def router() -> Router:
    made = Router(name="photos")
    made.message.register(pictures, F.photo | PICTURES)
    return made


async def pictures(message: Message, taking: Taking) -> None:
    """One message of one picture or of an album's. What cannot be kept is said in its place; words
    beside it are read all the same."""
    language = language_of(message.from_user)
    messages = taking.album or (message,)
    conversation = await taking.conversation(language)
    kept, why = await _keep(taking, UUID(str(conversation["citizen_id"])), messages)
    words = "\n".join(one.caption for one in messages if one.caption)
    accepted: Accepted | None = None
    async with taking.transaction() as tx:
        told = await beside(tx, taking.chat_id, message)
        if kept or words:
            accepted = await taking.receive(
                tx,
                "photo" if kept else "text",
                message_key(message),
                text=words,
                content={**_content(kept), **told},
                language=language,
                message_ids=[one.message_id for one in messages],
            )
        if why is not None:
            accepted = await taking.receive(
                tx,
                "file",
                f"{message_key(message)}:refused",
                content=not_kept(What.PHOTO, why),
                language=language,
            )
    if accepted is not None:
        taking.expect_answer(accepted)


async def _keep(
    taking: Taking, citizen_id: UUID, messages: Sequence[Message]
) -> tuple[list[str], WhyNot | None]:
    """The ids of what was kept, and why something was not."""
    kept: list[str] = []
    why: WhyNot | None = None
    for one in messages:
        file_id, size = _file_of(one)
        if file_id is None:
            why = WhyNot.UNREADABLE  # an album may hold what is no picture
            continue
        try:
            raw = await fetch(taking.bot, file_id, size)
            photo = await keep_photo(
                taking.service.database, taking.service.photos, citizen_id, raw, taking.at
            )
        except Invalid as error:
            why = WhyNot(error.reason or WhyNot.UNREADABLE.value)
        except (*OUTSIDE, Unavailable):
            if taking.failures.attempts < FETCHED_AT_MOST:
                raise  # the message waits for it, and is not lost meanwhile
            why = WhyNot.UNAVAILABLE
        else:
            kept.append(str(photo))
    return kept, why


def _file_of(message: Message) -> tuple[str | None, int | None]:
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        return largest.file_id, largest.file_size
    if message.document is not None and (message.document.mime_type or "").startswith("image/"):
        return message.document.file_id, message.document.file_size
    return None, None


def _content(kept: Sequence[str]) -> dict[str, Any]:
    if not kept:
        return {}
    return {"photo": kept[0]} if len(kept) == 1 else {"photo": kept[0], "album": list(kept)}
