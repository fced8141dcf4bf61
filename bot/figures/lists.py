"""What each list holds, as conditions: a figure counts, and its list shows, the same rows.
Rights are asked here: whoever leads, and by town, always."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    FromClause,
    and_,
    case,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased

from bot.accounts.rules import Agent
from bot.conversations.rules import Owner
from bot.conversations.tables import Conversation, Message
from bot.figures.opening_time import begun_before
from bot.figures.rules import (
    LIVE,
    OPEN,
    SOON_SHARE,
    Chosen,
    Kind,
    Wanted,
    What,
    age_bounds,
    check_leads,
    check_town,
)
from bot.handover.store import visible
from bot.service_requests import rules as requests
from bot.service_requests.tables import RequestEvent, ServiceRequest, StatusChange
from bot.services.opening import hours_of
from bot.services.rules import Catalogue
from bot.tickets import rules as tickets
from bot.tickets.store import IS_AWAITED
from bot.tickets.tables import Ticket, TicketEvent

Condition = ColumnElement[bool]
SOMEBODY_WAITED = Ticket.reason.not_in(sorted(tickets.UNASKED))

WAITS_SINCE = case(
    (Conversation.owner == Owner.AGENT.value, Conversation.waiting_since),
    (~IS_AWAITED, None),
    else_=Ticket.queued_since,
)
"""Since when an open ticket's citizen waits: in the queue, or with an agent since they wrote; the
same as `handover.minding` looks at. None where nobody does."""


@dataclass(frozen=True)
class Listing:
    """Where the rows of a list come from, which of them, and the moment that counts of each.
    `beside`: a table with exactly one row for each of `base`, and what joins the two."""

    base: FromClause
    conditions: tuple[Condition, ...]
    at: ColumnElement[datetime] | InstrumentedAttribute[datetime]
    beside: tuple[FromClause, Condition] | None = None

    @property
    def table(self) -> FromClause:
        """With every column that there is to show."""
        return self.base if self.beside is None else self.base.join(*self.beside)

    def asked(self, *columns: Any) -> FromClause:
        """No more of it than the conditions and `columns` ask about: as many rows, without a join
        that costs more than the count itself."""
        if self.beside is None:
            return self.base
        named = select(self.at, *columns).where(*self.conditions).get_final_froms()
        return self.table if self.beside[0] in named else self.base


OF_TICKET = (Conversation.__table__, Conversation.id == Ticket.conversation_id)
OF_CHANGE = (ServiceRequest.__table__, ServiceRequest.reference == StatusChange.reference)


@dataclass(frozen=True)
class Delays:
    """By team, which tickets have waited too long by `now`, or soon will have."""

    now: datetime
    breached: Mapping[str, datetime]
    soon: Mapping[str, datetime]

    @classmethod
    def at(cls, now: datetime, catalogue: Catalogue) -> Delays:
        breached: dict[str, datetime] = {}
        soon: dict[str, datetime] = {}
        for team in catalogue.teams.values():
            for by_team, share in ((breached, 1.0), (soon, SOON_SHARE)):
                moment = begun_before(hours_of(team), now, team.answer_within * share)
                if moment is not None:
                    by_team[team.code] = moment
        return cls(now, breached, soon)

    @property
    def is_breached(self) -> Condition:
        return _is_before(self.breached)

    @property
    def is_soon(self) -> Condition:
        """And not yet breached."""
        return and_(_is_before(self.soon), func.coalesce(~_is_before(self.breached), true()))


def _is_before(moments: Mapping[str, datetime]) -> Condition:
    if not moments:
        return false()
    return case(dict(moments), value=Ticket.team) > WAITS_SINCE


def of_what(delays: Delays, what: What) -> Condition:
    """Of an open ticket: whether it is in one of the live lists."""
    is_agents = Conversation.owner == Owner.AGENT.value
    match what:
        case What.QUEUED:
            return ~is_agents
        case What.TO_ANSWER:
            return and_(is_agents, Conversation.waiting_since.is_not(None))
        case What.WITH_CITIZEN:
            return and_(is_agents, Conversation.waiting_since.is_(None))
        case What.SOON:
            return delays.is_soon
        case What.BREACHED:
            return delays.is_breached
        case _:
            return true()


def listing(agent: Agent, wanted: Wanted, catalogue: Catalogue, now: datetime) -> Listing:
    """A list as an agent may see it. Raises `Forbidden`."""
    check_leads(agent)
    check_town(agent, wanted.chosen.town)
    match wanted.what.kind:
        case Kind.TICKETS:
            return _tickets(agent, wanted, catalogue, now)
        case Kind.REQUESTS:
            return _requests(agent, wanted, catalogue, now)
        case Kind.CONVERSATIONS:
            return _conversations(agent, wanted)
        case Kind.MESSAGES:
            return _messages(agent, wanted)


def seen_tickets(agent: Agent, chosen: Chosen) -> list[Condition]:
    """The tickets that an agent may see, narrowed to what was chosen."""
    return [
        visible(agent),
        *_equal(Ticket.commune, chosen.town),
        *_equal(Ticket.team, chosen.team),
        *_equal(Conversation.channel, chosen.channel),
        *([false()] if chosen.service is not None else []),
    ]


def seen_requests(agent: Agent, chosen: Chosen, catalogue: Catalogue) -> list[Condition]:
    """The same of requests: a team has those of its services."""
    services = {s.code for s in catalogue.every_variant() if s.team == chosen.team}
    return [
        _of_towns(agent, ServiceRequest.commune),
        *_equal(ServiceRequest.commune, chosen.town),
        *_equal(ServiceRequest.channel, chosen.channel),
        *_equal(ServiceRequest.service, chosen.service),
        *([] if chosen.team is None else [ServiceRequest.service.in_(sorted(services))]),
    ]


def seen_conversations(agent: Agent, chosen: Chosen) -> list[Condition]:
    """The same of conversations; those of applications are requests only."""
    return [
        _of_towns(agent, Conversation.commune),
        Conversation.channel != "open311",
        *_equal(Conversation.commune, chosen.town),
        *_equal(Conversation.channel, chosen.channel),
        *([] if chosen.counts(Kind.CONVERSATIONS) else [false()]),
    ]


def _tickets(agent: Agent, wanted: Wanted, catalogue: Catalogue, now: datetime) -> Listing:
    held = Ticket.__table__
    what, seen = wanted.what, seen_tickets(agent, wanted.chosen)
    if what in LIVE:
        seen += [
            Ticket.status == tickets.Status.OPEN.value,
            of_what(Delays.at(now, catalogue), what),
            *([Ticket.assignee == UUID(wanted.holder)] if wanted.holder else []),
        ]
        return Listing(held, tuple(seen), func.coalesce(WAITS_SINCE, Ticket.opened_at), OF_TICKET)
    if what is What.TICKETS_OPEN:
        end = min(wanted.period.until, now)
        seen += [
            Ticket.opened_at < end,
            or_(Ticket.closed_at.is_(None), Ticket.closed_at >= end),
            *_aged(Ticket.opened_at, wanted.age, end),
        ]
        return Listing(held, tuple(seen), Ticket.opened_at, OF_TICKET)
    if what is What.TICKETS_REOPENED:
        table = held.join(TicketEvent.__table__, TicketEvent.reference == Ticket.reference)
        seen.append(TicketEvent.kind == tickets.EventKind.REOPENED.value)
        return _in_period(table, seen, wanted, TicketEvent.at, OF_TICKET)
    at: Any = Ticket.closed_at
    if what is What.TICKETS_OPENED:
        at = Ticket.opened_at
    elif what is What.TICKETS_ANSWERED:
        at = Ticket.first_reply_at
        seen.append(SOMEBODY_WAITED)
    elif what in (What.TICKETS_GOOD, What.TICKETS_BAD):
        seen.append(Ticket.score == _score(what))
    return _in_period(held, seen, wanted, at, OF_TICKET)


def _requests(agent: Agent, wanted: Wanted, catalogue: Catalogue, now: datetime) -> Listing:
    table: FromClause = ServiceRequest.__table__
    what, seen = wanted.what, seen_requests(agent, wanted.chosen, catalogue)
    if what is What.REQUESTS_FILED:
        return _in_period(table, seen, wanted, ServiceRequest.filed_at)
    if what is What.REQUESTS_OPEN:
        end = min(wanted.period.until, now)
        seen += [
            ServiceRequest.filed_at < end,
            _was_open(end, is_now=end >= now),
            *_aged(ServiceRequest.filed_at, wanted.age, end),
        ]
        return Listing(table, tuple(seen), ServiceRequest.filed_at)
    if what in (What.REQUESTS_GOOD, What.REQUESTS_BAD):
        of_event = (table, RequestEvent.reference == ServiceRequest.reference)
        seen += [
            RequestEvent.kind == requests.EventKind.RATED.value,
            RequestEvent.data["score"].astext == _score(what),
        ]
        return _in_period(RequestEvent.__table__, seen, wanted, RequestEvent.at, of_event)
    is_resolved = what is What.REQUESTS_RESOLVED
    status = requests.Status.RESOLVED if is_resolved else requests.Status.REOPENED
    seen.append(StatusChange.status == status.value)
    return _in_period(StatusChange.__table__, seen, wanted, StatusChange.at, OF_CHANGE)


def _was_open(end: datetime, *, is_now: bool) -> Condition:
    closed = sorted(requests.CLOSED)
    if is_now:
        return ServiceRequest.status.not_in(closed)
    last = (
        select(StatusChange.status)
        .where(StatusChange.reference == ServiceRequest.reference, StatusChange.at < end)
        .order_by(StatusChange.at.desc())
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(last, requests.Status.NEW.value).not_in(closed)


def _conversations(agent: Agent, wanted: Wanted) -> Listing:
    seen = seen_conversations(agent, wanted.chosen)
    if wanted.what is What.CONVERSATIONS_ALONE:
        seen.append(is_solved_alone())
    return _in_period(Conversation.__table__, seen, wanted, Conversation.created_at)


def is_solved_alone() -> Condition:
    """No person was asked for, and what the citizen said last was understood."""
    later = aliased(Message)
    is_followed = (
        select(later.seq)
        .where(
            later.conversation_id == Message.conversation_id,
            later.seq > Message.seq,
            later.sender == "citizen",
        )
        .exists()
    )
    ended_in_doubt = (
        select(Message.seq)
        .where(Message.conversation_id == Conversation.id, IS_MISUNDERSTOOD, ~is_followed)
        .exists()
    )
    has_ticket = select(Ticket.reference).where(Ticket.conversation_id == Conversation.id).exists()
    return and_(~has_ticket, ~ended_in_doubt)


IS_MISUNDERSTOOD: Condition = literal_column("message.content ? 'doubted'", Boolean)
"""What `conversations.commit` marked; word for word the condition of its index."""


def _messages(agent: Agent, wanted: Wanted) -> Listing:
    seen = [*seen_conversations(agent, wanted.chosen), IS_MISUNDERSTOOD]
    of_message = (Conversation.__table__, Conversation.id == Message.conversation_id)
    return _in_period(Message.__table__, seen, wanted, Message.at, of_message)


def _in_period(
    base: FromClause,
    seen: Sequence[Condition],
    wanted: Wanted,
    at: Any,
    beside: tuple[FromClause, Condition] | None = None,
) -> Listing:
    period = wanted.period
    return Listing(base, (*seen, at >= period.since, at < period.until), at, beside)


def _aged(began: Any, age: int | None, end: datetime) -> list[Condition]:
    if age is None:
        return []
    oldest, newest = age_bounds(age, end)
    return [began <= newest, *([] if oldest is None else [began > oldest])]


def _score(what: What) -> str:
    return requests.Score.GOOD.value if what.value.endswith("_good") else requests.Score.BAD.value


def _equal(column: Any, value: str | None) -> list[Condition]:
    return [] if value is None else [column == value]


def _of_towns(agent: Agent, column: Any) -> Condition:
    if agent.communes is None:
        return true()
    return column.in_(sorted(agent.communes)) if agent.communes else false()


def is_bounded(what: What) -> bool:
    """Whether a list is of a period, and not of one moment."""
    return what not in LIVE | OPEN
