"""The catalogue as values: services, their questions, who handles them. Pure."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from enum import StrEnum

from bot.errors import NotFound


@dataclass(frozen=True)
class Text:
    """The same words in both languages."""

    fr: str
    en: str

    def in_(self, language: str) -> str:
        """The words in `language`; French for any language but `en`."""
        return self.en if language == "en" else self.fr


class FieldKind(StrEnum):
    """What kind of answer a question takes."""

    TEXT = "text"
    CHOICE = "choice"
    YES_NO = "yes_no"
    LOCATION = "location"
    PHOTO = "photo"
    DATE = "date"
    CONTACT = "contact"
    NUMBER = "number"


@dataclass(frozen=True)
class Choice:
    """One answer of a choice field. `synonyms` are other words for it, in any language."""

    code: str
    label: Text
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True)
class ServiceField:
    """One question of a service. `minimum` and `maximum` are in `unit`, both included."""

    code: str
    kind: FieldKind
    required: bool
    question: Text
    hint: Text | None = None
    choices: tuple[Choice, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    unit: Text | None = None
    max_length: int | None = None
    past_only: bool = False

    def choice(self, code: str) -> Choice:
        """The choice with that code. Raises `NotFound`."""
        for choice in self.choices:
            if choice.code == code:
                return choice
        raise NotFound(f"choice {code}")


@dataclass(frozen=True)
class Phrases:
    """How citizens say it; what the matcher learns from."""

    fr: tuple[str, ...]
    en: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        return self.fr + self.en


class Silence(StrEnum):
    """What it means that a formal demand gets no answer."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    NONE = "none"


SILENCE_MONTHS = 2
"""CRPA L.231-1 where silence accepts, L.231-4 where it refuses, unless a text says otherwise."""


@dataclass(frozen=True)
class LegalSource:
    """Where the meaning of silence was read, and when."""

    name: str
    read: date


@dataclass(frozen=True)
class Procedure:
    """What the acknowledgement of a formal demand must tell (CRPA L.112-3, R.112-5).

    `silence` is None while nobody has checked what it means. `decided_within_days` counts calendar
    days; without it the law's two months hold.
    """

    contact: Text
    silence: Silence | None = None
    decided_within_days: int | None = None
    missing_pieces: Text | None = None
    appeal: Text | None = None
    source: LegalSource | None = None

    def decided_by(self, received: date) -> date | None:
        """The day on which silence decides; None when it decides nothing, or nobody knows."""
        if self.silence not in (Silence.ACCEPTED, Silence.REFUSED):
            return None
        if self.decided_within_days is not None:
            return received + timedelta(days=self.decided_within_days)
        return _months_after(received, SILENCE_MONTHS)


