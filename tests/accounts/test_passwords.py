"""Which passwords may be chosen, and how they are verified."""

from __future__ import annotations

import asyncio
import unicodedata

import pytest
from argon2 import PasswordHasher

from bot.accounts.passwords import (
    COMMONEST,
    HASHER,
    SHORTEST,
    Passwords,
    check_choice,
    strong_password,
)
from bot.errors import Invalid, Unavailable

LOGIN = "claire.dupont@mairie.example"
WEAK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("onze lettre", "short"),
        ("x" * 257, "long"),
        ("Claire.Dupont@mairie.example", "login"),
        ("claire.dupont", "login"),
        ("MotDePasse123", "common"),
        ("azertyuiop123", "common"),
        ("１２３４５６７８９０１２", "common"),  # the same digits, from a wide keyboard
    ],
)
def test_a_password_that_is_easily_guessed_is_refused(password: str, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_choice(password, LOGIN)
    assert refused.value.reason == reason


@pytest.mark.parametrize("password", ["douze lettre", "aaaaaaaaaaab", "é" * 12, "x" * 256])
def test_nothing_but_length_is_asked_of_the_others(password: str) -> None:
    check_choice(password, LOGIN)


def test_the_commonest_are_those_that_length_does_not_refuse_already() -> None:
    lines = COMMONEST.read_text("utf-8").splitlines()
    words = [line for line in lines if not line.startswith("#")]
    assert all(len(word) >= SHORTEST and word == word.casefold() for word in words)
    assert len(set(words)) == len(words)


def test_a_password_that_we_make_may_be_chosen_and_is_another_each_time() -> None:
    made = {strong_password() for _ in range(100)}
    assert len(made) == 100
    for password in made:
        check_choice(password, LOGIN)


async def test_only_the_password_itself_is_right() -> None:
    passwords = Passwords()
    kept = await passwords.hash_choice("un mot de passe", LOGIN)
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.verify(kept, "un mot de passe")
    assert not await passwords.verify(kept, "un mot de passé")
    assert not await passwords.verify(None, "un mot de passe")
    assert not await passwords.verify("no hash", "un mot de passe")


async def test_an_accent_typed_in_two_ways_is_one_password() -> None:
    passwords = Passwords(WEAK)
    kept = await passwords.hash_choice(unicodedata.normalize("NFC", "déjà vu souvent"), LOGIN)
    assert await passwords.verify(kept, unicodedata.normalize("NFD", "déjà vu souvent"))


async def test_what_is_too_long_is_not_hashed_and_not_right() -> None:
    passwords = Passwords(WEAK)
    kept = await passwords.hash_choice("x" * 256, LOGIN)
    assert not await passwords.verify(kept, "x" * 100_000)


async def test_a_hash_of_other_parameters_is_renewed_once() -> None:
    old = await Passwords(WEAK).hash_choice("un mot de passe", LOGIN)
    passwords = Passwords(HASHER)
    renewed = await passwords.renewed(old, "un mot de passe")
    assert renewed is not None
    assert await passwords.verify(renewed, "un mot de passe")
    assert await passwords.renewed(renewed, "un mot de passe") is None


async def test_a_login_that_nobody_has_is_verified_like_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passwords, verified = Passwords(WEAK), []
    monkeypatch.setattr(passwords, "_matches", lambda kept, _: verified.append(kept))
    await passwords.verify(None, "un mot de passe")
    await passwords.verify(WEAK.hash("un mot de passe"), "un mot de passe")
    assert [kept.startswith("$argon2id$") for kept in verified] == [True, True]


async def test_the_loop_goes_on_while_passwords_are_verified() -> None:
    passwords, ticks = Passwords(), 0
    kept = await passwords.hash_choice("un mot de passe", LOGIN)

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.001)
            ticks += 1

    ticking = asyncio.create_task(tick())
    await asyncio.gather(*(passwords.verify(kept, "un mot de passe") for _ in range(4)))
    ticking.cancel()
    assert ticks > 3


async def test_who_waits_too_long_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.accounts.passwords.WAITS_S", 0.0)
    passwords = Passwords(WEAK, at_once=1)
    await passwords._turns.acquire()
    with pytest.raises(Unavailable):
        await passwords.verify(None, "un mot de passe")
