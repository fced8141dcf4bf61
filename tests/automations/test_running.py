"""Automations at work, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, update

from bot.accounts.rules import Agent, Role
from bot.accounts.tables import AgentAccount
from bot.audit import store as audit
from bot.audit.rules import Wanted
from bot.automations import operations, store
from bot.automations.conditions import Automation, Closing, Conditions, Deeds, Known, When
from bot.automations.running import Runner
from bot.automations.tables import AutomationState
from bot.conversations import store as conversations
from bot.conversations.rules import Owner
from bot.errors import Forbidden, Invalid, NotFound
from bot.handover import answering
from bot.service_requests import store as requests
from bot.service_requests.draft import Draft
from bot.services.rules import Text
from bot.storage.tables import utc_now
from bot.storage.transaction import Database
from bot.tickets import store as tickets
from bot.tickets.rules import Priority, Reason
from bot.tickets.tables import Ticket, TicketEvent
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

KNOWN = Known(
    frozenset(one.insee for one in GAZETTEER.communes),
    frozenset(CATALOGUE.teams),
    frozenset(one.code for one in CATALOGUE.every_variant()),
    frozenset({"web"}),
    frozenset({"fr", "en"}),
)
AWAIT_DAYS = 3
CLOSING = Closing(
    AWAIT_DAYS,
    Text("Sans nouvelles de vous, nous clorons cette demande dans 3 jours.", "We will close it."),
    Text("Votre demande est close, faute de nouvelles.", "Your request is closed."),
)


@pytest.fixture
async def nadia(database: Database) -> AsyncIterator[Agent]:
    """An administrator of every town; other tests' tickets and automations are out of the way."""
    await quiet(database)
    yield await an_agent(database, "Nadia", Role.METROPOLIS_ADMINISTRATOR, None, frozenset())
    await quiet(database)


