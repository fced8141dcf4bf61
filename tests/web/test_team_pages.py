"""The pages of settings at their doors: who gets in, what each saves, what is refused in words."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import pytest

from bot.accounts import session_store
from bot.accounts.rules import Agent, Role
from bot.parts import Service
from bot.storage.tables import utc_now
from bot.teams import operations, store
from bot.teams.rules import TeamSettings
from bot.web.agent.session import COOKIE
from tests.handover.builders import BRON, OULLINS, a_case, an_agent
from tests.web.browsers import Answer, Browser, Browsers

TEAM = "/agent/settings/teams/eau"
AUTOMATIONS = "/agent/settings/automations"


async def at_desk(service: Service, browsers: Browsers, agent: Agent) -> Browser:
    """A browser in which that agent is signed in."""
    browser = await browsers(with_session=False)
    async with service.database.transaction() as tx:
        token = await session_store.open_session(tx, agent.id, "Firefox", utc_now())
    browser.session.cookie_jar.update_cookies({COOKIE: token})
    return browser


async def sends(browser: Browser, path: str, **form: str) -> Answer:
    return await browser.ask("POST", path, data=form, allow_redirects=False)


@pytest.fixture
async def chantal(assembled: Service) -> AsyncIterator[Agent]:
    """A supervisor of every town; the team is as its file says afterwards."""
    lead = await an_agent(assembled.database, "Chantal", Role.SUPERVISOR, None, frozenset())
    yield lead
    async with assembled.database.transaction() as tx:
        await operations.set_team(tx, lead, "eau", TeamSettings(), [], utc_now())
    await assembled.current.read(assembled.database)


async def test_a_lead_sets_a_team_and_restores_it(
    assembled: Service, browsers: Browsers, chantal: Agent
) -> None:
    browser = await at_desk(assembled, browsers, chantal)
    week = {f"day-{day}": "09:00-12:00" for day in range(5)}
    answer = await sends(
        browser,
        TEAM,
        **week,
        closed="24/12/2026",
        answer_within_minutes="45",
        assigns="yes",
        gives_back_after_minutes="20",
    )
    assert answer.status == 303, answer.body
    team = assembled.catalogue.team("eau")  # what everybody reads holds at once
    assert team.answer_within.total_seconds() == 45 * 60
    assert [day.isoformat() for day in team.closed] == ["2026-12-24"]
    page = (await browser.get("/agent/settings/teams?team=eau")).body.decode()
    assert "09:00-12:00" in page
    assert "attribution automatique" in page
    assert (await sends(browser, f"{TEAM}/restore", version="0")).status == 303
    assert assembled.catalogue.team("eau") == assembled.current.files.team("eau")


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"day-0": "matin"}, "Écrivez les horaires ainsi"),
        ({"day-0": "09:00-12:00", "closed": "Noël"}, "Écrivez les jours ainsi"),
        ({"day-0": "09:00-12:00", "answer_within_minutes": "-4"}, "Ce nombre ne convient pas"),
        ({"day-0": "09:00-12:00", "offers_after_hours": "9999999"}, "Ce nombre ne convient pas"),
    ],
)
async def test_what_cannot_be_set_is_said_beside_what_was_typed(
    assembled: Service,
    browsers: Browsers,
    chantal: Agent,
    form: dict[str, str],
    said: str,
) -> None:
    browser = await at_desk(assembled, browsers, chantal)
    answer = await sends(browser, TEAM, **form)
    assert answer.status == 400
    page = answer.body.decode()
    assert said in page
    assert all(value in page for value in form.values())


async def test_an_agent_arranges_their_own_absence_and_nobody_else_s(
    assembled: Service, browsers: Browsers, chantal: Agent
) -> None:
    claire = await an_agent(assembled.database, "Claire")
    paul = await an_agent(assembled.database, "Paul", communes=frozenset({BRON}))
    browser = await at_desk(assembled, browsers, claire)
    own, other = (f"/agent/settings/members/{one.id}" for one in (claire, paul))
    span = {"from": "2036-01-01T08:00", "until": "2036-01-05T18:00"}
    assert (await sends(browser, f"{own}/absences", **span)).status == 303
    page = (await browser.get(own)).body.decode()
    assert "du 01/01/2036 08:00 au 05/01/2036 18:00" in page
    wrong = await sends(browser, f"{own}/absences", **{"from": "2036-01-05T18:00", "until": ""})
    assert wrong.status == 400
    assert (await sends(browser, own, capacity="3")).status == 403
    for path in (other, f"{other}/absences", f"{other}/offer"):
        form = {**span, "capacity": "3"}
        assert (await sends(browser, path, **form)).status in (403, 404)
    assert (await browser.get(other)).status == 404
    assert (await browser.get("/agent/settings/teams")).status == 403
    lead = await at_desk(assembled, browsers, chantal)
    saved = await sends(lead, own, capacity="3", **{"language-fr": "yes", "service-pothole": "yes"})
    assert saved.status == 303
    async with assembled.database.transaction() as tx:
        member = await store.member(tx, chantal, claire.id, utc_now())
    assert (member.skills.capacity, member.skills.services) == (3, frozenset({"pothole"}))


async def test_the_switch_of_the_desk_goes_on_with_the_page_that_was_open(
    assembled: Service, browsers: Browsers
) -> None:
    claire = await an_agent(assembled.database, "Claire")
    browser = await at_desk(assembled, browsers, claire)
    case = await a_case(assembled.database)
    there = {"away": "yes", "queue": "all", "ticket": case.reference}
    answer = await sends(browser, "/agent/availability", **there)
    assert answer.status == 303
    page = (await browser.get(f"/agent?queue=all&ticket={case.reference}")).body.decode()
    assert 'aria-checked="false"' in page
    await sends(browser, "/agent/availability", away="no")
    assert 'aria-checked="true"' in (await browser.get("/agent")).body.decode()


async def test_an_administrator_tries_an_automation_then_keeps_it(
    assembled: Service, browsers: Browsers
) -> None:
    towns = frozenset({OULLINS})
    lea = await an_agent(assembled.database, "Léa", Role.COMMUNE_ADMINISTRATOR, towns)
    browser = await at_desk(assembled, browsers, lea)
    case = await a_case(assembled.database)
    title = uuid.uuid4().hex
    form = {"title": title, "when": "opened", "note": "à voir", f"towns-{OULLINS}": "yes"}
    tried = await sends(browser, f"{AUTOMATIONS}/new/try", **form)
    assert case.reference in tried.body.decode()
    assert title not in (await browser.get(AUTOMATIONS)).body.decode()
    kept = await sends(browser, f"{AUTOMATIONS}/new", **form)
    assert kept.status == 303
    assert title in (await browser.get(AUTOMATIONS)).body.decode()
    everywhere = {key: value for key, value in form.items() if not key.startswith("towns")}
    refused = await sends(browser, f"{AUTOMATIONS}/new", **everywhere)
    assert refused.status == 400
    assert "Cochez une ou plusieurs de vos communes" in refused.body.decode()
    agent = await an_agent(assembled.database, "Claire")
    other = await at_desk(assembled, browsers, agent)
    for path in (AUTOMATIONS, f"{AUTOMATIONS}/new"):
        assert (await other.get(path)).status == 403
    assert (await sends(other, f"{AUTOMATIONS}/new", **form)).status == 403
