"""Who gets what at the agents' doors: route by role, in one's own town and in another's.

What is asked stands in `agent_rows.py` and its tables, what no page asks in `agent_attacks.py`, and
what there is to be seen in `agent_worlds.py`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from uuid import uuid4

import aiohttp
import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer
from sqlalchemy import delete, update

from bot.accounts import session_store
from bot.accounts.passwords import Passwords
from bot.accounts.rules import RANKS, Agent, Role
from bot.accounts.tables import AgentAccount
from bot.app import assemble
from bot.automations.tables import AutomationRun, AutomationState, AutomationVersion
from bot.conversations.tables import Conversation
from bot.handover.tables import SavedFilter
from bot.parts import Service
from bot.services.rules import Catalogue
from bot.settings import Settings
from bot.storage.transaction import Database
from bot.teams.tables import TeamVersion
from bot.texts.tables import TextVersion
from bot.web.agent.session import COOKIE
from bot.web.public import public_application
from tests.accounts.builders import PASSWORD
from tests.handover.builders import BRON, OULLINS, an_agent
from tests.running import ROOT, state_for_tests
from tests.turn.scripted import now
from tests.web.agent_api_rows import API
from tests.web.agent_attacks import ATTACKS, Attack
from tests.web.agent_page_rows import PAGES
from tests.web.agent_rows import GOVERNOR, REFUSED, Asked, Row
from tests.web.agent_worlds import World, a_world, as_it_stands, with_another
from tests.web.browsers import Answer
from tests.web.test_access import routes_of

pytestmark = pytest.mark.asyncio(loop_scope="module")
TABLE = [*API, *PAGES]
FIRST_EVENTS = (b"event: ticket", b"event: queue")


@dataclass(frozen=True)
class Desk:
    """Everything that the tests of this module ask, made once: a service, two towns alike."""

    service: Service
    server: TestServer
    password_hash: str
    oullins: World
    bron: World
    brons_rows: list[tuple[str, str]]

    @property
    def database(self) -> Database:
        return self.service.database

    async def agent(self, role: Role) -> Agent:
        """An agent of Oullins, or of every town who governs them."""
        rights = (frozenset({OULLINS}), frozenset({"accueil"}))
        agent = await an_agent(
            self.database, "Zoé", role, *((None, frozenset()) if role is GOVERNOR else rights)
        )
        kept = update(AgentAccount).where(AgentAccount.id == agent.id)
        async with self.database.transaction() as tx:
            await tx.execute(kept.values(password_hash=self.password_hash))
        return agent

    async def ask(self, agent: Agent | None, method: str, asked: Asked) -> Answer:
        """As that agent, or as nobody; what it leads to is not followed, and of a stream only the
        beginning is read."""
        cookies = {}
        if agent is not None:
            async with self.database.transaction() as tx:
                cookies = {COOKIE: await session_store.open_session(tx, agent.id, "Firefox", now())}
        async with (
            aiohttp.ClientSession(self.server.make_url("/"), cookies=cookies) as session,
            session.request(method, asked.path, allow_redirects=False, **asked.parts) as answer,
        ):
            is_stream = answer.content_type == "text/event-stream"
            body = await (_begun(answer) if is_stream else answer.read())
            return Answer(answer.status, answer.headers, body)

    async def check_untouched(self) -> None:
        """The other town stands as it was."""
        assert await as_it_stands(self.database, self.bron) == self.brons_rows


async def _begun(answer: aiohttp.ClientResponse) -> bytes:
    body = b""
    async with asyncio.timeout(10):
        while not all(name in body for name in FIRST_EVENTS):
            body += await answer.content.readany()
        return (
            body + await answer.content.readuntil(b"\n\n") if not body.endswith(b"\n\n") else body
        )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(
    database_url: str,
    tmp_path_factory: pytest.TempPathFactory,
    catalogue: Catalogue,
    checkout_read_once: None,
) -> AsyncIterator[Desk]:
    state = state_for_tests(tmp_path_factory.mktemp("access") / "state", ("envs", "cache"))
    async with AsyncExitStack() as stack:
        database = Database(database_url, pool_size=6)
        stack.push_async_callback(database.close)
        settings = Settings(ROOT, state, database.url)
        service = assemble(settings, database, database.url, catalogue, "s" * 32)
        server = TestServer(public_application(service))
        await stack.enter_async_context(server)
        bron = await a_world(service, BRON, is_listed=True)
        yield Desk(
            service,
            server,
            await Passwords().hash_choice(PASSWORD, "alix"),
            await a_world(service, OULLINS, is_listed=True),
            bron,
            await as_it_stands(database, bron),
        )
        await service.matcher.stop()
        service.internal_socket.parent.rmdir()
        async with database.transaction() as tx:
            # Other modules' workers, teams and lists must be as they were.
            await tx.execute(update(Conversation).values(waiting_since=None, due_at=None))
            await tx.execute(delete(TeamVersion).where(TeamVersion.team == "eau"))
            for table in (
                AutomationRun,
                AutomationVersion,
                AutomationState,
                SavedFilter,
                TextVersion,
            ):
                await tx.execute(delete(table))


def roles_from(least: Role) -> list[Role]:
    return list(RANKS[RANKS.index(least) :])


def roles_below(least: Role) -> list[Role]:
    return list(RANKS[: RANKS.index(least)])


async def test_every_door_of_agents_is_in_the_table(desk: Desk) -> None:
    there = routes_of(public_application(desk.service))
    ours = {(method, path) for method, path in there if path.split("/")[1:2] == ["agent"]}
    assert ours == {(row.method, row.route) for row in TABLE}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.id)
async def test_a_door_serves_one_s_own_town(desk: Desk, row: Row) -> None:
    """From its least role on."""
    for role in roles_from(row.least):
        agent = await desk.agent(role)
        world = desk.oullins
        if row.spends:
            world = await with_another(desk.service, world, row.spends)
        answer = await desk.ask(agent, row.method, row.asks(world, agent))
        assert answer.status in row.own, (role, answer.body)
        assert row.is_open or "/sign-in" not in answer.headers.get("Location", ""), role
        assert not row.shows or world.mark.encode() in answer.body, role
        assert role is GOVERNOR or desk.bron.mark.encode() not in answer.body, role
    await desk.check_untouched()


@pytest.mark.parametrize("row", [r for r in TABLE if roles_below(r.least)], ids=lambda row: row.id)
async def test_a_door_is_shut_below_its_role(desk: Desk, row: Row) -> None:
    before = await as_it_stands(desk.database, desk.oullins)
    for role in roles_below(row.least):
        agent = await desk.agent(role)
        answer = await desk.ask(agent, row.method, row.asks(desk.oullins, agent))
        assert answer.status in REFUSED, (role, answer.body)
        assert not row.shows or desk.oullins.mark.encode() not in answer.body, role
    assert await as_it_stands(desk.database, desk.oullins) == before


@pytest.mark.parametrize("row", [r for r in TABLE if r.about], ids=lambda row: row.id)
async def test_another_town_s_is_not_there(desk: Desk, row: Row) -> None:
    for role in roles_from(row.least):
        if role is not GOVERNOR:
            agent = await desk.agent(role)
            answer = await desk.ask(agent, row.method, row.asks(desk.bron, agent))
            assert answer.status in row.foreign, (role, answer.body)
            assert desk.bron.mark.encode() not in answer.body, role
    await desk.check_untouched()


async def test_nobody_gets_in_who_is_not_signed_in(desk: Desk) -> None:
    before = await as_it_stands(desk.database, desk.oullins)
    for row in (row for row in TABLE if not row.is_open):
        agent = Agent(uuid4(), "", row.least, None)
        answer = await desk.ask(None, row.method, row.asks(desk.oullins, agent))
        if row.is_api:
            assert answer.status == 403, row.id
        else:
            assert answer.status == 303, row.id
            assert answer.headers["Location"].startswith("/agent/sign-in?"), row.id
        assert desk.oullins.mark.encode() not in answer.body, row.id
    assert await as_it_stands(desk.database, desk.oullins) == before


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
async def test_what_mixes_two_towns_reaches_only_one_s_own(desk: Desk, attack: Attack) -> None:
    agent = await desk.agent(attack.role)
    own = await with_another(desk.service, desk.oullins, "ticket")
    asked = attack.asks(own, desk.bron, agent)
    answer = await desk.ask(agent, attack.method, asked)
    assert answer.status in attack.statuses, answer.body
    assert desk.bron.mark.encode() not in answer.body
    await desk.check_untouched()


async def test_a_place_in_another_town_s_list_leads_nowhere_in_it(desk: Desk) -> None:
    """A cursor made where more is seen opens no more here."""
    governor, agent = await desk.agent(GOVERNOR), await desk.agent(Role.AGENT)
    for path in ("/agent/api/queue?queue=all", "/agent/api/search?q=girouette"):
        told = json.loads((await desk.ask(governor, "GET", Asked(path))).body)
        for _ in range(5):
            if told["next"] is None:
                break
            further = Asked(f"{path}&after={told['next']}")
            answer = await desk.ask(agent, "GET", further)
            assert answer.status == 200
            assert desk.bron.mark.encode() not in answer.body
            told = json.loads((await desk.ask(governor, "GET", further)).body)


async def test_what_a_colleague_keeps_for_themselves_is_not_one_s_own(desk: Desk) -> None:
    """A draft and a filter of nobody's list: not even a lead's of the same town."""
    world = desk.oullins
    before = await as_it_stands(desk.database, world)
    agent = await desk.agent(Role.COMMUNE_ADMINISTRATOR)
    draft = Asked(f"/agent/api/tickets/{world.reference}/draft")
    told = json.loads((await desk.ask(agent, "GET", draft)).body)
    assert "brouillon" not in json.dumps(told)
    filters = await desk.ask(agent, "GET", Asked("/agent/api/filters"))
    assert str(world.private) not in filters.body.decode()
    for what, body in (("rename", {"name": "à moi"}), ("remove", {})):
        asked = Asked(f"/agent/api/filters/{world.private}/{what}", json=body)
        assert (await desk.ask(agent, "POST", asked)).status == 404
    assert await as_it_stands(desk.database, world) == before
