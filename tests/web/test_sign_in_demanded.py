"""An agent whose role demands a second factor, and administrators, over real HTTP."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from uuid import uuid4

import pyotp
import pytest

from bot.accounts import operations
from bot.accounts.agent_store import Profile
from bot.accounts.recovery_codes import HOW_MANY
from bot.accounts.rules import Role
from bot.parts import Service
from bot.storage.transaction import Database
from bot.web.public import public_application
from tests.accounts.builders import ANYBODY, PASSWORD
from tests.turn.scripted import now
from tests.web.agents import AgentAtBrowser, an_agent_at, some_path
from tests.web.browsers import Answer, Browsers

ENROL = "/agent/second-factor"
ACCOUNTS = "/agent/settings/accounts"
SECURITY = "/agent/settings/security"
CHIEF = Profile("Nadia", Role.METROPOLIS_ADMINISTRATOR, None)


@pytest.fixture
async def agent(browsers: Browsers, database: Database) -> AgentAtBrowser:
    return await an_agent_at(browsers, database)


@pytest.fixture
async def chief(browsers: Browsers, database: Database) -> AgentAtBrowser:
    signed_in = await an_agent_at(browsers, database, CHIEF)
    await signed_in.signs_in()
    return signed_in


@pytest.fixture
async def demanded(database: Database) -> AsyncIterator[None]:
    async with database.transaction() as tx:
        await operations.demand_factor(tx, Role.AGENT, now(), is_demanded=True)
    yield
    async with database.transaction() as tx:
        await operations.demand_factor(tx, Role.AGENT, now(), is_demanded=False)


def hidden(answer: Answer, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', answer.body.decode())
    assert found is not None
    return found[1]


@pytest.mark.usefixtures("demanded")
async def test_every_door_refuses_until_the_second_factor_is_there(
    agent: AgentAtBrowser, assembled: Service
) -> None:
    await agent.signs_in()
    open_to_all = ("/agent/sign-in", "/agent/sign-out", ENROL)
    doors = {
        (route.method, route.resource.canonical)
        for route in public_application(assembled).router.routes()
        if route.resource is not None
        and route.resource.canonical.startswith("/agent")
        and not route.resource.canonical.startswith(open_to_all)
    }
    assert len(doors) > 30
    for method, path in sorted(doors):
        answer = await agent.browser.ask(method, some_path(path), allow_redirects=False, data={})
        if "/api/" in path or path.endswith("/live"):
            assert answer.status == 403, path
        else:
            assert answer.status == 303, path
            assert answer.headers["Location"].startswith(f"{ENROL}?next=/agent"), path


@pytest.mark.usefixtures("demanded")
async def test_it_is_set_up_after_the_password_and_the_page_that_was_asked_for_opens(
    agent: AgentAtBrowser,
) -> None:
    await agent.signs_in(query="?next=/agent/account")
    page = await agent.browser.get("/agent/account")
    assert "Votre rôle demande un code" in page.body.decode()
    secret = re.findall(r"<code>([A-Z2-7 ]+)</code>", page.body.decode())[0].replace(" ", "")
    here = f"{ENROL}?next=/agent/account"
    wrong = await agent.sends(here, {"voucher": hidden(page, "voucher"), "code": "0"})
    assert (wrong.status, hidden(wrong, "voucher") != "") == (400, True)
    anew = await agent.sends(here, {"voucher": "forged", "code": "0"})
    assert anew.status == 403
    form = {"voucher": hidden(wrong, "voucher"), "code": pyotp.TOTP(secret).at(now())}
    done = await agent.sends(here, form)
    assert done.status == 200
    assert done.body.decode().count("<li><code>") == HOW_MANY
    assert 'href="/agent/account"' in done.body.decode()
    account = (await agent.browser.get("/agent/account")).body.decode()
    assert "Votre rôle demande ce code." in account
    assert "second-factor/remove" not in account
    kept = await agent.sends("/agent/account/second-factor/remove", {"current": PASSWORD})
    assert kept.status == 409
    elsewhere = await agent.browser.ask("GET", ENROL, allow_redirects=False)
    assert elsewhere.headers["Location"].startswith("/agent/sign-in")


async def test_the_metropolis_s_administrator_demands_it_on_a_page(
    chief: AgentAtBrowser, agent: AgentAtBrowser
) -> None:
    assert b"checked" not in (await chief.browser.get(SECURITY)).body
    done = await chief.sends(SECURITY, {"demand-agent": "yes"})
    assert done.headers["Location"] == f"{SECURITY}?done=1"
    assert (await chief.browser.get(SECURITY)).body.count(b" checked") == 1
    came = await agent.signs_in()
    assert came.status == 303
    led = await agent.browser.ask("GET", "/agent", allow_redirects=False)
    assert led.headers["Location"].startswith(ENROL)
    await chief.sends(SECURITY, {})
    assert b" checked" not in (await chief.browser.get(SECURITY)).body
    assert b"Claire" in (await agent.browser.get("/agent")).body


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR, Role.COMMUNE_ADMINISTRATOR])
async def test_others_neither_see_nor_change_what_holds_for_all(
    browsers: Browsers, database: Database, role: Role
) -> None:
    other = await an_agent_at(browsers, database, Profile("Paul", role, frozenset({"69029"})))
    await other.signs_in()
    assert (await other.browser.get(SECURITY)).status == 403
    assert (await other.sends(SECURITY, {"demand-agent": "yes"})).status == 403
    listed = await other.browser.get(ACCOUNTS)
    assert listed.status == (200 if role is Role.COMMUNE_ADMINISTRATOR else 403)


async def test_an_administrator_signs_an_agent_out_and_resets_their_factor(
    chief: AgentAtBrowser, agent: AgentAtBrowser
) -> None:
    await agent.signs_in()
    here = f"{ACCOUNTS}/{agent.id}"
    assert agent.login in (await chief.browser.get(ACCOUNTS)).body.decode()
    page = await chief.browser.get(here)
    assert agent.login in page.body.decode()
    one = await chief.sends(f"{here}/sessions", {"session": hidden(page, "session")})
    assert one.headers["Location"] == f"{here}?done=session"
    assert b'type="password"' in (await agent.browser.get("/agent")).body
    await agent.signs_in()
    everywhere = await chief.sends(f"{here}/sessions", {})
    assert everywhere.headers["Location"] == f"{here}?done=sessions"
    assert b'type="password"' in (await agent.browser.get("/agent")).body
    for path, form, done in (
        ("second-factor", {}, "reset"),
        ("provider", {"allow": "yes"}, "allowed"),
        ("provider", {"allow": "no"}, "forbidden"),
    ):
        answer = await chief.sends(f"{here}/{path}", form)
        assert answer.headers["Location"] == f"{here}?done={done}"
        assert (await chief.browser.get(answer.headers["Location"])).status == 200


async def test_an_account_of_another_town_looks_like_none(
    browsers: Browsers, database: Database, agent: AgentAtBrowser
) -> None:
    bron = Profile("Paul", Role.COMMUNE_ADMINISTRATOR, frozenset({"69029"}))
    other = await an_agent_at(browsers, database, bron)
    await other.signs_in()
    assert ANYBODY.communes == frozenset({"69149"})
    for asked in (str(agent.id), str(uuid4()), str(other.id), "1"):
        here = f"{ACCOUNTS}/{asked}"
        assert (await other.browser.get(here)).status == 404
        for what in ("sessions", "second-factor", "provider"):
            assert (await other.sends(f"{here}/{what}", {"allow": "yes"})).status == 404
    assert agent.login not in (await other.browser.get(ACCOUNTS)).body.decode()
