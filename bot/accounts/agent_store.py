"""Accounts of agents: their rows. Who may change them is asked by whoever calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from bot.accounts import recovery_store
from bot.accounts.rules import Agent, Role
from bot.accounts.tables import AgentAccount
from bot.errors import Conflict, NotFound
from bot.storage.transaction import Transaction


@dataclass(frozen=True)
class Profile:
    """What may be changed of an account; the fields mean what they mean of `Agent`."""

    name: str
    role: Role
    communes: frozenset[str] | None
    teams: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Account:
    """An account as an operator and its owner see it: nothing secret."""

    id: UUID
    login: str
    profile: Profile
    is_active: bool
    has_second_factor: bool
    created_at: datetime
    is_oidc_allowed: bool = False
    is_oidc_bound: bool = False


@dataclass(frozen=True)
class Credentials:
    """What a sign-in is checked against. `totp_secret` is sealed; `totp_step`: the last one that
    was accepted."""

    id: UUID
    login: str
    role: Role
    password_hash: str
    totp_secret: str | None
    totp_step: int | None
    is_active: bool
    is_oidc_allowed: bool = False
    is_oidc_bound: bool = False


def agent_of(row: Any) -> Agent:
    """The agent of a row that holds an account's id and profile."""
    return Agent(row.id, row.name, Role(row.role), _set(row.communes), frozenset(row.teams))


def _set(communes: list[str] | None) -> frozenset[str] | None:
    return None if communes is None else frozenset(communes)


def _columns(profile: Profile) -> Mapping[str, Any]:
    return {
        "name": profile.name,
        "role": profile.role.value,
        "communes": None if profile.communes is None else sorted(profile.communes),
        "teams": sorted(profile.teams),
    }


async def add(
    tx: Transaction, login: str, profile: Profile, password_hash: str, now: datetime
) -> UUID:
    """Raises `Conflict` for a login that is taken."""
    added = await tx.scalar(
        insert(AgentAccount)
        .values(
            id=uuid4(),
            login=login,
            password_hash=password_hash,
            is_active=True,
            created_at=now,
            **_columns(profile),
        )
        .on_conflict_do_nothing(index_elements=[AgentAccount.login])
        .returning(AgentAccount.id)
    )
    if added is None:
        raise Conflict("login")
    return UUID(str(added))


async def accounts(tx: Transaction) -> list[Account]:
    """Every account, by login."""
    rows = await tx.execute(select(AgentAccount.__table__).order_by(AgentAccount.login))
    return [_account(row) for row in rows]


async def account_with(tx: Transaction, login: str) -> Account:
    """The account of a login, locked until the transaction ends. Raises `NotFound`."""
    found = select(AgentAccount.__table__).where(AgentAccount.login == login).with_for_update()
    return _existing(_account, (await tx.execute(found)).one_or_none())


async def account(tx: Transaction, agent: UUID) -> Account:
    """Raises `NotFound`."""
    found = select(AgentAccount.__table__).where(AgentAccount.id == agent)
    return _existing(_account, (await tx.execute(found)).one_or_none())


async def credentials_with(tx: Transaction, login: str) -> Credentials | None:
    """Of the account of a login, if there is one."""
    found = select(AgentAccount.__table__).where(AgentAccount.login == login)
    row = (await tx.execute(found)).one_or_none()
    return None if row is None else _credentials(row)


async def administered(tx: Transaction, agent: Agent) -> list[Account]:
    """The accounts that are an agent's to look after, by login."""
    return [one for one in await accounts(tx) if _is_theirs(agent, one)]


async def administered_account(tx: Transaction, agent: Agent, other: UUID) -> Account:
    """One of them, locked until the transaction ends. Raises `NotFound` for another."""
    found = select(AgentAccount.__table__).where(AgentAccount.id == other).with_for_update()
    account = _existing(_account, (await tx.execute(found)).one_or_none())
    if not _is_theirs(agent, account):
        raise NotFound("agent")
    return account


def _is_theirs(agent: Agent, account: Account) -> bool:
    return agent.administers(account.id, account.profile.role, account.profile.communes)


