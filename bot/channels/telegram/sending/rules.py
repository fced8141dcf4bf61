"""What to do after a call was refused, how long to wait, and what is too old to be sent. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum, auto

LEASE = timedelta(seconds=8)
RENEW_EVERY = timedelta(seconds=2)
SWEEP_EVERY = timedelta(seconds=2)
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
PROBE_EVERY_S = 5.0
"""How often it is asked, at least, whether an outage is over."""

IN_DOUBT_TRIED = 3
UNREADABLE_TRIED = 2
"""Attempts whose answer never came, or came and could not be read, while others are served: the
message is there already, most likely."""

IN_DOUBT_PAUSES_S = (5.0, 30.0)
"""After each of them, at least: every further one may be a copy."""

OWN_MISTAKES = 4
"""Attempts at one message that ended by a mistake of ours, after which it is given up."""

EXPIRED = "expired"
NO_CHAT = "the conversation is in this chat no more"
MAY_BE_THERE = "it may be there already: no answer came, however often it was sent"
NOTHING_TO_SEND = "nothing is left to send"

NEWS_KEPT = timedelta(days=3)
ANSWERS_KEPT = timedelta(days=7)
"""What waited longer than that behind a block is not sent any more: it answers nobody."""


class Then(Enum):
    """What becomes of a call that was refused."""

    DONE = auto()  # it was so already
    PLAIN = auto()  # again, without markup
    WITHOUT_PHOTO = auto()  # its words alone
    GONE = auto()  # what was to be edited is not there any more
    FAILED = auto()  # never


_SAID = (
    ("message is not modified", Then.DONE),
    ("can't parse entities", Then.PLAIN),
    ("unsupported start tag", Then.PLAIN),
    ("message to edit not found", Then.GONE),
    ("message can't be edited", Then.GONE),
    ("there is no text in the message to edit", Then.GONE),
    ("there is no caption in the message to edit", Then.GONE),
    ("message_id_invalid", Then.GONE),
    ("photo", Then.WITHOUT_PHOTO),
    ("image_process", Then.WITHOUT_PHOTO),
    ("file must be non-empty", Then.WITHOUT_PHOTO),
    ("wrong file identifier", Then.WITHOUT_PHOTO),
    ("wrong type of the web page content", Then.WITHOUT_PHOTO),
    ("failed to send message #", Then.WITHOUT_PHOTO),  # one of an album
)
"""By what Telegram says, in lower case; it gives no codes."""

_CANNOT_BE_REACHED = (
    "chat not found",
    "user is deactivated",
    "peer_id_invalid",
    "chat_id is empty",
)


def after_refusal(said: str) -> Then:
    """What a 400 means."""
    lowered = said.lower()
    return next((then for words, then in _SAID if words in lowered), Then.FAILED)


def is_out_of_reach(said: str) -> bool:
    """Whether a 400 is about the chat and not about what is sent: as with a block, it may be back.
    That is what a new bot hears of the chats of the one before it."""
    lowered = said.lower()
    return any(words in lowered for words in _CANNOT_BE_REACHED)


def pause_s(failures: int) -> float:
    """Before the next try, after that many failures in a row: 1 s, 2, 4, up to a minute."""
    if failures > 6:
        return LONGEST_PAUSE_S
    return min(LONGEST_PAUSE_S, FIRST_PAUSE_S * (1 << max(0, failures - 1)))


def pause_in_doubt_s(attempts: int) -> float:
    """Before the next try, after that many whose end is not known."""
    return IN_DOUBT_PAUSES_S[min(attempts, len(IN_DOUBT_PAUSES_S)) - 1]


def oldest_kept(now: datetime, *, is_news: bool) -> datetime:
    """What was said before that is not sent after a block."""
    return now - (NEWS_KEPT if is_news else ANSWERS_KEPT)
