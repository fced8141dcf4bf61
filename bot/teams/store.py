"""Skills, absences and settings of teams. Rights are asked here: a lead arranges the work of
those whose towns are all theirs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, any_, delete, func, literal, or_, select, text
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.engine import RowMapping

from bot.accounts.rules import Agent
from bot.accounts.session_store import IDLE
from bot.accounts.tables import AgentAccount, AgentSession
from bot.errors import NotFound
from bot.storage.transaction import Transaction
from bot.teams.rules import (
    CAPACITY,
    Candidate,
    Skills,
    TeamSettings,
    leads_member,
    settings_of,
)
from bot.teams.tables import AgentAbsence, AgentWork, TeamVersion
from bot.tickets.rules import Status
from bot.tickets.tables import Ticket

ASSIGNING = 0x7465616D
"""The advisory lock under which tickets find their agents: two at once see one another."""
MOST_VERSIONS = 50
MOST_MEMBERS = 500


@dataclass(frozen=True)
class Version:
    """Settings as somebody made them; `restored`: the version that they repeat."""

    version: int
    at: datetime
    name: str
    settings: TeamSettings
    restored: int | None


@dataclass(frozen=True)
class Member:
    """An agent as whoever leads sees them. `away_since`: they said so; `absences`: running and to
    come, in order; `open_tickets`: in their hands now."""

    id: UUID
    name: str
    teams: frozenset[str]
    skills: Skills
    away_since: datetime | None
    is_signed_in: bool
    open_tickets: int
    absences: Sequence[RowMapping]


# Settings of teams


async def in_force(tx: Transaction) -> dict[str, TeamSettings]:
    """What holds now, by team; nothing for one that is as `teams.yml` says."""
    rows = await tx.execute(
        select(TeamVersion.team, TeamVersion.settings)
        .ext(distinct_on(TeamVersion.team))
        .order_by(TeamVersion.team, TeamVersion.version.desc())
    )
    return {team: settings_of(kept) for team, kept in rows}


async def settings(tx: Transaction, team: str) -> TeamSettings:
    """What holds now for one team."""
    found = await versions(tx, team, most=1)
    return found[0].settings if found else TeamSettings()


async def versions(tx: Transaction, team: str, most: int = MOST_VERSIONS) -> list[Version]:
    """The history of a team's settings, newest first."""
    rows = await tx.execute(
        select(
            TeamVersion.version,
            TeamVersion.at,
            TeamVersion.name,
            TeamVersion.settings,
            TeamVersion.restored,
        )
        .where(TeamVersion.team == team)
        .order_by(TeamVersion.version.desc())
        .limit(most)
    )
    return [Version(row[0], row[1], row[2], settings_of(row[3]), row[4]) for row in rows]


async def version(tx: Transaction, team: str, number: int) -> Version:
    """Raises `NotFound`."""
    for one in await versions(tx, team, most=10_000):
        if one.version == number:
            return one
    raise NotFound("version")


async def add_version(
    tx: Transaction,
    team: str,
    agent: Agent,
    chosen: TeamSettings,
    now: datetime,
    *,
    restored: int | None = None,
) -> None:
    """Let settings hold from now on."""
    await tx.execute(
        text("SELECT pg_advisory_xact_lock(hashtext(:key))"), {"key": f"team_version {team}"}
    )
    last = await tx.scalar(
        select(func.coalesce(func.max(TeamVersion.version), 0)).where(TeamVersion.team == team)
    )
    await tx.execute(
        insert(TeamVersion).values(
            team=team,
            version=int(last or 0) + 1,
            at=now,
            agent_id=agent.id,
            name=agent.name,
            settings=chosen.to_json(),
            restored=restored,
        )
    )


# Agents


def _open_tickets(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return (
        select(func.count())
        .select_from(Ticket)
        .where(Ticket.assignee == AgentAccount.id, Ticket.status == Status.OPEN.value, *conditions)
        .scalar_subquery()
    )


def is_signed_in(now: datetime) -> ColumnElement[bool]:
    """The condition of an agent who has a browser open, or had one lately."""
    return (
        select(AgentSession.token_hash)
        .where(
            AgentSession.agent_id == AgentAccount.id,
            AgentSession.expires_at > now,
            AgentSession.seen_at > now - IDLE,
        )
        .exists()
    )


def is_absent(now: datetime) -> ColumnElement[bool]:
    """The condition of an agent whose absence runs now."""
    return (
        select(AgentAbsence.id)
        .where(
            AgentAbsence.agent_id == AgentAccount.id,
            AgentAbsence.from_at <= now,
            AgentAbsence.until_at > now,
        )
        .exists()
    )


def _skills(row: Any) -> Skills:
    return Skills(
        frozenset(row.services or ()),
        frozenset(row.languages or ()),
        CAPACITY if row.capacity is None else row.capacity,
    )


async def lock_assigning(tx: Transaction) -> None:
    """One ticket at a time finds its agent, until the transaction ends."""
    await tx.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ASSIGNING})


