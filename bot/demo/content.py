"""What the demonstration's people say, and where: read from the files of `content/`."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bot.automations.conditions import Automation
from bot.automations.written import automation_of
from bot.texts.rules import Text

FOLDER = Path(__file__).parent / "content"
JITTER_DEGREES = 0.0012
"""How far from the middle of its street a problem is, at most."""


@dataclass(frozen=True)
class Street:
    """A real street, by a rounded point of it in degrees. `highest`: of its house numbers."""

    insee: str
    name: str
    latitude: float
    longitude: float
    highest: int


@dataclass(frozen=True)
class Spot:
    """An address of a street."""

    insee: str
    address: str
    latitude: float
    longitude: float


@dataclass(frozen=True)
class Problem:
    """Something that citizens report, and how they say it."""

    service: str
    weight: int
    texts: Sequence[str]
    english: Sequence[str] = ()
    storm: int = 0
    photo: str | None = None
    answers: Mapping[str, Sequence[Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Talk:
    """A conversation with an agent, and how one or another puts it. `emergency`: its kind, when the
    assistant gave the numbers first."""

    team: str
    subject: str
    asks: Sequence[str]
    answers: Sequence[str]
    more: Sequence[str]
    priority: str = "normal"
    language: str = "fr"
    note: str | None = None
    emergency: str | None = None


@dataclass(frozen=True)
class Letter:
    """A mail with its subject, what is answered, and what its author writes again. `name`: theirs;
    `intent`: as the assistant reads it."""

    name: str
    team: str
    intent: str
    subject: str
    said: str
    answers: Sequence[str]
    more: str
    language: str = "fr"


@dataclass(frozen=True)
class Questions:
    """What is asked of the assistant alone: answered by articles, by their codes; about one theme
    that it does not understand; and misunderstood one by one."""

    answered: Mapping[str, Sequence[str]]
    theme: Sequence[str]
    doubted: Sequence[str]


@dataclass(frozen=True)
class Planned:
    """An automation with its versions, oldest first. `is_on`: when the month ends."""

    versions: Sequence[Automation]
    is_on: bool


@dataclass(frozen=True)
class Sentence:
    """A sentence of the assistant's written anew: the days since the month's beginning with each
    text, oldest first. `commune`: None for all."""

    key: str
    versions: Sequence[tuple[int, Text]]
    commune: str | None = None


@dataclass(frozen=True)
class Colleague:
    """An agent of the demonstration; without towns they serve every one."""

    login: str
    name: str
    role: str
    communes: Sequence[str] | None = None
    teams: Sequence[str] = ()


@dataclass(frozen=True)
class Content:
    streets: Sequence[Street]
    problems: Sequence[Problem]
    talks: Sequence[Talk]
    questions: Questions
    agents: Sequence[Colleague]
    sayings: Mapping[str, Sequence[str]]
    letters: Sequence[Letter]
    automations: Sequence[Planned]
    texts: Sequence[Sentence]

    def spot(self, rng: random.Random) -> Spot:
        """Somewhere in one of the towns; Lyon has more streets, hence more of it."""
        street = rng.choice(self.streets)
        shift = rng.uniform(-JITTER_DEGREES, JITTER_DEGREES)
        return Spot(
            street.insee,
            f"{rng.randint(1, street.highest)} {street.name}",
            round(street.latitude + shift, 5),
            round(street.longitude + rng.uniform(-JITTER_DEGREES, JITTER_DEGREES), 5),
        )


def load_content() -> Content:
    sayings = _yaml("sayings.yml")
    agents = sayings.pop("agents")
    return Content(
        [_street(line) for line in (FOLDER / "streets.tsv").read_text("utf-8").splitlines()],
        [Problem(**one) for one in _yaml("problems.yml")],
        [Talk(**one) for one in _yaml("talks.yml")],
        Questions(**_yaml("questions.yml")),
        [Colleague(**one) for one in agents],
        sayings,
        [Letter(**one) for one in _yaml("letters.yml")],
        [
            Planned([automation_of(made) for made in one["versions"]], one["is_on"])
            for one in _yaml("automations.yml")
        ],
        [_sentence(**one) for one in _yaml("texts.yml")],
    )


def _sentence(key: str, versions: Sequence[Any], commune: str | None = None) -> Sentence:
    texts = [
        (one["day"], Text((one["fr"],), (one["en"],) if "en" in one else None)) for one in versions
    ]
    return Sentence(key, texts, commune)


def _yaml(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text("utf-8"))


def _street(line: str) -> Street:
    insee, name, latitude, longitude, highest = line.split("\t")
    return Street(insee, name, float(latitude), float(longitude), int(highest))
