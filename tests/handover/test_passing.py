"""Tickets pass from hand to hand; the citizen always knows in whose they are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import uuid4

import pytest

from bot.accounts.rules import Agent, Role
from bot.conversations import store as conversations
from bot.errors import DomainError, Forbidden, Invalid, NotFound
from bot.handover import answering, filling, lists, passing
from bot.handover.orders import Queue
from bot.handover.rules import OutsideAgent, Taken
from bot.service_requests import store as drafts
from bot.service_requests.draft import Draft
from bot.storage.transaction import Database, Transaction
from bot.tickets.rules import Priority
from tests.handover.builders import BRON, COUNTER, OULLINS, WHOLE, Case, a_case, an_agent
from tests.handover.test_answering import reply
from tests.turn.scripted import now


async def owner(case: Case) -> str:
    return str((await case.conversation())["owner"])


async def test_anybody_takes_what_nobody_has_and_only_a_lead_takes_it_from_another(
    database: Database,
) -> None:
    case = await a_case(database)
    claire, karim = await an_agent(database), await an_agent(database, "Karim")
    lead = await an_agent(database, "Samia", Role.SUPERVISOR)
    async with database.transaction() as tx:
        await passing.assign(tx, claire, case.reference, claire.id, COUNTER, now())
    async with database.transaction() as tx:
        with pytest.raises(Forbidden):
            await passing.assign(tx, karim, case.reference, karim.id, COUNTER, now())
    with pytest.raises(Taken):
        await reply(case, karim)
    async with database.transaction() as tx:
        await passing.assign(tx, lead, case.reference, karim.id, COUNTER, now())
    await reply(case, karim, "Bonjour.")
    assert (await case.ticket())["assignee_name"] == "Karim"


async def test_whoever_hands_on_leaves_and_the_citizen_is_told(database: Database) -> None:
    case = await a_case(database)
    claire, karim = await an_agent(database), await an_agent(database, "Karim")
    await reply(case, claire)
    async with database.transaction() as tx:
        await passing.assign(tx, claire, case.reference, karim.id, COUNTER, now())
    assert "Claire (équipe accueil) a quitté la conversation." in (await case.said())[-1][1]
    assert await owner(case) == "queued"
    # What the citizen goes on saying is still for a person.
    assert (await case.conversation())["awaiting"] == {"kind": "waiting", "reference": ""}
    await reply(case, karim, "Je prends la suite.")
    assert [text for sender, text in await case.said() if sender == "system"][-1].startswith(
        "Karim (équipe accueil) a rejoint"
    )


async def test_a_ticket_is_not_given_to_an_agent_of_another_town(database: Database) -> None:
    case, claire = await a_case(database), await an_agent(database)
    stranger = await an_agent(database, "Zoé", communes=frozenset({BRON}))
    async with database.transaction() as tx:
        with pytest.raises(NotFound):
            await passing.assign(tx, claire, case.reference, stranger.id, COUNTER, now())


async def test_another_team_gets_the_ticket_with_all_that_was_said(database: Database) -> None:
    case, claire = await a_case(database), await an_agent(database)
    await reply(case, claire)
    async with database.transaction() as tx:
        await passing.transfer(tx, claire, case.reference, "voirie", COUNTER, now())
    text = (await case.said())[-1][1]
    assert "Claire transmet votre demande" in text
    assert "(équipe voirie)" in text
    ticket = await case.ticket()
    assert (ticket["team"], ticket["assignee"], await owner(case)) == ("voirie", None, "queued")
    roads = await an_agent(database, "Ali", teams=frozenset({"voirie"}))
    async with database.transaction() as tx:
        listed = (await lists.listed(tx, roads, Queue.UNASSIGNED, now(), limit=WHOLE)).rows
        with pytest.raises(NotFound):
            await passing.transfer(tx, roads, case.reference, "nobody", COUNTER, now())
    assert case.reference in [row.reference for row in listed]


async def test_lists_show_what_is_theirs_and_nothing_of_other_towns(database: Database) -> None:
    case, plain, urgent = [await a_case(database) for _ in range(3)]
    claire = await an_agent(database)
    stranger = await an_agent(database, communes=frozenset({BRON}))
    everywhere = await an_agent(database, communes=None, role=Role.METROPOLIS_ADMINISTRATOR)
    async with database.transaction() as tx:
        await passing.prioritise(tx, claire, urgent.reference, Priority.URGENT, now())
    await reply(case, claire)

    async def references(agent: Agent, queue: Queue) -> list[str]:
        async with database.transaction() as tx:
            page = await lists.listed(tx, agent, queue, now(), limit=WHOLE)
            return [row.reference for row in page.rows]

    assert await references(claire, Queue.MINE) == [case.reference]
    unassigned = await references(claire, Queue.UNASSIGNED)
    assert case.reference not in unassigned
    own = [one for one in unassigned if one in {plain.reference, urgent.reference}]
    assert own == [urgent.reference, plain.reference]
    for queue in Queue:
        assert case.reference not in await references(stranger, queue)
    assert case.reference in await references(everywhere, Queue.ALL)
    async with database.transaction() as tx:
        counts = await lists.counts(tx, claire, now())
    assert counts["mine"] == 1


async def test_the_assistant_goes_on_where_the_form_stood_with_what_the_agent_filled_in(
    database: Database,
) -> None:
    case, claire = await a_case(database), await an_agent(database)
    draft = Draft(service="pothole", commune=OULLINS, step="danger", address="12 rue Orsel")
    async with database.transaction() as tx:
        await drafts.save_draft(tx, case.speaker.conversation_id, draft, now())
    service = COUNTER.catalogue.service("pothole", OULLINS)
    asked = next(f for f in service.fields if f.kind in ("choice", "yes_no"))
    answer = asked.choices[0].label.fr if asked.choices else "oui"
    await reply(case, claire)
    await case.writes("et alors ?")
    async with database.transaction() as tx:
        await filling.fill(tx, claire, case.reference, asked.code, answer, COUNTER, now())
        with pytest.raises(Invalid):
            await filling.fill(tx, claire, case.reference, asked.code, "???", COUNTER, now())
        with pytest.raises(NotFound):
            await filling.fill(tx, claire, case.reference, "nothing", "x", COUNTER, now())
    async with database.transaction() as tx:
        await passing.give_back(tx, claire, case.reference, COUNTER, now())
        waiting = await conversations.unanswered(tx, case.speaker.conversation_id)
        kept = await drafts.draft_of(tx, case.speaker.conversation_id, now())
        listed = await lists.one_listed(tx, claire, case.reference)
    assert listed.last_text == "et alors ?"  # nobody said what brings the question back
    assert await owner(case) == "bot"
    assert [m.content["press"]["values"] for m in waiting] == [{"resume": True}]
    assert kept is not None
    assert asked.code in kept.answers
    assert (await case.ticket())["status"] == "closed"
    assert (
        "vous remet entre les mains de l’assistant"
        in [text for sender, text in await case.said() if sender == "system"][-1]
    )


async def test_an_agent_joins_a_conversation_that_the_assistant_holds(database: Database) -> None:
    case, claire = await a_case(database), await an_agent(database)
    async with database.transaction() as tx:
        await passing.give_back(tx, claire, case.reference, COUNTER, now())
    stranger = await an_agent(database, communes=frozenset({BRON}))
    async with database.transaction() as tx:
        with pytest.raises(NotFound):
            await passing.pull(tx, stranger, case.speaker.conversation_id, COUNTER, now())
        with pytest.raises(NotFound):
            await passing.pull(tx, claire, uuid4(), COUNTER, now())
    async with database.transaction() as tx:
        reference = await passing.pull(tx, claire, case.speaker.conversation_id, COUNTER, now())
    assert await owner(case) == "agent"
    pulled = replace(case, reference=reference)
    assert (await pulled.ticket())["reason"] == "pulled"
    karim = await an_agent(database, "Karim")
    async with database.transaction() as tx:
        with pytest.raises(Taken):
            await passing.pull(tx, karim, case.speaker.conversation_id, COUNTER, now())


async def test_a_closed_ticket_refuses_every_deed(database: Database) -> None:
    case, claire = await a_case(database), await an_agent(database)
    async with database.transaction() as tx:
        await answering.close(tx, claire, case.reference, COUNTER, now())
    before = await case.said()
    deeds: list[Callable[[Transaction], Awaitable[None]]] = [
        lambda tx: passing.assign(tx, claire, case.reference, claire.id, COUNTER, now()),
        lambda tx: passing.transfer(tx, claire, case.reference, "voirie", COUNTER, now()),
        lambda tx: passing.give_back(tx, claire, case.reference, COUNTER, now()),
        lambda tx: passing.prioritise(tx, claire, case.reference, Priority.HIGH, now()),
    ]
    for deed in deeds:
        with pytest.raises(DomainError):
            async with database.transaction() as tx:
                await deed(tx)
    assert await case.said() == before


async def test_what_somebody_of_an_outside_backend_has_is_not_taken_from_them(
    database: Database,
) -> None:
    case, claire = await a_case(database), await an_agent(database)
    await reply(case, OutsideAgent("Julie"), "Vu.")
    async with database.transaction() as tx:
        with pytest.raises(Forbidden):
            await passing.assign(tx, claire, case.reference, claire.id, COUNTER, now())
    async with database.transaction() as tx:  # they put it back there
        await passing.assign_outside(tx, case.reference, None, COUNTER, now())
    assert await owner(case) == "queued"
    assert "Julie (équipe accueil) a quitté la conversation." in (await case.said())[-1][1]


async def test_whoever_reopens_a_ticket_has_it(database: Database) -> None:
    case = await a_case(database)
    claire, paul = await an_agent(database), await an_agent(database, "Paul")
    await reply(case, claire)
    async with database.transaction() as tx:
        await answering.close(tx, claire, case.reference, COUNTER, now())
        await answering.reopen(tx, paul, case.reference, COUNTER, now())
    await reply(case, paul, "Je reprends.")
    assert (await case.said())[-1] == ("agent", "Je reprends.")


async def test_a_ticket_of_the_former_town_is_not_pulled_through_the_new_one(
    database: Database,
) -> None:
    case = await a_case(database)
    of_bron = await an_agent(database, communes=frozenset({BRON}))
    async with database.transaction() as tx:
        await conversations.change(tx, case.speaker.conversation_id, commune=BRON)
    async with database.transaction() as tx:
        with pytest.raises(NotFound):
            await passing.pull(tx, of_bron, case.speaker.conversation_id, COUNTER, now())
