"""What the figures of a team are counted over, what each list holds, and who may see them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Self
from zoneinfo import ZoneInfo

from bot.accounts.rules import Agent
from bot.errors import Forbidden, Invalid

PARIS = ZoneInfo("Europe/Paris")
ONE_DAY = timedelta(days=1)

OFFERED_DAYS = (7, 30, 90)
LONGEST_DAYS = 731
"""Of a period: two years."""
BY_DAY_UP_TO = 31
"""Days of a period that is shown day by day unless weeks are asked for."""
MOST_DAYS_SHOWN = 92
"""Points of a plot: a longer period is shown by weeks."""
SOON_SHARE = 0.75
"""Of a team's delay: from there on an unanswered ticket is about to breach it."""
AGES = (1, 3, 7, 30)
"""Days, up to and without which each class of age of what is open goes; the last has no end."""
PAGE_ROWS = 50
MOST_EXPORTED = 50_000


class Kind(StrEnum):
    """What a list holds."""

    TICKETS = "tickets"
    REQUESTS = "requests"
    CONVERSATIONS = "conversations"
    MESSAGES = "messages"


class What(StrEnum):
    """The lists behind the figures."""

    QUEUED = "queued"
    TO_ANSWER = "to_answer"
    WITH_CITIZEN = "with_citizen"
    SOON = "soon"
    BREACHED = "breached"
    HELD = "held"
    TICKETS_OPEN = "tickets_open"
    TICKETS_OPENED = "tickets_opened"
    TICKETS_ANSWERED = "tickets_answered"
    TICKETS_CLOSED = "tickets_closed"
    TICKETS_REOPENED = "tickets_reopened"
    TICKETS_GOOD = "tickets_good"
    TICKETS_BAD = "tickets_bad"
    REQUESTS_OPEN = "requests_open"
    REQUESTS_FILED = "requests_filed"
    REQUESTS_RESOLVED = "requests_resolved"
    REQUESTS_REOPENED = "requests_reopened"
    REQUESTS_GOOD = "requests_good"
    REQUESTS_BAD = "requests_bad"
    CONVERSATIONS_BEGUN = "conversations_begun"
    CONVERSATIONS_ALONE = "conversations_alone"
    MISUNDERSTOOD = "misunderstood"

    @property
    def kind(self) -> Kind:
        if self.value.startswith("requests_"):
            return Kind.REQUESTS
        if self.value.startswith("conversations_"):
            return Kind.CONVERSATIONS
        return Kind.MESSAGES if self is What.MISUNDERSTOOD else Kind.TICKETS


LIVE = frozenset(
    {What.QUEUED, What.TO_ANSWER, What.WITH_CITIZEN, What.SOON, What.BREACHED, What.HELD}
)
"""What is so now, whatever the period."""
OPEN = frozenset({What.TICKETS_OPEN, What.REQUESTS_OPEN})
"""What was open at the end of a period."""


class Step(StrEnum):
    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True)
class Period:
    """Days, both counted, on citizens' calendars; `step`: what one point of a plot stands for."""

    first: date
    last: date
    step: Step = Step.DAY

    @classmethod
    def between(cls, first: date, last: date, step: Step | None = None) -> Self:
        """Raises `Invalid` for days in the wrong order, and for more than two years."""
        days = (last - first).days + 1
        if days < 1:
            raise Invalid("to", "it ends before it begins", reason="order")
        if days > LONGEST_DAYS:
            raise Invalid("from", f"more than {LONGEST_DAYS} days", reason="too_long")
        by_day = step is Step.DAY if step else days <= BY_DAY_UP_TO
        return cls(first, last, Step.DAY if by_day and days <= MOST_DAYS_SHOWN else Step.WEEK)

    @classmethod
    def latest(cls, days: int, today: date, step: Step | None = None) -> Self:
        """The last so many days, today the last."""
        return cls.between(today - ONE_DAY * (days - 1), today, step)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def since(self) -> datetime:
        return datetime.combine(self.first, time(), PARIS)

    @property
    def until(self) -> datetime:
        """Not counted any more."""
        return datetime.combine(self.last + ONE_DAY, time(), PARIS)

    def point_of(self, day: date) -> date:
        """The first day of the point that a day belongs to: a Monday where points are weeks."""
        return day if self.step is Step.DAY else day - ONE_DAY * day.weekday()

    @property
    def points(self) -> tuple[date, ...]:
        first, length = self.point_of(self.first), ONE_DAY * (1 if self.step is Step.DAY else 7)
        count = (self.last - first) // length + 1
        return tuple(first + length * n for n in range(count))

    def at_point(self, point: date) -> Period:
        """The days of one point that are in the period."""
        last = point if self.step is Step.DAY else point + ONE_DAY * 6
        return Period(max(point, self.first), min(last, self.last))


@dataclass(frozen=True)
class Chosen:
    """What figures are narrowed to: an INSEE code, and codes of a team, a channel, a service."""

    town: str | None = None
    team: str | None = None
    channel: str | None = None
    service: str | None = None

    def counts(self, kind: Kind) -> bool:
        """Whether what was chosen can tell such things apart: a ticket has no service, and what
        the assistant has by itself has neither service nor team."""
        if kind is Kind.REQUESTS:
            return True
        if kind is Kind.TICKETS:
            return self.service is None
        return self.service is None and self.team is None


@dataclass(frozen=True)
class Wanted:
    """One list. `age`: an index of the classes of age; `holder`: an agent's id, as text."""

    what: What
    period: Period
    chosen: Chosen = Chosen()
    age: int | None = None
    holder: str | None = None


@dataclass(frozen=True)
class Spread:
    """Of some durations: how many, the middle one, and what nine of ten stay within. Their unit is
    that of the durations."""

    count: int
    median: float
    ninth: float


def age_bounds(age: int, end: datetime) -> tuple[datetime | None, datetime]:
    """When what has an age of that class at `end` began: from, none for the oldest, and until."""
    days = (0, *AGES)
    oldest = None if age == len(AGES) else end - timedelta(days=AGES[age])
    return oldest, end - timedelta(days=days[age])


def check_leads(agent: Agent) -> None:
    """Figures are for whoever leads a team. Raises `Forbidden`."""
    if not agent.leads:
        raise Forbidden("figures")


def check_town(agent: Agent, town: str | None) -> None:
    """Raises `Forbidden` for a town that is not the agent's."""
    if town is not None and not agent.sees(town):
        raise Forbidden("town")
