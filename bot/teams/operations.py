"""What can be asked of how agents and teams work. Every change is a line of the audit log."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Set as AbstractSet
from datetime import datetime
from uuid import UUID

from bot.accounts import agent_store
from bot.accounts.rules import Agent
from bot.audit import store as audit
from bot.audit.rules import Action
from bot.errors import Forbidden, NotFound
from bot.storage.announcing import announce_settings
from bot.storage.transaction import Transaction
from bot.teams import store
from bot.teams.rules import (
    Skills,
    TeamSettings,
    check_absence,
    check_sets_team,
    check_settings,
    check_skills,
)


async def set_team(
    tx: Transaction,
    lead: Agent,
    team: str,
    chosen: TeamSettings,
    services: Collection[str],
    now: datetime,
) -> None:
    """Let other settings hold for a team. `services`: its codes. Raises `Forbidden`, `Invalid`."""
    check_sets_team(lead, team)
    check_settings(chosen, services)
    if await store.settings(tx, team) == chosen:
        return
    await store.add_version(tx, team, lead, chosen, now)
    await announce_settings(tx)
    await audit.record(tx, lead.actor, Action.TEAM_CHANGED, team, now)


async def restore_team(tx: Transaction, lead: Agent, team: str, number: int, now: datetime) -> None:
    """Let an earlier version hold again; 0 for `teams.yml` itself. Raises `Forbidden`,
    `NotFound`."""
    check_sets_team(lead, team)
    before = TeamSettings()
    if number:
        before = (await store.version(tx, team, number)).settings
    await store.add_version(tx, team, lead, before, now, restored=number)
    await announce_settings(tx)
    await audit.record(tx, lead.actor, Action.TEAM_CHANGED, team, now)


async def set_skills(
    tx: Transaction,
    lead: Agent,
    agent_id: UUID,
    skills: Skills,
    services: AbstractSet[str],
    languages: AbstractSet[str],
    now: datetime,
) -> None:
    """Say what somebody answers and how much at a time. Raises `Forbidden` for whoever leads
    nobody, `NotFound` for an agent who is not theirs, `Invalid`."""
    if not lead.leads:
        raise Forbidden("skills")
    check_skills(skills, services, languages)
    await store.member(tx, lead, agent_id, now)
    await store.set_skills(tx, agent_id, skills)
    await audit.record(tx, lead.actor, Action.MEMBER_CHANGED, await _login(tx, agent_id), now)


async def set_away(tx: Transaction, agent: Agent, now: datetime, *, is_away: bool) -> None:
    """They leave their desk, or come back to it."""
    since = await store.away_since(tx, agent.id)
    if (since is not None) == is_away:
        return
    await store.set_away(tx, agent.id, now if is_away else None)
    done = Action.AWAY if is_away else Action.AVAILABLE
    await audit.record(tx, agent.actor, done, await _login(tx, agent.id), now)


async def add_absence(
    tx: Transaction,
    asking: Agent,
    agent_id: UUID,
    start: datetime,
    end: datetime,
    now: datetime,
) -> None:
    """Somebody will not be there: oneself, or whom one leads. Raises `NotFound`, `Invalid`."""
    check_absence(start, end, now)
    await store.member(tx, asking, agent_id, now)
    await store.add_absence(tx, agent_id, start, end)
    await audit.record(tx, asking.actor, Action.ABSENCE_ADDED, await _login(tx, agent_id), now)


async def remove_absence(
    tx: Transaction, asking: Agent, agent_id: UUID, absence: UUID, now: datetime
) -> None:
    """They will be there after all. Raises `NotFound`."""
    await store.member(tx, asking, agent_id, now)
    if not await store.remove_absence(tx, agent_id, absence):
        raise NotFound("absence")
    await audit.record(tx, asking.actor, Action.ABSENCE_REMOVED, await _login(tx, agent_id), now)


async def _login(tx: Transaction, agent_id: UUID) -> str:
    """What the audit log calls an account by."""
    return (await agent_store.account(tx, agent_id)).login
