"""The filters of a search as conditions on a conversation. Rights are asked here, by town: of a
conversation that another town has, an agent's own tickets and requests alone tell anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time

from sqlalchemy import ColumnElement, and_, false, or_, select

from bot.accounts.rules import Agent
from bot.conversations.tables import Conversation
from bot.handover.asked import STATES, Asked, day
from bot.handover.counter import Counter
from bot.handover.lists import of_queue
from bot.handover.orders import Queue
from bot.handover.store import request_seen, visible
from bot.service_requests.tables import ServiceRequest
from bot.services.working_days import PARIS
from bot.tickets.tables import Ticket
from bot.words.folding import fold


@dataclass(frozen=True)
class Narrowed:
    """The filters as conditions: on one of the agent's tickets, and on its conversation.
    `unknown`: values that name nothing; `towns`: those alone that are asked for, if any;
    `elsewhere`: none of these is the agent's, so that nothing is found."""

    of_ticket: Sequence[ColumnElement[bool]]
    of_conversation: Sequence[ColumnElement[bool]]
    unknown: Sequence[str]
    towns: Sequence[str]
    elsewhere: bool

    def on_conversation(self, agent: Agent) -> list[ColumnElement[bool]]:
        """All of them, on a conversation."""
        if not self.of_ticket:
            return [*self.of_conversation]
        return [*self.of_conversation, _has_ticket(agent, and_(*self.of_ticket))]


def conditions(agent: Agent, asked: Asked, counter: Counter, now: datetime) -> Narrowed:
    """The filters of a search."""
    of_ticket: list[ColumnElement[bool]] = []
    of_conversation: list[ColumnElement[bool]] = []
    unknown: list[str] = []
    for name, values in asked.filters.items():
        made = [_condition(name, value, agent, counter, now) for value in values]
        unknown += [value for value, one in zip(values, made, strict=True) if one is None]
        known = [one for one in made if one is not None]
        if not known:
            continue
        joined = and_(*known) if name in ("tag", "since", "before") else or_(*known)
        (of_conversation if name in _OF_CONVERSATION else of_ticket).append(joined)
    towns = _towns(asked.filters.get("town", ()), counter)
    elsewhere = bool(towns) and not any(agent.sees(town) for town in towns)
    return Narrowed(of_ticket, of_conversation, unknown, towns, elsewhere)


def _towns(named: Iterable[str], counter: Counter) -> list[str]:
    return [town.insee for one in named for town in counter.gazetteer.named(one)]


_OF_CONVERSATION = frozenset({"channel", "town", "service", "since", "before"})


def _condition(
    name: str, value: str, agent: Agent, counter: Counter, now: datetime
) -> ColumnElement[bool] | None:
    match name:
        case "queue":
            codes = [queue for queue in Queue if queue.value == fold(value)]
            return and_(*of_queue(agent, codes[0], now)) if codes else None
        case "team":
            teams = _named(value, {t.code: t.label.fr for t in counter.catalogue.teams.values()})
            return Ticket.team.in_(teams) if teams else None
        case "state":
            state = STATES.get(fold(value))
            return None if state is None else Ticket.status == state
        case "tag":
            return Ticket.tags.contains([" ".join(value.split()).lower()])
        case "town":
            towns = _towns([value], counter)
            return _of_towns(agent, towns) if towns else None
        case "channel":
            return or_(
                Conversation.channel == value.lower(),
                Conversation.continued_channel == value.lower(),
            )
        case "service":
            services = counter.catalogue.services.values()
            named = _named(value, {one.code: one.label.fr for one in services})
            own = select(ServiceRequest.reference).where(
                ServiceRequest.conversation_id == Conversation.id,
                ServiceRequest.service.in_(named),
                request_seen(agent),
            )
            return own.correlate(Conversation).exists() if named else None
        case _:
            return _dated(name, value, agent)


def _of_towns(agent: Agent, towns: Sequence[str]) -> ColumnElement[bool]:
    """Those conversations, and what their agents were asked in others."""
    if agent.communes is None:
        return Conversation.commune.in_(towns)
    theirs = sorted(agent.communes.intersection(towns))
    if not theirs:
        return false()
    return or_(Conversation.commune.in_(theirs), _has_ticket(agent, Ticket.commune.in_(theirs)))


def _has_ticket(agent: Agent, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """A ticket of the agent's that is so."""
    one = select(Ticket.reference).where(
        Ticket.conversation_id == Conversation.id, visible(agent), condition
    )
    return one.correlate(Conversation).exists()


def _dated(name: str, value: str, agent: Agent) -> ColumnElement[bool] | None:
    """By the conversation's last word, or its first."""
    on = day(value)
    if on is None:
        return None
    midnight = datetime.combine(on, time(), PARIS)
    if name == "since":
        return _goes_on_since(agent, midnight)
    return Conversation.created_at < midnight


def _goes_on_since(agent: Agent, moment: datetime) -> ColumnElement[bool]:
    """Of a conversation that another town has, until the end of the agent's ticket in it."""
    since = Conversation.updated_at >= moment
    if agent.communes is None:
        return since
    is_theirs = Conversation.commune.in_(sorted(agent.communes))
    until_its_end = or_(Ticket.closed_at >= moment, and_(Ticket.closed_at.is_(None), since))
    return or_(and_(is_theirs, since), _has_ticket(agent, until_its_end))


def _named(value: str, labels: Mapping[str, str]) -> list[str]:
    """The codes of that code, or whose label holds those words."""
    wanted = fold(value)
    exact = [code for code in labels if fold(code) == wanted]
    return exact or [code for code, label in labels.items() if wanted in fold(label)]
