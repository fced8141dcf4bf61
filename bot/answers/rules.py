"""Canned answers: what they hold, whose they are, and which suits a ticket best. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.accounts.rules import Agent, Role
from bot.answers.variables import check_known
from bot.errors import Invalid
from bot.tickets.rules import Subject

LONGEST_TITLE = 120
LONGEST_BODY = 5000
"""Characters."""
MOST_SUITED = 60


class Kind(StrEnum):
    """What agents have at hand."""

    ANSWER = "answer"
    MACRO = "macro"


@dataclass(frozen=True)
class Words:
    """`en` is None where it was not translated."""

    fr: str
    en: str | None = None

    def in_(self, language: str) -> str:
        """The words in that language, French where there are none."""
        return self.en if language == "en" and self.en else self.fr


@dataclass(frozen=True)
class Answer:
    """`team`: whose tickets it is for, None for all. `subjects` (codes of `tickets.rules.Subject`)
    and `services` (codes of the catalogue) are what it suits, everything without."""

    title: Words
    body: Words
    team: str | None = None
    subjects: Sequence[str] = ()
    services: Sequence[str] = field(default=())

    def to_json(self) -> dict[str, Any]:
        return {
            "title": {"fr": self.title.fr, "en": self.title.en},
            "body": {"fr": self.body.fr, "en": self.body.en},
            "team": self.team,
            "subjects": list(self.subjects),
            "services": list(self.services),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Answer:
        return cls(
            Words(**kept["title"]),
            Words(**kept["body"]),
            kept["team"],
            tuple(kept["subjects"]),
            tuple(kept["services"]),
        )


def check_words(name: str, words: Words, longest: int) -> None:
    """Raises `Invalid` for no French, for too much, and for unknown variables."""
    if not words.fr.strip():
        raise Invalid(f"{name}_fr", "nothing was written", reason="empty")
    for language, said in (("fr", words.fr), ("en", words.en or "")):
        if len(said) > longest:
            raise Invalid(f"{name}_{language}", f"more than {longest}", reason="too_long")
        check_known(f"{name}_{language}", said)


def check_title(words: Words) -> None:
    """A title is read in a list: it has no variables. Raises `Invalid`."""
    check_words("title", words, LONGEST_TITLE)
    if "{{" in words.fr + (words.en or ""):
        raise Invalid("title_fr", "no variables here", reason="variable")


def check_answer(answer: Answer, teams: Sequence[str], services: Sequence[str]) -> None:
    """Raises `Invalid` with the field that is wrong. `teams`, `services`: the known codes."""
    check_title(answer.title)
    check_words("body", answer.body, LONGEST_BODY)
    check_team(answer.team, teams)
    if len(answer.services) > MOST_SUITED:
        raise Invalid("services", "too many", reason="too_long")
    if any(service not in services for service in answer.services):
        raise Invalid("services", "unknown", reason="unknown")
    if any(subject not in {s.value for s in Subject} for subject in answer.subjects):
        raise Invalid("subjects", "unknown", reason="unknown")


def check_team(team: str | None, teams: Sequence[str]) -> None:
    """Raises `Invalid` for a team that there is not."""
    if team is not None and team not in teams:
        raise Invalid("team", "unknown", reason="unknown")


@dataclass(frozen=True)
class Situation:
    """What a ticket is about, as far as it is known."""

    commune: str | None
    team: str
    subject: str
    service: str | None


def fitness(answer: Answer, situation: Situation) -> int:
    """How well an answer suits a ticket: one made for its service before one made for its subject,
    before one that says nothing of either, before one made for others."""
    found = 0
    if answer.services:
        found += 4 if situation.service in answer.services else -2
    if answer.subjects:
        found += 2 if situation.subject in answer.subjects else -2
    if answer.team is not None:
        found += 1
    return found


def may_edit(agent: Agent, commune: str | None) -> bool:
    """A town's administrators edit what is their town's alone; the metropolis', what is for all
    as well."""
    if agent.role is Role.METROPOLIS_ADMINISTRATOR:
        return agent.sees(commune)
    return agent.role is Role.COMMUNE_ADMINISTRATOR and commune is not None and agent.sees(commune)


def may_read(agent: Agent, commune: str | None) -> bool:
    """What is for all is for every agent."""
    return commune is None or agent.sees(commune)
