"""How teams stand now."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from bot.accounts import session_store
from bot.accounts.tables import AgentSession
from bot.figures import live, rows
from bot.figures.rules import Chosen, Period, Wanted, What
from bot.storage.transaction import Database
from tests.figures.builders import RILLIEUX, Past, at
from tests.figures.test_history import a_lead
from tests.handover.builders import CATALOGUE, an_agent

NOW = at(3, 11)
TODAY = Period.latest(1, NOW.date())


@pytest.fixture
async def past(database: Database) -> Past:
    return await Past.of(database)


async def listed(past: Past, what: What, holder: str | None = None) -> list[str]:
    wanted = Wanted(what, TODAY, holder=holder)
    async with past.database.transaction() as tx:
        page = await rows.page(tx, a_lead(), wanted, CATALOGUE, NOW, 0, 50)
    return [row[1] for row in page.rows]


async def test_open_tickets_by_team_and_state(past: Past) -> None:
    waiting = await past.ticket(at(3, 10, 30))
    soon = await past.ticket(at(3, 9, 15))
    breached = await past.ticket(at(2, 16))  # yesterday evening: three and a half hours of opening
    with_agent = {"owner": "agent", "waiting_since": at(3, 10)}
    to_answer = await past.ticket(at(2, 9), at(2, 10), conversation=with_agent, team="voirie")
    with_citizen = await past.ticket(at(2, 9), at(2, 10), conversation={"owner": "agent"})
    async with past.database.transaction() as tx:
        now = await live.look(tx, a_lead(), Chosen(), CATALOGUE, NOW)
    assert [team.code for team in now.teams] == ["accueil", "voirie"]
    assert now.total(What.QUEUED) == 3
    assert now.oldest is not None
    assert (now.oldest.oldest, now.oldest.oldest_reference) == (at(2, 16), breached)
    assert await listed(past, What.QUEUED) == [breached, soon, waiting]
    assert await listed(past, What.SOON) == [soon]
    assert await listed(past, What.BREACHED) == [breached]
    assert await listed(past, What.TO_ANSWER) == [to_answer]
    assert await listed(past, What.WITH_CITIZEN) == [with_citizen]
    for what in live.COUNTED:
        assert now.total(what) == len(await listed(past, what)), what


async def test_who_is_there_and_what_they_hold(past: Past, database: Database) -> None:
    claire = await an_agent(database, "Claire", communes=frozenset({RILLIEUX}))
    away = await an_agent(database, "Yves", communes=frozenset({RILLIEUX}))
    async with database.transaction() as tx:
        for agent in (claire, away):
            await session_store.open_session(tx, agent.id, "Firefox", at(3, 9, 30))
        await tx.execute(
            update(AgentSession)
            .where(AgentSession.agent_id == claire.id)
            .values(seen_at=at(3, 10, 55))
        )
    hers: dict[str, Any] = {"assignee": claire.id, "assignee_name": "Claire"}
    held = await past.ticket(at(3), conversation={"owner": "agent"}, **hers)
    async with past.database.transaction() as tx:
        now = await live.look(tx, a_lead(), Chosen(town=RILLIEUX), CATALOGUE, NOW)
        elsewhere = await live.look(tx, a_lead(frozenset({"69266"})), Chosen(), CATALOGUE, NOW)
    there = {person.id: (person.is_at_work, person.holds) for person in now.people}
    assert there[claire.id] == (True, 1)
    assert there[away.id] == (False, 0)
    assert await listed(past, What.HELD, str(claire.id)) == [held]
    assert claire.id not in {person.id for person in elsewhere.people}
