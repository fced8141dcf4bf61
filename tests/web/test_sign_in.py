"""Agents come in, look after their account, and leave, over real HTTP."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import timedelta
from http.cookies import SimpleCookie
from ipaddress import ip_network

import pyotp
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from yarl import URL

from bot.accounts import operations, session_store
from bot.accounts.agent_store import Profile
from bot.accounts.recovery_codes import HOW_MANY
from bot.accounts.rules import Agent, Role
from bot.errors import Forbidden
from bot.parts import Service
from bot.storage.tables import utc_now
from bot.storage.transaction import Database
from bot.web.agent.browser_names import browser_name
from bot.web.agent.session import COOKIE, agent_of, give_cookie, origin_of, page_after
from bot.web.public import public_application
from tests.accounts.builders import ANYBODY, PASSWORD
from tests.turn.scripted import now
from tests.web.agents import AgentAtBrowser, an_agent_at, some_path
from tests.web.browsers import Answer, Browsers

SIGN_IN = "/agent/sign-in"
RECOVERY = "/agent/account/recovery-codes"
NEW = "un tout autre mot de passe"
STEP = timedelta(seconds=30)


@pytest.fixture
async def agent(browsers: Browsers, database: Database) -> AgentAtBrowser:
    return await an_agent_at(browsers, database)


def cookie_of(answer: Answer) -> str:
    return SimpleCookie(answer.headers["Set-Cookie"])[COOKIE].value


def hidden(answer: Answer, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', answer.body.decode())
    assert found is not None
    return found[1]


async def asks_for_a_code(agent: AgentAtBrowser) -> pyotp.TOTP:
    """Turn the second factor on, by the pages; what makes its codes from the next step on."""
    begun = await agent.sends("/agent/account/second-factor", {"current": PASSWORD})
    secret = re.findall(r"<code>([A-Z2-7 ]+)</code>", begun.body.decode())[0].replace(" ", "")
    codes = pyotp.TOTP(secret)
    await asyncio.sleep(max(0.0, now().timestamp() % 30 - 25))  # no step ends within five seconds
    form = {"voucher": hidden(begun, "voucher"), "code": codes.at(now() - STEP)}
    done = await agent.sends("/agent/account/second-factor/confirm", form)
    assert "/agent/account?done=second_factor" in done.body.decode()
    assert len(recovery_codes(done)) == HOW_MANY
    return codes


def recovery_codes(answer: Answer) -> list[str]:
    return re.findall(r"<li><code>([a-z2-9-]+)</code>", answer.body.decode())


async def test_an_agent_signs_in_and_is_known(agent: AgentAtBrowser) -> None:
    assert (await agent.browser.get("/agent")).body.count(b'type="password"') == 1
    came = await agent.signs_in()
    assert (came.status, came.headers["Location"]) == (303, "/agent")
    assert b"Claire" in (await agent.browser.get("/agent")).body


async def test_the_cookie_is_out_of_reach_of_scripts_sites_and_other_pages(
    agent: AgentAtBrowser,
) -> None:
    given = (await agent.signs_in()).headers["Set-Cookie"]
    told = {part.strip() for part in given.split(";")}
    assert {"HttpOnly", "SameSite=Strict", "Path=/agent", "Max-Age=43200"} <= told
    assert "Secure" not in told  # these tests have no TLS


def test_behind_tls_the_cookie_never_travels_without(
    assembled: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assembled, "settings", type("", (), {"secure_cookies": True}))
    response = web.Response()
    give_cookie(assembled, response, "token")
    assert "Secure" in response.cookies[COOKIE].output()


async def test_what_is_wrong_is_told_alike_without_the_password(
    agent: AgentAtBrowser, database: Database
) -> None:
    wrong = await agent.signs_in("faux mot de passe")
    assert wrong.status == 403
    assert "ou compte désactivé" in wrong.body.decode()
    assert agent.login in wrong.body.decode()
    assert b"faux mot de passe" not in wrong.body
    assert "Set-Cookie" not in wrong.headers
    async with database.transaction() as tx:
        await operations.set_active(tx, agent.login, utc_now(), is_active=False)
    assert (await agent.signs_in()).body == wrong.body
    nobody = await agent.sends(SIGN_IN, {"login": "x@y.example", "password": "faux"})
    assert nobody.body.decode() == wrong.body.decode().replace(agent.login, "x@y.example")


async def test_a_form_that_is_not_filled_in_counts_as_no_try(agent: AgentAtBrowser) -> None:
    for _ in range(7):
        assert (await agent.sends(SIGN_IN, {"login": agent.login})).status == 400
        assert (await agent.sends(SIGN_IN, {})).status == 400
    assert (await agent.signs_in()).status == 303


async def test_no_byte_of_a_form_breaks_a_door(agent: AgentAtBrowser) -> None:
    strange = "\0\ud7ff\U0010ffff\r\n"
    form = {"login": f"x{strange}", "password": strange, "code": strange}
    assert (await agent.sends(SIGN_IN, form)).status == 403
    assert (await agent.sends(SIGN_IN, {**form, "voucher": strange})).status == 403
    await agent.signs_in()
    own = {"current": strange, "password": NEW + strange, "again": NEW + strange}
    assert (await agent.sends("/agent/account/password", own)).status == 403
    assert (await agent.sends("/agent/account/sessions", {"session": strange})).status == 303
    unreadable = await agent.browser.ask(
        "POST",
        SIGN_IN,
        data=b"login=\xff&password=x",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert unreadable.status == 400


async def test_who_guesses_is_told_to_wait(agent: AgentAtBrowser) -> None:
    for _ in range(5):
        assert (await agent.signs_in("faux")).status == 403
    slowed = await agent.signs_in()
    assert slowed.status == 429
    assert 50 <= int(slowed.headers["Retry-After"]) <= 60
    assert "Réessayez dans 1 minute." in slowed.body.decode()


async def test_behind_a_proxy_the_one_who_guesses_waits_and_not_everybody(
    assembled: Service,
) -> None:
    assembled.settings = replace(assembled.settings, trusted_proxies=(ip_network("10.0.0.0/8"),))
    came = {"X-Forwarded-For": "203.0.113.7, 198.51.100.9"}
    request = make_mocked_request("POST", SIGN_IN, headers=came)
    assert origin_of(assembled, request.clone(remote="10.0.0.2")).address == "198.51.100.9"
    assert origin_of(assembled, request.clone(remote="192.0.2.1")).address == "192.0.2.1"


async def test_a_code_is_asked_in_a_second_step_that_holds_no_password(
    agent: AgentAtBrowser,
) -> None:
    await agent.signs_in()
    codes = await asks_for_a_code(agent)
    assert (await agent.sends("/agent/sign-out", {})).status == 303
    step = await agent.signs_in(query="?next=/agent/account")
    assert step.status == 200
    assert "Set-Cookie" not in step.headers
    assert PASSWORD.encode() not in step.body
    voucher = hidden(step, "voucher")
    page = f"{SIGN_IN}?next=/agent/account"
    wrong = await agent.sends(page, {"voucher": voucher, "code": "000000"})
    assert wrong.status == 400
    came = await agent.sends(page, {"voucher": hidden(wrong, "voucher"), "code": codes.at(now())})
    assert (came.status, came.headers["Location"]) == (303, "/agent/account")
    used = await agent.sends(page, {"voucher": voucher, "code": codes.at(now())})
    assert used.status == 400
    altered = await agent.sends(page, {"voucher": f"{voucher}x", "code": codes.at(now())})
    assert altered.status == 403
    assert b'type="password"' in altered.body


async def test_a_recovery_code_stands_in_for_the_telephone_once(agent: AgentAtBrowser) -> None:
    await agent.signs_in()
    assert (await agent.sends(RECOVERY, {"current": PASSWORD})).status == 303  # nothing to recover
    await asks_for_a_code(agent)
    assert (await agent.sends(RECOVERY, {"current": "faux"})).status == 403
    renewed = await agent.sends(RECOVERY, {"current": PASSWORD})
    assert "Set-Cookie" not in renewed.headers
    code, *others = recovery_codes(renewed)
    account = (await agent.browser.get("/agent/account")).body.decode()
    assert not any(one in account for one in others)
    await agent.sends("/agent/sign-out", {})
    step = await agent.signs_in()
    typed = {"voucher": hidden(step, "voucher"), "recovery": code.replace("-", " ").upper()}
    assert (await agent.sends(SIGN_IN, typed)).status == 303
    assert "9 codes de secours" in (await agent.browser.get("/agent/account")).body.decode()
    await agent.sends("/agent/sign-out", {})
    again = await agent.sends(SIGN_IN, {**typed, "voucher": hidden(step, "voucher")})
    assert again.status == 400
    assert "il a déjà servi" in again.body.decode()
    assert '<details class="instead" open>' in again.body.decode()


async def test_a_page_that_was_asked_for_comes_after_signing_in(agent: AgentAtBrowser) -> None:
    asked = await agent.browser.ask("GET", "/agent/account?lang=en", allow_redirects=False)
    assert asked.status == 303
    assert asked.headers["Location"].startswith(f"{SIGN_IN}?next=/agent/account")
    came = await agent.signs_in(query=asked.headers["Location"].removeprefix(SIGN_IN))
    assert came.headers["Location"] == "/agent/account?lang=en"
    again = await agent.browser.ask("GET", SIGN_IN, allow_redirects=False)
    assert again.headers["Location"] == "/agent"


@pytest.mark.parametrize(
    ("asked", "followed"),
    [
        ("/agent", "/agent"),
        ("/agent/queue?town=69149#top", "/agent/queue?town=69149#top"),
        ("/agent/sign-in", "/agent"),
        ("/", "/agent"),
        ("/agents", "/agent"),
        ("https://elsewhere.example/agent", "/agent"),
        ("//elsewhere.example/agent", "/agent"),
        ("/\\elsewhere.example/agent", "/agent"),
        ("/agent/../api/session", "/agent"),
        ("/agent/%2e%2e/api/session", "/agent"),
        ("/agent\\..\\api", "/agent"),
        ("/agent/\r\nSet-Cookie: a=b", "/agent"),
        ("javascript:/agent/", "/agent"),
        ("agent/", "/agent"),
        ("http://[", "/agent"),
        ("", "/agent"),
    ],
)
def test_only_a_page_of_agents_here_comes_after(asked: str, followed: str) -> None:
    path = str(URL(SIGN_IN).with_query(next=asked))
    assert str(page_after(make_mocked_request("GET", path))) == followed


async def test_signing_out_ends_the_session_for_good(
    agent: AgentAtBrowser, database: Database
) -> None:
    token = cookie_of(await agent.signs_in())
    left = await agent.sends("/agent/sign-out", {})
    assert (left.status, left.headers["Location"]) == (303, SIGN_IN)
    assert cookie_of(left) == ""
    async with database.transaction() as tx:
        assert await session_store.agent_of_session(tx, token, now()) is None


async def test_signing_in_again_leaves_no_session_behind(
    agent: AgentAtBrowser, database: Database
) -> None:
    await agent.signs_in()
    await agent.signs_in()
    async with database.transaction() as tx:
        assert len(await operations.sessions(tx, agent.login, now())) == 1


async def test_no_page_of_agents_is_kept_by_a_cache(agent: AgentAtBrowser) -> None:
    await agent.signs_in()
    for path in ("/agent", "/agent/account", SIGN_IN, "/agent/nowhere"):
        answer = await agent.browser.ask("GET", path, allow_redirects=False)
        assert answer.headers["Cache-Control"] == "no-store"
    assert "no-store" not in (await agent.browser.get("/")).headers.get("Cache-Control", "")


async def test_every_door_of_agents_but_the_way_in_asks_who_is_there(
    assembled: Service, browsers: Browsers
) -> None:
    nobody = await browsers()
    doors = {
        (route.method, route.resource.canonical)
        for route in public_application(assembled).router.routes()
        if route.resource is not None and route.resource.canonical.startswith("/agent")
    }
    by_script = ("/api/", "/figures/live")  # test_access
    doors = {(method, path) for method, path in doors if not any(p in path for p in by_script)}
    for method, path in doors - {("GET", SIGN_IN), ("HEAD", SIGN_IN), ("POST", SIGN_IN)}:
        answer = await nobody.ask(method, some_path(path), allow_redirects=False)
        assert answer.status == 303, path
        assert answer.headers["Location"].startswith(SIGN_IN)
        assert not answer.body


async def test_nothing_is_posted_from_elsewhere(agent: AgentAtBrowser, assembled: Service) -> None:
    await agent.signs_in()
    for route in public_application(assembled).router.routes():
        path = route.resource.canonical if route.resource is not None else ""
        if route.method == "POST" and path.startswith("/agent"):
            elsewhere = {"Origin": "https://elsewhere.example"}
            answer = await agent.browser.ask("POST", some_path(path), headers=elsewhere, data={})
            assert answer.status == 403, path


async def test_who_is_signed_in_is_told_to_other_doors(
    agent: AgentAtBrowser, assembled: Service
) -> None:
    token = cookie_of(await agent.signs_in())
    request = make_mocked_request("GET", "/agent", headers={"Cookie": f"{COOKIE}={token}"})
    found = await agent_of(assembled, request)
    assert found == Agent(agent.id, "Claire", Role.AGENT, ANYBODY.communes, ANYBODY.teams)
    for cookie in ("", f"{COOKIE}=guessed", f"guichet_session={token}"):
        with pytest.raises(Forbidden):
            await agent_of(
                assembled, make_mocked_request("GET", "/agent", headers={"Cookie": cookie})
            )


async def test_the_account_says_who_one_is(browsers: Browsers, database: Database) -> None:
    agent = await an_agent_at(browsers, database)
    await agent.signs_in()
    page = (await agent.browser.get("/agent/account")).body.decode()
    for told in (agent.login, "Oullins-Pierre-Bénite", "équipe accueil", "celui-ci"):
        assert told in page
    chief = Profile("Dominique", Role.METROPOLIS_ADMINISTRATOR, None, frozenset({"gone"}))
    other = await an_agent_at(browsers, database, chief)
    await other.signs_in()
    page = (await other.browser.get("/agent/account?lang=en")).body.decode()
    for told in ("Dominique", "Administration of the metropolis", "every town", "gone"):
        assert told in page


@pytest.mark.parametrize(
    ("form", "status", "told"),
    [
        ({"current": "faux", "password": NEW, "again": NEW}, 403, "pas votre mot de passe actuel"),
        ({"current": PASSWORD, "password": NEW, "again": "autre"}, 400, "sont différents"),
        ({"current": PASSWORD, "password": "court", "again": "court"}, 400, "trop court"),
        (
            {"current": PASSWORD, "password": "motdepasse123", "again": "motdepasse123"},
            400,
            "plus courants",
        ),
        ({}, 400, "trop court"),
    ],
)
async def test_a_password_is_not_changed_by_what_is_wrong(
    agent: AgentAtBrowser, form: dict[str, str], status: int, told: str
) -> None:
    await agent.signs_in()
    answer = await agent.sends("/agent/account/password", form)
    assert answer.status == status
    assert told in answer.body.decode()
    assert (await agent.signs_in()).status == 303


async def test_a_changed_password_signs_the_other_browsers_out(
    agent: AgentAtBrowser, browsers: Browsers
) -> None:
    other = AgentAtBrowser(await browsers(with_session=False), agent.id, agent.login)
    await agent.signs_in()
    await other.signs_in()
    form = {"current": PASSWORD, "password": NEW, "again": NEW}
    done = await agent.sends("/agent/account/password", form)
    assert done.headers["Location"] == "/agent/account?done=password"
    shown = await agent.browser.get("/agent/account?done=password")
    assert "Mot de passe changé" in shown.body.decode()
    assert b'type="email"' in (await other.browser.get("/agent")).body
    assert (await other.signs_in()).status == 403
    assert (await other.signs_in(NEW)).status == 303


async def test_an_agent_signs_another_browser_of_theirs_out(
    agent: AgentAtBrowser, browsers: Browsers
) -> None:
    others = [
        AgentAtBrowser(await browsers(with_session=False), agent.id, agent.login) for _ in range(3)
    ]
    for one in (*others, agent):
        await one.signs_in()
    handle = hidden(await agent.browser.get("/agent/account"), "session")
    done = await agent.sends("/agent/account/sessions", {"session": handle})
    assert done.headers["Location"] == "/agent/account?done=session"
    assert (await agent.browser.get("/agent/account")).body.count(b'name="session"') == 2
    await agent.sends("/agent/account/sessions", {})
    page = (await agent.browser.get("/agent/account")).body
    assert page.count(b'name="session"') == 0
    assert "celui-ci" in page.decode()


async def test_the_second_factor_is_turned_on_and_off_with_the_password(
    agent: AgentAtBrowser,
) -> None:
    await agent.signs_in()
    wrong = await agent.sends("/agent/account/second-factor", {"current": "faux"})
    assert wrong.status == 403
    begun = await agent.sends("/agent/account/second-factor", {"current": PASSWORD})
    assert b"<svg" in begun.body
    form = {"voucher": hidden(begun, "voucher"), "code": "000000"}
    again = await agent.sends("/agent/account/second-factor/confirm", form)
    assert again.status == 400
    assert hidden(again, "voucher")
    gone = await agent.sends("/agent/account/second-factor/confirm", {"voucher": "x", "code": "1"})
    assert gone.status == 403
    await asks_for_a_code(agent)
    assert "Activé" in (await agent.browser.get("/agent/account")).body.decode()
    kept = await agent.sends("/agent/account/second-factor/remove", {"current": "faux"})
    assert kept.status == 403
    done = await agent.sends("/agent/account/second-factor/remove", {"current": PASSWORD})
    assert done.headers["Location"] == "/agent/account?done=removed"
    assert (await agent.signs_in()).status == 303


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox, Linux",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
            "Safari, iPhone",
        ),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome, Android"),
        ("curl/8", ""),
        ("", ""),
    ],
)
def test_a_browser_is_recognised_by_its_name(user_agent: str, name: str) -> None:
    assert browser_name(user_agent) == name
