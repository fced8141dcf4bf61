"""What administrators ask of other agents' accounts, and of what holds for every one."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime
from uuid import UUID

from bot.accounts import agent_store, demand_store, operations, session_store
from bot.accounts.agent_store import Account
from bot.accounts.rules import Agent, Role
from bot.accounts.session_store import OwnSession
from bot.audit import store as audit
from bot.audit.rules import Action
from bot.errors import Forbidden
from bot.storage.transaction import Transaction


async def accounts(tx: Transaction, agent: Agent) -> list[Account]:
    """Those that are theirs to look after, by login. Raises `Forbidden` for no administrator."""
    if not agent.audits:
        raise Forbidden("accounts")
    return await agent_store.administered(tx, agent)


async def look_at(
    tx: Transaction, agent: Agent, other: UUID, now: datetime
) -> tuple[Account, list[OwnSession]]:
    """An account and where it is signed in. Raises `NotFound` for one that is not theirs."""
    account = await agent_store.administered_account(tx, agent, other)
    await audit.record_sight(tx, agent.actor, Action.ACCOUNT_SEEN, account.login, now)
    return account, await session_store.sessions_of(tx, other, now)


async def end_sessions(
    tx: Transaction, agent: Agent, other: UUID, now: datetime, handle: str = ""
) -> int:
    """Sign an agent out of one browser, or of all. Returns of how many. Raises `NotFound`."""
    account = await agent_store.administered_account(tx, agent, other)
    if handle:
        ended = await session_store.end_named(tx, other, handle)
    else:
        ended = await session_store.end_all(tx, other)
    if ended:
        await audit.record(tx, agent.actor, Action.SIGNED_OUT, account.login, now)
    return ended


async def reset_second_factor(tx: Transaction, agent: Agent, other: UUID, now: datetime) -> None:
    """Ask for the password only, or for another second factor where one is demanded; the agent is
    signed out. Raises `NotFound`."""
    account = await agent_store.administered_account(tx, agent, other)
    await agent_store.set_second_factor(tx, other, None, None)
    await session_store.end_all(tx, other)
    await audit.record(tx, agent.actor, Action.SECOND_FACTOR_REMOVED, account.login, now)


async def allow_oidc(
    tx: Transaction, agent: Agent, other: UUID, now: datetime, *, is_allowed: bool
) -> None:
    """Let an agent sign in with the provider, or no more: then whom the account was bound to is
    forgotten, and the agent signed out. Raises `NotFound`."""
    account = await agent_store.administered_account(tx, agent, other)
    await agent_store.allow_oidc(tx, other, is_allowed=is_allowed)
    if not is_allowed:
        await session_store.end_all(tx, other)
    done = Action.OIDC_ALLOWED if is_allowed else Action.OIDC_FORBIDDEN
    await audit.record(tx, agent.actor, done, account.login, now)


async def demanded_factors(tx: Transaction, agent: Agent) -> frozenset[Role]:
    """The roles whose agents must have a second factor. Raises `Forbidden` for whoever does not
    set it."""
    _check_governs(agent)
    return await demand_store.demanded(tx)


async def demand_factors(
    tx: Transaction, agent: Agent, roles: AbstractSet[Role], now: datetime
) -> None:
    """Demand a second factor of these roles and of no other. Raises `Forbidden`."""
    _check_governs(agent)
    for role in Role:
        is_demanded = role in roles
        await operations.demand_factor(tx, role, now, is_demanded=is_demanded, actor=agent.actor)


def _check_governs(agent: Agent) -> None:
    if not agent.governs:
        raise Forbidden("security")
