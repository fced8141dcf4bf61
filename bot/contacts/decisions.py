"""What an agent noted, and what is to become of it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.contacts.rules import Channel, Outcome, Person
from bot.service_requests.draft import Draft
from bot.services.rules import Service, Team
from bot.tickets.rules import Subject


@dataclass(frozen=True)
class Contact:
    """Who asked for what, by which way. `id`: made by the page, a repeat records nothing."""

    id: str
    channel: Channel
    commune: str
    person: Person
    words: str
    language: str = "fr"


@dataclass(frozen=True)
class ToFile:
    """A request to file: its draft, its service and team, and the name of its town."""

    draft: Draft
    service: Service
    team: Team
    town: str


@dataclass(frozen=True)
class ToJoin:
    """The reference of a request that is the same problem, and what is added to it."""

    reference: str
    draft: Draft


@dataclass(frozen=True)
class ToPass:
    """A team answers."""

    team: Team
    subject: Subject = Subject.QUESTION


@dataclass(frozen=True)
class Answered:
    """The agent answered at once, with these words; `team`: for which team."""

    text: str
    team: Team


@dataclass(frozen=True)
class NoteOnly:
    """It is kept, and nothing follows: nobody is told, nobody answers."""


Decision = ToFile | ToJoin | ToPass | Answered | NoteOnly


def outcome_of(decided: Decision) -> Outcome:
    match decided:
        case ToFile():
            return Outcome.FILED
        case ToJoin():
            return Outcome.JOINED
        case ToPass():
            return Outcome.TICKET
        case Answered():
            return Outcome.ANSWERED
        case NoteOnly():
            return Outcome.NOTED
