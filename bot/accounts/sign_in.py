"""Signing in and out.

Verifying a password takes a while, and nothing is held meanwhile: a try is counted as a failure
in one transaction, verified, and taken back in another. So this opens its own transactions.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bot.accounts import (
    agent_store,
    attempt_store,
    recovery_codes,
    recovery_store,
    second_factor,
    session_store,
)
from bot.accounts.agent_store import Credentials
from bot.accounts.passwords import Passwords
from bot.accounts.sealing import Broken, Seals
from bot.accounts.throttling import (
    LOOKED_BACK,
    WINDOW,
    address_key,
    address_waits_until,
    check_waits,
    login_key,
    login_waits_until,
)
from bot.accounts.tokens import hash_of
from bot.accounts.vouchers import Vouchers
from bot.audit import store as audit
from bot.audit.rules import Action, Actor
from bot.errors import Forbidden, Invalid, NotFound, Unavailable
from bot.storage.transaction import Database, Transaction

LONGEST_ID_TOKEN = 8 * 1024
"""Characters: it travels in a form and, when somebody leaves, in an address."""


@dataclass(frozen=True)
class Origin:
    """Where a try comes from. `browser`: what its agent recognises the session by."""

    address: str
    browser: str = ""


@dataclass(frozen=True)
class CodeAsked:
    """The password was right, or the provider vouches, and a code is needed. `voucher` stands for
    what was proven."""

    voucher: str


def login_of(text: str) -> str:
    """A login as it is kept, of what somebody typed. No text of PostgreSQL holds a NUL."""
    return text.replace("\0", "").strip().lower()


class UnreadableFactor(Unavailable):
    """A second factor that was sealed with another secret than the service's: an administrator
    resets it."""


PROVEN = "provider "
"""What begins in a voucher that stands for a provider's word: no hash of a password does."""


