"""Who owns a conversation, and how long things wait. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

LEASE = timedelta(seconds=6)
"""How long a worker owns a conversation without renewing: work resumes within 5 s of a crash
plus the sweep, since a new process also takes over the leases of the one it replaces."""

SWEEP_EVERY = timedelta(seconds=2)
TURN_TIMEOUT = timedelta(seconds=20)
MAX_ATTEMPTS = 3
QUIET = timedelta(milliseconds=550)
"""A turn starts when nothing came for that long: people split one sentence over messages."""

QUIET_IN_A_BURST = timedelta(milliseconds=950)
"""The same, once a second message came: whoever has begun to split goes on unevenly."""

GATHERING_AT_MOST = timedelta(milliseconds=1500)

ABSENCE_NOTICE_AFTER = timedelta(seconds=8)
START_NOTICE_AFTER = timedelta(seconds=90)
"""While the assistant starts, which pages say anyway, nobody is told so soon: a start of every day
is over by then, and only the first one, with its training, is not."""

MAX_TEXT = 4000
"""Characters of a message that the assistant reads; all of it is kept."""


KINDS = frozenset(
    {
        "text",
        "press",  # a button that was offered, or a command of the channel
        "location",
        "photo",  # one or several (`photos_in`), with the words written beside them
        "contact",
        "file",  # kept for an agent: a voice message, a video, a document
        "edit",  # a newer version of an earlier message (`content.edits`, its number)
        "other",  # what cannot be read or kept; `content.what` names it
    }
)
"""What a citizen's message is."""

WORDED = frozenset({"text", "photo", "file"})
"""The kinds whose text is the citizen's own words, for the assistant to read."""

PUSHED = frozenset({"email", "telegram"})
"""Channels to which messages are handed over; whoever reads in another fetches them."""

RECORDED = frozenset({"phone", "counter", "post"})
"""Ways by which agents record contacts: nothing can be handed over there."""

FOR_PEOPLE = frozenset({"email"})
"""Channels in which no turn answers: what is written there waits for an agent."""

BLOCKED = "blocked"
"""The error of a delivery that waits because the citizen does not let the channel write."""


class Owner(StrEnum):
    BOT = "bot"
    QUEUED = "queued"
    AGENT = "agent"
    CLOSED = "closed"


def turn_due(waiting_since: datetime, arrived: datetime, kind: str) -> datetime:
    """When the turn that holds a message just arrived may start. A press waits for nothing."""
    if kind == "press":
        return arrived
    quiet = QUIET_IN_A_BURST if arrived > waiting_since else QUIET
    return min(arrived + quiet, waiting_since + GATHERING_AT_MOST)


def notice_after(*, is_starting: bool) -> timedelta:
    """How long a message waits until its citizen is told why."""
    return START_NOTICE_AFTER if is_starting else ABSENCE_NOTICE_AFTER


def retry_delay(attempts: int) -> timedelta:
    """How long a failed turn waits before its next attempt: 1 s, 2 s, 4 s."""
    return timedelta(seconds=2 ** max(0, attempts - 1))


class HasKind(Protocol):
    @property
    def kind(self) -> str: ...


def one_turn[M: HasKind](waiting: Sequence[M]) -> Sequence[M]:
    """The messages that one answer covers: all that wait, up to a pressed button.

    A press answers one question exactly, so it is a turn of its own.
    """
    for index, message in enumerate(waiting):
        if message.kind == "press":
            return waiting[: index or 1]
    return waiting


def photos_in(content: Mapping[str, Any]) -> tuple[str, ...]:
    """The ids of the pictures that a citizen's message carries: an album, one, or none."""
    album = content.get("album")
    if album:
        return tuple(str(photo) for photo in album)
    return (str(content["photo"]),) if content.get("photo") else ()