def _months_after(day: date, months: int) -> date:
    """The same day of a later month, or that month's last."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


@dataclass(frozen=True)
class HandOver:
    """When a person takes over from the form: one of `answers` to `field`, or at once without a
    field."""

    field: str | None = None
    answers: tuple[str | bool, ...] = ()

    def holds(self, answers: Mapping[str, object]) -> bool:
        """Whether these answers (by field) call for a person."""
        return self.field is None or answers.get(self.field) in self.answers


@dataclass(frozen=True)
class Service:
    """An entry of the catalogue. `target_delay_days` counts working days; two reports within
    `duplicate_radius_m` metres may be of one problem (0: never).

    `procedure` is None for a report of something wrong: it asks for no decision.
    `commune` is the INSEE code of the commune that added or changed it, None for the metropolis.
    """

    code: str
    group: str
    label: Text
    short_label: Text
    description: Text
    phrases: Phrases
    team: str
    target_delay_days: int
    next_steps: Text
    fields: tuple[ServiceField, ...]
    sensitive: bool = False
    not_ours: Text | None = None
    duplicate_radius_m: int = 40
    procedure: Procedure | None = None
    hand_over: HandOver | None = None
    commune: str | None = None

    def field(self, code: str) -> ServiceField:
        """The question with that code. Raises `NotFound`."""
        for asked in self.fields:
            if asked.code == code:
                return asked
        raise NotFound(f"field {self.code}.{code}")


Week = Mapping[int, tuple[tuple[time, time], ...]]
"""From the day of the week (0: Monday) to spans of local time, in order."""

OFFICE_DAY = ((time(8, 30), time(17)),)


@dataclass(frozen=True)
class Team:
    """Who handles a service, and how to reach them. `email`: who reads answers to our letters;
    `week`: when they answer, Monday to Friday without it (`opening.hours_of`); `answer_within`:
    the opening time after which an unanswered ticket is escalated; `closed`: days on which they
    do not answer, beside public holidays."""

    code: str
    label: Text
    contact: Text
    email: str | None = None
    week: Week = field(default_factory=lambda: dict.fromkeys(range(5), OFFICE_DAY))
    answer_within: timedelta = timedelta(hours=2)
    closed: frozenset[date] = frozenset()


RECEPTION = "accueil"
"""The team of whatever no other one is for; `teams.yml` must have it."""


@dataclass(frozen=True)
class Catalogue:
    """Every service, of the metropolis and of the communes (INSEE code → services of its own)."""

    services: Mapping[str, Service]
    of_communes: Mapping[str, Mapping[str, Service]] = field(default_factory=dict)
    teams: Mapping[str, Team] = field(default_factory=dict)

    def offered(self, commune: str | None) -> tuple[Service, ...]:
        """What a citizen of `commune` (INSEE code) can ask; the metropolis' own when None."""
        return tuple(self._offered(commune).values())

    def service(self, code: str, commune: str | None = None) -> Service:
        """The service as `commune` has it. Raises `NotFound`."""
        found = self.find(code, commune)
        if found is None:
            raise NotFound(f"service {code}")
        return found

    def find(self, code: str, commune: str | None = None) -> Service | None:
        """The same, or None: for what was stored before a service left the catalogue."""
        return self._offered(commune).get(code)

    def has(self, code: str, commune: str | None = None) -> bool:
        """Whether `commune` offers it."""
        return code in self._offered(commune)

    def team(self, code: str) -> Team:
        """Raises `NotFound`."""
        if code not in self.teams:
            raise NotFound(f"team {code}")
        return self.teams[code]

    def team_for(self, service: Service | None) -> Team:
        """Who talks with citizens about a service; the reception about anything else."""
        return self.team(RECEPTION if service is None else service.team)

    def every_variant(self) -> tuple[Service, ...]:
        """All services and all their communes' variants."""
        own = (s for services in self.of_communes.values() for s in services.values())
        return (*self.services.values(), *own)

    def _offered(self, commune: str | None) -> Mapping[str, Service]:
        own = self.of_communes.get(commune, {}) if commune is not None else {}
        return {**self.services, **own} if own else self.services


@dataclass(frozen=True)
class ServiceScore:
    """How likely a text is about a service, from 0 to 1; all services together make 1."""

    code: str
    score: float


CATCH_ALL = "other"
# Calibrated on tests/services/holdout.tsv: right nearly each time it is sure, and rarely sure of a
# text that no service is for.
SURE_SCORE = 0.50
SURE_MARGIN = 0.20


def is_sure(scores: Sequence[ServiceScore]) -> bool:
    """Whether the first service can be taken without asking the citizen which one it is.

    It must be likely (`SURE_SCORE`) and clearly before the second (`SURE_MARGIN`). The catch-all is
    never sure: it is for citizens to choose ("je veux signaler un problème" names none).
    """
    if not scores or scores[0].code == CATCH_ALL:
        return False
    second = scores[1].score if len(scores) > 1 else 0.0
    return scores[0].score >= SURE_SCORE and scores[0].score - second >= SURE_MARGIN
