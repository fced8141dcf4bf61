"""What an operator can ask of agents' accounts. Whoever loses a right or a secret is signed out."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime
from uuid import UUID

from bot.accounts import agent_store, attempt_store, demand_store, session_store
from bot.accounts.agent_store import Account, Profile
from bot.accounts.rules import Role
from bot.accounts.session_store import OwnSession
from bot.accounts.sign_in import login_of
from bot.accounts.throttling import login_key
from bot.audit import store as audit
from bot.audit.rules import OPERATOR, Action, Actor
from bot.errors import Invalid
from bot.mail.rules import check_address
from bot.storage.transaction import Transaction

LONGEST_NAME = 60


def check_profile(profile: Profile, communes: AbstractSet[str], teams: AbstractSet[str]) -> None:
    """Raises `Invalid` with the field that is wrong. `communes`, `teams`: all that there are."""
    name = profile.name
    if not name.strip() or name != name.strip() or len(name) > LONGEST_NAME:
        raise Invalid("name", f"must have 1 to {LONGEST_NAME} characters")
    if not name.isprintable():
        raise Invalid("name", "must be one line")
    if profile.communes is not None and not profile.communes:
        raise Invalid("communes", "must name a town, or be every one")
    if unknown := sorted((profile.communes or frozenset()) - communes):
        raise Invalid("communes", f"there is no {', '.join(unknown)}")
    if unknown := sorted(profile.teams - teams):
        raise Invalid("teams", f"there is no {', '.join(unknown)}")


async def create(
    tx: Transaction, login: str, profile: Profile, password_hash: str, now: datetime
) -> UUID:
    """Open an account. `password_hash`: of `Passwords.hash_choice`, asked before.

    Raises `Invalid` for a login that is no e-mail address, `Conflict` for one that is taken.
    """
    check_address("login", login_of(login))
    added = await agent_store.add(tx, login_of(login), profile, password_hash, now)
    await audit.record(tx, OPERATOR, Action.ACCOUNT_OPENED, login_of(login), now)
    return added


async def accounts(tx: Transaction) -> list[Account]:
    return await agent_store.accounts(tx)


async def account(tx: Transaction, login: str) -> Account:
    """The account, locked until the transaction ends. Raises `NotFound`."""
    return await agent_store.account_with(tx, login_of(login))


async def change(tx: Transaction, login: str, profile: Profile, now: datetime) -> None:
    """Give an account another profile; it counts from the agent's next request.

    Raises `NotFound`.
    """
    found = await account(tx, login)
    await agent_store.set_profile(tx, found.id, profile)
    await audit.record(tx, OPERATOR, Action.ACCOUNT_CHANGED, found.login, now)


async def set_password(tx: Transaction, login: str, password_hash: str, now: datetime) -> None:
    """Give an account another password; a login that was slowed down is free again.

    Raises `NotFound`.
    """
    found = await account(tx, login)
    await agent_store.set_password_hash(tx, found.id, password_hash)
    await attempt_store.clear(tx, login_key(found.login))
    await session_store.end_all(tx, found.id)
    await audit.record(tx, OPERATOR, Action.PASSWORD, found.login, now)


async def set_active(tx: Transaction, login: str, now: datetime, *, is_active: bool) -> None:
    """Disable an account, or let it in again. Raises `NotFound`."""
    found = await account(tx, login)
    await agent_store.set_active(tx, found.id, is_active=is_active)
    if not is_active:
        await session_store.end_all(tx, found.id)
    done = Action.ACCOUNT_ENABLED if is_active else Action.ACCOUNT_DISABLED
    await audit.record(tx, OPERATOR, done, found.login, now)


async def reset_second_factor(tx: Transaction, login: str, now: datetime) -> None:
    """Ask for the password only, for whoever lost their telephone; where their role demands a
    second factor, they are led to set up another. Raises `NotFound`."""
    found = await account(tx, login)
    await agent_store.set_second_factor(tx, found.id, None, None)
    await session_store.end_all(tx, found.id)
    await audit.record(tx, OPERATOR, Action.SECOND_FACTOR_REMOVED, found.login, now)


async def allow_oidc(tx: Transaction, login: str, now: datetime, *, is_allowed: bool) -> None:
    """Let an agent sign in with the provider, or no more. Raises `NotFound`."""
    found = await account(tx, login)
    await agent_store.allow_oidc(tx, found.id, is_allowed=is_allowed)
    if not is_allowed:
        await session_store.end_all(tx, found.id)
    done = Action.OIDC_ALLOWED if is_allowed else Action.OIDC_FORBIDDEN
    await audit.record(tx, OPERATOR, done, found.login, now)


async def demanded_factors(tx: Transaction) -> frozenset[Role]:
    """The roles whose agents must have a second factor."""
    return await demand_store.demanded(tx)


async def demand_factor(
    tx: Transaction, role: Role, now: datetime, *, is_demanded: bool, actor: Actor = OPERATOR
) -> None:
    """Have every agent of a role set up a second factor before anything else, or no longer."""
    if await demand_store.demand(tx, role, now, is_demanded=is_demanded):
        done = Action.FACTOR_DEMANDED if is_demanded else Action.FACTOR_NOT_DEMANDED
        await audit.record(tx, actor, done, role.value, now)


async def sessions(tx: Transaction, login: str, now: datetime) -> list[OwnSession]:
    """Where an agent is signed in. Raises `NotFound`."""
    return await session_store.sessions_of(tx, (await account(tx, login)).id, now)


async def end_sessions(tx: Transaction, login: str) -> int:
    """Sign an agent out everywhere. Returns from how many browsers. Raises `NotFound`."""
    return await session_store.end_all(tx, (await account(tx, login)).id)
