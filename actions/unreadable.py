"""What was sent that the assistant cannot read: said honestly, and what becomes of it."""

from __future__ import annotations

from bot.attachments.rules import MAX_BYTES, What
from bot.conversations.turn import Incoming, Turn
from bot.files.pictures import MAX_BYTES as LARGEST_PICTURE
from bot.notifications.messages import HUMAN
from bot.words.phrases import Line, say

MEGABYTE = 1024 * 1024
SAID_ALIKE = {
    What.VOICE.value: "voice",
    What.AUDIO.value: "voice",
    What.VIDEO.value: "video",
    What.VIDEO_NOTE.value: "video",
    What.ANIMATION.value: "animation",
    What.DOCUMENT.value: "document",
    "sticker": "sticker",
    "poll": "poll",
    "dice": "game",
    "game": "game",
    "story": "story",
    "contact_of_other": "contact_of_other",
}
"""What is said of each kind; of any other, that it cannot be read."""


def own_up(turn: Turn) -> None:
    """Say once a turn what of it was not read: alone with what may be done instead, beside words
    in one line, since the words get their answer."""
    if turn.owned_up or turn.alarmed:
        return
    unread = [*turn.of_kind("file"), *turn.of_kind("other")]
    if not unread:
        return
    turn.owned_up = True
    if not turn.is_unreadable:
        turn.say(*_without_repeats([_beside(message) for message in unread]))
        return
    introduction: tuple[Line, ...] = ()
    if not turn.introduced:
        turn.introduced = True
        introduction = (say("greeting.introduction"),)
    lines = _without_repeats([_alone(message) for message in unread])
    turn.say(*introduction, *lines, buttons=(HUMAN,))


def _alone(message: Incoming) -> Line:
    lost = _lost(message)
    return lost or say(f"unread.{_kind(message)}")


def _beside(message: Incoming) -> Line:
    lost = _lost(message)
    if lost is not None:
        return lost
    if message.kind == "other":
        return say(f"unread.{_kind(message)}")
    return say(f"unread.beside_{_kind(message)}")


def _lost(message: Incoming) -> Line | None:
    """Why a file is not kept; None for one that is."""
    if message.kind != "file" or message.content.get("file"):
        return None
    why = str(message.content.get("why", "unavailable"))
    largest = LARGEST_PICTURE if message.content.get("what") == What.PHOTO else MAX_BYTES
    return say(f"unread.lost_{why}", most=largest // MEGABYTE)


def _kind(message: Incoming) -> str:
    content = message.content.get("file") or message.content
    return SAID_ALIKE.get(str(content.get("what")), "unsupported")


def _without_repeats(lines: list[Line]) -> list[Line]:
    return [line for n, line in enumerate(lines) if line not in lines[:n]]
