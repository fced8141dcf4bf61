"""Signing in, on a real database and at given moments."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from argon2 import PasswordHasher

from bot.accounts import attempt_store, operations, session_store
from bot.accounts.agent_store import Profile
from bot.accounts.passwords import Passwords
from bot.accounts.rules import Agent, Role
from bot.accounts.throttling import Slowed, address_key
from bot.errors import DomainError, Forbidden
from bot.storage.tables import utc_now
from bot.storage.transaction import Database
from tests.accounts.builders import ANYBODY, NOON, PASSWORD, Door, an_account, minutes


async def agent_with(database: Database, token: str, after: float = 0) -> Agent | None:
    async with database.transaction() as tx:
        return await session_store.agent_of_session(tx, token, NOON + minutes(after))


async def refusal(door: Door, login: str, password: str, after: float = 0) -> DomainError:
    with pytest.raises(DomainError) as refused:
        await door.tries(login, password, NOON + minutes(after))
    return refused.value


async def test_the_right_password_opens_a_session_of_that_agent(
    database: Database, door: Door
) -> None:
    agent, login = await an_account(database)
    token = await door.opens(f" {login.upper()} ", NOON)
    assert await agent_with(database, token) == Agent(
        agent, "Claire", Role.AGENT, ANYBODY.communes, ANYBODY.teams
    )
    assert await agent_with(database, f"{token}x") is None


async def test_a_wrong_login_a_wrong_password_and_a_disabled_account_are_told_alike(
    database: Database, door: Door
) -> None:
    _, login = await an_account(database)
    _, disabled = await an_account(database)
    async with database.transaction() as tx:
        await operations.set_active(tx, disabled, utc_now(), is_active=False)
    refusals = [
        await refusal(door, "nobody@mairie.example", PASSWORD),
        await refusal(door, login, "un autre mot de passe"),
        await refusal(door, disabled, PASSWORD),
    ]
    assert {(type(error), str(error)) for error in refusals} == {(Forbidden, "sign-in")}


async def test_a_login_is_slowed_down_from_its_sixth_try_on_whoever_tries(
    database: Database, door: Door
) -> None:
    _, login = await an_account(database)
    for _ in range(5):
        assert isinstance(await refusal(door, login, "faux"), Forbidden)
    slowed = await refusal(door, login, PASSWORD, after=0.5)
    assert isinstance(slowed, Slowed)
    assert slowed.wait_s == 30
    assert isinstance(await refusal(door, login, "faux", after=1), Forbidden)
    longer = await refusal(door, login, "faux", after=1)
    assert isinstance(longer, Slowed)
    assert longer.wait_s == 120


async def test_a_login_that_nobody_has_is_slowed_down_like_another(door: Door) -> None:
    login = f"{uuid4().hex}@mairie.example"
    for _ in range(5):
        assert isinstance(await refusal(door, login, "faux"), Forbidden)
    assert isinstance(await refusal(door, login, "faux"), Slowed)


async def test_a_success_clears_what_was_counted_against_the_login(
    database: Database, door: Door
) -> None:
    _, login = await an_account(database)
    for _ in range(4):
        await refusal(door, login, "faux")
    await door.opens(login, NOON)
    for _ in range(5):
        assert isinstance(await refusal(door, login, "faux"), Forbidden)


async def test_tries_at_the_same_moment_see_one_another(database: Database, door: Door) -> None:
    _, login = await an_account(database)
    other_process = Door.of(database)
    tried = await asyncio.gather(
        *(one.tries(login, "faux", NOON) for one in (door, other_process) for _ in range(6)),
        return_exceptions=True,
    )
    kinds = [type(error) for error in tried]
    assert (kinds.count(Forbidden), kinds.count(Slowed)) == (5, 7)


async def test_an_address_is_slowed_down_whatever_logins_it_tries(
    database: Database, door: Door
) -> None:
    address = uuid4().hex
    _, login = await an_account(database)
    async with database.transaction() as tx:
        await attempt_store.record(tx, [address_key(address)] * 29, NOON)
    await door.tries(login, PASSWORD, NOON, address)  # what succeeds counts for nothing
    with pytest.raises(Forbidden):
        await door.tries("nobody@mairie.example", "faux", NOON, address)
    with pytest.raises(Slowed) as slowed:
        await door.tries(login, PASSWORD, NOON, address)
    assert slowed.value.wait_s == 15 * 60
    assert await door.tries(login, PASSWORD, NOON + minutes(15), address)


async def test_a_session_ends_after_twelve_hours_however_busy(
    database: Database, door: Door
) -> None:
    _, login = await an_account(database)
    token = await door.opens(login, NOON)
    for hour in range(1, 12):
        assert await agent_with(database, token, hour * 60) is not None
    assert await agent_with(database, token, 719) is not None
    assert await agent_with(database, token, 720) is None


async def test_a_session_ends_after_two_idle_hours(database: Database, door: Door) -> None:
    _, login = await an_account(database)
    token = await door.opens(login, NOON)
    assert await agent_with(database, token, 119) is not None
    assert await agent_with(database, token, 238) is not None
    assert await agent_with(database, token, 358) is None


async def test_a_session_is_marked_as_seen_at_most_once_a_minute(
    database: Database, door: Door
) -> None:
    agent, login = await an_account(database)
    token = await door.opens(login, NOON)
    seen = []
    for after in (0.5, 1, 1.5, 2):
        await agent_with(database, token, after)
        async with database.transaction() as tx:
            (session,) = await session_store.sessions_of(tx, agent, NOON + minutes(after), token)
        assert session.is_this_one
        seen.append((session.seen_at - NOON).total_seconds() / 60)
    assert seen == [0, 1, 1, 2]


async def test_a_disabled_account_is_signed_out_at_once(database: Database, door: Door) -> None:
    _, login = await an_account(database)
    token = await door.opens(login, NOON)
    async with database.transaction() as tx:
        await operations.set_active(tx, login, utc_now(), is_active=False)
    assert await agent_with(database, token) is None
    async with database.transaction() as tx:
        await operations.set_active(tx, login, utc_now(), is_active=True)
    assert await agent_with(database, token) is None
    assert await agent_with(database, await door.opens(login, NOON)) is not None


async def test_a_changed_profile_counts_from_the_next_request(
    database: Database, door: Door
) -> None:
    _, login = await an_account(database)
    token = await door.opens(login, NOON)
    async with database.transaction() as tx:
        await operations.change(tx, login, Profile("Claire", Role.SUPERVISOR, None), utc_now())
    agent = await agent_with(database, token)
    assert agent is not None
    assert (agent.leads, agent.communes, agent.teams) == (True, None, frozenset())


async def test_signing_out_ends_one_session_or_all(database: Database, door: Door) -> None:
    agent, login = await an_account(database)
    tokens = [await door.opens(login, NOON) for _ in range(3)]
    async with database.transaction() as tx:
        await session_store.end_session(tx, tokens[0])
        assert await session_store.end_all(tx, agent, but=tokens[1]) == 1
    left = [await agent_with(database, token) is not None for token in tokens]
    assert left == [False, True, False]


async def test_a_session_s_handle_ends_only_one_s_own(database: Database, door: Door) -> None:
    agent, login = await an_account(database)
    other, _ = await an_account(database)
    token = await door.opens(login, NOON)
    async with database.transaction() as tx:
        (session,) = await session_store.sessions_of(tx, agent, NOON)
        assert await session_store.end_named(tx, other, session.handle) == 0
        for handle in ("%", "", "\0", session.handle[:-1]):
            assert await session_store.end_named(tx, agent, handle) == 0
        assert await session_store.end_named(tx, agent, session.handle) == 1
    assert await agent_with(database, token) is None


async def test_another_password_signs_out_and_frees_a_login_that_was_slowed(
    database: Database, door: Door
) -> None:
    _, login = await an_account(database)
    token = await door.opens(login, NOON)
    for _ in range(5):
        await refusal(door, login, "faux")
    kept = await Passwords().hash_choice("un tout autre mot de passe", login)
    async with database.transaction() as tx:
        await operations.set_password(tx, login, kept, utc_now())
    assert await agent_with(database, token) is None
    assert isinstance(await refusal(door, login, PASSWORD), Forbidden)
    await door.opens(login, NOON, "un tout autre mot de passe")


async def test_a_hash_of_weaker_parameters_is_renewed_by_a_sign_in(
    database: Database, door: Door
) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    _, login = await an_account(database)
    async with database.transaction() as tx:
        await operations.set_password(tx, login, weak.hash(PASSWORD), utc_now())
    await door.opens(login, NOON)
    assert "m=19456,t=2" in await door.kept_hash(login)
    await door.opens(login, NOON)
