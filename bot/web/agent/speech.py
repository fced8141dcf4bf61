"""One message of a conversation, in the shape that an agent's page draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast
from uuid import UUID

from bot.attachments.rules import PLAYED, Kept, What, WhyNot, kept_in
from bot.conversations.rules import photos_in
from bot.conversations.store import StoredMessage
from bot.web.agent import shapes
from bot.web.shapes import Kind, Picture
from bot.words.personal_data import checked


def shaped(message: StoredMessage, pictures: Sequence[Picture]) -> shapes.Message:
    """`pictures`: what the citizen is shown with it."""
    content = message.content
    sent = [UUID(photo) for photo in photos_in(content)]
    command = content.get("command")
    return shapes.Message(
        seq=message.seq,
        id=message.external_id,
        sender=cast(shapes.Sender, message.sender),
        kind=cast(Kind, message.kind),
        text=message.text or (str(command) if command else ""),
        buttons=[button["title"] for button in content.get("buttons", ())],
        author=content.get("author"),
        photo=sent[0] if sent else None,
        album=sent if len(sent) > 1 else [],
        photos=list(pictures),
        file=_file(message),
        other=content.get("what", "unsupported") if message.kind == "other" else None,
        edits=content.get("edits"),
        before=content.get("before"),
        reply_to=content.get("reply_to"),
        is_command=bool(command),
        place=content.get("name"),
        is_live=bool(content.get("live")),
        point=_point(message),
        is_hidden=bool(content.get("hidden")),
        is_doubted=bool(content.get("doubted")),
        suspects=_suspects(message.text),
        mail=_mail(content),
        at=message.at,
    )


def _suspects(text: str) -> list[shapes.Suspect]:
    return [
        shapes.Suspect(
            text=text[one.start : one.end],
            kind=cast(Literal["card", "iban", "social_security"], one.kind.value),
        )
        for one in checked(text)
    ]


def _mail(content: Mapping[str, Any]) -> shapes.Mail | None:
    told = content.get("mail")
    if told is None:
        return None
    return shapes.Mail(
        subject=told["subject"],
        sender=told["from"],
        name=told["name"],
        rest=told["rest"],
        is_automatic=bool(told.get("automatic")),
        is_unproven=bool(told.get("unproven")),
    )


def _point(message: StoredMessage) -> tuple[float, float] | None:
    if message.kind != "location":
        return None
    return message.content["latitude"], message.content["longitude"]


def _file(message: StoredMessage) -> shapes.File | None:
    if message.kind != "file":
        return None
    kept = kept_in(message.content)
    if kept is not None:
        return file_of(kept)
    return shapes.File(
        id=None,
        what=What(message.content.get("what", What.DOCUMENT)),
        name=None,
        size=0,
        duration_s=None,
        plays=None,
        lost=WhyNot(message.content.get("why", WhyNot.UNAVAILABLE)),
    )


def file_of(kept: Kept) -> shapes.File:
    """A file that is there to be opened."""
    return shapes.File(
        id=kept.id,
        what=kept.what,
        name=kept.name,
        size=kept.size,
        duration_s=kept.duration_s,
        plays=cast(Literal["audio", "video"] | None, PLAYED.get(kept.mime)),
        lost=None,
    )
