"""Agents go to a real OpenID Connect provider and come back, over real HTTP."""

from __future__ import annotations

import html
import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, replace
from uuid import uuid4

import aiohttp
import pytest
from yarl import URL

from bot.accounts import operations
from bot.app import outside_sign_in_of
from bot.oidc.settings import OidcSettings
from bot.parts import Service
from bot.storage.transaction import Database
from tests.servers.oidc_provider import OidcProvider, running_oidc_provider
from tests.turn.scripted import now
from tests.web.agents import AgentAtBrowser, an_agent_at
from tests.web.browsers import Answer, Browsers

SITE = "https://guichet.example"
DEPART = "/agent/sign-in/provider"


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OidcProvider]:
    with running_oidc_provider(tmp_path_factory.mktemp("oidc")) as provider:
        yield provider


@pytest.fixture
async def joined(assembled: Service, there: OidcProvider) -> AsyncIterator[Service]:
    """A service whose agents may come from there."""
    settings = OidcSettings(there.url, "guichet", "secret", "Compte métropole")
    assembled.settings = replace(assembled.settings, public_url=SITE, agents_oidc=settings)
    async with aiohttp.ClientSession() as session:
        assembled.outside_sign_in = outside_sign_in_of(assembled, session)
        yield assembled


@pytest.fixture
async def agent(joined: Service, browsers: Browsers, database: Database) -> AgentAtBrowser:
    """Somebody who is allowed to come from there."""
    signed_out = await an_agent_at(browsers, database)
    async with joined.database.transaction() as tx:
        await operations.allow_oidc(tx, signed_out.login, now(), is_allowed=True)
    return signed_out


async def goes(agent: AgentAtBrowser, query: str = "") -> str:
    """To the provider: its address."""
    left = await agent.browser.ask("GET", f"{DEPART}{query}", allow_redirects=False)
    assert left.status == 303
    return left.headers["Location"]


