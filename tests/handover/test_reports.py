"""The list of reports that are not settled: whose it is, in what order, and what it is narrowed
to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import update

from bot.accounts.rules import Agent
from bot.errors import Invalid
from bot.handover import reports, taking
from bot.handover.cursors import cursor_of
from bot.handover.reports import ALL, Wanted
from bot.service_requests.rules import Status
from bot.service_requests.tables import ServiceRequest
from bot.services.working_days import local_date
from bot.storage.transaction import Database
from tests.handover.builders import BRON, CATALOGUE, COUNTER, OULLINS, WHOLE, an_agent
from tests.handover.test_taking import a_report
from tests.turn.scripted import now


async def put(database: Database, reference: str, **values: object) -> None:
    async with database.transaction() as tx:
        chosen = update(ServiceRequest).where(ServiceRequest.reference == reference)
        await tx.execute(chosen.values(**values))


async def listed(
    database: Database, agent: Agent, wanted: Wanted = ALL, among: Sequence[str] = ()
) -> list[str]:
    """References, of these where given: other tests' reports are in the list too."""
    async with database.transaction() as tx:
        page = await reports.listed(tx, agent, wanted, CATALOGUE, now(), WHOLE)
    found = [row.reference for row in page.rows]
    return [one for one in found if one in among] if among else found


def day(days: int) -> date:
    return local_date(now()) + timedelta(days=days)


async def test_what_is_most_overdue_comes_first_and_what_stands_still_last(
    database: Database,
) -> None:
    agent = await an_agent(database, teams=frozenset())
    late, later, soon, paused, never = [(await a_report(database)).request for _ in range(5)]
    await put(database, late, due_on=day(-9))
    await put(database, later, due_on=day(-20), planned_on=day(-3))
    await put(database, soon, due_on=day(3))
    await put(database, paused, due_on=day(-30), paused_at=now())
    await put(database, never, due_on=None)
    these = (late, later, soon, paused, never)
    found = await listed(database, agent, among=these)
    assert found[:3] == [late, later, soon]
    assert found[3:] == [never, paused]
    assert await listed(database, agent, Wanted(only_late=True), these) == [late, later]
    newest = await listed(database, agent, Wanted(newest_first=True), these)
    assert newest == [never, paused, soon, later, late]


async def test_settled_and_joined_reports_are_not_in_it(database: Database) -> None:
    agent = await an_agent(database, teams=frozenset())
    lead, child, solved, planned = [(await a_report(database)).request for _ in range(4)]
    await put(database, child, parent=lead)
    await put(database, solved, status="resolved")
    await put(database, planned, status="planned")
    these = (lead, child, solved, planned)
    assert set(await listed(database, agent, among=these)) == {lead, planned}
    only = Wanted(status=Status.PLANNED)
    assert await listed(database, agent, only, these) == [planned]
    assert await listed(database, agent, Wanted(service="graffiti"), these) == []


async def test_it_has_the_towns_and_the_teams_of_the_agent(database: Database) -> None:
    here = await a_report(database)
    there = await a_report(database, commune=BRON)
    these = (here.request, there.request)
    team = CATALOGUE.service("pothole").team
    mine = await an_agent(database, teams=frozenset({team}))
    others = await an_agent(database, teams=frozenset({"accueil"}))
    everywhere = await an_agent(database, communes=None, teams=frozenset())
    assert await listed(database, mine, among=these) == [here.request]
    assert await listed(database, others, among=these) == []
    assert set(await listed(database, everywhere, among=these)) == set(these)
    nowhere = await an_agent(database, communes=frozenset(), teams=frozenset())
    assert await listed(database, nowhere) == []


async def test_a_row_leads_to_its_ticket_once_somebody_has_it(database: Database) -> None:
    told, claire = await a_report(database), await an_agent(database, teams=frozenset())
    async with database.transaction() as tx:
        which = told.case.speaker.conversation_id
        taken = await taking.take_on(
            tx, claire, which, None, COUNTER, now(), external_id=uuid4().hex
        )
        page = await reports.listed(tx, claire, ALL, CATALOGUE, now(), WHOLE)
    row = next(one for one in page.rows if one.reference == told.request)
    assert (row.ticket, row.assignee) == (taken.reference, "Claire")


@pytest.mark.parametrize("wanted", [ALL, Wanted(newest_first=True)])
async def test_its_pages_hold_each_report_once(database: Database, wanted: Wanted) -> None:
    agent = await an_agent(database, communes=frozenset({OULLINS}), teams=frozenset())
    mine = {(await a_report(database)).request for _ in range(5)}
    whole = await listed(database, agent, wanted)
    found: list[str] = []
    after: str | None = None
    while True:
        async with database.transaction() as tx:
            page = await reports.listed(tx, agent, wanted, CATALOGUE, now(), 2, after)
            count = await reports.count(tx, agent, CATALOGUE, now())
        found += [row.reference for row in page.rows]
        after = page.next
        if after is None:
            break
    assert found == whole
    assert mine <= set(found)
    assert count == len(found)


async def test_a_cursor_that_is_none_is_refused(database: Database) -> None:
    agent = await an_agent(database)
    async with database.transaction() as tx:
        for cursor in ("nonsense", cursor_of((0, "mardi", "2026-000001"))):
            with pytest.raises(Invalid):
                await reports.listed(tx, agent, ALL, CATALOGUE, now(), after=cursor)


@pytest.mark.parametrize("asked", [{"state": "broken"}, {"order": "oldest"}, {"late": "1"}])
def test_a_choice_that_there_is_not_is_refused(asked: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        reports.wanted_of(asked)
