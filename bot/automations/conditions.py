"""What an automation is: when it looks at a ticket, which ones it means, what it does. Pure."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from bot.accounts.rules import AUDITORS, Agent
from bot.errors import Forbidden, Invalid
from bot.services.opening import OpeningHours
from bot.services.rules import Text
from bot.tickets.rules import Priority
from bot.words.folding import fold

LONGEST_TITLE = 80
LONGEST_WORDS = 30
LONGEST_TEXT = 2000
MOST_FAILURES = 5
"""In a row; then an automation switches itself off."""
TRIED_OVER = timedelta(days=30)
ANYBODY = "auto"
"""In place of an agent: whoever the team's own rule chooses."""


class When(StrEnum):
    """What makes an automation look at a ticket: deeds of citizens, and time. Nothing that an
    automation does is among them, so none can set off another."""

    OPENED = "opened"
    WROTE = "wrote"
    UNANSWERED = "unanswered"  # for that many opening hours
    SILENT = "silent"  # the citizen, for that many days after an answer
    RATED_BADLY = "rated_badly"


TIMED = frozenset({When.UNANSWERED, When.SILENT})


@dataclass(frozen=True)
class Conditions:
    """Which tickets are meant; an empty one means any. `words`: one of them, in any spelling of
    case and accents, at the beginning of a word."""

    towns: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()
    priorities: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Closing:
    """The citizen is warned, and after as many days without a word from anybody the ticket is
    closed with a sentence."""

    after_days: int
    warning: Text
    sentence: Text


@dataclass(frozen=True)
class Deeds:
    """What is done. `assign`: an agent's id, or `ANYBODY`; `tags`: put on; `note`: for agents."""

    priority: Priority | None = None
    team: str | None = None
    assign: str | None = None
    tags: tuple[str, ...] = ()
    note: str | None = None
    closing: Closing | None = None

    def names(self) -> tuple[str, ...]:
        """Codes of what is done, in order."""
        every = (
            ("priority", self.priority),
            ("team", self.team),
            ("assign", self.assign),
            ("tag", self.tags or None),
            ("note", self.note),
            ("close", self.closing),
        )
        return tuple(name for name, deed in every if deed is not None)


@dataclass(frozen=True)
class Automation:
    """`amount`: opening hours or days, for a timed one."""

    title: str
    when: When
    amount: int = 0
    only: Conditions = field(default_factory=Conditions)
    then: Deeds = field(default_factory=Deeds)


@dataclass(frozen=True)
class Seen:
    """A ticket as conditions ask of it. `words`: the citizen's, of its beginning and the last;
    `waits_since`: for an answer; `wrote_at`: their last words since it was opened; `rated_at`:
    when they said that it is not settled."""

    reference: str
    town: str | None
    team: str
    service: str | None
    channel: str
    words: str
    priority: str
    language: str
    is_open: bool
    opened_at: datetime
    waits_since: datetime | None = None
    wrote_at: datetime | None = None
    replied_at: datetime | None = None
    answered_at: datetime | None = None
    closed_at: datetime | None = None
    rated_at: datetime | None = None


def means(only: Conditions, seen: Seen) -> bool:
    """Whether a ticket is one of those that are meant."""
    asked = (
        (only.towns, seen.town),
        (only.teams, seen.team),
        (only.services, seen.service),
        (only.channels, seen.channel),
        (only.priorities, seen.priority),
        (only.languages, seen.language),
    )
    return all(not wanted or value in wanted for wanted, value in asked) and _says(only, seen)


def _says(only: Conditions, seen: Seen) -> bool:
    if not only.words:
        return True
    text = f" {fold(seen.words)}"
    return any(f" {fold(word)}" in text for word in only.words)


def fires(
    automation: Automation,
    seen: Seen,
    hours: OpeningHours,
    since: datetime,
    touched_at: datetime | None,
    now: datetime,
) -> bool:
    """Whether something is to be done about a ticket now. `since`: when the automation was
    switched on; `touched_at`: when one last did something to the ticket: what the citizen did
    before that was looked at then, as it was."""
    if not means(automation.only, seen):
        return False
    moment: datetime | None
    match automation.when:
        case When.UNANSWERED:
            return _waits(automation, seen, hours, now)
        case When.SILENT:
            return _is_silent(automation, seen, now)
        case When.OPENED:
            moment = seen.opened_at if seen.is_open else None
        case When.WROTE:
            moment = seen.wrote_at if seen.is_open else None
        case When.RATED_BADLY:
            moment = seen.rated_at
    return moment is not None and moment >= since and (touched_at is None or moment > touched_at)


def _waits(automation: Automation, seen: Seen, hours: OpeningHours, now: datetime) -> bool:
    if not seen.is_open or seen.waits_since is None:
        return False
    return hours.open_between(seen.waits_since, now) >= timedelta(hours=automation.amount)


