"""Signing in with a provider: who is let in, and every way to lie about it that we know of."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import pytest

from bot.accounts import agent_store, operations, session_store
from bot.accounts.outside_sign_in import OutsideSignIn
from bot.accounts.rules import Role
from bot.accounts.session_store import Ended
from bot.accounts.sign_in import CodeAsked, Origin
from bot.accounts.throttling import Slowed
from bot.errors import Unavailable
from bot.oidc.provider import Provider
from bot.oidc.rules import Unproven
from bot.oidc.settings import OidcSettings
from bot.storage.transaction import Database
from tests.accounts.builders import NOON, Door, an_account, minutes
from tests.servers.odd_provider import CLIENT, SECRET, OddProvider, new_key, running_odd_provider

HERE = "https://guichet.example/agent/sign-in/provider/return"
Lies = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass
class Clock:
    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at


@dataclass
class Abroad:
    """A provider, and our side of it."""

    clock: Clock
    there: OddProvider
    outside: OutsideSignIn
    database: Database
    cookies: dict[str, str] = field(default_factory=dict)

    async def departs(self) -> str:
        """Where a browser is sent; its cookie is in `cookies`."""
        url, cookie = await self.outside.depart("/agent", "", self.clock.at)
        self.cookies[url] = cookie
        return url

    async def returns(
        self, url: str, answer: dict[str, str], address: str | None = None
    ) -> str | CodeAsked:
        departure = self.outside.departure_of(self.cookies[url], self.clock.at)
        origin = Origin(address or uuid4().hex, "Firefox")
        return await self.outside.come_back(departure, answer, origin, self.clock.at)

    async def comes(self, sub: str, login: str, **claims: object) -> str | CodeAsked:
        """Sign in there as somebody with a verified address, and come back."""
        url = await self.departs()
        told = {"email": login, "email_verified": True, **claims}
        return await self.returns(url, self.there.agrees(url, sub, **told))

    async def is_refused(self, sub: str, login: str, **claims: object) -> str:
        with pytest.raises(Unproven) as refused:
            await self.comes(sub, login, **claims)
        return refused.value.why

    async def agent_with(self, token: str | CodeAsked) -> UUID | None:
        assert isinstance(token, str)
        async with self.database.transaction() as tx:
            found = await session_store.agent_of_session(tx, token, self.clock.at)
        return None if found is None else found.id


@pytest.fixture
async def abroad(database: Database, door: Door) -> AsyncIterator[Abroad]:
    clock = Clock()
    async with running_odd_provider(clock) as there, aiohttp.ClientSession() as session:
        settings = OidcSettings(there.url, CLIENT, SECRET, "Agents", amr=frozenset({"mfa"}))
        provider = Provider(settings, session, clock)
        left = "https://guichet.example/agent/sign-in"
        outside = OutsideSignIn(database, provider, door.sign_in, "s" * 32, HERE, left)
        yield Abroad(clock, there, outside, database)


async def allow(database: Database, login: str, *, is_allowed: bool = True) -> None:
    async with database.transaction() as tx:
        await operations.allow_oidc(tx, login, NOON, is_allowed=is_allowed)


async def an_allowed_account(database: Database) -> tuple[UUID, str]:
    agent, login = await an_account(database)
    await allow(database, login)
    return agent, login


async def test_an_allowed_account_is_bound_by_a_verified_address_and_known_by_its_subject_then(
    database: Database, abroad: Abroad
) -> None:
    agent, login = await an_allowed_account(database)
    _, other = await an_allowed_account(database)
    sub = uuid4().hex
    assert await abroad.agent_with(await abroad.comes(sub, login.upper())) == agent
    assert await abroad.agent_with(await abroad.comes(sub, other)) == agent
    assert await abroad.is_refused(uuid4().hex, login) == "unknown"  # somebody has it already


async def test_nobody_is_let_in_whom_no_administrator_allowed_and_no_account_is_made(
    database: Database, abroad: Abroad
) -> None:
    _, login = await an_account(database)
    _, allowed = await an_allowed_account(database)
    nobody = f"{uuid4().hex}@mairie.example"
    assert await abroad.is_refused(uuid4().hex, login) == "unknown"
    assert await abroad.is_refused(uuid4().hex, nobody) == "unknown"
    assert await abroad.is_refused(uuid4().hex, allowed, email_verified=False) == "unknown"
    assert await abroad.is_refused(uuid4().hex, allowed, email_verified="true") == "unknown"
    async with database.transaction() as tx:
        assert nobody not in {one.login for one in await agent_store.accounts(tx)}
        assert not (await agent_store.account_with(tx, allowed)).is_oidc_bound


async def test_a_withdrawn_account_is_signed_out_and_comes_in_no_more(
    database: Database, abroad: Abroad
) -> None:
    _, login = await an_allowed_account(database)
    sub = uuid4().hex
    token = await abroad.comes(sub, login)
    await allow(database, login, is_allowed=False)
    assert await abroad.agent_with(token) is None
    assert await abroad.is_refused(sub, login) == "unknown"


async def test_another_claim_may_hold_the_login_also_beside_the_token(
    database: Database, abroad: Abroad
) -> None:
    agent, login = await an_allowed_account(database)
    provider = abroad.outside.provider
    provider.settings = replace(provider.settings, claim="uid")
    sub = uuid4().hex
    abroad.there.userinfo = {"sub": "somebody else", "uid": login}
    assert await abroad.is_refused(sub, "") == "failed"
    abroad.there.userinfo = {"sub": sub, "uid": login}
    assert await abroad.agent_with(await abroad.comes(sub, "")) == agent


def without(name: str) -> Lies:
    return lambda claims: {key: value for key, value in claims.items() if key != name}


def told(**changed: object) -> Lies:
    return lambda claims: {**claims, **changed}


def later(name: str, seconds: int) -> Lies:
    return lambda claims: {**claims, name: int(NOON.timestamp()) + seconds}


@pytest.mark.parametrize(
    "lies",
    [
        pytest.param(told(nonce="another"), id="the nonce of another departure"),
        pytest.param(without("nonce"), id="no nonce"),
        pytest.param(told(aud="another"), id="for another application"),
        pytest.param(told(aud=[CLIENT, "another"]), id="for several, nobody named"),
        pytest.param(told(aud=[CLIENT, "another"], azp="another"), id="another's, shared with us"),
        pytest.param(without("aud"), id="for nobody"),
        pytest.param(told(iss="https://elsewhere.example"), id="of another issuer"),
        pytest.param(later("exp", -61), id="expired"),
        pytest.param(without("exp"), id="for ever"),
        pytest.param(later("iat", 61), id="of tomorrow"),
        pytest.param(told(at_hash="another"), id="beside another access token"),
        pytest.param(without("sub"), id="about nobody"),
        pytest.param(told(sub="x" * 256), id="about a subject too long"),
        pytest.param(told(sub="é\0"), id="about an odd subject"),
        pytest.param(told(sub=7), id="about a number"),
    ],
)
async def test_a_token_that_does_not_hold_lets_nobody_in(
    database: Database, abroad: Abroad, lies: Lies
) -> None:
    _, login = await an_allowed_account(database)
    abroad.there.lies = lies
    assert await abroad.is_refused(uuid4().hex, login) == "failed"


@pytest.mark.parametrize("lies", [later("exp", -59), later("iat", 59)], ids=["late", "early"])
async def test_clocks_may_differ_by_a_minute(
    database: Database, abroad: Abroad, lies: Lies
) -> None:
    agent, login = await an_allowed_account(database)
    abroad.there.lies = lies
    assert await abroad.agent_with(await abroad.comes(uuid4().hex, login)) == agent


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
async def test_a_signature_that_others_could_make_is_none(
    database: Database, abroad: Abroad, algorithm: str
) -> None:
    _, login = await an_allowed_account(database)
    abroad.there.algorithm = algorithm
    assert await abroad.is_refused(uuid4().hex, login) == "failed"


async def test_a_key_that_is_not_the_provider_s_signs_nothing(
    database: Database, abroad: Abroad
) -> None:
    _, login = await an_allowed_account(database)
    abroad.there.signing = new_key("first")  # the same name
    assert await abroad.is_refused(uuid4().hex, login) == "failed"


async def test_an_unknown_key_is_looked_for_once(database: Database, abroad: Abroad) -> None:
    agent, login = await an_allowed_account(database)
    sub = uuid4().hex
    await abroad.comes(sub, login)
    abroad.there.signing = new_key("second")
    abroad.clock.at += minutes(2)
    assert await abroad.is_refused(sub, login) == "failed"  # not published
    assert abroad.there.asked["/jwks"] == 2
    assert await abroad.is_refused(sub, login) == "failed"
    assert abroad.there.asked["/jwks"] == 2  # who forges names of keys makes us ask no more
    abroad.there.published.append(abroad.there.signing)
    abroad.clock.at += minutes(2)
    assert await abroad.agent_with(await abroad.comes(sub, login)) == agent
    assert abroad.there.asked["/jwks"] == 3


async def test_an_answer_counts_for_the_browser_that_left_and_from_the_issuer_it_left_for(
    database: Database, abroad: Abroad
) -> None:
    _, login = await an_allowed_account(database)
    claims = {"email": login, "email_verified": True}
    url, other = await abroad.departs(), await abroad.departs()
    good = abroad.there.agrees(url, "sub", **claims)
    swapped = {**abroad.there.agrees(other, "sub", **claims), "state": good["state"]}
    for answer in (
        {**good, "state": "forged"},
        {"code": good["code"], "iss": good["iss"]},
        {**good, "iss": "https://elsewhere.example"},
        {"code": good["code"], "state": good["state"]},  # it said that it would name itself
        {"state": good["state"], "iss": good["iss"]},
        {**good, "error": "server_error"},
        swapped,  # another browser's code: the verifier is not its own
    ):
        with pytest.raises(Unproven) as refused:
            await abroad.returns(url, answer)
        assert refused.value.why == "failed"
    cancelled = {"error": "access_denied", "state": good["state"], "iss": good["iss"]}
    with pytest.raises(Unproven) as refused:
        await abroad.returns(url, cancelled)
    assert refused.value.why == "cancelled"


async def test_a_code_serves_once_and_a_departure_for_ten_minutes(
    database: Database, abroad: Abroad
) -> None:
    _, login = await an_allowed_account(database)
    url = await abroad.departs()
    answer = abroad.there.agrees(url, uuid4().hex, email=login, email_verified=True)
    await abroad.returns(url, answer)
    with pytest.raises(Unproven):
        await abroad.returns(url, answer)
    abroad.clock.at += minutes(10)
    for cookie in (abroad.cookies[url], "", "sealed:x:y", "{}", abroad.cookies[url][:-4] + "AAA="):
        with pytest.raises(Unproven):
            abroad.outside.departure_of(cookie, abroad.clock.at)


async def test_a_departure_that_we_did_not_seal_is_none(abroad: Abroad) -> None:
    cookie = abroad.cookies[await abroad.departs()]
    departure = abroad.outside.departure_of(cookie, NOON)
    with pytest.raises(Unproven):
        abroad.outside.departure_of(json.dumps(asdict(departure)), NOON)


async def test_who_comes_back_with_nothing_good_is_slowed_down_by_address(abroad: Abroad) -> None:
    url, address = await abroad.departs(), uuid4().hex
    for _ in range(30):
        with pytest.raises(Unproven):
            await abroad.returns(url, {"state": "forged"}, address)
    with pytest.raises(Slowed):
        await abroad.returns(url, {"state": "forged"}, address)


async def test_a_provider_that_is_away_is_said_once_and_counts_against_nobody(
    database: Database, abroad: Abroad, caplog: pytest.LogCaptureFixture
) -> None:
    agent, login = await an_allowed_account(database)
    caplog.set_level(logging.INFO, "bot.oidc.provider")
    provider, address = abroad.outside.provider, uuid4().hex
    url = await abroad.departs()
    answer = abroad.there.agrees(url, uuid4().hex, email=login, email_verified=True)
    abroad.there.is_away = True
    for _ in range(40):
        with pytest.raises(Unavailable):
            await abroad.returns(url, answer, address)
    trouble = provider.trouble
    assert trouble == "it answered 503"
    assert caplog.text.count("is away") == 1
    abroad.there.is_away = False
    assert await abroad.agent_with(await abroad.returns(url, answer, address)) == agent
    assert provider.trouble is None
    assert caplog.text.count("is back") == 1


@pytest.mark.parametrize(
    "described",
    [
        {"issuer": "https://elsewhere.example"},
        {"token_endpoint": "http://elsewhere.example/token"},
        {"jwks_uri": None},
        {"id_token_signing_alg_values_supported": ["HS256", "none"]},
    ],
    ids=["another issuer", "a token without TLS", "no keys", "no signature of its own"],
)
async def test_a_description_that_cannot_be_trusted_is_no_provider(
    abroad: Abroad, described: dict[str, object]
) -> None:
    abroad.there.described = described
    with pytest.raises(Unavailable):
        await abroad.departs()


async def test_our_code_is_asked_unless_the_provider_asked_for_another_factor(
    database: Database, door: Door, abroad: Abroad
) -> None:
    agent, login = await an_allowed_account(database)
    sub = uuid4().hex
    await abroad.comes(sub, login)
    codes = await door.enrols(agent, NOON)
    asked = await abroad.comes(sub, login, amr=["pwd", {}], acr=[])
    assert isinstance(asked, CodeAsked)
    later_on = NOON + timedelta(seconds=30)
    token = await door.gives(asked.voucher, codes.at(later_on), later_on)
    assert await abroad.agent_with(token) == agent
    assert await abroad.agent_with(await abroad.comes(sub, login, amr=["pwd", "mfa"])) == agent


async def test_the_provider_s_other_factor_is_what_a_role_demands(
    database: Database, abroad: Abroad
) -> None:
    agent, login = await an_allowed_account(database)
    sub = uuid4().hex
    async with database.transaction() as tx:
        await operations.demand_factor(tx, Role.AGENT, NOON, is_demanded=True)
    try:
        assert await abroad.agent_with(await abroad.comes(sub, login, amr=["mfa"])) == agent
        assert await abroad.agent_with(await abroad.comes(sub, login)) is None
    finally:
        async with database.transaction() as tx:
            await operations.demand_factor(tx, Role.AGENT, NOON, is_demanded=False)


async def test_leaving_offers_to_leave_the_provider_too(database: Database, abroad: Abroad) -> None:
    agent, login = await an_allowed_account(database)
    token = await abroad.comes(uuid4().hex, login)
    assert isinstance(token, str)
    async with database.transaction() as tx:
        ended = await session_store.end_session(tx, token)
    assert ended is not None
    leaving = abroad.outside.leaving(ended)
    assert leaving is not None
    assert leaving.startswith(f"{abroad.there.url}/leave?id_token_hint=ey")
    assert abroad.outside.leaving(Ended(agent, None)) is None
    assert abroad.outside.leaving(replace(ended, agent=uuid4())) is None
