"""The place of a request is put right, and what hangs on it goes along, on a real PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from bot.accounts.rules import Agent, Role
from bot.audit import store as audit
from bot.audit.rules import Wanted
from bot.errors import Conflict, Invalid, NotFound
from bot.handover import lists, moving, passing
from bot.handover.moving import Move
from bot.handover.orders import Queue
from bot.handover.rules import Taken
from bot.notifications.telling import Teller
from bot.service_requests import changes, life_store, relocating, store
from bot.service_requests.draft import Draft, Place
from bot.service_requests.operations import FileRequest
from bot.service_requests.rules import Actor, Status
from bot.service_requests.store import RequestRow
from bot.service_requests.tables import ServiceRequest
from bot.service_requests.twins import place_key
from bot.storage.transaction import Database
from bot.tickets.tables import Ticket
from tests.actions.desks import outsiders
from tests.handover.builders import (
    BRON,
    CATALOGUE,
    COUNTER,
    GAZETTEER,
    OULLINS,
    Case,
    a_case,
    an_agent,
)
from tests.turn.scripted import WORDS, now
from tests.unique import a_word

DRAFT = Draft(
    service="pothole",
    description="gros trou devant l’école",
    commune=OULLINS,
    address="12 rue de la République",
    latitude=45.7145,
    longitude=4.8075,
    precision="devant le kiosque",
)
BEFORE = DRAFT.place
NEARBY = Place("14 rue de la République", 45.7147, 4.8077, OULLINS)
IN_BRON = Place("3 rue Pasteur", 45.7370, 4.9110, BRON)


async def a_report(case: Case, draft: Draft = DRAFT) -> str:
    async with case.database.transaction() as tx:
        return (await FileRequest(draft, 10).perform(tx, case.speaker, now())).reference


async def move(case: Case, agent: Agent, request: str, place: Place, **more: Any) -> bool:
    key = more.pop("key", None)
    async with case.database.transaction() as tx:
        asked = Move(request, place, **more)
        return await moving.move(tx, agent, case.reference, asked, COUNTER, now(), external_id=key)


async def stands(database: Database, reference: str) -> RequestRow:
    async with database.transaction() as tx:
        row = await tx.execute(
            select(ServiceRequest.citizen_id).where(ServiceRequest.reference == reference)
        )
        (found,) = await store.of_citizen(tx, row.scalar_one(), among=[reference])
    return found


async def news(case: Case) -> str:
    """What the citizen was told last, once what waits is told."""
    teller = Teller(case.database, CATALOGUE, GAZETTEER, outsiders(), WORDS, now)
    await teller.tell_waiting()
    return (await case.said())[-1][1].replace("\u00a0", " ")


async def test_the_new_place_holds_and_the_citizen_hears_it(database: Database) -> None:
    case, claire = await a_case(database), await an_agent(database)
    request = await a_report(case)
    due = (await stands(database, request)).due_on
    assert await move(case, claire, request, NEARBY)
    row = await stands(database, request)
    assert row.place == NEARBY
    assert row.due_on == due
    told = await news(case)
    assert "14 rue de la République" in told
    assert "Le lieu a été corrigé" in told
    assert "Nouvel objectif" not in told
    async with database.transaction() as tx:
        key = await tx.scalar(
            select(ServiceRequest.place_key).where(ServiceRequest.reference == request)
        )
        history = await life_store.history(tx, request)
    assert key == place_key(NEARBY.address)
    (entry,) = [one for one in history if one.what == "moved"]
    assert entry.words == (
        f"12 rue de la République devant le kiosque ({OULLINS}) -> "
        f"14 rue de la République ({OULLINS})"
    )
    assert (await case.kinds())[-2:] == ["moved", "note"]
    assert (await case.ticket())["commune"] == OULLINS


async def test_it_is_undone_by_correcting_again_and_a_repeat_does_nothing(
    database: Database,
) -> None:
    case, claire = await a_case(database), await an_agent(database)
    request, key = await a_report(case), uuid4().hex
    assert await move(case, claire, request, NEARBY, key=key)
    back = replace(BEFORE, precision=None)
    assert await move(case, claire, request, back)
    assert (await stands(database, request)).place == back
    assert not await move(case, claire, request, NEARBY, key=key)
    assert (await stands(database, request)).place == back
    with pytest.raises(Conflict):
        await move(case, claire, request, back)


async def test_another_town_gets_request_and_ticket_once_that_is_confirmed(
    database: Database,
) -> None:
    case, claire = await a_case(database), await an_agent(database)
    bruno = await an_agent(database, "Bruno", communes=frozenset({BRON}))
    request = await a_report(case)
    async with database.transaction() as tx:
        await passing.take(tx, claire, case.reference, COUNTER, now())
    with pytest.raises(Invalid) as refused:
        await move(case, claire, request, IN_BRON)
    assert refused.value.reason == "leaves"
    assert (await stands(database, request)).commune == OULLINS
    assert await move(case, claire, request, IN_BRON, leaves=True)
    ticket = await case.ticket()
    assert (ticket["commune"], ticket["assignee_name"]) == (BRON, None)
    said = (await case.said())[-1][1]
    assert "Bron" in said
    assert case.reference in said
    assert "Nouvel objectif" in await news(case)
    async with database.transaction() as tx:
        listed = await lists.listed(tx, bruno, Queue.UNASSIGNED, now())
        assert case.reference in [row.reference for row in listed.rows]
        with pytest.raises(NotFound):
            await moving.own_request(tx, claire, case.reference, request)
        admin = Agent(uuid4(), "Nadia", Role.METROPOLIS_ADMINISTRATOR, None)
        wanted = Wanted(subject=case.reference, action="ticket.moved")
        lines = await audit.entries(tx, admin, wanted)
    assert {(line.name, line.commune) for line in lines} == {("Claire", OULLINS), ("Claire", BRON)}


async def test_who_serves_both_towns_keeps_the_ticket(database: Database) -> None:
    case = await a_case(database)
    claire = await an_agent(database, communes=frozenset({OULLINS, BRON}))
    request = await a_report(case)
    async with database.transaction() as tx:
        await passing.take(tx, claire, case.reference, COUNTER, now())
    assert await move(case, claire, request, IN_BRON)
    ticket = await case.ticket()
    assert (ticket["commune"], ticket["assignee"]) == (BRON, claire.id)


async def test_what_waits_keeps_its_place_in_the_queue_of_a_team_that_stays(
    database: Database,
) -> None:
    case, claire = await a_case(database), await an_agent(database, communes=None)
    request, before = await a_report(case), await case.ticket()
    assert await move(case, claire, request, IN_BRON)
    ticket = await case.ticket()
    assert (ticket["commune"], ticket["team"]) == (BRON, before["team"])
    assert ticket["queued_since"] == before["queued_since"]


async def test_a_ticket_of_another_town_stays_where_it_is(database: Database) -> None:
    case, claire = await a_case(database), await an_agent(database, communes=None)
    request = await a_report(case)
    async with database.transaction() as tx:
        await tx.execute(
            update(Ticket).where(Ticket.reference == case.reference).values(commune="69123")
        )
    assert await move(case, claire, request, IN_BRON)
    assert (await case.ticket())["commune"] == "69123"


async def test_it_is_not_taken_out_of_somebody_elses_hands_but_by_who_leads(
    database: Database,
) -> None:
    case, claire = await a_case(database), await an_agent(database)
    paul = await an_agent(database, "Paul", communes=None)
    lead = await an_agent(database, "Chantal", Role.SUPERVISOR, None)
    request = await a_report(case)
    async with database.transaction() as tx:
        await passing.take(tx, claire, case.reference, COUNTER, now())
    assert await move(case, paul, request, NEARBY)  # the ticket stays with its agent
    with pytest.raises(Taken):
        await move(case, paul, request, IN_BRON)
    assert (await stands(database, request)).place == NEARBY
    assert await move(case, lead, request, IN_BRON)
    assert (await case.ticket())["assignee_name"] is None


async def test_only_open_requests_of_that_citizen_in_ones_towns_are_moved(
    database: Database,
) -> None:
    case, other = await a_case(database), await a_case(database)
    claire = await an_agent(database)
    bruno = await an_agent(database, "Bruno", communes=frozenset({BRON}))
    request, foreign = await a_report(case), await a_report(other)
    in_bron = await a_report(case, replace(DRAFT, commune=BRON))
    for agent, one in ((claire, foreign), (claire, in_bron), (bruno, request)):
        with pytest.raises(NotFound):
            await move(case, agent, one, NEARBY)
    async with database.transaction() as tx:
        step = changes.Step(Status.RESOLVED, Actor.AGENT)
        await changes.change_status(tx, request, step, now())
    with pytest.raises(Conflict):
        await move(case, claire, request, NEARBY)


async def test_what_is_reported_there_is_offered_and_joined_only_when_chosen(
    database: Database,
) -> None:
    street = f"{uuid4().int % 900 + 1} rue {a_word()}"
    there = Place(street, 45.6901, 4.8301, OULLINS)
    case, other = await a_case(database), await a_case(database)
    claire = await an_agent(database)
    stranger = await an_agent(database, communes=frozenset({BRON}))
    lead = await a_report(other, replace(DRAFT, address=street, latitude=45.6901, longitude=4.8301))
    request = await a_report(case)
    row = await stands(database, request)
    async with database.transaction() as tx:
        found = await moving.likely(tx, claire, case.reference, row, there, CATALOGUE, now())
        assert [twin.reference for twin in found] == [lead]
        with pytest.raises(NotFound):
            await moving.likely(tx, stranger, case.reference, row, there, CATALOGUE, now())
    assert await move(case, claire, request, there, joins=lead)
    async with database.transaction() as tx:
        assert (await store.case(tx, request)).parent == lead


async def test_into_another_town_a_request_leaves_those_that_it_was_handled_with(
    database: Database,
) -> None:
    cases = [await a_case(database) for _ in range(3)]
    claire = await an_agent(database, communes=None)
    root, one, two = [await a_report(case) for case in cases]
    async with database.transaction() as tx:
        await changes.merge(tx, one, root, Actor.AGENT, now())
        await changes.merge(tx, two, root, Actor.AGENT, now())
    assert await move(cases[0], claire, root, NEARBY)  # in its town they stay together
    async with database.transaction() as tx:
        assert [(await store.case(tx, each)).parent for each in (one, two)] == [root, root]
    assert await move(cases[0], claire, root, IN_BRON)
    async with database.transaction() as tx:
        assert [(await store.case(tx, each)).parent for each in (root, one, two)] == [
            None,
            None,
            one,
        ]
    assert await move(cases[2], claire, two, IN_BRON)
    async with database.transaction() as tx:
        assert (await store.case(tx, two)).parent is None


async def test_a_town_alone_is_a_place(database: Database) -> None:
    case, claire = await a_case(database), await an_agent(database, communes=None)
    request = await a_report(case)
    assert await move(case, claire, request, Place(None, None, None, BRON))
    row = await stands(database, request)
    assert (row.address, row.latitude, row.commune) == (None, None, BRON)
    assert "Le lieu a été corrigé : Bron." in await news(case)


async def test_two_who_correct_at_once_are_in_order(database: Database) -> None:
    case = await a_case(database)
    request = await a_report(case)
    async with database.transaction() as tx:
        first = await relocating.relocate(tx, request, NEARBY, 10, Actor.AGENT, now())
    async with database.transaction() as tx:
        later = now() + timedelta(seconds=1)
        second = await relocating.relocate(tx, request, IN_BRON, 10, Actor.AGENT, later)
    assert (first.address, second.address) == (BEFORE.address, NEARBY.address)
