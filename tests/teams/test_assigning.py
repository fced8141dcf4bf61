"""Tickets find their agents by themselves, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from bot.accounts.rules import Agent, Role
from bot.accounts.tables import AgentSession
from bot.audit import store as audit
from bot.audit.rules import Wanted
from bot.conversations.escalation import HandOver
from bot.errors import Forbidden, NotFound
from bot.handover import answering, passing
from bot.handover.relieving import Reliever
from bot.handover.rules import Taken
from bot.services.working_days import PARIS
from bot.storage.transaction import Database
from bot.teams import operations, store
from bot.teams.current import CurrentCatalogue
from bot.teams.rules import Skills, TeamSettings
from bot.tickets.operations import Asked
from bot.tickets.rules import Subject
from bot.tickets.tables import Ticket
from tests.handover.builders import (
    BRON,
    CATALOGUE,
    COUNTER,
    OULLINS,
    Case,
    a_case,
    an_agent,
)

AT = datetime(2026, 11, 24, 9, 0, tzinfo=PARIS)
TEAM = "voirie"
SERVICES = frozenset(one.code for one in CATALOGUE.every_variant())


def minutes(n: float) -> timedelta:
    return timedelta(minutes=n)


@pytest.fixture
async def chantal(database: Database) -> AsyncIterator[Agent]:
    """A supervisor of every town, whose team assigns by itself; as before afterwards."""
    async with database.transaction() as tx:
        await tx.execute(update(Ticket).values(status="closed"))
        await tx.execute(update(AgentSession).values(expires_at=AT - minutes(60)))
    lead = await an_agent(database, "Chantal", Role.SUPERVISOR, None, frozenset())
    await sets(database, lead, TeamSettings(assigns=True, gives_back_after_minutes=30))
    yield lead
    await sets(database, lead, TeamSettings())


async def sets(database: Database, lead: Agent, settings: TeamSettings) -> None:
    async with database.transaction() as tx:
        await operations.set_team(tx, lead, TEAM, settings, SERVICES, AT)


async def a_member(database: Database, name: str, team: str = TEAM, **skills: Any) -> Agent:
    """Somebody of the team at their desk."""
    agent = await an_agent(database, name, teams=frozenset({team}))
    async with database.transaction() as tx:
        await tx.execute(
            insert(AgentSession).values(
                token_hash=uuid.uuid4().hex,
                agent_id=agent.id,
                created_at=AT,
                seen_at=AT,
                expires_at=AT + timedelta(hours=12),
                browser="Firefox",
            )
        )
        await store.set_skills(tx, agent.id, Skills(**skills))
    return agent


async def a_waiting(database: Database, commune: str = OULLINS, at: datetime = AT) -> Case:
    """Somebody who asked the reception, passed on to the team by its own hand-over."""
    case = await a_case(database, at=at)
    async with database.transaction() as tx:
        reception = await an_agent(database, "Rose", communes=None)
        await tx.execute(
            update(Ticket).where(Ticket.reference == case.reference).values(commune=commune)
        )
    async with database.transaction() as tx:
        await passing.transfer(tx, reception, case.reference, TEAM, COUNTER, at)
    return case


async def assignee(case: Case) -> str | None:
    name = (await case.ticket())["assignee_name"]
    return None if name is None else str(name)


async def test_a_new_ticket_goes_to_a_member_in_the_transaction_that_opens_it(
    database: Database, chantal: Agent
) -> None:
    await a_member(database, "Paul")
    case = await a_case(database, at=AT)
    async with database.transaction() as tx:
        await answering.close(tx, chantal, case.reference, COUNTER, AT)
    asked = Asked(Subject.HUMAN, "encore", OULLINS, CATALOGUE.team(TEAM))
    async with database.transaction() as tx:
        handed = await HandOver(asked).perform(tx, case.speaker, AT)
    again = Case(database, case.speaker, handed.reference)
    assert await assignee(again) == "Paul"
    assert await again.kinds() == ["opened", "assigned"]
    async with database.transaction() as tx:
        reader = Agent(uuid.uuid4(), "Nadia", Role.METROPOLIS_ADMINISTRATOR, None)
        lines = await audit.entries(tx, reader, Wanted(subject=handed.reference))
    assert [(one.name, one.action) for one in lines] == [("guichet", "ticket.assigned")]


async def test_two_tickets_at_once_do_not_share_the_last_place(
    database: Database, chantal: Agent
) -> None:
    await a_member(database, "Paul", capacity=1)
    await a_member(database, "Lina", capacity=1)
    reception = await an_agent(database, "Rose", communes=None)
    cases = [await a_case(database, at=AT) for _ in range(4)]

    async def passes(case: Case) -> None:
        async with database.transaction() as tx:
            await passing.transfer(tx, reception, case.reference, TEAM, COUNTER, AT)

    await asyncio.gather(*(passes(case) for case in cases))
    names = [await assignee(case) for case in cases]
    assert sorted(name or "" for name in names) == ["", "", "Lina", "Paul"]


async def test_only_those_who_are_there_of_that_team_and_town_get_any(
    database: Database, chantal: Agent
) -> None:
    away = await a_member(database, "Paul")
    absent = await a_member(database, "Lina")
    await an_agent(database, "Omar", teams=frozenset({TEAM}))  # is not signed in
    async with database.transaction() as tx:
        await operations.set_away(tx, away, AT, is_away=True)
        await operations.add_absence(tx, absent, absent.id, AT, AT + minutes(60), AT)
    assert await assignee(await a_waiting(database)) is None
    async with database.transaction() as tx:
        await operations.set_away(tx, away, AT, is_away=False)
    assert await assignee(await a_waiting(database, commune=BRON)) is None
    assert await assignee(await a_waiting(database)) == "Paul"


async def test_nothing_is_assigned_where_the_team_does_not_want_it(
    database: Database, chantal: Agent
) -> None:
    await a_member(database, "Paul")
    await sets(database, chantal, TeamSettings())
    assert await assignee(await a_waiting(database)) is None


async def test_what_nobody_answers_while_its_agent_is_away_goes_to_another(
    database: Database, chantal: Agent
) -> None:
    paul = await a_member(database, "Paul")
    case = await a_waiting(database)
    lina = await a_member(database, "Lina")
    async with database.transaction() as tx:
        await operations.set_away(tx, paul, AT + minutes(10), is_away=True)
    reliever = Reliever(database, COUNTER, lambda: AT + minutes(39))
    assert await reliever.look() == 0
    assert await Reliever(database, COUNTER, lambda: AT + minutes(40)).look() == 1
    assert await assignee(case) == lina.name
    assert await case.kinds() == ["opened", "transferred", "assigned", "assigned", "assigned"]


async def test_a_running_conversation_stays_unless_the_team_says_how_long(
    database: Database, chantal: Agent
) -> None:
    paul = await a_member(database, "Paul")
    case = await a_waiting(database)
    async with database.transaction() as tx:
        await answering.reply(tx, paul, case.reference, "Bonjour", uuid.uuid4().hex, COUNTER, AT)
        await operations.add_absence(tx, paul, paul.id, AT, AT + timedelta(days=90), AT)
    await case.writes("et ensuite ?")
    async with database.transaction() as tx:
        await store.set_away(tx, paul.id, None)
    conversation = await case.conversation()
    waiting: datetime = conversation["waiting_since"]
    later = max(waiting, AT) + timedelta(days=7)
    assert await Reliever(database, COUNTER, lambda: later).look() == 0
    await sets(database, chantal, TeamSettings(offers_after_hours=1))
    assert await Reliever(database, COUNTER, lambda: later).look() == 1
    assert await assignee(case) is None
    assert (await case.conversation())["owner"] == "queued"


async def test_open_tickets_are_offered_with_one_press_by_oneself_or_a_lead(
    database: Database, chantal: Agent
) -> None:
    paul = await a_member(database, "Paul")
    cases = [await a_waiting(database) for _ in range(3)]
    stranger = await an_agent(database, "Zoé")
    reliever = Reliever(database, COUNTER, lambda: AT)
    with pytest.raises(NotFound):
        await reliever.offer(stranger, paul.id)
    assert await reliever.offer(chantal, paul.id) == 3
    assert [await assignee(case) for case in cases] == [None, None, None]
    assert await reliever.offer(paul, paul.id) == 0


async def test_who_does_not_have_it_is_told_so_at_sending_time(
    database: Database, chantal: Agent
) -> None:
    await a_member(database, "Paul")
    case = await a_waiting(database)
    claire = await an_agent(database, "Claire")
    with pytest.raises(Taken, match="another agent"):
        async with database.transaction() as tx:
            await answering.reply(tx, claire, case.reference, "Oui", "x", COUNTER, AT)
    assert [text for sender, text in await case.said() if sender == "agent"] == []


async def test_settings_are_versions_that_can_be_restored_and_hold_at_once(
    database: Database, chantal: Agent
) -> None:
    current = CurrentCatalogue(CATALOGUE)
    own = [code for code, one in CATALOGUE.services.items() if one.team == TEAM]
    await sets(database, chantal, TeamSettings(answer_within_minutes=33, delays={own[0]: 7}))
    await current.read(database)
    assert current.catalogue.team(TEAM).answer_within == minutes(33)
    assert current.catalogue.service(own[0]).target_delay_days == 7
    async with database.transaction() as tx:
        number = (await store.versions(tx, TEAM))[0].version
        await operations.restore_team(tx, chantal, TEAM, 0, AT)
    await current.read(database)
    assert current.catalogue.team(TEAM) == CATALOGUE.team(TEAM)
    async with database.transaction() as tx:
        await operations.restore_team(tx, chantal, TEAM, number, AT)
        newest = (await store.versions(tx, TEAM))[0]
    assert (newest.restored, newest.settings.answer_within_minutes) == (number, 33)


async def test_who_does_not_serve_every_town_sets_no_team_and_no_stranger(
    database: Database, chantal: Agent
) -> None:
    paul = await a_member(database, "Paul")
    local = await an_agent(database, "Luc", Role.COMMUNE_ADMINISTRATOR, frozenset({BRON}))
    with pytest.raises(Forbidden):
        await sets(database, local, TeamSettings(assigns=True))
    languages = frozenset({"fr", "en"})
    async with database.transaction() as tx:
        with pytest.raises(NotFound):
            await operations.set_skills(tx, local, paul.id, Skills(), SERVICES, languages, AT)
        with pytest.raises(Forbidden):
            await operations.set_skills(tx, paul, paul.id, Skills(), SERVICES, languages, AT)
        with pytest.raises(NotFound):
            await operations.add_absence(tx, local, paul.id, AT, AT + minutes(5), AT)
        assert await store.members(tx, local, AT, TEAM) == []
        assert paul.id in [one.id for one in await store.members(tx, chantal, AT, TEAM)]


async def test_who_comes_for_a_conversation_has_it_whatever_the_team_assigns(
    database: Database, chantal: Agent
) -> None:
    rose = await an_agent(database, "Rose", communes=None)
    await a_member(database, "Paul", team="accueil")
    case = await a_case(database, at=AT)
    async with database.transaction() as tx:
        await passing.give_back(tx, rose, case.reference, COUNTER, AT)
        await operations.set_team(tx, chantal, "accueil", TeamSettings(assigns=True), [], AT)
    try:
        async with database.transaction() as tx:
            conversation = case.speaker.conversation_id
            reference = await passing.pull(tx, rose, conversation, COUNTER, AT)
    finally:
        async with database.transaction() as tx:
            await operations.set_team(tx, chantal, "accueil", TeamSettings(), [], AT)
    pulled = Case(database, case.speaker, reference)
    assert await assignee(pulled) == "Rose"
    assert await pulled.kinds() == ["opened", "taken"]
