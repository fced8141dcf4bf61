"""Which requests go to a town's outside system, when a failed sending is tried again, and what
their answers change here. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from bot.service_requests.rules import CLOSED, Status


class State(StrEnum):
    """Where the sending of a request stands."""

    WAITING = "waiting"  # to be sent, or to be sent again
    AWAITING_ID = "awaiting_id"  # they took it, and owe us its reference for a token
    SENT = "sent"
    FAILED = "failed"  # for good, until an operator asks again
    CANCELLED = "cancelled"  # closed here before it was sent


@dataclass(frozen=True)
class TheirAttribute:
    """What they call one of our answers. `values`: our keys → theirs; ours where none is given."""

    code: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TheirService:
    """What they call one of our services. `fixed`: attributes that are always the same."""

    code: str
    attributes: Mapping[str, TheirAttribute] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Meaning:
    """What their status means here, when their note has these words (any note without).

    `becomes` is None for "still open". `reason`: what a rejection says when they give no note.
    """

    status: str
    becomes: Status | None
    note: str = ""
    reason: str | None = None


PLAIN = (Meaning("closed", Status.RESOLVED), Meaning("open", None))
"""The two states of the standard, where a town says nothing else."""


@dataclass(frozen=True)
class System:
    """A town's outside system, from its `forwarding.yml`. `commune` (INSEE code) is its name."""

    commune: str
    endpoint: str
    services: Mapping[str, TheirService]
    timezone: tzinfo
    jurisdiction: str | None = None
    key_variable: str | None = None
    ending: str = "json"
    reference_attribute: str | None = "external_id"
    pull_every: timedelta = timedelta(minutes=15)
    knows_updated_after: bool = False
    sends_contact: bool = False
    meanings: tuple[Meaning, ...] = PLAIN


# -- sending ------------------------------------------------------------------------------------

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BACK_OFF = (MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR)
"""After the first failure, the second…; then once a day."""
DAYS_TRIED = 14
SHOWN_AFTER = 3
"""Failures after which the request itself says so: about 36 minutes after the first."""
TOKEN_SHOWN_AFTER = 5
"""The same for a reference that they owe us: a system that works in batches takes hours."""

SENDING_AT_MOST = timedelta(seconds=90)
"""One attempt, whatever it asks of them."""
LEASE = timedelta(seconds=180)
"""Twice an attempt: a service that holds one is working on it, or was killed."""
SWEEP_EVERY = timedelta(seconds=10)


def tried_again_after(failures: int) -> timedelta | None:
    """How long after that many failures in a row; None when it is given up."""
    if failures <= len(BACK_OFF):
        return BACK_OFF[max(failures, 1) - 1]
    return DAY if failures <= len(BACK_OFF) + DAYS_TRIED else None


def is_shown(failures: int, *, has_token: bool) -> bool:
    """Whether the request itself says by now that it did not go through."""
    return failures >= (TOKEN_SHOWN_AFTER if has_token else SHOWN_AFTER)


MAY_BE_FORWARDED = frozenset({Status.NEW, Status.REOPENED, Status.FORWARD_FAILED})
"""States that an outcome of the sending replaces; any other is an agent's decision, and stays."""


def names(reference: str, text: str) -> bool:
    """Whether a text names this reference and not a longer one."""
    return re.search(rf"(?<![\d-]){re.escape(reference)}(?!\d)", text) is not None


# -- pulling ------------------------------------------------------------------------------------

ASKED_AT_ONCE = 50
"""References in one question: about a thousand characters of a URL."""
ASKED_A_PULL = 1000
PAGES_AT_MOST = 10
WINDOW_OVERLAP = timedelta(hours=1)
"""Two clocks differ, and a page takes its time to be made."""
WHOLE_EVERY = timedelta(days=1)
"""How often all are asked about, even of a system that can say what changed."""
LISTENED_FOR = timedelta(days=30)
"""How long after their last word on a closed request."""
AHEAD_AT_MOST = timedelta(minutes=5)
"""A date of theirs further in the future is their clock's mistake: it counts as now."""


@dataclass(frozen=True)
class Heard:
    """What they say of a request. `at`: their date; None when it is missing or unreadable."""

    remote_id: str
    status: str
    note: str | None
    at: datetime | None


@dataclass(frozen=True)
class Known:
    """What they said last, as we kept it."""

    status: str | None = None
    note: str | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Ours:
    """A request here. `people_at`: when a person last changed it; `is_last_by_people`: nothing
    else changed it since."""

    status: Status
    people_at: datetime | None = None
    is_last_by_people: bool = False


@dataclass(frozen=True)
class Step:
    """A change to make here, and the words that go with it."""

    target: Status
    reason: str | None


class Verdict(StrEnum):
    """What became of one thing that they said."""

    SAME = "same"
    NOTED = "noted"  # kept; nothing to change here
    STALE = "stale"  # older than what they had said
    KEPT = "kept"  # somebody here decided since: it stands
    UNKNOWN = "unknown"  # a state that their `forwarding.yml` does not explain
    CHANGED = "changed"
    REFUSED = "refused"  # our own table of states has no such step


def meaning(system: System, status: str, note: str | None) -> Meaning | None:
    """What a status and its note mean: the first that fits; None for an unknown word."""
    said, words = status.strip().casefold(), (note or "").casefold()
    for one in (*system.meanings, *PLAIN):
        if one.status.casefold() == said and one.note.casefold() in words:
            return one
    return None


def judge(system: System, known: Known, heard: Heard, ours: Ours) -> tuple[Verdict, Step | None]:
    """What to do about what they say: at most one step, and none for what was heard before."""
    if heard.at is not None and known.at is not None and heard.at < known.at:
        return Verdict.STALE, None
    if (heard.status, heard.note) == (known.status, known.note):
        return Verdict.SAME, None
    means = meaning(system, heard.status, heard.note)
    if means is None:
        return Verdict.UNKNOWN, None
    if ours.status in (Status.WITHDRAWN, Status.ARCHIVED) or _is_overtaken(heard, ours):
        return Verdict.KEPT, None
    if ours.status in CLOSED:
        return _of_a_closed_one(system, known, heard, means)
    if means.becomes in (None, ours.status):
        return Verdict.NOTED, None
    reason = heard.note or (means.reason if means.becomes is Status.REJECTED else None)
    return Verdict.CHANGED, Step(means.becomes or ours.status, reason)


def _is_overtaken(heard: Heard, ours: Ours) -> bool:
    """Somebody here decided after they said that. Without a date, they overrule no closing."""
    if ours.people_at is None:
        return False
    if heard.at is None:
        return ours.status in CLOSED and ours.is_last_by_people
    return heard.at < ours.people_at


def _of_a_closed_one(
    system: System, known: Known, heard: Heard, means: Meaning
) -> tuple[Verdict, Step | None]:
    """They may reopen what they had closed; one that they had open is behind what we know."""
    if means.becomes in CLOSED:
        return Verdict.NOTED, None
    before = meaning(system, known.status or "", known.note)
    if before is not None and before.becomes in CLOSED:
        return Verdict.CHANGED, Step(Status.REOPENED, heard.note)
    return Verdict.KEPT, None


def not_ahead(at: datetime | None, now: datetime) -> datetime | None:
    """Their date, or now for one that has not come yet."""
    return now if at is not None and at > now + AHEAD_AT_MOST else at
