"""What happened over a period, counted by the points of its plots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    DateTime,
    Float,
    Integer,
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
    text,
)

from bot.accounts.rules import Agent
from bot.conversations.tables import Conversation, Message
from bot.figures import sights
from bot.figures.durations import clocks_in_sql, working_days_in_sql
from bot.figures.lists import (
    OF_CHANGE,
    OF_TICKET,
    SOMEBODY_WAITED,
    Listing,
    is_solved_alone,
    listing,
    seen_requests,
    seen_tickets,
)
from bot.figures.rules import (
    AGES,
    Chosen,
    Kind,
    Period,
    Spread,
    Wanted,
    What,
    check_leads,
    check_town,
)
from bot.handover.store import visible
from bot.service_requests import rules as requests
from bot.service_requests.tables import ServiceRequest, StatusChange
from bot.services.rules import Catalogue
from bot.services.working_days import ONE_DAY, PARIS, local_date
from bot.storage.transaction import Transaction
from bot.tickets.tables import Ticket

LOCAL: ColumnElement[str] = literal_column("'Europe/Paris'")
MOMENT = DateTime(timezone=True)
COUNTED = (
    What.TICKETS_OPENED,
    What.TICKETS_CLOSED,
    What.TICKETS_REOPENED,
    What.TICKETS_GOOD,
    What.TICKETS_BAD,
    What.REQUESTS_FILED,
    What.REQUESTS_RESOLVED,
    What.REQUESTS_REOPENED,
    What.REQUESTS_GOOD,
    What.REQUESTS_BAD,
    What.CONVERSATIONS_BEGUN,
    What.MISUNDERSTOOD,
)
RANKS = (0.5, 0.9)
"""Of durations: `Spread.median` and `Spread.ninth`."""
DOUBTS = "doubts"
"""What was not understood, as the audit log calls it."""
MOST_GROUPED = 600
"""Misunderstood messages of a period that are grouped, the latest."""

Counts = Mapping[date, int]
Spreads = Mapping[date, Spread]
"""Durations by point; a point without any is left out."""


@dataclass(frozen=True)
class Said:
    """A message that was not understood. `reference`: of its conversation's last ticket."""

    at: datetime
    text: str
    commune: str | None
    channel: str
    reference: str | None


@dataclass
class History:
    """What was read of a period; what the chosen filters cannot tell apart is left out.

    `counts` by list and point; `open_…`: how much was open at the end of each point; `ages` by
    class, at the end of the period; `alone` by point. `answered` and `closed` count seconds of
    the teams' opening time from the ticket's opening, `resolved` working days from the filing.
    """

    period: Period
    chosen: Chosen
    until: datetime
    counts: dict[What, Counts] = field(default_factory=dict)
    alone: Counts = field(default_factory=dict)
    tickets_by_channel: Mapping[str, int] = field(default_factory=dict)
    requests_by_channel: Mapping[str, int] = field(default_factory=dict)
    by_service: Mapping[str, int] = field(default_factory=dict)
    open_tickets: Counts = field(default_factory=dict)
    open_requests: Counts = field(default_factory=dict)
    ticket_ages: Sequence[int] = ()
    request_ages: Sequence[int] = ()
    answered: Spreads = field(default_factory=dict)
    closed: Spreads = field(default_factory=dict)
    resolved: Spreads = field(default_factory=dict)
    misunderstood: Sequence[Said] = ()

    def total(self, what: What) -> int:
        return sum(self.counts.get(what, {}).values())


async def read(
    tx: Transaction,
    agent: Agent,
    period: Period,
    chosen: Chosen,
    catalogue: Catalogue,
    now: datetime,
    *,
    with_words: bool = True,
) -> History:
    """`with_words`: with what was not understood, which the audit log tells. Raises `Forbidden`
    when the agent leads nobody, or for a town that is not theirs."""
    check_leads(agent)
    check_town(agent, chosen.town)
    # The durations of a year are sorted in memory, which is some ten megabytes.
    await tx.execute(text("SET LOCAL work_mem = '32MB'"))
    reader = _Reader(tx, agent, period, chosen, catalogue, now)
    history = History(period, chosen, min(period.until, now))
    for what in COUNTED:
        if chosen.counts(what.kind):
            history.counts[what] = await reader.by_point(what)
    if chosen.counts(Kind.TICKETS):
        await reader.read_tickets(history)
    await reader.read_requests(history)
    if chosen.counts(Kind.CONVERSATIONS):
        history.alone = await reader.alone()
        if with_words:
            await sights.listed(tx, agent, DOUBTS, period, chosen, now)
            history.misunderstood = await reader.misunderstood()
    return history