def _is_silent(automation: Automation, seen: Seen, now: datetime) -> bool:
    if not seen.is_open or seen.replied_at is None:
        return False
    has_answered = seen.wrote_at is not None and seen.wrote_at > seen.replied_at
    return not has_answered and now - seen.replied_at >= timedelta(days=automation.amount)


def would_have(
    automation: Automation, seen: Seen, hours: OpeningHours, start: datetime, now: datetime
) -> bool:
    """Whether it would have done something to a ticket between `start` and `now`, as far as what
    is known of it today tells."""
    if not means(automation.only, seen):
        return False
    end = seen.closed_at or now
    match automation.when:
        case When.OPENED:
            return seen.opened_at >= start
        case When.WROTE:
            return seen.wrote_at is not None and start <= seen.wrote_at <= end
        case When.RATED_BADLY:
            return seen.rated_at is not None and seen.rated_at >= start
        case When.UNANSWERED:
            until = seen.answered_at or end
            waited = hours.open_between(max(seen.opened_at, start), until)
            return waited >= timedelta(hours=automation.amount)
        case When.SILENT:
            if seen.replied_at is None:
                return False
            wrote = seen.wrote_at is not None and seen.wrote_at > seen.replied_at
            return not wrote and end - seen.replied_at >= timedelta(days=automation.amount)


def goes_on(warned_at: datetime, seen: Seen) -> bool:
    """Whether somebody said something since the citizen was warned: then nothing is closed."""
    moments = (seen.wrote_at, seen.replied_at)
    return not seen.is_open or any(at is not None and at > warned_at for at in moments)


@dataclass(frozen=True)
class Known:
    """What an automation may name."""

    towns: AbstractSet[str]
    teams: Collection[str]
    services: AbstractSet[str]
    channels: AbstractSet[str]
    languages: AbstractSet[str]


def check(automation: Automation, known: Known) -> None:
    """Raises `Invalid` with the field that is wrong."""
    title = automation.title
    if not title or title != title.strip() or len(title) > LONGEST_TITLE or not title.isprintable():
        raise Invalid("title", f"has 1 to {LONGEST_TITLE} characters", reason="title")
    most = 400 if automation.when in TIMED else 0
    if not (1 if most else 0) <= automation.amount <= most:
        raise Invalid("amount", f"from 1 to {most}", reason="amount")
    only, then = automation.only, automation.then
    places = (
        ("towns", only.towns, known.towns),
        ("teams", only.teams, frozenset(known.teams)),
        ("services", only.services, known.services),
        ("channels", only.channels, known.channels),
        ("languages", only.languages, known.languages),
        ("priorities", only.priorities, frozenset(one.value for one in Priority)),
        ("team", frozenset({then.team} if then.team else ()), frozenset(known.teams)),
    )
    for name, asked, there in places:
        if asked - there:
            raise Invalid(name, "there is none such", reason="unknown")
    if len(only.words) > LONGEST_WORDS or any(not fold(word) for word in only.words):
        raise Invalid("words", f"at most {LONGEST_WORDS}", reason="words")
    if not then.names():
        raise Invalid("then", "does nothing", reason="nothing")
    _check_deeds(then)


def _check_deeds(then: Deeds) -> None:
    if then.assign not in (None, ANYBODY):
        try:
            UUID(then.assign)
        except ValueError as error:
            raise Invalid("assign", "no agent", reason="unknown") from error
    texts = [("note", then.note or "")]
    if then.closing is not None:
        if not 1 <= then.closing.after_days <= 60:
            raise Invalid("after_days", "from 1 to 60", reason="amount")
        said = (then.closing.warning, then.closing.sentence)
        if any(not part.strip() for one in said for part in (one.fr, one.en)):
            raise Invalid("sentence", "is written in both languages", reason="sentence")
        texts += [("sentence", part) for one in said for part in (one.fr, one.en)]
    for name, text in texts:
        if len(text) > LONGEST_TEXT or "\x00" in text:
            raise Invalid(name, f"at most {LONGEST_TEXT} characters", reason="long")


def is_theirs(agent: Agent, only: Conditions) -> bool:
    """Whether an administrator sees and changes it: all its towns are theirs; one that means every
    town is for those who serve every town."""
    if agent.role not in AUDITORS:
        return False
    return agent.communes is None or (bool(only.towns) and only.towns <= agent.communes)


def check_theirs(agent: Agent, only: Conditions) -> None:
    """Raises `Forbidden` for whoever administers nothing, `Invalid` for towns that are not
    theirs."""
    if agent.role not in AUDITORS:
        raise Forbidden("automations")
    if not is_theirs(agent, only):
        raise Invalid("towns", "they administer only their own", reason="towns")
