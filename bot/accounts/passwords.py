"""Agents' passwords: which may be chosen, and how they are kept and verified."""

from __future__ import annotations

import asyncio
import secrets
import unicodedata
from collections.abc import Callable
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.errors import Invalid, Unavailable

SHORTEST = 12
"""Characters. Length is the only thing asked: ANSSI, « Recommandations relatives à
l’authentification multifacteur et aux mots de passe » (PG-078, 2021), wants at least 12 for what
matters; NIST SP 800-63B section 5.1.1.2 advises against rules of composition."""
LONGEST = 256
"""Characters: beyond it hashing serves only who wants to keep us busy."""

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""Argon2id with 19 MiB, 2 rounds, 1 lane: OWASP Password Storage Cheat Sheet, its first choice."""
AT_ONCE = 2
"""Verifications at the same time: each takes a core and 19 MiB."""
WAITS_S = 10.0

COMMONEST = Path(__file__).parent / "common_passwords.txt"
ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
"""Of passwords that we make: 32 letters without those that are mistaken for others."""


def check_choice(password: str, login: str) -> None:
    """Whether an agent may choose it. Raises `Invalid("password", …)` with a `reason`: `short`,
    `long`, `login` or `common`."""
    plain = _plain(password)
    if len(plain) < SHORTEST:
        raise Invalid("password", f"must have {SHORTEST} characters or more", "short")
    if len(plain) > LONGEST:
        raise Invalid("password", f"must have {LONGEST} characters or fewer", "long")
    folded = plain.casefold()
    if folded in (login.casefold(), login.partition("@")[0].casefold()):
        raise Invalid("password", "must not be the login", "login")
    if folded in _commonest():
        raise Invalid("password", "is one of the commonest", "common")


def strong_password() -> str:
    """One that we make: four groups of five letters, a hundred random bits."""
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(4))
    return "-".join(groups)


@cache
def _commonest() -> frozenset[str]:
    lines = COMMONEST.read_text("utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def _plain(password: str) -> str:
    """The same characters from every keyboard (NIST SP 800-63B section 5.1.1.2: NFKC)."""
    return unicodedata.normalize("NFKC", password)


class Passwords:
    """Hashes and verifies, in threads and a few at a time. Nothing waits here while holding a
    transaction: ask before or after."""

    def __init__(self, hasher: PasswordHasher = HASHER, at_once: int = AT_ONCE) -> None:
        self._hasher = hasher
        self._turns = asyncio.Semaphore(at_once)
        self._nobodys: str | None = None

    async def hash_choice(self, password: str, login: str) -> str:
        """What is kept of a password that `login` chose. Raises `Invalid` like `check_choice`."""
        check_choice(password, login)
        return await self._hash(password)

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether it is the password. Without a hash, for a login that nobody has, it takes the
        same time and is not."""
        if len(password) > LONGEST:  # nobody's: `check_choice` would not have let it in
            password, password_hash = password[:LONGEST], None
        nobodys = await self._hash_of_nobody()  # also when it is not needed: time tells nothing
        kept = password_hash or nobodys
        is_right = await self._in_turn(lambda: self._matches(kept, password))
        return is_right and password_hash is not None

    async def renewed(self, password_hash: str, password: str) -> str | None:
        """A new hash where the old one was made with other parameters than today's."""
        if not self._hasher.check_needs_rehash(password_hash):
            return None
        return await self._hash(password)

    def _matches(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, _plain(password))
        except (VerificationError, InvalidHashError):
            return False

    async def _hash_of_nobody(self) -> str:
        if self._nobodys is None:
            self._nobodys = await self._hash(secrets.token_urlsafe())
        return self._nobodys

    async def _hash(self, password: str) -> str:
        return await self._in_turn(lambda: self._hasher.hash(_plain(password)))

    async def _in_turn[T](self, work: Callable[[], T]) -> T:
        """Raises `Unavailable` when too many wait."""
        try:
            async with asyncio.timeout(WAITS_S):
                await self._turns.acquire()
        except TimeoutError as error:
            raise Unavailable("passwords") from error
        try:
            return await asyncio.to_thread(work)
        finally:
            self._turns.release()