async def candidates(
    tx: Transaction,
    team: str,
    commune: str | None,
    now: datetime,
    but: Collection[UUID] = (),
) -> list[Candidate]:
    """Members of a team who are there, and serve that town: signed in, neither away nor absent.
    Whoever serves all teams without naming one gets nothing by themselves."""
    serves: ColumnElement[bool] = AgentAccount.communes.is_(None)
    if commune is not None:
        serves = or_(serves, literal(commune) == any_(AgentAccount.communes))
    rows = await tx.execute(
        select(
            AgentAccount.id,
            AgentAccount.name,
            AgentWork.services,
            AgentWork.languages,
            AgentWork.capacity,
            AgentWork.last_assigned_at,
            _open_tickets(Ticket.snoozed_until.is_(None)).label("open_tickets"),
        )
        .outerjoin(AgentWork, AgentWork.agent_id == AgentAccount.id)
        .where(
            AgentAccount.is_active,
            literal(team) == any_(AgentAccount.teams),
            serves,
            AgentAccount.id.not_in(but),
            AgentWork.away_since.is_(None),
            is_signed_in(now),
            ~is_absent(now),
        )
        .order_by(AgentAccount.id)
    )
    return [
        Candidate(row.id, row.name, _skills(row), row.open_tickets, row.last_assigned_at)
        for row in rows
    ]


async def members(
    tx: Transaction, lead: Agent, now: datetime, team: str | None = None
) -> list[Member]:
    """The agents whose work a lead arranges, of one team or of every one, by name."""
    conditions: list[ColumnElement[bool]] = []
    if team is not None:
        conditions.append(literal(team) == any_(AgentAccount.teams))
    rows = await _members(tx, now, *conditions)
    return [
        await _member(tx, row, now)
        for row in rows
        if leads_member(lead, _towns(row), frozenset(row.teams))
    ]


async def member(tx: Transaction, asking: Agent, agent_id: UUID, now: datetime) -> Member:
    """One of them, or oneself. Raises `NotFound` for anybody else."""
    rows = await _members(tx, now, AgentAccount.id == agent_id)
    for row in rows:
        if agent_id == asking.id or leads_member(asking, _towns(row), frozenset(row.teams)):
            return await _member(tx, row, now)
    raise NotFound("agent")


async def _members(tx: Transaction, now: datetime, *conditions: ColumnElement[bool]) -> list[Any]:
    rows = await tx.execute(
        select(
            AgentAccount.id,
            AgentAccount.name,
            AgentAccount.communes,
            AgentAccount.teams,
            AgentWork.services,
            AgentWork.languages,
            AgentWork.capacity,
            AgentWork.away_since,
            is_signed_in(now).label("is_signed_in"),
            _open_tickets().label("open_tickets"),
        )
        .outerjoin(AgentWork, AgentWork.agent_id == AgentAccount.id)
        .where(AgentAccount.is_active, *conditions)
        .order_by(AgentAccount.name, AgentAccount.id)
        .limit(MOST_MEMBERS)
    )
    return list(rows)


def _towns(row: Any) -> frozenset[str] | None:
    return None if row.communes is None else frozenset(row.communes)


async def _member(tx: Transaction, row: Any, now: datetime) -> Member:
    found = await absences(tx, row.id, now)
    return Member(
        row.id,
        row.name,
        frozenset(row.teams),
        _skills(row),
        row.away_since,
        row.is_signed_in,
        row.open_tickets,
        found,
    )


async def set_skills(tx: Transaction, agent_id: UUID, skills: Skills) -> None:
    await _set(
        tx,
        agent_id,
        services=sorted(skills.services),
        languages=sorted(skills.languages),
        capacity=skills.capacity,
    )


async def set_away(tx: Transaction, agent_id: UUID, since: datetime | None) -> None:
    """Away since then, or there again."""
    await _set(tx, agent_id, away_since=since)


async def away_since(tx: Transaction, agent_id: UUID) -> datetime | None:
    """Since when somebody is away by their own word; None when they are there."""
    query = select(AgentWork.away_since).where(AgentWork.agent_id == agent_id)
    found: datetime | None = await tx.scalar(query)
    return found


async def mark_assigned(tx: Transaction, agent_id: UUID, now: datetime) -> None:
    """They got a ticket by themselves."""
    await _set(tx, agent_id, last_assigned_at=now)


async def _set(tx: Transaction, agent_id: UUID, **values: Any) -> None:
    first: Mapping[str, Any] = {"services": [], "languages": [], "capacity": CAPACITY, **values}
    await tx.execute(
        insert(AgentWork)
        .values(agent_id=agent_id, **first)
        .on_conflict_do_update(index_elements=["agent_id"], set_=values)
    )


async def absences(tx: Transaction, agent_id: UUID, now: datetime) -> list[RowMapping]:
    """Those that run or will, in order: `id`, `from_at`, `until_at`."""
    rows = await tx.execute(
        select(AgentAbsence.id, AgentAbsence.from_at, AgentAbsence.until_at)
        .where(AgentAbsence.agent_id == agent_id, AgentAbsence.until_at > now)
        .order_by(AgentAbsence.from_at, AgentAbsence.id)
    )
    return list(rows.mappings())


async def add_absence(tx: Transaction, agent_id: UUID, start: datetime, end: datetime) -> None:
    await tx.execute(
        insert(AgentAbsence).values(id=uuid4(), agent_id=agent_id, from_at=start, until_at=end)
    )


async def remove_absence(tx: Transaction, agent_id: UUID, absence: UUID) -> bool:
    """False when there is none such."""
    removed = await tx.scalar(
        delete(AgentAbsence)
        .where(AgentAbsence.id == absence, AgentAbsence.agent_id == agent_id)
        .returning(AgentAbsence.id)
    )
    return removed is not None
