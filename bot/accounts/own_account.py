"""What agents change of their own account, in the browser that they are signed in with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bot.accounts import (
    agent_store,
    demand_store,
    recovery_codes,
    recovery_store,
    second_factor,
    session_store,
)
from bot.accounts.agent_store import Credentials
from bot.accounts.passwords import Passwords
from bot.accounts.sign_in import Origin, SignIn, note
from bot.accounts.vouchers import Vouchers
from bot.audit.rules import Action
from bot.errors import Conflict, Forbidden, Invalid
from bot.storage.transaction import Database, Transaction


@dataclass(frozen=True)
class Enrolment:
    """A second factor that waits for its first code. `voucher` carries it to that step."""

    secret: str
    uri: str
    voucher: str


class OwnAccount:
    """`secret`: the service's."""

    def __init__(
        self, database: Database, passwords: Passwords, sign_in: SignIn, secret: str
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._sign_in = sign_in
        self._seals = sign_in.seals
        self._vouchers = Vouchers(secret, "second factor")

    async def change_password(
        self, agent: UUID, token: str, old: str, new: str, origin: Origin, now: datetime
    ) -> None:
        """Take another password; other browsers than the one with `token` are signed out.

        Raises `Invalid` for what may not be chosen, `Forbidden` for a wrong old one, `Slowed`.
        """
        async with self._database.transaction() as tx:
            login = (await agent_store.account(tx, agent)).login
        kept = await self._passwords.hash_choice(new, login)
        async with self._sign_in.confirmed(agent, old, origin, now) as (tx, known):
            await agent_store.set_password_hash(tx, agent, kept)
            await note(tx, known, Action.PASSWORD, now)
            await session_store.end_all(tx, agent, but=token)

    async def begin_second_factor(
        self, agent: UUID, password: str, origin: Origin, now: datetime
    ) -> Enrolment:
        """A secret to put into an app; nothing is asked for until a code of it is confirmed.

        Raises `Forbidden` for a wrong password, `Slowed`, `Conflict` when there is one already.
        """
        async with self._sign_in.confirmed(agent, password, origin, now) as (_, known):
            if known.totp_secret is not None:
                raise Conflict("second factor")
        return self._enrolment(agent, known.login, second_factor.new_secret(), now)

    async def begin_owed(self, agent: UUID, now: datetime) -> Enrolment:
        """The same for whoever must set one up before anything else (`agent_who_owes`): they have
        just signed in."""
        async with self._database.transaction() as tx:
            login = (await agent_store.account(tx, agent)).login
        return self._enrolment(agent, login, second_factor.new_secret(), now)

    async def again(self, agent: UUID, voucher: str, now: datetime) -> Enrolment:
        """The enrolment of a voucher, to show it once more. Raises `Forbidden`."""
        secret = self._secret_of(agent, voucher, now)
        async with self._database.transaction() as tx:
            login = (await agent_store.account(tx, agent)).login
        return self._enrolment(agent, login, secret, now)

    async def confirm_second_factor(
        self, agent: UUID, voucher: str, code: str, now: datetime
    ) -> list[str]:
        """Ask for codes from now on. Returns the recovery codes, which are shown this once.

        Raises `Forbidden` for a voucher that is no longer good, `Invalid` for a wrong code,
        `Conflict` when there is a second factor already.
        """
        secret = self._secret_of(agent, voucher, now)
        step = second_factor.step_of(secret, code, now)
        if step is None:
            raise Invalid("code", "is wrong")
        async with self._database.transaction() as tx:
            known = await agent_store.credentials(tx, agent)
            if known.totp_secret is not None:
                raise Conflict("second factor")
            sealed = self._seals.seal(secret, str(agent))
            await agent_store.set_second_factor(tx, agent, sealed, step)
            await note(tx, known, Action.SECOND_FACTOR, now)
            return await _new_codes(tx, known, now)

    async def renew_recovery_codes(
        self, agent: UUID, password: str, origin: Origin, now: datetime
    ) -> list[str]:
        """Others in their place, shown this once. Raises `Forbidden` for a wrong password,
        `Slowed`, `Conflict` where there is no second factor."""
        async with self._sign_in.confirmed(agent, password, origin, now) as (tx, known):
            if known.totp_secret is None:
                raise Conflict("second factor")
            return await _new_codes(tx, known, now)

    async def remove_second_factor(
        self, agent: UUID, password: str, origin: Origin, now: datetime
    ) -> None:
        """Ask for the password only. Raises `Forbidden` for a wrong one, `Slowed`, `Conflict` where
        their role demands a second factor."""
        async with self._sign_in.confirmed(agent, password, origin, now) as (tx, known):
            if known.role in await demand_store.demanded(tx):
                raise Conflict("second factor")
            await agent_store.set_second_factor(tx, agent, None, None)
            await note(tx, known, Action.SECOND_FACTOR_REMOVED, now)

    def _enrolment(self, agent: UUID, login: str, secret: str, now: datetime) -> Enrolment:
        voucher = self._vouchers.sign(agent, secret, now)
        return Enrolment(secret, second_factor.uri(secret, login), voucher)

    def _secret_of(self, agent: UUID, voucher: str, now: datetime) -> str:
        whose, secret = self._vouchers.read(voucher, now)
        if whose != agent:
            raise Forbidden("voucher")
        return secret


async def _new_codes(tx: Transaction, known: Credentials, now: datetime) -> list[str]:
    codes = recovery_codes.new_codes()
    await recovery_store.replace(tx, known.id, codes, now)
    await note(tx, known, Action.RECOVERY_CODES, now)
    return codes
