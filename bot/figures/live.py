"""How teams stand now: what waits, for how long, and who is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import String, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from bot.accounts.rules import Agent
from bot.accounts.session_store import IDLE
from bot.accounts.tables import AgentAccount, AgentSession
from bot.conversations.tables import Conversation
from bot.figures.lists import WAITS_SINCE, Delays, of_what, seen_tickets
from bot.figures.rules import Chosen, What, check_leads, check_town
from bot.services.rules import Catalogue
from bot.storage.transaction import Transaction
from bot.tickets import store as tickets
from bot.tickets.rules import Status
from bot.tickets.tables import Ticket
from bot.tickets.waiting import likely_wait

COUNTED = (What.QUEUED, What.TO_ANSWER, What.WITH_CITIZEN, What.SOON, What.BREACHED)
AT_WORK = timedelta(minutes=15)
"""Since their last request: then somebody is at their desk."""
MOST_PEOPLE = 200


@dataclass(frozen=True)
class TeamNow:
    """A team's open tickets. `oldest`: since when the one that has waited longest waits; `wait`:
    what the next citizen would be told, None when too little is known."""

    code: str
    counts: dict[What, int]
    oldest: datetime | None
    oldest_reference: str | None
    wait: timedelta | None


@dataclass(frozen=True)
class PersonNow:
    """Somebody signed in. `holds`: their open tickets, `to_answer`: those whose citizen waits."""

    id: UUID
    name: str
    teams: Sequence[str]
    seen_at: datetime
    is_at_work: bool
    holds: int
    to_answer: int


@dataclass(frozen=True)
class Now:
    at: datetime
    teams: Sequence[TeamNow]
    people: Sequence[PersonNow]

    def total(self, what: What) -> int:
        return sum(team.counts[what] for team in self.teams)

    @property
    def oldest(self) -> TeamNow | None:
        """The team that has the ticket waiting longest."""
        waiting = [team for team in self.teams if team.oldest is not None]
        return min(waiting, key=lambda team: team.oldest or self.at, default=None)


async def look(
    tx: Transaction, agent: Agent, chosen: Chosen, catalogue: Catalogue, now: datetime
) -> Now:
    """Raises `Forbidden` when the agent leads nobody, or for a town that is not theirs."""
    check_leads(agent)
    check_town(agent, chosen.town)
    teams = await _teams(tx, agent, chosen, catalogue, now)
    return Now(now, teams, await _people(tx, agent, chosen, now))


async def _teams(
    tx: Transaction, agent: Agent, chosen: Chosen, catalogue: Catalogue, now: datetime
) -> list[TeamNow]:
    delays = Delays.at(now, catalogue)
    by_wait = aggregate_order_by(Ticket.reference, WAITS_SINCE.asc(), Ticket.reference.asc())
    rows = await tx.execute(
        select(
            Ticket.team,
            func.min(WAITS_SINCE),
            func.array_agg(by_wait, type_=ARRAY(String)).filter(WAITS_SINCE.is_not(None))[1],
            *(func.count().filter(of_what(delays, what)) for what in COUNTED),
        )
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .where(Ticket.status == Status.OPEN.value, *seen_tickets(agent, chosen))
        .group_by(Ticket.team)
        .order_by(Ticket.team)
    )
    teams = []
    for code, oldest, reference, *counts in rows.all():
        team = catalogue.teams.get(code)
        recent = [] if team is None else await tickets.recent_waits(tx, team, now)
        counted = dict(zip(COUNTED, counts, strict=True))
        wait = likely_wait(recent, counted[What.QUEUED])
        teams.append(TeamNow(code, counted, oldest, reference, wait))
    return teams


async def _people(tx: Transaction, agent: Agent, chosen: Chosen, now: datetime) -> list[PersonNow]:
    """Who is signed in and serves a town that the asking agent sees."""
    held = (
        select(
            Ticket.assignee,
            func.count().label("holds"),
            func.count(Conversation.waiting_since).label("to_answer"),
        )
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .where(Ticket.status == Status.OPEN.value, *seen_tickets(agent, chosen))
        .group_by(Ticket.assignee)
        .subquery()
    )
    seen = (
        select(AgentSession.agent_id, func.max(AgentSession.seen_at).label("seen_at"))
        .where(AgentSession.expires_at > now, AgentSession.seen_at > now - IDLE)
        .group_by(AgentSession.agent_id)
        .subquery()
    )
    towns = agent.communes if chosen.town is None else frozenset({chosen.town})
    serves = (
        []
        if towns is None
        else [
            or_(
                AgentAccount.communes.is_(None),
                AgentAccount.communes.overlap(sorted(towns)),
            )
        ]
    )
    of_team = (
        []
        if chosen.team is None
        else [
            or_(
                func.cardinality(AgentAccount.teams) == 0,
                AgentAccount.teams.contains([chosen.team]),
            )
        ]
    )
    rows = await tx.execute(
        select(
            AgentAccount.id,
            AgentAccount.name,
            AgentAccount.teams,
            seen.c.seen_at,
            func.coalesce(held.c.holds, 0),
            func.coalesce(held.c.to_answer, 0),
        )
        .join(seen, seen.c.agent_id == AgentAccount.id)
        .outerjoin(held, held.c.assignee == AgentAccount.id)
        .where(AgentAccount.is_active, *serves, *of_team)
        .order_by(AgentAccount.name, AgentAccount.id)
        .limit(MOST_PEOPLE)
    )
    return [
        PersonNow(id_, name, teams, seen_at, seen_at > now - AT_WORK, holds, to_answer)
        for id_, name, teams, seen_at, holds, to_answer in rows
    ]
