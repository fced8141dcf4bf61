"""Codes of an authenticator app."""

from __future__ import annotations

from uuid import uuid4

import pyotp
import pytest

from bot.accounts import operations, second_factor
from bot.accounts.sign_in import Origin
from bot.accounts.throttling import Slowed
from bot.errors import Conflict, DomainError, Forbidden, Invalid
from bot.storage.tables import utc_now
from bot.storage.transaction import Database
from tests.accounts.builders import NOON, PASSWORD, Door, an_account, minutes

HALF = 0.5
"""A step, in minutes."""


def test_codes_are_those_of_the_standard() -> None:
    """RFC 6238, appendix B: the seed of SHA-1, its last six digits at second 59."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    at = NOON.fromtimestamp(59, NOON.tzinfo)
    assert second_factor.step_of(secret, "287 082", at) == 1
    for wrong in ("287083", "", "28708", "２８７０８２", "abcdef"):
        assert second_factor.step_of(secret, wrong, at) is None


@pytest.mark.parametrize(("early", "is_good"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_off(early: int, is_good: bool) -> None:
    codes = pyotp.TOTP(second_factor.new_secret())
    code = codes.at(NOON + minutes(early * HALF))
    assert (second_factor.step_of(codes.secret, code, NOON) is not None) == is_good


def test_an_app_reads_the_account_and_the_secret() -> None:
    secret = second_factor.new_secret()
    uri = second_factor.uri(secret, "claire@mairie.example")
    read = pyotp.parse_uri(uri)
    assert (read.name, read.issuer, read.secret) == ("claire@mairie.example", "Guichet", secret)
    drawn = second_factor.qr_code(uri)
    assert drawn.startswith("<svg")
    assert "style" not in drawn  # the pages' policy lets no style in


async def test_a_code_is_asked_only_once_one_was_confirmed(database: Database, door: Door) -> None:
    agent, login = await an_account(database)
    begun = await door.own.begin_second_factor(agent, PASSWORD, Origin(uuid4().hex), NOON)
    await door.opens(login, NOON)
    with pytest.raises(Invalid):
        await door.own.confirm_second_factor(agent, begun.voucher, "000000", NOON)
    await door.opens(login, NOON)
    code = pyotp.TOTP(begun.secret).at(NOON)
    await door.own.confirm_second_factor(agent, begun.voucher, code, NOON)
    assert await door.is_asked(login, NOON)
    with pytest.raises(Conflict):
        await door.own.begin_second_factor(agent, PASSWORD, Origin(uuid4().hex), NOON)


async def test_a_code_serves_once(database: Database, door: Door) -> None:
    agent, login = await an_account(database)
    codes, later = await door.enrols(agent, NOON), NOON + minutes(2)
    voucher = await door.is_asked(login, later)
    assert await door.gives(voucher, codes.at(later), later)
    with pytest.raises(Invalid):
        await door.gives(voucher, codes.at(later), later)
    with pytest.raises(Invalid):  # an older one neither
        await door.gives(voucher, codes.at(later - minutes(HALF)), later)
    assert await door.gives(voucher, codes.at(later + minutes(HALF)), later)


async def test_the_code_that_confirmed_does_not_sign_in(database: Database, door: Door) -> None:
    agent, login = await an_account(database)
    codes = await door.enrols(agent, NOON)
    with pytest.raises(Invalid):
        await door.gives(await door.is_asked(login, NOON), codes.at(NOON), NOON)


async def test_guessing_codes_is_slowed_down_like_passwords(database: Database, door: Door) -> None:
    agent, login = await an_account(database)
    codes = await door.enrols(agent, NOON)
    later = NOON + minutes(2)
    voucher = await door.is_asked(login, later)
    for _ in range(5):
        await door.is_asked(login, later)  # the right password in between frees nothing
        with pytest.raises(Invalid):
            await door.gives(voucher, "000000", later)
    with pytest.raises(Slowed):
        await door.gives(voucher, codes.at(later), later)
    with pytest.raises(Slowed):
        await door.tries(login, PASSWORD, later)


@pytest.mark.parametrize("spoilt", ["late", "altered", "password", "disabled"])
async def test_what_stands_for_the_password_does_not_outlive_it(
    database: Database, door: Door, spoilt: str
) -> None:
    agent, login = await an_account(database)
    codes, later = await door.enrols(agent, NOON), NOON + minutes(2)
    voucher = await door.is_asked(login, later)
    async with database.transaction() as tx:
        match spoilt:
            case "late":
                later += minutes(5)
            case "altered":
                voucher = f"x{voucher}"
            case "password":
                await operations.set_password(tx, login, "another", utc_now())
            case _:
                await operations.set_active(tx, login, utc_now(), is_active=False)
    with pytest.raises(Forbidden):
        await door.gives(voucher, codes.at(later), later)


async def test_an_enrolment_is_of_its_own_account(database: Database, door: Door) -> None:
    agent, login = await an_account(database)
    other, _ = await an_account(database)
    begun = await door.own.begin_second_factor(agent, PASSWORD, Origin(uuid4().hex), NOON)
    code = pyotp.TOTP(begun.secret).at(NOON)
    with pytest.raises(Forbidden):
        await door.own.confirm_second_factor(other, begun.voucher, code, NOON)
    with pytest.raises(Forbidden):  # nor does it stand for a password
        await door.gives(begun.voucher, code, NOON)
    assert await door.opens(login, NOON)


async def test_the_password_is_needed_to_set_and_to_remove_it(
    database: Database, door: Door
) -> None:
    agent, login = await an_account(database)
    origin = Origin(uuid4().hex)
    with pytest.raises(Forbidden):
        await door.own.begin_second_factor(agent, "faux", origin, NOON)
    await door.enrols(agent, NOON)
    with pytest.raises(Forbidden):
        await door.own.remove_second_factor(agent, "faux", origin, NOON)
    assert await door.is_asked(login, NOON)
    await door.own.remove_second_factor(agent, PASSWORD, origin, NOON)
    assert await door.opens(login, NOON)


async def test_a_reset_asks_for_the_password_only(database: Database, door: Door) -> None:
    agent, login = await an_account(database)
    await door.enrols(agent, NOON)
    async with database.transaction() as tx:
        await operations.reset_second_factor(tx, login, utc_now())
    assert await door.opens(login, NOON)


async def test_an_agent_changes_their_password_and_keeps_their_browser(
    database: Database, door: Door
) -> None:
    agent, login = await an_account(database)
    here, elsewhere = await door.opens(login, NOON), await door.opens(login, NOON)
    new, origin = "un tout autre mot de passe", Origin(uuid4().hex)

    async def change(old: str, chosen: str) -> DomainError | None:
        try:
            await door.own.change_password(agent, here, old, chosen, origin, NOON)
        except DomainError as error:
            return error
        return None

    assert isinstance(await change("faux", new), Forbidden)
    assert isinstance(await change(PASSWORD, "court"), Invalid)
    assert await change(PASSWORD, new) is None
    async with database.transaction() as tx:
        (left,) = await operations.sessions(tx, login, NOON)
    assert left.handle
    assert here != elsewhere
    await door.opens(login, NOON, new)
    for _ in range(5):
        assert isinstance(await change("faux", new), Forbidden)
    assert isinstance(await change(new, "encore un autre mot de passe"), Slowed)
