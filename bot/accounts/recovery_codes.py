"""Codes that sign in once each, in place of an authenticator app's: for a lost telephone. Pure."""

from __future__ import annotations

import secrets

HOW_MANY = 10
LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
"""None that is taken for another one: no 0 and o, no 1, i and l."""
GROUPS, GROUP = 4, 4
"""79 random bits in all: enough for a fast hash to be kept, as of other tokens."""


def new_codes() -> list[str]:
    """A sheet of them, as they are read and typed."""
    return [_new_code() for _ in range(HOW_MANY)]


def _new_code() -> str:
    letters = "".join(secrets.choice(LETTERS) for _ in range(GROUPS * GROUP))
    return "-".join(letters[at : at + GROUP] for at in range(0, len(letters), GROUP))


def bare(typed: str) -> str:
    """The letters of a code, however they were typed."""
    return "".join(letter for letter in typed.lower() if letter in LETTERS)


def is_one(typed: str) -> bool:
    """Whether it looks like one: an app's code is shorter."""
    return len(bare(typed)) == GROUPS * GROUP
