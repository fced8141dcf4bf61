"""Nobody waits for somebody who is not there: tickets of agents who are away or absent go back to
their team."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.engine import RowMapping

from bot.accounts.rules import Agent
from bot.accounts.tables import AgentAccount
from bot.conversations.rules import Owner
from bot.conversations.tables import Conversation
from bot.errors import DomainError
from bot.handover import passing, store
from bot.handover.counter import Counter
from bot.handover.rules import SWEEP_EVERY, Author, Automatic
from bot.services.opening import OpeningHours, hours_of
from bot.storage.transaction import Database, Transaction
from bot.supervision.looking import look_every
from bot.teams import assigning
from bot.teams import store as teams
from bot.teams.rules import TeamSettings
from bot.teams.tables import AgentAbsence, AgentWork
from bot.tickets.rules import EventKind, Status
from bot.tickets.tables import Ticket, TicketEvent

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Left:
    """A ticket of somebody who is not there. `since`: from when on it waits for them; None while
    it waits for nobody."""

    gone_since: datetime
    held_since: datetime
    since: datetime | None
    is_answered: bool


def is_due(left: Left, settings: TeamSettings, hours: OpeningHours, now: datetime) -> bool:
    """Whether the ticket goes back to the team: it waits, its agent has been away all that opening
    time, and the team's settings say how much is enough."""
    if left.since is None:
        return False
    if left.is_answered:
        enough = settings.offers_after_hours
        limit = None if enough is None else timedelta(hours=enough)
    else:
        minutes = settings.gives_back_after_minutes
        limit = timedelta(minutes=minutes) if settings.assigns else None
    begun = max(left.gone_since, left.held_since, left.since)
    return limit is not None and hours.open_between(begun, now) >= limit


@dataclass(frozen=True)
class Reliever:
    """Gives back what waits for somebody who is not there."""

    database: Database
    counter: Counter
    clock: Callable[[], datetime]

    async def run(self) -> None:
        """Look every few seconds, until cancelled."""
        await look_every(
            SWEEP_EVERY.total_seconds(), self.look, logger, "tickets of agents who are away"
        )

    async def look(self) -> int:
        """Give back what is due now. Returns how many tickets."""
        now = self.clock()
        async with self.database.transaction() as tx:
            settings = await teams.in_force(tx)
            rows = await _of_the_gone(tx, now)
        due = [row for row in rows if self._is_due(row, settings, now)]
        return await self._give_back(due, Automatic(), now)

    def _is_due(self, row: RowMapping, settings: dict[str, TeamSettings], now: datetime) -> bool:
        is_agents = row["owner"] == Owner.AGENT.value
        left = Left(
            row["gone_since"],
            row["held_since"] or row["queued_since"],
            row["waiting_since"] if is_agents else row["queued_since"],
            is_answered=is_agents,
        )
        chosen = settings.get(row["team"], TeamSettings())
        return is_due(left, chosen, hours_of(self.counter.team(row["team"])), now)

    async def offer(self, author: Agent, agent_id: UUID) -> int:
        """Put every open ticket of an agent back into the queue of its team: one's own, or those of
        somebody whom one leads. Each is its own transaction. Returns how many. Raises
        `NotFound`."""
        now = self.clock()
        async with self.database.transaction() as tx:
            await teams.member(tx, author, agent_id, now)
            rows = (
                await tx.execute(
                    select(Ticket.reference, Ticket.assignee)
                    .where(Ticket.assignee == agent_id, Ticket.status == Status.OPEN.value)
                    .order_by(Ticket.reference)
                )
            ).mappings()
            own = list(rows)
        return await self._give_back(own, author, now)

    async def _give_back(self, rows: list[RowMapping], author: Author, now: datetime) -> int:
        count = 0
        for row in rows:
            try:
                async with self.database.transaction() as tx:
                    count += await self._put_back(tx, row, author, now)
            except DomainError as error:  # it changed meanwhile, or is of a town not theirs
                logger.info("ticket %s: %s", row["reference"], error.code)
            except Exception:  # as above: the others are given back
                logger.exception("ticket %s", row["reference"])
        return count

    async def _put_back(
        self, tx: Transaction, row: RowMapping, author: Author, now: datetime
    ) -> bool:
        reference, gone = row["reference"], row["assignee"]
        held = await store.hold(tx, author, reference)
        if held.ticket["assignee"] != gone:
            return False
        await passing.assign(tx, author, reference, None, self.counter, now)
        await assigning.assign(tx, reference, held.conversation["language"], now, but=[gone])
        return True


async def _of_the_gone(tx: Transaction, now: datetime) -> list[RowMapping]:
    """Open tickets of agents who are away or absent."""
    absent_since = (
        select(func.min(AgentAbsence.from_at))
        .where(
            AgentAbsence.agent_id == Ticket.assignee,
            AgentAbsence.from_at <= now,
            AgentAbsence.until_at > now,
        )
        .correlate(Ticket)
        .scalar_subquery()
    )
    held_since = (
        select(func.max(TicketEvent.at))
        .where(
            TicketEvent.reference == Ticket.reference,
            TicketEvent.kind.in_((EventKind.ASSIGNED.value, EventKind.TAKEN.value)),
        )
        .correlate(Ticket)
        .scalar_subquery()
    )
    rows = await tx.execute(
        select(
            Ticket.reference,
            Ticket.team,
            Ticket.assignee,
            Ticket.queued_since,
            Conversation.owner,
            Conversation.waiting_since,
            held_since.label("held_since"),
            func.least(AgentWork.away_since, absent_since).label("gone_since"),
        )
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .join(AgentAccount, AgentAccount.id == Ticket.assignee)
        .outerjoin(AgentWork, AgentWork.agent_id == Ticket.assignee)
        .where(
            Ticket.status == Status.OPEN.value,
            or_(AgentWork.away_since.is_not(None), teams.is_absent(now)),
        )
        .order_by(Ticket.reference)
    )
    return list(rows.mappings())