class SignIn:
    """`secret`: the service's; it signs what stands for a verified password, and seals the secrets
    of second factors. `before`: the one that was used until now."""

    def __init__(
        self, database: Database, passwords: Passwords, secret: str, before: str | None = None
    ) -> None:
        self.seals = Seals(secret, "second factors", before, opens_unsealed=True)
        self.id_tokens = Seals(secret, "provider's tokens", before)
        self._database = database
        self._passwords = passwords
        self._vouchers = Vouchers(secret, "sign-in code")

    async def with_password(
        self, login: str, password: str, origin: Origin, now: datetime
    ) -> str | CodeAsked:
        """The token of a new session, or the demand of a code.

        Raises `Forbidden`, the same for a wrong login, a wrong password and a disabled account;
        `Slowed` when the try may not be made now.
        """
        login = login_of(login)
        async with self._database.transaction() as tx:
            tried = await self._count(tx, login, origin, now)
            known = await agent_store.credentials_with(tx, login)
        kept = known.password_hash if known is not None else None
        is_right = await self._passwords.verify(kept, password)
        if known is not None and not (is_right and known.is_active):
            async with self._database.transaction() as tx:
                await note(tx, known, Action.REFUSED, now)
        if known is None or not is_right or not known.is_active:
            raise Forbidden("sign-in")
        renewed = await self._passwords.renewed(known.password_hash, password)
        async with self._database.transaction() as tx:
            current = await self._still(tx, known)
            if renewed is not None:
                await agent_store.set_password_hash(tx, current.id, renewed)
            if current.totp_secret is None:
                return await self._opened(tx, current, tried, origin, now)
            await attempt_store.take_back(tx, tried)
        stands_for = hash_of(renewed or known.password_hash)
        return CodeAsked(self._vouchers.sign(known.id, stands_for, now))

    async def with_code(self, voucher: str, code: str, origin: Origin, now: datetime) -> str:
        """The token of a new session. `code`: of the app, or a recovery code.

        Raises `Forbidden` when the password must be given again, `Invalid("code", …)` for a code
        that is wrong or was used, `Slowed` when the try may not be made now, `UnreadableFactor`.
        """
        agent, stands_for = self._vouchers.read(voucher, now)
        async with self._database.transaction() as tx:
            known = await _credentials(tx, agent)
            tried = await self._count(tx, known.login, origin, now)
        async with self._database.transaction() as tx:
            current = await self._still(tx, known)
            if current.totp_secret is None or not self._stands(current, stands_for):
                raise Forbidden("sign-in")
            if not await self._accepts(tx, current, code, now):
                raise Invalid("code", "is wrong or was used")
            id_token = stands_for.removeprefix(PROVEN) if _is_provider_s(stands_for) else None
            return await self._opened(tx, current, tried, origin, now, id_token or None)

    async def _accepts(
        self, tx: Transaction, current: Credentials, code: str, now: datetime
    ) -> bool:
        """Use a code up, where it is good. Raises `UnreadableFactor` for an app's."""
        if recovery_codes.is_one(code):
            if not await recovery_store.use(tx, current.id, code, now):
                return False
            await note(tx, current, Action.RECOVERY_CODE_USED, now)
            return True
        step = second_factor.step_of(self._secret_of(current), code, now)
        return step is not None and await agent_store.accept_step(tx, current.id, step)

    def _stands(self, current: Credentials, stands_for: str) -> bool:
        """Whether what a voucher stands for still holds."""
        if _is_provider_s(stands_for):
            return current.is_oidc_allowed and current.is_oidc_bound
        return hash_of(current.password_hash) == stands_for

    def _secret_of(self, known: Credentials) -> str:
        """Raises `UnreadableFactor`."""
        try:
            return self.seals.open(known.totp_secret or "", str(known.id))
        except Broken as error:
            raise UnreadableFactor("second factor") from error

    async def vouched(
        self,
        tx: Transaction,
        known: Credentials,
        tried: list[int],
        origin: Origin,
        now: datetime,
        *,
        id_token: str,
        has_other_factor: bool,
    ) -> str | CodeAsked:
        """The token of a new session of whoever a provider vouches for, or the demand of a code
        when the provider asked for none."""
        sealed = ""  # without it, only the provider's own session stays
        if len(id_token) <= LONGEST_ID_TOKEN:
            sealed = self.id_tokens.seal(id_token, str(known.id))
        if has_other_factor or known.totp_secret is None:
            return await self._opened(
                tx, known, tried, origin, now, sealed or None, has_other_factor=has_other_factor
            )
        await attempt_store.take_back(tx, tried)
        return CodeAsked(self._vouchers.sign(known.id, f"{PROVEN}{sealed}", now))

    async def count_address(self, tx: Transaction, origin: Origin, now: datetime) -> list[int]:
        """Count a try of whoever it is as failed, by its address. Returns what takes it back.
        Raises `Slowed`."""
        of_address = address_key(origin.address)
        await attempt_store.lock(tx, (of_address,))
        by_address = await attempt_store.failures(tx, of_address, now - WINDOW)
        check_waits((address_waits_until(by_address, now),), now)
        return await attempt_store.record(tx, (of_address,), now)

    @asynccontextmanager
    async def confirmed(
        self, agent: UUID, password: str, origin: Origin, now: datetime
    ) -> AsyncIterator[tuple[Transaction, Credentials]]:
        """A transaction for what a signed-in agent may do only with their password at hand.

        Raises `Forbidden` for a wrong one, `Slowed` like a sign-in: a browser that was left open
        is no place to guess it.
        """
        async with self._database.transaction() as tx:
            known = await _credentials(tx, agent)
            tried = await self._count(tx, known.login, origin, now)
        if not await self._passwords.verify(known.password_hash, password):
            raise Forbidden("password")
        async with self._database.transaction() as tx:
            current = await self._still(tx, known)
            await attempt_store.take_back(tx, tried)
            yield tx, current

    async def _count(self, tx: Transaction, login: str, origin: Origin, now: datetime) -> list[int]:
        """Count this try as failed, unless it has to wait. Raises `Slowed`."""
        of_login, of_address = login_key(login), address_key(origin.address)
        await attempt_store.lock(tx, (of_login, of_address))
        by_login = await attempt_store.failures(tx, of_login, now - LOOKED_BACK)
        by_address = await attempt_store.failures(tx, of_address, now - WINDOW)
        check_waits((login_waits_until(by_login), address_waits_until(by_address, now)), now)
        return await attempt_store.record(tx, (of_login, of_address), now)

    async def _still(self, tx: Transaction, known: Credentials) -> Credentials:
        """The account under its lock. Raises `Forbidden` when its password was changed or it was
        disabled while we verified."""
        current = await _credentials(tx, known.id)
        if not current.is_active or current.password_hash != known.password_hash:
            raise Forbidden("sign-in")
        return current

    async def _opened(
        self,
        tx: Transaction,
        known: Credentials,
        tried: list[int],
        origin: Origin,
        now: datetime,
        id_token: str | None = None,
        *,
        has_other_factor: bool = False,
    ) -> str:
        await attempt_store.take_back(tx, tried)
        await attempt_store.clear(tx, login_key(known.login))
        await note(tx, known, Action.SIGNED_IN, now)
        return await session_store.open_session(
            tx,
            known.id,
            origin.browser,
            now,
            id_token=id_token,
            has_other_factor=has_other_factor,
        )


def _is_provider_s(stands_for: str) -> bool:
    return stands_for.startswith(PROVEN)


async def note(tx: Transaction, known: Credentials, action: Action, now: datetime) -> None:
    """Into the audit log. A login that there is not is written nowhere: it may be a password."""
    await audit.record(tx, Actor(known.id, known.login), action, known.login, now)


async def _credentials(tx: Transaction, agent: UUID) -> Credentials:
    try:
        return await agent_store.credentials(tx, agent)
    except NotFound as error:
        raise Forbidden("sign-in") from error
