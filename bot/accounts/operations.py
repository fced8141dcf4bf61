"""What an operator can ask of agents' accounts. Whoever loses a right or a secret is signed out."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime
from uuid import UUID

from bot.accounts import agent_store, attempt_store, session_store
from bot.accounts.agent_store import Account, Profile
from bot.accounts.session_store import OwnSession
from bot.accounts.sign_in import login_of
from bot.accounts.throttling import login_key
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
    return await agent_store.add(tx, login_of(login), profile, password_hash, now)


async def accounts(tx: Transaction) -> list[Account]:
    return await agent_store.accounts(tx)


async def account(tx: Transaction, login: str) -> Account:
    """The account, locked until the transaction ends. Raises `NotFound`."""
    return await agent_store.account_with(tx, login_of(login))


async def change(tx: Transaction, login: str, profile: Profile) -> None:
    """Give an account another profile; it counts from the agent's next request.

    Raises `NotFound`.
    """
    await agent_store.set_profile(tx, (await account(tx, login)).id, profile)


async def set_password(tx: Transaction, login: str, password_hash: str) -> None:
    """Give an account another password; a login that was slowed down is free again.

    Raises `NotFound`.
    """
    found = await account(tx, login)
    await agent_store.set_password_hash(tx, found.id, password_hash)
    await attempt_store.clear(tx, login_key(found.login))
    await session_store.end_all(tx, found.id)


async def set_active(tx: Transaction, login: str, *, is_active: bool) -> None:
    """Disable an account, or let it in again. Raises `NotFound`."""
    found = await account(tx, login)
    await agent_store.set_active(tx, found.id, is_active=is_active)
    if not is_active:
        await session_store.end_all(tx, found.id)


async def reset_second_factor(tx: Transaction, login: str) -> None:
    """Ask for the password only, for whoever lost their telephone. Raises `NotFound`."""
    found = await account(tx, login)
    await agent_store.set_second_factor(tx, found.id, None, None)
    await session_store.end_all(tx, found.id)


async def sessions(tx: Transaction, login: str, now: datetime) -> list[OwnSession]:
    """Where an agent is signed in. Raises `NotFound`."""
    return await session_store.sessions_of(tx, (await account(tx, login)).id, now)


async def end_sessions(tx: Transaction, login: str) -> int:
    """Sign an agent out everywhere. Returns from how many browsers. Raises `NotFound`."""
    return await session_store.end_all(tx, (await account(tx, login)).id)
