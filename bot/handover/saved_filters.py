"""Searches that agents keep under a name, for themselves or for a team. Rights are asked here: a
team answers every town, and what is searched for names people, so that a team's list holds only
what was shared by whoever serves a town of the reader's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, delete, func, insert, or_, select, update
from sqlalchemy.engine import RowMapping

from bot.accounts.rules import Agent
from bot.accounts.tables import AgentAccount
from bot.errors import Conflict, Forbidden, Invalid, NotFound
from bot.handover.asked import LONGEST, read
from bot.handover.counter import Counter
from bot.handover.tables import SavedFilter
from bot.storage.transaction import Transaction

MOST_KEPT = 50
"""Of one agent."""
MOST_SHOWN = 100
LONGEST_NAME = 60
"""Characters."""


async def seen_by(tx: Transaction, agent: Agent) -> Sequence[RowMapping]:
    """An agent's own, and those of their teams, by name; `communes` are its author's."""
    result = await tx.execute(
        _seen(agent).order_by(func.lower(SavedFilter.name), SavedFilter.id).limit(MOST_SHOWN)
    )
    return result.mappings().all()


def _seen(agent: Agent) -> Select[*tuple[Any, ...]]:
    shared: ColumnElement[bool] = SavedFilter.team.is_not(None)
    if agent.teams:
        shared = SavedFilter.team.in_(agent.teams)
    if agent.communes is not None:
        every = AgentAccount.communes.is_(None)
        shared = and_(shared, or_(every, AgentAccount.communes.overlap(sorted(agent.communes))))
    return (
        select(*SavedFilter.__table__.c, AgentAccount.communes)
        .join(AgentAccount, AgentAccount.id == SavedFilter.agent_id)
        .where(or_(SavedFilter.agent_id == agent.id, shared))
    )


def changes(agent: Agent, row: RowMapping) -> bool:
    """Whether one that they see is theirs to rename and remove: their own, and to a lead what their
    team shares, unless its author serves towns that are not the lead's."""
    if row["agent_id"] == agent.id:
        return True
    communes = row["communes"]
    is_of_theirs = agent.communes is None or (
        communes is not None and agent.communes.issuperset(communes)
    )
    return agent.leads and is_of_theirs


async def keep(
    tx: Transaction,
    agent: Agent,
    which: UUID,
    name: str,
    words: str,
    team: str | None,
    counter: Counter,
    now: datetime,
) -> None:
    """Keep a search under an id that its page made: a repeat changes nothing. Raises `Invalid`,
    `NotFound` for a team that is not theirs, `Conflict` when there are too many."""
    name, words = _checked_name(name), _checked_words(words)
    if team is not None:
        counter.catalogue.team(team)
        if agent.teams and team not in agent.teams:
            raise NotFound("team")
    known = await tx.execute(select(SavedFilter.agent_id).where(SavedFilter.id == which))
    owner = known.scalar_one_or_none()
    if owner is not None:
        if owner != agent.id:
            raise Conflict("the id is another's")
        return
    own = await tx.execute(select(func.count()).where(SavedFilter.agent_id == agent.id))
    if own.scalar_one() >= MOST_KEPT:
        raise Conflict(f"more than {MOST_KEPT} filters")
    await tx.execute(
        insert(SavedFilter).values(
            id=which, agent_id=agent.id, team=team, name=name, words=words, created_at=now
        )
    )


async def rename(tx: Transaction, agent: Agent, which: UUID, name: str) -> None:
    """Raises `NotFound` for one they do not see, `Forbidden` for one that is not theirs."""
    name = _checked_name(name)
    await _check_theirs(tx, agent, which)
    await tx.execute(update(SavedFilter).where(SavedFilter.id == which).values(name=name))


async def remove(tx: Transaction, agent: Agent, which: UUID) -> None:
    """Raises as `rename` does."""
    await _check_theirs(tx, agent, which)
    await tx.execute(delete(SavedFilter).where(SavedFilter.id == which))


async def _check_theirs(tx: Transaction, agent: Agent, which: UUID) -> None:
    found = await tx.execute(_seen(agent).where(SavedFilter.id == which))
    row = found.mappings().one_or_none()
    if row is None:
        raise NotFound("filter")
    if not changes(agent, row):
        raise Forbidden("filter")


def _checked_name(text: str) -> str:
    name = " ".join(text.replace("\x00", "").split())
    if not name:
        raise Invalid("name", "nothing was written", reason="empty")
    if len(name) > LONGEST_NAME:
        raise Invalid("name", f"more than {LONGEST_NAME} characters", reason="too_long")
    return name


def _checked_words(text: str) -> str:
    if len(text) > LONGEST:
        raise Invalid("words", f"more than {LONGEST} characters", reason="too_long")
    if read(text).is_nothing:
        raise Invalid("words", "nothing is searched", reason="empty")
    return " ".join(text.replace("\x00", "").split())
