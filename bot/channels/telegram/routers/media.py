"""Pictures and other files, one or an album of them: pictures are one message, every other file one
of its own, all of them in the update's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from aiogram import F, Router
from aiogram.types import Message

from bot.attachments import operations as attachments
from bot.attachments.rules import Kept, Sent, What, WhyNot, not_kept
from bot.channels.telegram.arrivals import beside, language_of, message_key
from bot.channels.telegram.fetching import fetched
from bot.channels.telegram.held import Held, held_in
from bot.channels.telegram.taking import Taking
from bot.conversations.operations import Accepted
from bot.errors import Invalid
from bot.service_requests.photo_intake import keep_photo
from bot.storage.transaction import Transaction


@dataclass
class Fetched:
    """The bytes of a file that a message holds, or why there are none."""

    message: Message
    held: Held
    raw: bytes = b""
    why: WhyNot | None = None


@dataclass
class Pictures:
    """Those that could be kept, by id; the words beside all of them; why one could not."""

    messages: list[Message] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    why: WhyNot | None = None

    @property
    def content(self) -> dict[str, Any]:
        if not self.kept:
            return {}
        return {"photo": self.kept[0]} | ({"album": self.kept} if len(self.kept) > 1 else {})


def router() -> Router:
    made = Router(name="media")
    made.message.register(
        media,
        F.photo | F.voice | F.video_note | F.video | F.audio | F.animation | F.document,
    )
    return made


async def media(message: Message, taking: Taking) -> None:
    """Keep what came. What cannot be kept is said in its place; words beside it are read all the
    same."""
    language = language_of(message.from_user)
    conversation = await taking.conversation(language)
    citizen_id = UUID(str(conversation["citizen_id"]))
    # All is fetched before anything is kept: what waits for one of them leaves nothing behind.
    found = [await _fetched(taking, one) for one in taking.album or (message,)]
    pictures = await _pictures(taking, citizen_id, [f for f in found if f.held.is_picture])
    files = [
        (one, await _kept(taking, citizen_id, one)) for one in found if not one.held.is_picture
    ]
    accepted: Accepted | None = None
    async with taking.transaction() as tx:
        if pictures.messages:
            accepted = await _receive_pictures(tx, taking, pictures, language)
        for one, kept in files:
            accepted = await _receive_file(tx, taking, one, kept, citizen_id, language)
    if accepted is not None:
        taking.expect_answer(accepted)


async def _fetched(taking: Taking, message: Message) -> Fetched:
    held = held_in(message)
    if held is None:
        return Fetched(message, Held("", None, Sent(What.DOCUMENT)), why=WhyNot.UNAVAILABLE)
    try:
        return Fetched(message, held, await fetched(taking, held.file_id, held.size))
    except Invalid as error:
        return Fetched(message, held, why=WhyNot(error.reason or WhyNot.UNAVAILABLE))


async def _pictures(taking: Taking, citizen_id: UUID, found: Sequence[Fetched]) -> Pictures:
    service, pictures = taking.service, Pictures()
    for one in found:
        pictures.messages.append(one.message)
        if one.message.caption:
            pictures.words.append(one.message.caption)
        if one.why is not None:
            pictures.why = one.why
            continue
        try:
            kept = await keep_photo(
                service.database, service.photos, citizen_id, one.raw, taking.at
            )
        except Invalid as error:
            pictures.why = WhyNot(error.reason or WhyNot.UNREADABLE)
        else:
            pictures.kept.append(str(kept))
    return pictures


async def _kept(taking: Taking, citizen_id: UUID, one: Fetched) -> Kept | None:
    """The stored file; without one, `one.why` says why."""
    if one.why is not None:
        return None
    try:
        async with taking.service.database.transaction() as tx:
            await attachments.check_room(tx, citizen_id, taking.at)
        return await taking.service.attachments.keep(one.raw, one.held.sent)
    except Invalid as error:
        one.why = WhyNot(error.reason or WhyNot.UNAVAILABLE)
        return None


async def _receive_pictures(
    tx: Transaction, taking: Taking, pictures: Pictures, language: str
) -> Accepted | None:
    first = pictures.messages[0]
    words = "\n".join(pictures.words)
    accepted: Accepted | None = None
    if pictures.kept or words:
        accepted = await taking.receive(
            tx,
            "photo" if pictures.kept else "text",
            message_key(first),
            text=words,
            content={**pictures.content, **await beside(tx, taking, first)},
            language=language,
            message_ids=[one.message_id for one in pictures.messages],
        )
    if pictures.why is not None:
        accepted = await taking.receive(
            tx,
            "file",
            f"{message_key(first)}:refused",
            content=not_kept(What.PHOTO, pictures.why),
            language=language,
        )
    return accepted


async def _receive_file(
    tx: Transaction,
    taking: Taking,
    one: Fetched,
    kept: Kept | None,
    citizen_id: UUID,
    language: str,
) -> Accepted:
    what = one.held.sent.what
    content = not_kept(what, one.why or WhyNot.UNAVAILABLE) if kept is None else kept.content()
    accepted = await taking.receive(
        tx,
        "file",
        message_key(one.message),
        text=one.message.caption or "",
        content={**content, **await beside(tx, taking, one.message)},
        language=language,
        message_ids=[one.message.message_id],
    )
    if kept is not None and not accepted.repeated:
        await attachments.add(tx, kept, citizen_id, accepted.conversation_id, taking.at)
    return accepted
