"""The reports that are not settled, whether or not anybody has asked a person about them: listed
page by page, and counted. Rights are asked here, by town; an agent's list has what their teams
handle. What is handled together with another report is listed as that one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    Select,
    cast,
    func,
    literal,
    literal_column,
    select,
    true,
    tuple_,
)

from bot.accounts.rules import Agent
from bot.errors import Invalid
from bot.handover.cursors import cursor_of, read_cursor
from bot.handover.lists import A_PAGE, PREVIEW, Page
from bot.handover.orders import MOMENT
from bot.handover.store import request_seen, visible
from bot.service_requests.rules import Status
from bot.service_requests.tables import (
    DUE_FIRST,
    EXPECTED_ON,
    IS_OPEN,
    STANDS_STILL,
    ServiceRequest,
)
from bot.services.rules import Catalogue
from bot.services.working_days import local_date
from bot.storage.transaction import Transaction
from bot.tickets.rules import Status as TicketStatus
from bot.tickets.tables import Ticket

MOST_COUNTED = 999
_NEVER = "infinity"
_PAUSED: ColumnElement[Any] = literal_column(f"({STANDS_STILL})", Boolean)
_DUE: ColumnElement[Any] = literal_column(DUE_FIRST, Date)
_EXPECTED: ColumnElement[Any] = literal_column(EXPECTED_ON, Date)


@dataclass(frozen=True)
class Wanted:
    """What of the list is shown: one service, one state, only what is late; what is most overdue
    comes first, unless the newest does."""

    service: str | None = None
    status: Status | None = None
    only_late: bool = False
    newest_first: bool = False


ALL = Wanted()


@dataclass(frozen=True)
class ListedReport:
    """A report in the list. `expected_on`: the day planned, else the objective's last; `ticket`,
    `assignee`: the open one of its conversation that the agent may see, and who has it."""

    reference: str
    conversation_id: UUID
    service: str
    commune: str
    address: str | None
    shown: str
    status: Status
    filed_at: datetime
    expected_on: date | None
    is_paused: bool
    due: str
    ticket: str | None
    assignee: str | None

    def is_late(self, now: datetime) -> bool:
        expected = self.expected_on
        return expected is not None and not self.is_paused and expected < local_date(now)


async def listed(
    tx: Transaction,
    agent: Agent,
    wanted: Wanted,
    catalogue: Catalogue,
    now: datetime,
    limit: int = A_PAGE,
    after: str | None = None,
) -> Page[ListedReport]:
    """A part of the list. Raises `Invalid` for a cursor that is none of this order."""
    # By themselves first: their tickets are not looked for in a whole list.
    of_page = select(ServiceRequest.reference).where(*_conditions(agent, wanted, catalogue, now))
    if after is not None:
        of_page = of_page.where(_beyond(wanted, after))
    page = _sorted(of_page, wanted).limit(limit + 1).subquery("page")
    ticket = (
        select(Ticket.reference, Ticket.assignee_name)
        .where(
            Ticket.conversation_id == ServiceRequest.conversation_id,
            Ticket.status == TicketStatus.OPEN.value,
            visible(agent),
        )
        .limit(1)
        .lateral("theirs")
    )
    query = (
        select(
            ServiceRequest.reference,
            ServiceRequest.conversation_id,
            ServiceRequest.service,
            ServiceRequest.commune,
            ServiceRequest.address,
            func.left(ServiceRequest.description, PREVIEW),
            ServiceRequest.status,
            ServiceRequest.filed_at,
            func.coalesce(ServiceRequest.planned_on, ServiceRequest.due_on),
            ServiceRequest.paused_at.is_not(None),
            cast(_DUE, type_=ServiceRequest.reference.type),
            ticket.c.reference,
            ticket.c.assignee_name,
        )
        .join(page, page.c.reference == ServiceRequest.reference)
        .outerjoin(ticket, true())
    )
    found = [_row(*row) for row in await tx.execute(_sorted(query, wanted))]
    shown = found[:limit]
    return Page(shown, _cursor(shown[-1], wanted) if len(found) > limit else None)


async def count(tx: Transaction, agent: Agent, catalogue: Catalogue, now: datetime) -> int:
    """How many there are, whatever is wanted of them; at most `MOST_COUNTED`, since every list asks
    it."""
    some = select(ServiceRequest.reference).where(*_conditions(agent, ALL, catalogue, now))
    query = select(func.count()).select_from(some.limit(MOST_COUNTED).subquery())
    return int(await tx.scalar(query) or 0)


def _row(*columns: Any) -> ListedReport:
    values: list[Any] = list(columns)
    values[6] = Status(values[6])
    return ListedReport(*values)


def _conditions(
    agent: Agent, wanted: Wanted, catalogue: Catalogue, now: datetime
) -> Sequence[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [literal_column(IS_OPEN), request_seen(agent)]
    if agent.teams:
        conditions.append(ServiceRequest.service.in_(handled_by(agent.teams, catalogue)))
    if wanted.service is not None:
        conditions.append(ServiceRequest.service == wanted.service)
    if wanted.status is not None:
        conditions.append(ServiceRequest.status == wanted.status.value)
    if wanted.only_late:
        conditions += [ServiceRequest.paused_at.is_(None), local_date(now) > _EXPECTED]
    return conditions


def handled_by(teams: frozenset[str], catalogue: Catalogue) -> list[str]:
    """The services of these teams, of every one without any; also those of a single town."""
    return sorted({one.code for one in catalogue.every_variant() if not teams or one.team in teams})


def _sorted(query: Select[Any], wanted: Wanted) -> Select[Any]:
    if wanted.newest_first:
        return query.order_by(ServiceRequest.filed_at.desc(), ServiceRequest.reference.desc())
    return query.order_by(_PAUSED, _DUE, ServiceRequest.reference)


def _cursor(row: ListedReport, wanted: Wanted) -> str:
    if wanted.newest_first:
        return cursor_of((row.filed_at, row.reference))
    return cursor_of((int(row.is_paused), row.due, row.reference))


def _beyond(wanted: Wanted, after: str) -> ColumnElement[bool]:
    if wanted.newest_first:
        at, reference = read_cursor(after, (datetime, str))
        here = tuple_(cast(literal(at), MOMENT), literal(reference))
        return tuple_(ServiceRequest.filed_at, ServiceRequest.reference) < here
    paused, due, reference = read_cursor(after, (int, str, str))
    if due != _NEVER:
        try:
            date.fromisoformat(due)
        except ValueError as error:
            raise Invalid("after", "not a place in this list") from error
    return tuple_(_PAUSED, _DUE, ServiceRequest.reference) > tuple_(
        cast(literal(paused != "0"), Boolean), cast(literal(due), Date), literal(reference)
    )


def wanted_of(asked: Mapping[str, str]) -> Wanted:
    """The part of the list that an address asks for: `service`, `state`, `late`, `order`. Raises
    `Invalid`."""
    status = asked.get("state") or None
    if status is not None and status not in {one.value for one in Status}:
        raise Invalid("state", "unknown")
    order, late = asked.get("order", ""), asked.get("late", "")
    if order not in ("", "newest"):
        raise Invalid("order", "unknown")
    if late not in ("", "yes"):
        raise Invalid("late", "unknown")
    service = asked.get("service", "").replace("\x00", "")[:64] or None
    return Wanted(service, None if status is None else Status(status), bool(late), bool(order))