async def bound_to(tx: Transaction, issuer: str, subject: str) -> Credentials | None:
    """Of the account of somebody at a provider, if there is one, locked until the transaction
    ends."""
    found = (
        select(AgentAccount.__table__)
        .where(AgentAccount.oidc_issuer == issuer, AgentAccount.oidc_subject == subject)
        .with_for_update()
    )
    row = (await tx.execute(found)).one_or_none()
    return None if row is None else _credentials(row)


async def credentials(tx: Transaction, agent: UUID) -> Credentials:
    """Of an account, locked until the transaction ends. Raises `NotFound`."""
    found = select(AgentAccount.__table__).where(AgentAccount.id == agent).with_for_update()
    return _existing(_credentials, (await tx.execute(found)).one_or_none())


def _existing[T](make: Callable[[Row[Any]], T], row: Row[Any] | None) -> T:
    if row is None:
        raise NotFound("agent")
    return make(row)


def _account(row: Row[Any]) -> Account:
    return Account(
        row.id,
        row.login,
        Profile(row.name, Role(row.role), _set(row.communes), frozenset(row.teams)),
        row.is_active,
        row.totp_secret is not None,
        row.created_at,
        row.is_oidc_allowed,
        row.oidc_subject is not None,
    )


def _credentials(row: Row[Any]) -> Credentials:
    return Credentials(
        row.id,
        row.login,
        Role(row.role),
        row.password_hash,
        row.totp_secret,
        row.totp_step,
        row.is_active,
        row.is_oidc_allowed,
        row.oidc_subject is not None,
    )


async def set_profile(tx: Transaction, agent: UUID, profile: Profile) -> None:
    await _set_columns(tx, agent, **_columns(profile))


async def set_active(tx: Transaction, agent: UUID, *, is_active: bool) -> None:
    await _set_columns(tx, agent, is_active=is_active)


async def set_password_hash(tx: Transaction, agent: UUID, password_hash: str) -> None:
    await _set_columns(tx, agent, password_hash=password_hash)


async def set_second_factor(
    tx: Transaction, agent: UUID, secret: str | None, step: int | None
) -> None:
    """Ask for codes of that sealed secret from now on, later ones than `step`; for none
    without one. Recovery codes of the one before serve no more."""
    await recovery_store.forget(tx, agent)
    await _set_columns(tx, agent, totp_secret=secret, totp_step=step)


async def allow_oidc(tx: Transaction, agent: UUID, *, is_allowed: bool) -> None:
    """Let an account be bound to somebody at a provider, or forget whom it was bound to."""
    await _set_columns(tx, agent, is_oidc_allowed=is_allowed, oidc_issuer=None, oidc_subject=None)


async def bind(tx: Transaction, agent: UUID, issuer: str, subject: str) -> None:
    await _set_columns(tx, agent, oidc_issuer=issuer, oidc_subject=subject)


async def secrets_of_factors(tx: Transaction) -> list[tuple[UUID, str]]:
    """Every second factor's, as it is kept, locked until the transaction ends."""
    rows = await tx.execute(
        select(AgentAccount.id, AgentAccount.totp_secret)
        .where(AgentAccount.totp_secret.is_not(None))
        .order_by(AgentAccount.id)
        .with_for_update()
    )
    return [(row.id, row.totp_secret) for row in rows]


async def seal_factor(tx: Transaction, agent: UUID, sealed: str) -> None:
    """Keep the same secret in another way."""
    await _set_columns(tx, agent, totp_secret=sealed)


async def _set_columns(tx: Transaction, agent: UUID, **values: object) -> None:
    await tx.execute(update(AgentAccount).where(AgentAccount.id == agent).values(**values))


async def accept_step(tx: Transaction, agent: UUID, step: int) -> bool:
    """Use a code up; False when it, or a later one, was used before."""
    accepted = await tx.scalar(
        update(AgentAccount)
        .where(
            AgentAccount.id == agent,
            or_(AgentAccount.totp_step.is_(None), AgentAccount.totp_step < step),
        )
        .values(totp_step=step)
        .returning(AgentAccount.id)
    )
    return accepted is not None
