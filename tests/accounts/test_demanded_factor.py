"""Second factors that a role demands, how their secrets are kept, and who looks after accounts."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from bot.accounts import administration, agent_store, operations, session_store
from bot.accounts.agent_store import Profile
from bot.accounts.passwords import Passwords
from bot.accounts.resealing import reseal
from bot.accounts.rules import Agent, Role
from bot.accounts.sealing import Broken, Seals
from bot.accounts.sign_in import Origin, SignIn, UnreadableFactor
from bot.accounts.tables import AgentAccount
from bot.audit import store as audit
from bot.audit.rules import Wanted
from bot.errors import Conflict, Forbidden, NotFound
from bot.storage.transaction import Database
from tests.accounts.builders import ANYBODY, NOON, PASSWORD, Door, an_account, minutes

STEP = timedelta(seconds=30)
OULLINS, BRON = "69149", "69029"


def an_administrator(role: Role, *communes: str, agent: UUID | None = None) -> Agent:
    return Agent(agent or uuid4(), "Nadia", role, frozenset(communes) or None)


CHIEF = an_administrator(Role.METROPOLIS_ADMINISTRATOR)


@pytest.fixture
async def demanded(database: Database) -> AsyncIterator[None]:
    """A second factor is demanded of agents while the test runs: other tests want none."""
    async with database.transaction() as tx:
        await operations.demand_factor(tx, Role.AGENT, NOON, is_demanded=True)
    yield
    async with database.transaction() as tx:
        await operations.demand_factor(tx, Role.AGENT, NOON, is_demanded=False)


async def opened(database: Database, token: str, after: float = 0) -> tuple[bool, bool]:
    """Whether a session opens every door, and whether the only one where a factor is set up."""
    async with database.transaction() as tx:
        agent = await session_store.agent_of_session(tx, token, NOON + minutes(after))
        owing = await session_store.agent_who_owes(tx, token, NOON + minutes(after))
    return agent is not None, owing is not None


async def kept_secret(database: Database, agent: UUID) -> str:
    async with database.transaction() as tx:
        found = select(AgentAccount.totp_secret).where(AgentAccount.id == agent)
        return str(await tx.scalar(found))


async def keep(database: Database, agent: UUID, secret: str) -> None:
    async with database.transaction() as tx:
        changed = update(AgentAccount).where(AgentAccount.id == agent)
        await tx.execute(changed.values(totp_secret=secret, totp_step=None))


@pytest.mark.usefixtures("demanded")
async def test_nothing_opens_but_the_second_factor_until_there_is_one(
    database: Database, door: Door
) -> None:
    agent, login = await an_account(database)
    token = await door.opens(login, NOON)
    assert await opened(database, token) == (False, True)
    begun = await door.own.begin_owed(agent, NOON)
    assert begun.secret
    await door.enrols(agent, NOON)
    assert await opened(database, token) == (True, False)


@pytest.mark.usefixtures("demanded")
async def test_a_desk_that_was_left_sets_up_no_second_factor(
    database: Database, door: Door
) -> None:
    _, login = await an_account(database)
    token = await door.opens(login, NOON)
    assert await opened(database, token, after=15) == (False, False)


async def test_a_demand_counts_from_the_next_request_and_for_its_role_only(
    database: Database, door: Door
) -> None:
    _, login = await an_account(database)
    leader = Profile("Dominique", Role.SUPERVISOR, None)
    _, other = await an_account(database, leader)
    token, supervisors = await door.opens(login, NOON), await door.opens(other, NOON)
    async with database.transaction() as tx:
        await administration.demand_factors(tx, CHIEF, {Role.SUPERVISOR}, NOON)
    assert await opened(database, token) == (True, False)
    assert await opened(database, supervisors) == (False, True)
    async with database.transaction() as tx:
        assert await administration.demanded_factors(tx, CHIEF) == {Role.SUPERVISOR}
        await administration.demand_factors(tx, CHIEF, set(), NOON)
        told = await audit.entries(tx, CHIEF, Wanted(subject="supervisor"))
    assert await opened(database, supervisors) == (True, False)
    assert [entry.action for entry in told[:2]] == [
        "security.factor_not_demanded",
        "security.factor_demanded",
    ]
    assert told[0].name == "Nadia"


async def test_only_the_metropolis_s_administrator_demands(database: Database) -> None:
    for role in (Role.AGENT, Role.SUPERVISOR, Role.COMMUNE_ADMINISTRATOR):
        async with database.transaction() as tx:
            with pytest.raises(Forbidden):
                await administration.demand_factors(tx, an_administrator(role), set(), NOON)
            with pytest.raises(Forbidden):
                await administration.demanded_factors(tx, an_administrator(role))


@pytest.mark.usefixtures("demanded")
async def test_a_demanded_second_factor_is_not_removed_by_its_agent(
    database: Database, door: Door
) -> None:
    agent, login = await an_account(database)
    await door.enrols(agent, NOON)
    with pytest.raises(Conflict):
        await door.own.remove_second_factor(agent, PASSWORD, Origin(uuid4().hex), NOON)
    assert await door.is_asked(login, NOON)


async def test_a_secret_is_kept_sealed_for_its_account_alone(
    database: Database, door: Door
) -> None:
    agent, login = await an_account(database)
    other, _ = await an_account(database)
    codes = await door.enrols(agent, NOON)
    kept = await kept_secret(database, agent)
    assert kept.startswith("sealed:")
    assert codes.secret not in kept
    assert door.sign_in.seals.open(kept, str(agent)) == codes.secret
    for broken in (kept[:-4] + "AAA=", kept + "é", "sealed:", "sealed:00:x", kept.upper()):
        if broken.startswith("sealed:"):
            with pytest.raises(Broken):
                door.sign_in.seals.open(broken, str(agent))
    with pytest.raises(Broken):
        door.sign_in.seals.open(kept, str(other))
    assert await door.gives(await door.is_asked(login, NOON), codes.at(NOON + STEP), NOON + STEP)


async def test_a_secret_of_an_older_version_is_sealed_at_a_start_and_still_makes_codes(
    database: Database, door: Door
) -> None:
    agent, login = await an_account(database)
    codes = await door.enrols(agent, NOON)
    await keep(database, agent, codes.secret)
    assert await door.gives(await door.is_asked(login, NOON), codes.at(NOON), NOON)
    async with database.transaction() as tx:
        await reseal(tx, door.sign_in.seals)
    assert (await kept_secret(database, agent)).startswith("sealed:")
    later = NOON + STEP
    assert await door.gives(await door.is_asked(login, later), codes.at(later), later)


async def test_another_secret_opens_what_was_sealed_only_with_the_one_before(
    database: Database, door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    agent, login = await an_account(database)
    codes = await door.enrols(agent, NOON)
    await keep(database, agent, await kept_secret(database, agent))
    caplog.set_level(logging.WARNING, "bot.accounts.resealing")
    passwords = Passwords()
    after = SignIn(database, passwords, "t" * 32)
    voucher = (await after.with_password(login, PASSWORD, Origin(uuid4().hex), NOON)).voucher  # type: ignore[union-attr]
    with pytest.raises(UnreadableFactor):
        await after.with_code(voucher, codes.at(NOON), Origin(uuid4().hex), NOON)
    async with database.transaction() as tx:
        assert await reseal(tx, after.seals) >= 1
    assert "GUICHET_SECRET_BEFORE" in caplog.text
    async with database.transaction() as tx:
        assert await reseal(tx, Seals("t" * 32, "second factors", "s" * 32)) == 0
    assert await after.with_code(voucher, codes.at(NOON), Origin(uuid4().hex), NOON)
    async with database.transaction() as tx:  # as the other tests have it
        await reseal(tx, Seals("s" * 32, "second factors", "t" * 32))


@pytest.mark.parametrize(
    ("administrator", "role", "communes", "is_theirs"),
    [
        (CHIEF, Role.METROPOLIS_ADMINISTRATOR, None, True),
        (CHIEF, Role.AGENT, {OULLINS}, True),
        (an_administrator(Role.COMMUNE_ADMINISTRATOR, OULLINS), Role.AGENT, {OULLINS}, True),
        (an_administrator(Role.COMMUNE_ADMINISTRATOR, OULLINS), Role.AGENT, {BRON}, False),
        (an_administrator(Role.COMMUNE_ADMINISTRATOR, OULLINS), Role.AGENT, {OULLINS, BRON}, False),
        (an_administrator(Role.COMMUNE_ADMINISTRATOR, OULLINS), Role.AGENT, None, False),
        (
            an_administrator(Role.COMMUNE_ADMINISTRATOR),
            Role.METROPOLIS_ADMINISTRATOR,
            {OULLINS},
            False,
        ),
        (an_administrator(Role.SUPERVISOR), Role.AGENT, {OULLINS}, False),
        (an_administrator(Role.AGENT), Role.AGENT, {OULLINS}, False),
    ],
)
async def test_administrators_look_after_the_accounts_of_their_towns_and_below(
    database: Database,
    door: Door,
    administrator: Agent,
    role: Role,
    communes: set[str] | None,
    is_theirs: bool,
) -> None:
    profile = Profile("Claire", role, None if communes is None else frozenset(communes))
    agent, login = await an_account(database, profile)
    token = await door.opens(login, NOON)
    async with database.transaction() as tx:
        if not is_theirs:
            with pytest.raises(NotFound):
                await administration.look_at(tx, administrator, agent, NOON)
            with pytest.raises(NotFound):
                await administration.end_sessions(tx, administrator, agent, NOON)
            with pytest.raises(NotFound):
                await administration.reset_second_factor(tx, administrator, agent, NOON)
            with pytest.raises(NotFound):
                await administration.allow_oidc(tx, administrator, agent, NOON, is_allowed=True)
        else:
            account, (session,) = await administration.look_at(tx, administrator, agent, NOON)
            assert account.login == login
            assert (
                await administration.end_sessions(tx, administrator, agent, NOON, session.handle)
                == 1
            )
        seen = await agent_store.administered(tx, administrator)
    assert (agent in {one.id for one in seen}) == is_theirs
    assert (await opened(database, token))[0] != is_theirs


async def test_nobody_administers_their_own_account(database: Database) -> None:
    agent, _ = await an_account(database, Profile("Nadia", Role.METROPOLIS_ADMINISTRATOR, None))
    own = an_administrator(Role.METROPOLIS_ADMINISTRATOR, agent=agent)
    async with database.transaction() as tx:
        with pytest.raises(NotFound):
            await administration.reset_second_factor(tx, own, agent, NOON)


async def test_an_administrator_resets_a_second_factor_and_the_log_says_who(
    database: Database, door: Door
) -> None:
    agent, login = await an_account(database, ANYBODY)
    token = await door.opens(login, NOON)
    await door.enrols(agent, NOON)
    async with database.transaction() as tx:
        await administration.reset_second_factor(tx, CHIEF, agent, NOON)
        told = await audit.entries(tx, CHIEF, Wanted(subject=login))
    assert (told[0].name, told[0].action) == ("Nadia", "account.second_factor_removed")
    assert await opened(database, token) == (False, False)
    assert await door.opens(login, NOON)
