"""The accounts of the demonstration's agents, each with a password of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.accounts import operations
from bot.accounts.agent_store import Profile
from bot.accounts.passwords import Passwords, strong_password
from bot.accounts.rules import Agent, Role
from bot.demo.content import Colleague
from bot.demo.rules import login_of
from bot.errors import Conflict
from bot.storage.transaction import Database


@dataclass(frozen=True)
class Opened:
    """An agent, and the password that nobody can read again."""

    agent: Agent
    login: str
    password: str


async def open_accounts(
    database: Database, colleagues: Sequence[Colleague], now: datetime
) -> list[Opened]:
    """Open the accounts. One that a former demonstration left disabled gets another password."""
    passwords = Passwords()
    return [await _open(database, passwords, one, now) for one in colleagues]


async def _open(database: Database, passwords: Passwords, one: Colleague, now: datetime) -> Opened:
    login = login_of(one.login)
    communes = None if one.communes is None else frozenset(one.communes)
    profile = Profile(one.name, Role(one.role), communes, frozenset(one.teams))
    password = strong_password()
    kept = await passwords.hash_choice(password, login)
    async with database.transaction() as tx:
        try:
            async with tx.begin_nested():
                agent_id = await operations.create(tx, login, profile, kept, now)
        except Conflict:
            agent_id = (await operations.account(tx, login)).id
            await operations.set_active(tx, login, now, is_active=True)
            await operations.set_password(tx, login, kept, now)
    agent = Agent(agent_id, one.name, profile.role, communes, profile.teams)
    return Opened(agent, login, password)
