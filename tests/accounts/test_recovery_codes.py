"""Codes that stand in for an authenticator app's, once each."""

from __future__ import annotations

from uuid import uuid4

import pytest

from bot.accounts import operations, recovery_codes, recovery_store
from bot.accounts.sign_in import Origin
from bot.accounts.throttling import Slowed
from bot.errors import Conflict, Forbidden, Invalid
from bot.storage.transaction import Database
from tests.accounts.builders import NOON, PASSWORD, Door, an_account, minutes

LATER = NOON + minutes(2)


async def a_sheet(database: Database, door: Door) -> tuple[str, list[str]]:
    """The login of an agent with a second factor, and their codes."""
    agent, login = await an_account(database)
    await door.enrols(agent, NOON)
    return login, await renewed(database, door, login)


async def renewed(database: Database, door: Door, login: str) -> list[str]:
    async with database.transaction() as tx:
        agent = (await operations.account(tx, login)).id
    return await door.own.renew_recovery_codes(agent, PASSWORD, Origin(uuid4().hex), NOON)


async def test_a_code_serves_once_and_the_others_stay(database: Database, door: Door) -> None:
    login, (code, other, *_) = await a_sheet(database, door)
    assert await door.gives(await door.is_asked(login, LATER), f" {code.upper()} ", LATER)
    with pytest.raises(Invalid):
        await door.gives(await door.is_asked(login, LATER), code, LATER)
    assert await door.gives(await door.is_asked(login, LATER), other.replace("-", ""), LATER)


async def test_another_agent_s_code_opens_nothing(database: Database, door: Door) -> None:
    login, _ = await a_sheet(database, door)
    _, (code, *_) = await a_sheet(database, door)
    with pytest.raises(Invalid):
        await door.gives(await door.is_asked(login, LATER), code, LATER)


async def test_new_ones_take_the_place_of_the_old(database: Database, door: Door) -> None:
    login, (old, *_) = await a_sheet(database, door)
    new, *_ = await renewed(database, door, login)
    with pytest.raises(Invalid):
        await door.gives(await door.is_asked(login, LATER), old, LATER)
    assert await door.gives(await door.is_asked(login, LATER), new, LATER)


async def test_they_go_with_the_second_factor(database: Database, door: Door) -> None:
    login, _ = await a_sheet(database, door)
    async with database.transaction() as tx:
        agent = (await operations.account(tx, login)).id
        assert await recovery_store.left(tx, agent) == recovery_codes.HOW_MANY
        await operations.reset_second_factor(tx, login, NOON)
        assert await recovery_store.left(tx, agent) == 0
    with pytest.raises(Conflict):
        await renewed(database, door, login)


async def test_the_password_is_needed_for_new_ones(database: Database, door: Door) -> None:
    agent, _ = await an_account(database)
    await door.enrols(agent, NOON)
    with pytest.raises(Forbidden):
        await door.own.renew_recovery_codes(agent, "faux", Origin(uuid4().hex), NOON)


async def test_guessing_them_is_slowed_down(database: Database, door: Door) -> None:
    login, (code, *_) = await a_sheet(database, door)
    voucher = await door.is_asked(login, LATER)
    for _ in range(5):
        with pytest.raises(Invalid):
            await door.gives(voucher, recovery_codes.new_codes()[0], LATER)
    with pytest.raises(Slowed):
        await door.gives(voucher, code, LATER)


def test_they_are_read_however_they_are_typed() -> None:
    for code in recovery_codes.new_codes():
        assert recovery_codes.is_one(code)
        assert recovery_codes.bare(f"  {code.upper()}.") == code.replace("-", "")
    for other in ("123 456", "", "é" * 16):
        assert not recovery_codes.is_one(other)
