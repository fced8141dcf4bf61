"""What a link is, who may use it, and for how long. Pure.

A link joins what two people may have, so neither end is taken at its word. Towards Telegram, the
chat shows that it sees the page (the code), and the page that it knows the chat (its name). Towards
the page, the link itself is the proof, and the chat is told at once which browser used it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

WEB = "web"
TELEGRAM = "telegram"

LASTS = timedelta(minutes=10)
TOKEN_BYTES = 24
"""192 random bits: 32 letters, and with the prefix far below what Telegram hands over."""

LONGEST_PAYLOAD = 64
"""Letters that Telegram hands to a bot (Bot API, "Deep linking")."""

OFFERED_CODES = 3
LONGEST_NAME = 60
RESUMED = 4
"""Messages that are said again in the new place."""

LONGEST_RESUMED = 240
BUTTON_PREFIX = "go-"
"""Of the ids of our own buttons, so that a channel need not ask the database of every press."""

INTENT = "continuing"


class Way(StrEnum):
    TO_TELEGRAM = "to_telegram"
    TO_WEB = "to_web"


class Step(StrEnum):
    """How far a link is."""

    OFFERED = "offered"
    OPENED = "opened"  # a chat has it, and was asked for the code
    MATCHED = "matched"  # the chat knew the code; the page has to say that it is theirs
    JOINED = "joined"
    VOID = "void"


UNUSED = frozenset({Step.OFFERED, Step.OPENED, Step.MATCHED})


class Why(StrEnum):
    """Why a link is void."""

    REPLACED = "replaced"  # a newer one was asked for
    WRONG_CODE = "wrong_code"
    DENIED = "denied"  # "Ce n'est pas moi", there or here
    TWO_CHATS = "two_chats"  # somebody else has the link as well
    STOPPED = "stopped"


@dataclass(frozen=True)
class Continue:
    """Somebody comes from the page with a link."""

    token: str


@dataclass(frozen=True)
class Town:
    """Somebody comes from a town's page or poster."""

    insee: str


@dataclass(frozen=True)
class ServiceStart:
    """Somebody comes to report something of a service."""

    code: str


Start = Continue | Town | ServiceStart
_STARTS: tuple[tuple[re.Pattern[str], Callable[[str], Start]], ...] = (
    (re.compile(r"w_([A-Za-z0-9_-]{16,62})"), Continue),
    (re.compile(r"c-([0-9][0-9AB][0-9]{3})"), Town),
    (re.compile(r"s-([a-z][a-z0-9_-]{0,61})"), ServiceStart),
)


def start_payload(text: str | None) -> Start | None:
    """What stands behind `/start`; None for what is none of ours. Towns and services are said in
    the open: they give nobody anything."""
    if text is None or len(text) > LONGEST_PAYLOAD:
        return None
    for pattern, start in _STARTS:
        found = pattern.fullmatch(text)
        if found:
            return start(found[1])
    return None


def payload_of(token: str) -> str:
    """What a link hands to Telegram."""
    return f"w_{token}"


def new_codes(below: Callable[[int], int]) -> tuple[str, ...]:
    """Numbers to choose from, of which the first is the right one: no digit of one is at the same
    place in another, so that none is taken for another at a glance. `below(n)`: a random number.

    Two digits rather than pictures: they look and sound the same on every telephone, in every
    language and to who listens to the page, and can be told to nobody by mistake for a word. That
    one in three is guessed is no harm: a wrong one ends the link, and the page is asked as well.
    """
    tens, ones = list(range(1, 10)), list(range(10))
    return tuple(
        f"{tens.pop(below(len(tens)))}{ones.pop(below(len(ones)))}" for _ in range(OFFERED_CODES)
    )


def shown_name(first: str, last: str | None, username: str | None) -> str:
    """ "Marie L. (@marie)": by which the page knows whose chat asks. People choose their names, so
    nothing of them may turn or hide what stands around; the part behind @ is one person's only."""
    named = " ".join(part for part in (_plain(first), _initial(last)) if part)[:LONGEST_NAME] or "?"
    return f"{named} (@{username[:32]})" if username else named


def _plain(name: str | None) -> str:
    spaced = " ".join((name or "").split())
    return "".join(c for c in spaced if c == " " or unicodedata.category(c)[0] not in "CZ").strip()


def _initial(last: str | None) -> str:
    plain = _plain(last)
    return f"{plain[0]}." if plain else ""


def is_over(step: Step, expires_at: datetime, now: datetime) -> bool:
    """Whether a link can no longer be used."""
    return step not in UNUSED or expires_at <= now
