"""A report that nobody asked a person about is taken on: unheard by its citizen until somebody
writes, by one agent only, and taken back while nothing was said."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from bot.accounts.rules import Agent, Role
from bot.audit.tables import AuditEntry
from bot.automations import store as automations
from bot.conversations import store as conversations
from bot.conversations.turn import Speaker
from bot.errors import Conflict, NotFound
from bot.handover import answering, reading, settling, taking
from bot.handover.minding import Minder
from bot.handover.settling import Settling
from bot.handover.snoozing import set_delays
from bot.service_requests import store as requests
from bot.service_requests.draft import Draft
from bot.service_requests.operations import FileRequest
from bot.service_requests.rules import Status
from bot.storage.transaction import Database
from bot.tickets import store as tickets
from tests.handover.builders import BRON, COUNTER, OULLINS, Case, a_case, an_agent
from tests.turn.scripted import a_citizen, now


@dataclass(frozen=True)
class Told:
    """A conversation with a report in it, and the words that led to it."""

    case: Case
    request: str


async def a_report(database: Database, service: str = "pothole", commune: str = OULLINS) -> Told:
    citizen = await a_citizen(database)
    case = Case(database, Speaker(citizen, citizen, "web"), "")
    await case.writes("un trou devant chez moi")
    async with database.transaction() as tx:
        row = await conversations.conversation_at(tx, "web", str(citizen))
        assert row is not None
        await conversations.mark_answered(tx, row["id"], row["last_seq"], uuid4())
        await conversations.change(tx, row["id"], waiting_since=None, due_at=None)
        speaker = Speaker(row["id"], citizen, "web")
        draft = Draft(
            service=service,
            commune=commune,
            description="un trou devant chez moi",
            address="12 rue Pasteur",
        )
        filed = await FileRequest(draft, 5).perform(tx, speaker, now())
    return Told(replace(case, speaker=speaker), filed.reference)


async def takes(told: Told, agent: Agent, key: str = "") -> taking.TakenOn:
    async with told.case.database.transaction() as tx:
        return await taking.take_on(
            tx,
            agent,
            told.case.speaker.conversation_id,
            told.request,
            COUNTER,
            now(),
            external_id=key or uuid4().hex,
        )


async def lets_be(told: Told, agent: Agent, reference: str, key: str) -> None:
    async with told.case.database.transaction() as tx:
        await taking.let_be(tx, agent, reference, key, now(), external_id=uuid4().hex)


async def test_a_report_is_taken_on_by_its_team_and_its_citizen_hears_nothing(
    database: Database,
) -> None:
    told, claire = await a_report(database), await an_agent(database)
    before = await told.case.said()
    taken = await takes(told, claire)
    case = replace(told.case, reference=taken.reference)
    ticket = await case.ticket()
    team = COUNTER.catalogue.service("pothole").team
    assert (taken.is_new, taken.by) == (True, None)
    assert (ticket["team"], ticket["assignee"], ticket["commune"]) == (team, claire.id, OULLINS)
    assert (ticket["subject"], ticket["due_at"]) == ("request", None)
    assert "12 rue Pasteur" in ticket["summary"]
    assert await case.said() == before
    assert (await case.conversation())["owner"] == "queued"  # the assistant goes on until a reply
    assert await case.kinds() == ["opened", "assigned"]
    async with database.transaction() as tx:
        logged = select(AuditEntry.action).where(AuditEntry.subject == taken.reference)
        assert list(await tx.scalars(logged)) == ["ticket.assigned"]


@pytest.mark.usefixtures("alone")
async def test_nobody_waits_for_what_was_taken_on_until_they_ask(database: Database) -> None:
    told, claire = await a_report(database), await an_agent(database)
    taken = await takes(told, claire)
    case = replace(told.case, reference=taken.reference)
    much_later = now() + timedelta(days=20)
    async with database.transaction() as tx:
        await set_delays(tx, COUNTER)
    before = await case.said()
    await Minder(database, COUNTER, lambda: much_later).look()
    assert (await case.ticket())["due_at"] is None
    async with database.transaction() as tx:
        looked_at = [seen.reference for seen in await automations.seen_now(tx, now())]
    assert taken.reference not in looked_at
    assert await case.said() == before
    assert (await case.ticket())["assignee"] == claire.id
    assert await case.open("je veux parler à quelqu’un") == taken.reference
    assert (await case.ticket())["due_at"] is not None
    await Minder(database, COUNTER, lambda: much_later).look()
    assert "escalated" in await case.kinds()


async def test_the_first_reply_takes_the_conversation_over(database: Database) -> None:
    told, claire = await a_report(database), await an_agent(database)
    taken = await takes(told, claire)
    async with database.transaction() as tx:
        await answering.reply(
            tx, claire, taken.reference, "Nous passons jeudi.", uuid4().hex, COUNTER, now()
        )
    assert (await told.case.conversation())["owner"] == "agent"
    assert "Nous passons jeudi." in [text for _, text in await told.case.said()]


async def test_of_two_at_once_one_has_it_and_the_other_is_led_to_it(database: Database) -> None:
    told = await a_report(database)
    claire, karim = await an_agent(database), await an_agent(database, "Karim")
    both = await asyncio.gather(takes(told, claire), takes(told, karim))
    assert len({one.reference for one in both}) == 1
    first = next(one for one in both if one.is_new)
    second = next(one for one in both if not one.is_new)
    case = replace(told.case, reference=first.reference)
    holder = (await case.ticket())["assignee_name"]
    assert (first.by, second.by) == (None, holder)
    # Not even a lead takes it away by this, and whoever has it changes nothing by doing it again.
    lead = await an_agent(database, "Samia", Role.SUPERVISOR)
    assert (await takes(told, lead)).by == holder
    again = await takes(told, claire if holder == "Claire" else karim)
    assert (again.by, again.is_new) == (None, False)
    assert await case.kinds() == ["opened", "assigned"]


async def test_it_is_taken_back_unless_something_was_said(database: Database) -> None:
    told, claire = await a_report(database), await an_agent(database)
    before = await told.case.said()
    taken = await takes(told, claire, "first")
    case = replace(told.case, reference=taken.reference)
    await lets_be(told, claire, taken.reference, "first")
    assert (await case.ticket())["status"] == "closed"
    assert (await case.conversation())["owner"] == "bot"
    assert await case.said() == before
    again = await takes(told, claire, "second")
    assert again.is_new
    await told.case.writes("et demain ?")
    with pytest.raises(Conflict):
        await lets_be(told, claire, again.reference, "second")
    karim = await an_agent(database, "Karim")
    with pytest.raises(Conflict):
        await lets_be(told, karim, again.reference, "second")


async def test_what_another_town_filed_is_neither_read_nor_taken(database: Database) -> None:
    told = await a_report(database)
    zoe = await an_agent(database, "Zoé", communes=frozenset({BRON}))
    with pytest.raises(NotFound):
        await takes(told, zoe)
    which = told.case.speaker.conversation_id
    async with database.transaction() as tx:
        with pytest.raises(NotFound):
            await reading.talk(tx, zoe, which, COUNTER, "fr", now())
    with pytest.raises(NotFound):
        await takes(replace(told, request="2026-999999"), await an_agent(database))


async def test_a_town_reads_what_led_to_its_report_and_not_what_another_has_since(
    database: Database,
) -> None:
    told = await a_report(database)
    which = told.case.speaker.conversation_id
    async with database.transaction() as tx:
        await conversations.change(tx, which, commune=BRON)
    await told.case.writes("une tout autre affaire")
    claire = await an_agent(database)
    async with database.transaction() as tx:
        talk = await reading.talk(tx, claire, which, COUNTER, "fr", now())
    assert [message.text for message in talk.messages] == ["un trou devant chez moi"]
    assert (talk.commune, [one.reference for one in talk.reports]) == (OULLINS, [told.request])


async def test_an_agent_changes_the_state_of_the_report_once(database: Database) -> None:
    told, claire = await a_report(database), await an_agent(database)
    taken = await takes(told, claire)
    asked = Settling(told.request, Status.IN_PROGRESS)
    for _ in range(2):
        async with database.transaction() as tx:
            await settling.settle_request(
                tx, claire, taken.reference, asked, now(), external_id="one"
            )
    async with database.transaction() as tx:
        assert (await requests.case(tx, told.request)).status is Status.IN_PROGRESS
        history = await tickets.history(tx, taken.reference)
    assert [row["data"] for row in history if row["kind"] == "state"] == [
        {"request": told.request, "state": "in_progress"}
    ]
    other = await a_case(database)
    async with database.transaction() as tx:
        with pytest.raises(NotFound):  # the report of somebody else
            await settling.settle_request(tx, claire, other.reference, asked, now())
