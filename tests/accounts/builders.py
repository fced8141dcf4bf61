"""Builders of agents' accounts, and tries to sign in at a given moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pyotp

from bot.accounts import agent_store, operations
from bot.accounts.agent_store import Profile
from bot.accounts.own_account import OwnAccount
from bot.accounts.passwords import Passwords
from bot.accounts.rules import Role
from bot.accounts.sign_in import CodeAsked, Origin, SignIn
from bot.storage.transaction import Database

PASSWORD = "un mot de passe correct"
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
ANYBODY = Profile("Claire", Role.AGENT, frozenset({"69149"}), frozenset({"accueil"}))


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


async def an_account(
    database: Database, profile: Profile = ANYBODY, password: str = PASSWORD
) -> tuple[UUID, str]:
    """An account of its own, and its login."""
    login = f"{uuid4().hex}@mairie.example"
    kept = await Passwords().hash_choice(password, login)
    async with database.transaction() as tx:
        return await operations.create(tx, login, profile, kept, NOON), login


@dataclass(frozen=True)
class Door:
    """Where agents sign in: every one from an address of their own unless told."""

    database: Database
    sign_in: SignIn
    own: OwnAccount

    @classmethod
    def of(cls, database: Database) -> Door:
        passwords, secret = Passwords(), "s" * 32
        sign_in = SignIn(database, passwords, secret)
        return cls(database, sign_in, OwnAccount(database, passwords, sign_in, secret))

    async def tries(
        self, login: str, password: str, at: datetime, address: str | None = None
    ) -> str | CodeAsked:
        origin = Origin(address or uuid4().hex, "Firefox")
        return await self.sign_in.with_password(login, password, origin, at)

    async def opens(self, login: str, at: datetime, password: str = PASSWORD) -> str:
        """Sign in without a code; the token."""
        token = await self.tries(login, password, at)
        assert isinstance(token, str)
        return token

    async def is_asked(self, login: str, at: datetime) -> str:
        """Give the right password where a code is asked; the voucher."""
        asked = await self.tries(login, PASSWORD, at)
        assert isinstance(asked, CodeAsked)
        return asked.voucher

    async def gives(self, voucher: str, code: str, at: datetime) -> str:
        return await self.sign_in.with_code(voucher, code, Origin(uuid4().hex), at)

    async def enrols(self, agent: UUID, at: datetime) -> pyotp.TOTP:
        """Put a second factor on an account; what makes its codes."""
        begun = await self.own.begin_second_factor(agent, PASSWORD, Origin(uuid4().hex), at)
        codes = pyotp.TOTP(begun.secret)
        await self.own.confirm_second_factor(agent, begun.voucher, codes.at(at), at)
        return codes

    async def kept_hash(self, login: str) -> str:
        async with self.database.transaction() as tx:
            known = await agent_store.credentials_with(tx, login)
        assert known is not None
        return known.password_hash