async def agrees(url: str, form: dict[str, str]) -> str:
    """What is done there; where the browser is led."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(URL(url, encoded=True), data=form, allow_redirects=False) as done,
    ):
        back = URL(done.headers["Location"])
    assert str(back.with_query(None)) == f"{SITE}{DEPART}/return"
    return back.path_qs


async def returns(agent: AgentAtBrowser, path: str) -> Answer:
    return await agent.browser.ask("GET", path, allow_redirects=False)


async def failure(agent: AgentAtBrowser, path: str) -> Answer:
    """The page that a return leads to, which says what went wrong."""
    came = await returns(agent, path)
    assert came.status == 303
    assert "code=" not in came.headers["Location"]
    return await agent.browser.get(came.headers["Location"])


async def test_an_agent_comes_in_with_the_provider_and_leaves_it(
    agent: AgentAtBrowser, there: OidcProvider
) -> None:
    page = (await agent.browser.get("/agent/sign-in?next=/agent/account")).body.decode()
    assert "Se connecter avec Compte métropole" in page
    assert f'href="{DEPART}?next=/agent/account&amp;lang=fr"' in page
    sub = uuid4().hex
    there.knows(sub, email=agent.login, email_verified=True)
    url = await goes(agent, "?next=/agent/account&lang=en")
    asked = URL(url).query
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    back = await agrees(url, {"sub": sub})
    welcome = await returns(agent, back)
    assert welcome.status == 200
    on = re.findall(r'content="0; url=([^"]+)"', welcome.body.decode())
    assert on == ["/agent/account?lang=en"]
    given = [value for key, value in welcome.headers.items() if key == "Set-Cookie"]
    assert any("guichet_agent=" in one and "SameSite=Strict" in one for one in given)
    assert "My account" in (await agent.browser.get(on[0])).body.decode()
    again = await failure(agent, back)  # the cookie served once
    assert again.status == 200 or "abouti" in again.body.decode()
    left = await agent.sends("/agent/sign-out?lang=fr", {})
    assert left.status == 200
    leaving = html.unescape(re.findall(r'href="(http[^"]+)"', left.body.decode())[0])
    assert leaving.startswith(f"{there.url}/oauth2/end_session?id_token_hint=ey")
    assert URL(leaving).query["post_logout_redirect_uri"] == f"{SITE}/agent/sign-in"
    assert b'type="password"' in (await agent.browser.get("/agent")).body


async def test_the_second_time_the_address_does_not_count(
    agent: AgentAtBrowser, there: OidcProvider
) -> None:
    sub = uuid4().hex
    there.knows(sub, email=agent.login, email_verified=True)
    assert (await returns(agent, await agrees(await goes(agent), {"sub": sub}))).status == 200
    there.knows(sub, email="other@mairie.example", email_verified=False)
    assert (await returns(agent, await agrees(await goes(agent), {"sub": sub}))).status == 200
    assert b"Claire" in (await agent.browser.get("/agent")).body


async def test_what_goes_wrong_is_said_and_can_be_tried_again(
    agent: AgentAtBrowser, there: OidcProvider
) -> None:
    stranger = uuid4().hex
    there.knows(stranger, email=agent.login, email_verified=False)
    back = await agrees(await goes(agent), {"sub": stranger})
    unknown = await failure(agent, back)
    assert unknown.status == 403
    assert "Aucun compte d’agent" in unknown.body.decode()
    cancelled = await failure(agent, await agrees(await goes(agent), {"action": "deny"}))
    assert "a été annulée" in cancelled.body.decode()
    good = URL(await agrees(await goes(agent), {"sub": stranger}))
    forged = await failure(agent, str(good.update_query(state="forged")))
    assert "n’a pas abouti" in forged.body.decode()
    assert b'type="password"' in forged.body
    invented = URL(await agrees(await goes(agent), {"sub": stranger})).update_query(code="invented")
    assert "n’a pas abouti" in (await failure(agent, str(invented))).body.decode()


async def test_an_answer_in_another_browser_lets_nobody_in(
    agent: AgentAtBrowser, browsers: Browsers, there: OidcProvider
) -> None:
    sub = uuid4().hex
    there.knows(sub, email=agent.login, email_verified=True)
    back = await agrees(await goes(agent), {"sub": sub})
    other = AgentAtBrowser(await browsers(with_session=False), agent.id, agent.login)
    await goes(other)
    assert "n’a pas abouti" in (await failure(other, back)).body.decode()
    assert b'type="password"' in (await other.browser.get("/agent")).body


async def test_a_departure_that_somebody_planted_leads_nowhere(
    agent: AgentAtBrowser, joined: Service, there: OidcProvider
) -> None:
    sub = uuid4().hex
    there.knows(sub, email=agent.login, email_verified=True)
    outside = joined.outside_sign_in
    assert outside is not None
    url, cookie = await outside.depart("https://evil.example/", "", now())
    departure = outside.departure_of(cookie, now())
    back = await agrees(url, {"sub": sub})

    plain = json.dumps(asdict(departure))
    refused = await agent.browser.ask("GET", back, allow_redirects=False, cookies=planted(plain))
    assert refused.status == 303
    assert "failed=failed" in refused.headers["Location"]
    assert b'type="password"' in (await agent.browser.get("/agent")).body

    # Even a sealed one leads to a page of ours only.
    sealed = await agent.browser.ask("GET", back, allow_redirects=False, cookies=planted(cookie))
    assert sealed.status == 200
    assert re.findall(r'content="0; url=([^"]+)"', sealed.body.decode()) == ["/agent"]
    assert b"evil.example" not in sealed.body


def planted(cookie: str) -> dict[str, str]:
    return {"guichet_departure": cookie}


async def test_a_provider_that_is_away_leaves_the_password_and_is_told_to_the_operator(
    agent: AgentAtBrowser, joined: Service, tmp_path_factory: pytest.TempPathFactory
) -> None:
    gone = OidcProvider(tmp_path_factory.mktemp("gone") / "log")  # never started
    settings = OidcSettings(gone.url, "guichet", "secret", "Compte métropole")
    joined.settings = replace(joined.settings, agents_oidc=settings)
    async with aiohttp.ClientSession() as session:
        joined.outside_sign_in = outside_sign_in_of(joined, session)
        page = await agent.browser.ask("GET", DEPART)
    assert page.status == 503
    assert "Compte métropole ne répond pas" in page.body.decode()
    assert b"agents_oidc" in (await agent.browser.get("/readyz")).body
    assert (await agent.signs_in()).status == 303


async def test_without_passwords_only_the_provider_is_offered(
    agent: AgentAtBrowser, joined: Service
) -> None:
    joined.settings = replace(joined.settings, agents_password=False)
    page = (await agent.browser.get("/agent/sign-in")).body
    assert b'type="password"' not in page
    assert "Compte métropole" in page.decode()
    refused = await agent.signs_in()
    assert refused.status == 403
    assert "désactivée" in refused.body.decode()