async def quiet(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(update(Ticket).values(status="closed", score=None))
        await tx.execute(update(AutomationState).values(on_since=None))


async def made(
    database: Database,
    agent: Agent,
    then: Deeds,
    when: When = When.OPENED,
    amount: int = 0,
    title: str = "Essai",
    **only: Any,
) -> UUID:
    """An automation that works since yesterday."""
    chosen = Automation(title, when, amount, Conditions(**only), then)
    async with database.transaction() as tx:
        now = utc_now() - timedelta(days=1)
        made_id = await operations.save(tx, agent, None, chosen, KNOWN, now)
        await operations.switch(tx, agent, made_id, now, is_on=True)
    return made_id


async def look(database: Database, after: timedelta = timedelta()) -> int:
    return await Runner(database, COUNTER, lambda: utc_now() + after).look()


async def states(database: Database, automation_id: UUID) -> list[str]:
    every = Agent(uuid.uuid4(), "Nadia", Role.METROPOLIS_ADMINISTRATOR, None)
    async with database.transaction() as tx:
        return [run.state for run in await store.runs(tx, every, automation_id)]


async def test_it_does_all_that_it_says_once_for_a_ticket(database: Database, nadia: Agent) -> None:
    deeds = Deeds(Priority.URGENT, "voirie", None, ("Trou",), "Voir la fiche des chaussées.")
    made_id = await made(database, nadia, deeds, words=("parler",), title="Chaussées")
    case = await a_case(database)
    assert await look(database) == 1
    assert await look(database) == 0
    ticket = await case.ticket()
    assert (ticket["priority"], ticket["team"]) == ("urgent", "voirie")
    assert await case.kinds() == ["opened", "note", "priority", "transferred", "tagged"]
    assert ticket["tags"] == ["trou"]
    assert await states(database, made_id) == ["done"]
    said = " ".join(text for _, text in await case.said())
    assert "passe à une autre équipe (équipe voirie)" in said
    assert "Chaussées" not in said
    async with database.transaction() as tx:
        lines = await audit.entries(tx, nadia, Wanted(subject=case.reference, who="Chaussées"))
    assert len(lines) == 4


async def test_two_workers_at_once_do_it_once(database: Database, nadia: Agent) -> None:
    made_id = await made(database, nadia, Deeds(note="une fois"))
    case = await a_case(database)
    assert sum(await asyncio.gather(*(look(database) for _ in range(4)))) == 1
    assert await case.kinds() == ["opened", "note"]
    assert await states(database, made_id) == ["done"]


async def test_one_does_not_set_off_another_and_none_goes_round(
    database: Database, nadia: Agent
) -> None:
    await made(database, nadia, Deeds(team="voirie"), teams=frozenset({"accueil"}))
    await made(database, nadia, Deeds(team="accueil"), teams=frozenset({"voirie"}))
    case = await a_case(database)
    assert [await look(database) for _ in range(4)] == [1, 0, 0, 0]
    assert (await case.ticket())["team"] == "voirie"


async def test_a_new_version_sees_to_a_ticket_again(database: Database, nadia: Agent) -> None:
    made_id = await made(database, nadia, Deeds(note="la première"), When.UNANSWERED, 1)
    case = await a_case(database, at=utc_now() - timedelta(days=8))
    assert await look(database) == 1
    async with database.transaction() as tx:
        kept = await store.automation(tx, nadia, made_id)
        second = replace(kept.automation, then=Deeds(note="la seconde"))
        await operations.save(tx, nadia, made_id, second, KNOWN, utc_now())
    assert [await look(database) for _ in range(2)] == [1, 0]
    assert await case.kinds() == ["opened", "note", "note"]
    async with database.transaction() as tx:
        await operations.restore(tx, nadia, made_id, 1, utc_now())
        (newest, *_) = await store.versions(tx, nadia, made_id)
    assert (newest.version, newest.restored) == (3, 1)
    assert newest.automation.then.note == "la première"


async def an_answered_case(database: Database, days: int) -> tuple[Case, Agent]:
    """A citizen who has been silent that long since an agent's answer."""
    case, claire = await a_case(database), await an_agent(database)
    async with database.transaction() as tx:
        await answering.reply(
            tx, claire, case.reference, "Où est-ce ?", uuid.uuid4().hex, COUNTER, utc_now()
        )
        at = utc_now() - timedelta(days=days)
        await tickets.change(tx, case.reference, last_reply_at=at, first_reply_at=at)
    return case, claire


async def test_a_silent_citizen_is_warned_then_the_ticket_is_closed_with_a_sentence(
    database: Database, nadia: Agent
) -> None:
    made_id = await made(database, nadia, Deeds(closing=CLOSING), When.SILENT, 10)
    case, _ = await an_answered_case(database, 11)
    assert await look(database) == 1
    assert await states(database, made_id) == ["warned"]
    assert CLOSING.warning.fr in [text for _, text in await case.said()]
    assert await look(database, timedelta(days=2)) == 0
    assert await look(database, timedelta(days=3, minutes=1)) == 1
    assert await states(database, made_id) == ["done"]
    ticket = await case.ticket()
    assert ticket["status"] == "closed"
    texts = [text for _, text in await case.said()]
    assert CLOSING.sentence.fr in texts[-1]
    assert "Est-ce réglé pour vous" in texts[-1]


async def test_who_writes_after_the_warning_is_not_shut_out(
    database: Database, nadia: Agent
) -> None:
    made_id = await made(database, nadia, Deeds(closing=CLOSING), When.SILENT, 10)
    case, _ = await an_answered_case(database, 11)
    await look(database)
    await case.writes("je suis là")
    assert await look(database, timedelta(days=4)) == 0
    assert await states(database, made_id) == ["ended"]
    assert (await case.ticket())["status"] == "open"


async def test_it_switches_itself_off_when_it_fails_again_and_again(
    database: Database, nadia: Agent
) -> None:
    gone = await an_agent(database, "Parti", communes=None)
    made_id = await made(database, nadia, Deeds(assign=str(gone.id)), title=uuid.uuid4().hex)
    async with database.transaction() as tx:
        await tx.execute(
            update(AgentAccount).where(AgentAccount.id == gone.id).values(is_active=False)
        )
    cases = [await a_case(database) for _ in range(6)]
    assert await look(database) == 0
    async with database.transaction() as tx:
        kept = await store.automation(tx, nadia, made_id)
        runs = await store.runs(tx, nadia, made_id)
        lines = await audit.entries(tx, nadia, Wanted(subject=kept.automation.title))
    assert kept.on_since is None
    assert kept.stopped_at is not None
    assert {(run.state, run.error) for run in runs} == {("failed", "not_found")}
    assert "automation.stopped" in [one.action for one in lines]
    assert [await case.kinds() for case in cases] == [["opened"]] * 6


async def test_a_dry_run_names_tickets_of_ones_towns_and_does_nothing(
    database: Database, nadia: Agent
) -> None:
    case = await a_case(database)
    other = await a_case(database)
    async with database.transaction() as tx:
        await tickets.change(tx, other.reference, commune=BRON)
    local = await an_agent(database, "Luc", Role.COMMUNE_ADMINISTRATOR, frozenset({BRON}))
    chosen = Automation("x", When.OPENED, 0, Conditions(towns=frozenset({BRON})), Deeds(note="n"))
    async with database.transaction() as tx:
        now = utc_now()
        seen = await operations.to_try(tx, local, chosen, now)
        found = [one.reference for one in operations.tried(chosen, seen, COUNTER, now)]
        with pytest.raises(Invalid):
            await operations.to_try(tx, local, replace(chosen, only=Conditions()), now)
    assert other.reference in found
    assert case.reference not in found
    assert await other.kinds() == ["opened"]


async def a_case_that_goes_on_in_bron(database: Database) -> Case:
    """Oullins answered and closed; then its citizen said a word to Bron, where an agent has it."""
    case, claire = await a_case(database), await an_agent(database)
    async with database.transaction() as tx:
        await answering.reply(tx, claire, case.reference, "C’est fait.", "r", COUNTER, utc_now())
        await answering.close(tx, claire, case.reference, COUNTER, utc_now())
        await tickets.change(tx, case.reference, score="bad")
        event = {"reference": case.reference, "kind": "rated", "at": utc_now()}
        await tx.execute(insert(TicketEvent).values(**event, data={"score": "bad"}))
    await case.writes("Expulsion")
    draft = Draft(service="pothole", commune=BRON)
    async with database.transaction() as tx:
        there = case.speaker.conversation_id
        await conversations.change(tx, there, commune=BRON, owner=Owner.AGENT.value)
        await requests.save_draft(tx, there, draft, utc_now())
    return case


async def test_what_another_town_is_told_is_looked_at_by_none(
    database: Database, nadia: Agent
) -> None:
    case = await a_case_that_goes_on_in_bron(database)
    towns = frozenset({OULLINS})
    lea = await an_agent(database, "Léa", Role.COMMUNE_ADMINISTRATOR, towns)
    chosen = Automation("x", When.OPENED, 0, Conditions(towns=towns), Deeds(note="n"))
    now, found = utc_now(), {}
    for name, only in (
        ("words", {"words": ("expul",)}),
        ("service", {"services": frozenset({"pothole"})}),
        ("own words", {"words": ("parler",)}),
    ):
        asked = replace(chosen, only=Conditions(towns=towns, **only))
        async with database.transaction() as tx:
            seen = await operations.to_try(tx, lea, asked, now)
        found[name] = [one.reference for one in operations.tried(asked, seen, COUNTER, now)]
    assert case.reference not in found["words"] + found["service"]
    assert case.reference in found["own words"]
    told = Deeds(note="dit ailleurs")
    await made(database, nadia, told, When.RATED_BADLY, words=("expul",))
    await made(database, nadia, told, When.RATED_BADLY, services=frozenset({"pothole"}))
    assert await look(database) == 0


async def test_whether_another_town_has_taken_it_on_is_not_told(
    database: Database, nadia: Agent
) -> None:
    case = await a_case_that_goes_on_in_bron(database)
    lea = await an_agent(database, "Léa", Role.COMMUNE_ADMINISTRATOR, frozenset({OULLINS}))
    async with database.transaction() as tx:
        await tickets.change(tx, case.reference, reason=Reason.TAKEN_ON.value, due_at=None)
        seen = await store.seen_since(tx, lea, utc_now() - timedelta(days=30))
    assert case.reference not in [one.reference for one in seen]


async def test_each_dry_run_is_in_the_audit_log(database: Database, nadia: Agent) -> None:
    towns, title = frozenset({OULLINS}), uuid.uuid4().hex
    lea = await an_agent(database, "Léa", Role.COMMUNE_ADMINISTRATOR, towns)
    for named in (title, title, f"{title}\x00{'x' * 5000}"):
        asked = Automation(named, When.OPENED, 0, Conditions(towns=towns), Deeds(note="n"))
        async with database.transaction() as tx:
            await operations.to_try(tx, lea, asked, utc_now())
    async with database.transaction() as tx:
        lines = await audit.entries(tx, lea, Wanted(action="automation.tried"))
    assert [(one.subject, one.commune) for one in lines[:3]] == [
        (f"{title}{'x' * 48}", OULLINS),
        (title, OULLINS),
        (title, OULLINS),
    ]


async def test_who_administers_other_towns_sees_and_changes_nothing(
    database: Database, nadia: Agent
) -> None:
    everywhere = await made(database, nadia, Deeds(note="n"))
    of_oullins = await made(database, nadia, Deeds(note="n"), towns=frozenset({OULLINS}))
    luc = await an_agent(database, "Luc", Role.COMMUNE_ADMINISTRATOR, frozenset({BRON}))
    lea = await an_agent(database, "Léa", Role.COMMUNE_ADMINISTRATOR, frozenset({OULLINS}))
    chantal = await an_agent(database, "Chantal", Role.SUPERVISOR, None)
    chosen = Automation("x", When.OPENED, 0, Conditions(), Deeds(note="n"))
    async with database.transaction() as tx:
        now = utc_now()
        assert await store.automations(tx, luc) == []
        assert [one.id for one in await store.automations(tx, lea)] == [of_oullins]
        for agent, which in ((luc, of_oullins), (lea, everywhere)):
            with pytest.raises(NotFound):
                await operations.switch(tx, agent, which, now, is_on=False)
            with pytest.raises(NotFound):
                await operations.restore(tx, agent, which, 1, now)
        with pytest.raises(Invalid):  # every town is not theirs
            await operations.save(tx, luc, None, chosen, KNOWN, now)
        with pytest.raises(Forbidden):
            await operations.save(tx, chantal, None, chosen, KNOWN, now)
        with pytest.raises(Forbidden):
            await store.automations(tx, chantal)


async def test_whoever_does_not_serve_the_towns_is_not_assigned_to(
    database: Database, nadia: Agent
) -> None:
    local = await an_agent(database, "Luc", communes=frozenset({BRON}))
    with pytest.raises(Invalid):
        await made(database, nadia, Deeds(assign=str(local.id)), towns=frozenset({OULLINS}))
    with pytest.raises(Invalid):
        await made(database, nadia, Deeds(tags=("x" * 41,)))