async def export_doubts(
    tx: Transaction,
    agent: Agent,
    period: Period,
    chosen: Chosen,
    catalogue: Catalogue,
    now: datetime,
) -> Sequence[Said]:
    """What was not understood, to be taken out. Raises as `read` does."""
    check_leads(agent)
    check_town(agent, chosen.town)
    if not chosen.counts(Kind.CONVERSATIONS):
        return []
    await sights.exported(tx, agent, DOUBTS, period, chosen, now)
    return await _Reader(tx, agent, period, chosen, catalogue, now).misunderstood()


@dataclass(frozen=True)
class _Reader:
    tx: Transaction
    agent: Agent
    period: Period
    chosen: Chosen
    catalogue: Catalogue
    now: datetime

    def listing(self, what: What) -> Listing:
        wanted = Wanted(what, self.period, self.chosen)
        return listing(self.agent, wanted, self.catalogue, self.now)

    def point(self, at: Any) -> ColumnElement[int]:
        """The number of the point of a moment, as SQL: found by halving among the midnights at
        which they begin, a fifth of what `date_trunc` in a time zone costs."""
        begins = [datetime.combine(day, time(), PARIS) for day in self._points]
        return func.width_bucket(at, cast(begins, ARRAY(MOMENT)), type_=Integer)

    @property
    def _points(self) -> Sequence[date]:
        """The days at which the points begin, and the one after the last."""
        return *self.period.points, self.period.last + ONE_DAY

    async def by_point(self, what: What) -> Counts:
        rows = self.listing(what)
        point = self.point(rows.at)
        return await self._counted_by_point(
            select(point, func.count())
            .select_from(rows.asked())
            .where(*rows.conditions)
            .group_by(point)
        )

    async def by_column(self, what: What, column: Any) -> Mapping[str, int]:
        rows = self.listing(what)
        return await self._counted(
            select(column, func.count())
            .select_from(rows.asked(column))
            .where(*rows.conditions)
            .group_by(column)
        )

    async def _counted(self, query: Any) -> dict[Any, int]:
        return {key: int(count) for key, count in await self.tx.execute(query)}

    async def _counted_by_point(self, query: Any) -> dict[date, int]:
        counted, points = await self._counted(query), self._points
        return {points[number - 1]: count for number, count in counted.items()}

    async def read_tickets(self, history: History) -> None:
        history.tickets_by_channel = await self.by_column(What.TICKETS_OPENED, Conversation.channel)
        history.answered = await self._waited(What.TICKETS_ANSWERED, Ticket.first_reply_at)
        history.closed = await self._waited(What.TICKETS_CLOSED, Ticket.closed_at, SOMEBODY_WAITED)
        history.open_tickets = await self._open_tickets(history)
        history.ticket_ages = await self._ages(What.TICKETS_OPEN)

    async def read_requests(self, history: History) -> None:
        history.requests_by_channel = await self.by_column(
            What.REQUESTS_FILED, ServiceRequest.channel
        )
        history.by_service = await self.by_column(What.REQUESTS_FILED, ServiceRequest.service)
        history.resolved = await self._resolved()
        history.open_requests = await self._open_requests()
        history.request_ages = await self._ages(What.REQUESTS_OPEN)

    async def _waited(self, what: What, until: Any, *more: Any) -> Spreads:
        """Opening time since the opening of the tickets, in seconds."""
        first = await self.tx.scalar(select(func.min(Ticket.opened_at)))
        if first is None:
            return {}
        rows, last = self.listing(what), min(self.period.until, self.now)
        clocks = clocks_in_sql(self.catalogue, local_date(first), local_date(last), Ticket.team)
        waited = clocks.between_s(Ticket.opened_at, until)
        table = rows.asked().join(clocks.table, clocks.is_teams)
        return await self._spread(waited, rows, table, *more)

    async def _resolved(self) -> Spreads:
        """Working days since the filing of the requests."""
        first = await self.tx.scalar(select(func.min(ServiceRequest.filed_at)))
        if first is None:
            return {}
        rows, last = self.listing(What.REQUESTS_RESOLVED), min(self.period.until, self.now)
        filed, resolved = (
            cast(func.timezone(LOCAL, at), Date) for at in (ServiceRequest.filed_at, rows.at)
        )
        days = working_days_in_sql(local_date(first), local_date(last), filed, resolved)
        return await self._spread(days, rows, rows.table)

    async def _spread(self, duration: Any, rows: Listing, table: Any, *more: Any) -> Spreads:
        """The nearest ranks: durations that really were."""
        each = (
            select(self.point(rows.at).label("point"), duration.label("duration"))
            .select_from(table)
            .where(*rows.conditions, *more)
            .subquery()
        )
        ranks = func.percentile_disc(cast(list(RANKS), ARRAY(Float))).within_group(each.c.duration)
        query = select(each.c.point, func.count(), ranks).group_by(each.c.point)
        found = await self.tx.execute(query)
        points = self._points
        return {points[number - 1]: Spread(count, *ranks) for number, count, ranks in found}

    async def _open_tickets(self, history: History) -> Counts:
        """At the period's beginning, then by what came and went. One that was reopened counts as
        never closed."""
        since = self.period.since
        was_open = (
            Ticket.opened_at < since,
            or_(Ticket.closed_at.is_(None), Ticket.closed_at >= since),
            *seen_tickets(self.agent, self.chosen),
        )
        before = Listing(Ticket.__table__, was_open, Ticket.opened_at, OF_TICKET)
        stock = await self.tx.scalar(
            select(func.count()).select_from(before.asked()).where(*before.conditions)
        )
        opened = history.counts[What.TICKETS_OPENED]
        closed = history.counts[What.TICKETS_CLOSED]
        return _running(
            self.period,
            int(stock or 0),
            {point: opened.get(point, 0) - closed.get(point, 0) for point in self.period.points},
        )

    async def _open_requests(self) -> Counts:
        """Back from what is open now, by what came and went since."""
        seen, period = seen_requests(self.agent, self.chosen, self.catalogue), self.period
        is_open = ServiceRequest.status.not_in(sorted(requests.CLOSED))
        now_open = await self.tx.scalar(
            select(func.count()).select_from(ServiceRequest).where(*seen, is_open)
        )
        ended = sorted(requests.CLOSED - {requests.Status.ARCHIVED})  # which follows one of these
        reopened = requests.Status.REOPENED.value
        filed_at, changed_at = self.point(ServiceRequest.filed_at), self.point(StatusChange.at)
        came = await self._counted_by_point(
            select(filed_at, func.count())
            .where(ServiceRequest.filed_at >= period.since, *seen)
            .group_by(filed_at)
        )
        has_changed = (
            StatusChange.at >= period.since,
            StatusChange.status.in_([*ended, reopened]),
            *seen,
        )
        changed = Listing(StatusChange.__table__, has_changed, StatusChange.at, OF_CHANGE)
        went = await self._counted_by_point(
            select(changed_at, func.sum(case((StatusChange.status == reopened, -1), else_=1)))
            .select_from(changed.asked())
            .where(*has_changed)
            .group_by(changed_at)
        )
        changes = {point: came.get(point, 0) - went.get(point, 0) for point in {*came, *went}}
        before = int(now_open or 0) - sum(changes.values())
        return _running(period, before, changes)

    async def _ages(self, what: What) -> list[int]:
        counts = []
        for age in range(len(AGES) + 1):
            rows = listing(
                self.agent,
                Wanted(what, self.period, self.chosen, age=age),
                self.catalogue,
                self.now,
            )
            counts.append(
                select(func.count())
                .select_from(rows.asked())
                .where(*rows.conditions)
                .scalar_subquery()
            )
        row = (await self.tx.execute(select(*counts))).one()
        return [int(count) for count in row]

    async def alone(self) -> Counts:
        rows = self.listing(What.CONVERSATIONS_BEGUN)
        point = self.point(rows.at)
        return await self._counted_by_point(
            select(point, func.count())
            .select_from(rows.asked())
            .where(*rows.conditions, is_solved_alone())
            .group_by(point)
        )

    async def misunderstood(self) -> list[Said]:
        rows = self.listing(What.MISUNDERSTOOD)
        last = (
            select(Ticket.reference)
            .where(Ticket.conversation_id == Conversation.id, visible(self.agent))
            .order_by(Ticket.opened_at.desc())
            .limit(1)
            .scalar_subquery()
        )
        found = await self.tx.execute(
            select(Message.at, Message.text, Conversation.commune, Conversation.channel, last)
            .select_from(rows.table)
            .where(*rows.conditions, Message.text != "")
            .order_by(Message.at.desc(), Message.id)
            .limit(MOST_GROUPED)
        )
        return [Said(*row) for row in found]


def _running(period: Period, before: int, changes: Mapping[date, int]) -> Counts:
    """A stock at the end of each point, from what it was and what came and went."""
    stock, total = {}, before
    for point in period.points:
        total += changes.get(point, 0)
        stock[point] = total
    return stock
