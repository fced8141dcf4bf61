"""Who gets a ticket by itself, who gives one back, and what a team's settings may be. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from bot.accounts.rules import Agent
from bot.errors import Forbidden, Invalid
from bot.services.rules import Service, Team, Week

CAPACITY = 12
"""Open tickets that an agent gets by themselves at a time, unless somebody says otherwise."""
LARGEST_CAPACITY = 200
LONGEST_ABSENCE = timedelta(days=366)
MOST_CLOSED_DAYS = 100
SPAN = re.compile(r"([01]?\d|2[0-3])[:h]([0-5]\d)\s*[-–]\s*([01]?\d|2[0-3])[:h]([0-5]\d)")


@dataclass(frozen=True)
class Skills:
    """What an agent answers: codes of services, and languages; everything without any.
    `capacity`: open tickets at a time; with 0 they get none by themselves."""

    services: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    capacity: int = CAPACITY

    def fit(self, needed: Needed) -> bool:
        """Whether what is asked is theirs. What names no service is everybody's."""
        knows = needed.service is None or not self.services or needed.service in self.services
        return knows and (not self.languages or needed.language in self.languages)


@dataclass(frozen=True)
class Needed:
    """What a ticket asks of whoever answers it."""

    service: str | None
    language: str


@dataclass(frozen=True)
class Candidate:
    """A member of the team who is there. `open_tickets`: in their hands and not put aside;
    `last_at`: when they last got a ticket by themselves."""

    id: UUID
    name: str
    skills: Skills
    open_tickets: int
    last_at: datetime | None


def choose(candidates: Iterable[Candidate], needed: Needed) -> Candidate | None:
    """Who gets the ticket: of those whom it fits and who have room, the one with the smallest
    share of their capacity in hand, then the one who has waited longest; None when nobody can."""
    able = [one for one in candidates if one.skills.fit(needed) and _has_room(one)]
    return min(able, key=_turn, default=None)


def _has_room(one: Candidate) -> bool:
    return one.open_tickets < one.skills.capacity


def _turn(one: Candidate) -> tuple[Fraction, bool, float, str]:
    load = Fraction(one.open_tickets, one.skills.capacity)
    since = 0.0 if one.last_at is None else one.last_at.timestamp()
    return load, one.last_at is not None, since, str(one.id)


@dataclass(frozen=True)
class TeamSettings:
    """What somebody set for a team in place of `teams.yml`. `week`, `answer_within_minutes`: None
    as the file has it. `assigns`: whether tickets go to members by themselves;
    `gives_back_after_minutes`: the opening time after which one that waits for somebody who is
    away goes back; `offers_after_hours`: the same for a conversation that they have answered
    already, never without. `delays`: working days, by service."""

    week: Week | None = None
    closed: frozenset[date] = frozenset()
    answer_within_minutes: int | None = None
    assigns: bool = False
    gives_back_after_minutes: int = 30
    offers_after_hours: int | None = None
    delays: Mapping[str, int] = field(default_factory=dict)

    def team(self, team: Team) -> Team:
        """The team as it works now."""
        minutes = self.answer_within_minutes
        return replace(
            team,
            week=team.week if self.week is None else self.week,
            closed=self.closed,
            answer_within=team.answer_within if minutes is None else timedelta(minutes=minutes),
        )

    def service(self, service: Service) -> Service:
        """One of the team's services with the delay that holds now."""
        days = self.delays.get(service.code)
        return service if days is None else replace(service, target_delay_days=days)

    def to_json(self) -> dict[str, Any]:
        week = self.week
        return {
            "week": None if week is None else {str(day): said(week[day]) for day in sorted(week)},
            "closed": sorted(day.isoformat() for day in self.closed),
            "answer_within_minutes": self.answer_within_minutes,
            "assigns": self.assigns,
            "gives_back_after_minutes": self.gives_back_after_minutes,
            "offers_after_hours": self.offers_after_hours,
            "delays": dict(sorted(self.delays.items())),
        }


