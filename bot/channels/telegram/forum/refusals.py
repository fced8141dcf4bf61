"""Why something that was written or pressed in a topic was not done, as its author reads it."""

from __future__ import annotations

from datetime import datetime

from aiogram.enums import ContentType
from aiogram.types import Message

from bot.channels.telegram.forum.rules import Deed
from bot.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, Unseen
from bot.handover.rules import LONGEST_REPLY, Taken
from bot.services.working_days import PARIS
from bot.words.phrases import Line, say

WRITTEN = frozenset(
    {
        ContentType.TEXT,
        ContentType.ANIMATION,
        ContentType.AUDIO,
        ContentType.CONTACT,
        ContentType.DICE,
        ContentType.DOCUMENT,
        ContentType.GAME,
        ContentType.LOCATION,
        ContentType.PAID_MEDIA,
        ContentType.PHOTO,
        ContentType.POLL,
        ContentType.STICKER,
        ContentType.STORY,
        ContentType.VENUE,
        ContentType.VIDEO,
        ContentType.VIDEO_NOTE,
        ContentType.VOICE,
    }
)
"""What people send; everything else tells what happened in the group."""


class Unsaid(Exception):
    """It was not done, and its author reads why."""

    def __init__(self, line: Line) -> None:
        super().__init__(line)
        self.line = line


def is_service(message: Message) -> bool:
    return message.content_type not in WRITTEN


def line(error: DomainError, deed: Deed | None, since: datetime | None) -> Line:
    """`since`: when the ticket came into the hands that it is in."""
    match error:
        case Taken() if since is not None:
            at = f"{since.astimezone(PARIS):%H:%M}"
            return say("forum.taken_since", name=error.name, time=at)
        case Taken():
            return say("forum.taken", name=error.name)
        case Unseen():
            return say("forum.unseen")
        case Conflict() if deed is Deed.REOPEN:
            return say("forum.cannot_reopen")
        case Conflict():
            return say("forum.over")
        case NotFound():
            return say("forum.not_yours")
        case Invalid(reason="too_long"):
            return say("forum.too_long", most=LONGEST_REPLY)
        case Invalid():
            return say("forum.empty")
        case Forbidden():
            return say("forum.forbidden")
        case _:
            return say("forum.not_done")
