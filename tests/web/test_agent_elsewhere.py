"""What crosses from one town to another where a thing lasts longer than its town: conversations
whose citizen has moved, rules that once meant more, lists that a team shares."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace

import pytest
from sqlalchemy import delete

from bot.accounts.rules import Role
from bot.automations import store as automations
from bot.automations.conditions import Automation, Conditions, Deeds, When
from bot.automations.tables import AutomationRun, AutomationState, AutomationVersion
from bot.conversations import store as conversations
from bot.handover import answering
from bot.parts import Service
from bot.storage.transaction import Database
from bot.tickets import store as tickets
from tests.handover.builders import BRON, COUNTER, OULLINS, Case, a_case, an_agent
from tests.turn.scripted import now, until
from tests.web.browsers import Browsers
from tests.web.test_agent_doors import AtDesk, at_desk, hear, listening, streaming

__all__ = ["listening"]
SECRET = "farfadet"
SETTINGS = "/agent/settings"


@pytest.fixture
async def claire(browsers: Browsers, database: Database) -> AtDesk:
    return await at_desk(browsers, database)


async def moves(case: Case, agent: AtDesk) -> str:
    """The ticket ends, and its citizen asks another town; the reference there."""
    async with case.database.transaction() as tx:
        await answering.close(tx, agent.agent, case.reference, COUNTER, now())
        await conversations.change(tx, case.speaker.conversation_id, commune=BRON)
    reference = await case.open("un autre sujet", commune=BRON)
    await case.writes(f"mon {SECRET} est à Bron")
    return reference


async def test_what_a_citizen_asks_another_town_later_is_told_to_that_town(
    browsers: Browsers, database: Database, claire: AtDesk
) -> None:
    case = await a_case(database, "un trou à Oullins")
    there = await moves(case, claire)
    neighbour = await at_desk(browsers, database, "Paul", communes=frozenset({BRON}))
    talk = f"/conversations/{case.speaker.conversation_id}"
    paths = (
        *(talk, f"/tickets/{case.reference}"),
        *(f"/search?q={case.reference}", "/queue?queue=closed", "/queue?queue=all"),
    )
    for path in paths:
        assert f"mon {SECRET}" not in json.dumps(await claire.gets(path)), path
    assert "un trou" in json.dumps(await claire.gets(talk), ensure_ascii=False)
    for path in (talk, f"/tickets/{there}"):
        assert SECRET in json.dumps(await neighbour.gets(path)), path
    found = (await claire.gets(f"/search?q={SECRET}"))["found"]
    assert str(case.speaker.conversation_id) not in [one["conversation"] for one in found]
    found = (await neighbour.gets(f"/search?q={SECRET}"))["found"]
    assert str(case.speaker.conversation_id) in [one["conversation"] for one in found]


async def test_a_ticket_that_is_over_tells_nobody_of_another_town_what_goes_on(
    listening: Service, browsers: Browsers, database: Database, claire: AtDesk
) -> None:
    case = await a_case(database)
    there = await moves(case, claire)
    async with streaming(claire, f"ticket={case.reference}&queue=closed&after=0") as heard:
        await case.writes(f"encore un {SECRET}")
        assert SECRET not in json.dumps((await hear(heard, "ticket")).data)
        async for event in heard:
            assert event.name != "message", event
            if event.name == "queue":
                assert SECRET not in json.dumps(event.data)
                break
    seen = 99
    await claire.posts(f"/tickets/{case.reference}/read", {"seq": seen})
    await claire.posts(f"/tickets/{case.reference}/typing", {})
    neighbour = await at_desk(browsers, database, "Paul", communes=frozenset({BRON}))
    row = (await neighbour.gets(f"/tickets/{there}"))["ticket"]["row"]
    assert row["is_unread"]
    assert (row["readers"], row["writers"]) == ([], [])


async def test_a_ticket_that_is_over_shows_nobody_at_work_for_another_town(
    listening: Service, browsers: Browsers, database: Database, claire: AtDesk
) -> None:
    case = await a_case(database)
    there = await moves(case, claire)
    neighbour = await at_desk(browsers, database, "Paul", communes=frozenset({BRON}))
    async with (
        streaming(neighbour, f"ticket={there}&after=0") as working,
        streaming(claire, f"ticket={case.reference}&after=0") as heard,
    ):
        await hear(working, "ticket")
        await hear(heard, "ticket")
        await neighbour.posts(f"/tickets/{there}/typing", {})
        assert "Paul" in await readers_of(listening, case)
        known = await claire.gets(f"/tickets/{case.reference}")
    row = known["ticket"]["row"]
    assert (row["readers"], row["writers"], row["since"]) == ([], [], None)
    assert row["owner"] == "closed"
    assert (known["signs"]["readers"], known["signs"]["typing"]) == ([], [])


async def test_a_page_is_told_why_a_ticket_is_not_opened_again(
    database: Database, claire: AtDesk
) -> None:
    case = await a_case(database)
    await moves(case, claire)
    async with database.transaction() as tx:
        lead = await an_agent(database, "Inès", Role.SUPERVISOR, None)
        there = await tickets.open_in(tx, case.speaker.conversation_id)
        assert there is not None
        await answering.close(tx, lead, there["reference"], COUNTER, now())
    talk = await claire.gets(f"/conversations/{case.speaker.conversation_id}")
    assert talk["goes_on"]
    path, deed = f"/tickets/{case.reference}/reopen", {"id": uuid.uuid4().hex}
    assert (await claire.posts(path, deed, 409))["error"] == "goes_on"


async def readers_of(service: Service, case: Case) -> list[str]:
    """Who has the conversation open, once somebody has."""
    where = case.speaker.conversation_id

    async def is_read() -> bool:
        return bool(service.live.reading.who(where)) and bool(service.live.typing.who(where))

    await until(is_read)
    return [one.name for one in service.live.reading.who(where)]


async def test_a_filter_of_a_team_is_of_those_whose_towns_its_author_serves(
    browsers: Browsers, database: Database
) -> None:
    both = frozenset({OULLINS, BRON})
    lead = await at_desk(browsers, database, "Chantal", role=Role.SUPERVISOR)
    wide = await at_desk(browsers, database, "Inès", role=Role.SUPERVISOR, communes=both)
    paul = await at_desk(browsers, database, "Paul", communes=frozenset({BRON}))
    own = str(uuid.uuid4())
    kept = {"id": own, "name": f"Mme {SECRET}", "words": SECRET, "team": "accueil"}
    await paul.posts("/filters", kept)
    assert own not in json.dumps(await lead.gets("/filters"))
    for what, body in (("rename", {"name": "à moi"}), ("remove", {})):
        await lead.posts(f"/filters/{own}/{what}", body, 404)
    shared = str(uuid.uuid4())
    await wide.posts("/filters", {**kept, "id": shared})
    (seen,) = [one for one in (await lead.gets("/filters"))["filters"] if one["id"] == shared]
    assert not seen["changes"]  # it is in Bron's list too
    await lead.posts(f"/filters/{shared}/remove", {}, 403)
    await wide.posts(f"/filters/{own}/rename", {"name": "Bron"})
    for which in (own, shared):
        await wide.posts(f"/filters/{which}/remove", {})


async def test_what_an_automation_meant_before_is_told_to_those_whom_it_meant(
    browsers: Browsers, database: Database
) -> None:
    nadia = await an_agent(database, "Nadia", Role.METROPOLIS_ADMINISTRATOR, None, frozenset())
    lea = await at_desk(browsers, database, "Léa", role=Role.COMMUNE_ADMINISTRATOR)
    of_bron = await a_case(database)
    deeds = Deeds(note=f"appeler {SECRET}")
    before = Automation(f"Règle {SECRET}", When.OPENED, only=Conditions(), then=deeds)
    only = Conditions(frozenset({OULLINS}))
    after = replace(before, title="Règle", only=only, then=Deeds(note="à voir"))
    reference = await of_bron_s(of_bron)
    async with database.transaction() as tx:
        which = await automations.add(tx, now())
        await automations.add_version(tx, nadia, which, 1, before, now())
        kept = await automations.automation(tx, nadia, which)
        assert await automations.begin_run(tx, kept, reference, "done", now())
        await automations.add_version(tx, nadia, which, 2, after, now())
    page = await lea.browser.get(f"{SETTINGS}/automations/{which}")
    assert page.status == 200
    assert SECRET not in page.body.decode()
    assert reference not in page.body.decode()
    restored = {"data": {"version": "1"}, "allow_redirects": False}
    path = f"{SETTINGS}/automations/{which}/restore"
    assert (await lea.browser.ask("POST", path, **restored)).status == 404
    async with database.transaction() as tx:
        for table in (AutomationRun, AutomationVersion, AutomationState):
            await tx.execute(delete(table))


async def of_bron_s(case: Case) -> str:
    """A ticket of Bron, of the same citizen."""
    async with case.database.transaction() as tx:
        lead = await an_agent(case.database, role=Role.SUPERVISOR)
        await answering.close(tx, lead, case.reference, COUNTER, now())
    return await case.open("à Bron", commune=BRON)


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR])
async def test_a_form_that_is_wrong_opens_no_page(
    browsers: Browsers, database: Database, role: Role
) -> None:
    """Settings of a team are shown again to those only who may set them."""
    desk = await at_desk(browsers, database, "Karim", role=role)
    wrong = {"day-0": "matin"}
    answer = await desk.browser.ask("POST", f"{SETTINGS}/teams/eau", data=wrong)
    assert answer.status == 403
    assert "matin" not in answer.body.decode()