def settings_of(kept: Mapping[str, Any]) -> TeamSettings:
    """What `to_json` made."""
    week = kept.get("week")
    return TeamSettings(
        None if week is None else {int(day): spans_of(text) for day, text in week.items()},
        frozenset(date.fromisoformat(day) for day in kept.get("closed", ())),
        kept.get("answer_within_minutes"),
        bool(kept.get("assigns", False)),
        int(kept.get("gives_back_after_minutes", 30)),
        kept.get("offers_after_hours"),
        dict(kept.get("delays", {})),
    )


def spans_of(text: str) -> tuple[tuple[time, time], ...]:
    """`08:30-12:00, 13:30-17:00`, or nothing for a day off. Raises `Invalid`."""
    spans = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        found = SPAN.fullmatch(part)
        if found is None:
            raise Invalid("week", "no span of hours", reason="spans")
        h, m, to_h, to_m = (int(one) for one in found.groups())
        spans.append((time(h, m), time(to_h, to_m)))
    ends = [end for span in spans for end in span]
    if ends != sorted(set(ends)):
        raise Invalid("week", "spans are in order and do not overlap", reason="spans")
    return tuple(spans)


def said(spans: Iterable[tuple[time, time]]) -> str:
    """As `spans_of` reads them."""
    return ", ".join(f"{start:%H:%M}-{end:%H:%M}" for start, end in spans)


def check_settings(settings: TeamSettings, services: Collection[str]) -> None:
    """Raises `Invalid` with the field that is wrong. `services`: the team's."""
    minutes, hours = settings.gives_back_after_minutes, settings.offers_after_hours
    _between("answer_within_minutes", settings.answer_within_minutes, 5, 10_000)
    _between("gives_back_after_minutes", minutes, 1, 10_000)
    _between("offers_after_hours", hours, 1, 400)
    if len(settings.closed) > MOST_CLOSED_DAYS:
        raise Invalid("closed", "too many days", reason="days")
    if settings.week is not None and not any(settings.week.values()):
        raise Invalid("week", "a team answers some day", reason="spans")
    if unknown := sorted(set(settings.delays) - set(services)):
        raise Invalid("delays", f"no service of the team: {', '.join(unknown)}", reason="number")
    for days in settings.delays.values():
        _between("delays", days, 0, 400)


def check_skills(skills: Skills, services: AbstractSet[str], languages: AbstractSet[str]) -> None:
    """Raises `Invalid`. `services`, `languages`: all that there are."""
    _between("capacity", skills.capacity, 0, LARGEST_CAPACITY)
    if skills.services - services:
        raise Invalid("services", "there is no such service", reason="unknown")
    if skills.languages - languages:
        raise Invalid("languages", "there is no such language", reason="unknown")


def _between(field_: str, value: int | None, least: int, most: int) -> None:
    if value is not None and not least <= value <= most:
        raise Invalid(field_, f"from {least} to {most}", reason="number")


def check_absence(start: datetime, end: datetime, now: datetime) -> None:
    """Raises `Invalid` for an absence that is over, ends before it begins or lasts a year."""
    if end <= start or end <= now or end - start > LONGEST_ABSENCE:
        raise Invalid("until", "an absence ends after it begins, and later than now", "absence")


def leads_member(lead: Agent, communes: AbstractSet[str] | None, teams: AbstractSet[str]) -> bool:
    """Whether an agent of these towns and teams is one whose work `lead` arranges: all their towns
    are the lead's, and one of their teams."""
    if not lead.leads:
        return False
    in_towns = lead.communes is None or (communes is not None and communes <= lead.communes)
    return in_towns and (not lead.teams or bool(teams & lead.teams))


def check_sets_team(lead: Agent, team: str) -> None:
    """A team answers every town: its hours are set by those who serve all of them. Raises
    `Forbidden`."""
    if not sets_team(lead, team):
        raise Forbidden("team")


def sets_team(lead: Agent, team: str) -> bool:
    """Whether a lead changes the settings of that team."""
    return lead.leads and lead.communes is None and (not lead.teams or team in lead.teams)
