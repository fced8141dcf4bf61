"""What agents record of calls, visits and letters, on a real database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from bot.accounts.rules import Agent, Role
from bot.audit import store as audit
from bot.audit.rules import Wanted
from bot.contacts import store
from bot.contacts.decisions import Answered, Contact, Decision, ToFile, ToJoin, ToPass
from bot.contacts.operations import Desk, record
from bot.contacts.others import others_of_ticket
from bot.contacts.rules import Channel, Person
from bot.conversations import store as conversations
from bot.conversations.tables import Delivery, Message
from bot.errors import Invalid, NotFound
from bot.mail.letters import Mailer
from bot.mail.tables import Letter
from bot.retention.operations import forget_conversation_text
from bot.service_requests import life_store
from bot.service_requests import store as requests
from bot.service_requests.draft import Draft
from bot.storage.transaction import Database
from bot.tickets import store as tickets
from tests.handover.builders import BRON, CATALOGUE, OULLINS, RECEPTION, a_case, an_agent
from tests.turn.scripted import WORDS, now

DESK = Desk(WORDS, Mailer(WORDS, "guichet.example"))
SERVICE = CATALOGUE.service("pothole", OULLINS)
HOLE = Draft(service="pothole", commune=OULLINS, address="12 rue Hugo", description="un trou")
TO_FILE = ToFile(HOLE, SERVICE, CATALOGUE.team(SERVICE.team), "Oullins-Pierre-Bénite")
AUDITOR = Agent(uuid4(), "Nadia", Role.METROPOLIS_ADMINISTRATOR, None)
CALLER = Person("Mme Martin", "+33612345678")


def a_contact(key: str, person: Person = CALLER, commune: str = OULLINS) -> Contact:
    return Contact(key, Channel.PHONE, commune, person, "Il y a un trou rue Hugo.")


async def recorded(
    database: Database, agent: Agent, contact: Contact, decided: Decision = TO_FILE
) -> store.Recorded:
    async with database.transaction() as tx:
        made = await record(tx, agent, contact, decided, DESK, now())
    async with database.transaction() as tx:
        return await store.recorded(tx, agent, made, now())


@pytest.fixture
async def claire(database: Database) -> Agent:
    return await an_agent(database)


async def test_a_call_is_filed_with_what_to_say_aloud(database: Database, claire: Agent) -> None:
    kept = await recorded(database, claire, a_contact("a"))
    assert kept.reference is not None
    first, told = kept.messages
    assert (first.sender, first.text) == ("citizen", "Il y a un trou rue Hugo.")
    assert kept.reference in told.text
    async with database.transaction() as tx:
        case = await requests.case(tx, kept.reference)
        history = await life_store.history(tx, kept.reference)
        conversation = await conversations.by_id(tx, kept.id)
    assert case.conversation_id == kept.id
    assert [entry.what for entry in history] == ["new", "recorded"]
    assert (conversation["channel"], conversation["owner"]) == ("phone", "closed")
    assert conversation["waiting_since"] is None


async def test_nothing_is_handed_over_where_nobody_reads(database: Database, claire: Agent) -> None:
    kept = await recorded(database, claire, a_contact("a"))
    async with database.transaction() as tx:
        found = await tx.execute(select(Delivery).where(Delivery.conversation_id == kept.id))
        assert found.all() == []


async def test_an_e_mail_address_gets_the_acknowledgement(
    database: Database, claire: Agent
) -> None:
    kept = await recorded(database, claire, a_contact("a", Person(email="martin@example.fr")))
    async with database.transaction() as tx:
        found = await tx.execute(
            select(Letter.recipient).where(Letter.key == f"filed:{kept.reference}")
        )
        assert found.scalars().all() == ["martin@example.fr"]


async def test_sent_twice_it_is_recorded_once(database: Database, claire: Agent) -> None:
    """Even when the way it came was corrected in between."""
    first = await recorded(database, claire, a_contact("a"))
    again = await recorded(database, claire, replace(a_contact("a"), channel=Channel.COUNTER))
    assert (again.id, again.reference) == (first.id, first.reference)


async def test_the_same_id_of_another_agent_is_another_contact(
    database: Database, claire: Agent
) -> None:
    karim = await an_agent(database, "Karim")
    first = await recorded(database, claire, a_contact("a"))
    assert (await recorded(database, karim, a_contact("a"))).id != first.id


async def test_a_request_that_is_there_is_joined(database: Database, claire: Agent) -> None:
    first = await recorded(database, claire, a_contact("a"))
    assert first.reference is not None
    second = await recorded(database, claire, a_contact("b"), ToJoin(first.reference, HOLE))
    assert (second.reference, second.outcome) == (first.reference, "joined")
    async with database.transaction() as tx:
        (follower,) = await requests.followers(tx, first.reference)
    assert follower.conversation_id == second.id


async def test_a_team_gets_a_ticket_with_how_to_reach_the_caller(
    database: Database, claire: Agent
) -> None:
    kept = await recorded(database, claire, a_contact("a"), ToPass(RECEPTION))
    assert kept.is_ticket
    assert kept.reference is not None
    async with database.transaction() as tx:
        ticket = await tickets.by_reference(tx, kept.reference)
        events = await tickets.history(tx, kept.reference)
    assert (ticket["status"], ticket["reason"]) == ("open", "recorded")
    assert (ticket["reach"], ticket["contact"]) == ("call", "+33612345678")
    assert [(event["kind"], event["author"]) for event in events] == [
        ("opened", None),
        ("recorded", "Claire"),
    ]


async def test_what_was_answered_at_once_is_closed_in_the_agent_s_name(
    database: Database, claire: Agent
) -> None:
    answered = Answered("La mairie ouvre à 8 h 30.", RECEPTION)
    kept = await recorded(database, claire, a_contact("a"), answered)
    assert kept.reference is not None
    async with database.transaction() as tx:
        ticket = await tickets.by_reference(tx, kept.reference)
        conversation = await conversations.by_id(tx, kept.id)
    assert (ticket["status"], ticket["assignee"]) == ("closed", claire.id)
    assert conversation["owner"] == "closed"
    assert [m.text for m in kept.messages if m.sender == "agent"] == ["La mairie ouvre à 8 h 30."]


async def test_another_town_s_agent_neither_records_nor_reads(
    database: Database, claire: Agent
) -> None:
    with pytest.raises(NotFound):
        await recorded(database, claire, a_contact("a", commune=BRON))
    kept = await recorded(database, claire, a_contact("b"))
    neighbour = await an_agent(database, "Paul", communes=frozenset({BRON}))
    async with database.transaction() as tx:
        with pytest.raises(NotFound):
            await store.recorded(tx, neighbour, kept.id, now())


@pytest.mark.parametrize("words", ["", "  ", "x" * 4001])
async def test_words_are_needed_and_bounded(database: Database, claire: Agent, words: str) -> None:
    with pytest.raises(Invalid, match="words"):
        await recorded(database, claire, replace(a_contact("a"), words=words))


async def test_the_other_contacts_of_a_number_are_found_in_the_agent_s_towns(
    database: Database, claire: Agent
) -> None:
    everywhere = await an_agent(database, "Inès", communes=None)
    caller = Person(phone=f"+336{UUID(bytes=claire.id.bytes).int % 10**8:08}")
    first = await recorded(database, claire, a_contact("a", caller))
    await recorded(database, everywhere, a_contact("b", caller, BRON))
    ticket = await recorded(database, claire, a_contact("c", caller), ToPass(RECEPTION))
    assert ticket.reference is not None
    async with database.transaction() as tx:
        own = await others_of_ticket(tx, claire, ticket.reference, now())
        every = await others_of_ticket(tx, everywhere, ticket.reference, now())
        lines = await audit.entries(tx, AUDITOR, Wanted(subject=f"others:{ticket.reference}"))
    assert [(other.id, other.ticket) for other in own] == [(first.id, None)]
    assert len(every) == 2
    assert [(one.name, one.action) for one in lines] == [
        ("Inès", "list.seen"),
        ("Claire", "list.seen"),
    ]


async def test_a_ticket_from_elsewhere_that_is_answered_there_is_one_of_them(
    database: Database, claire: Agent
) -> None:
    caller = Person(email=f"{claire.id.hex}@example.fr")
    written = await a_case(database)
    async with database.transaction() as tx:
        await tickets.change(tx, written.reference, contact=caller.email)
    ticket = await recorded(database, claire, a_contact("a", caller), ToPass(RECEPTION))
    neighbour = await an_agent(database, "Paul", communes=frozenset({BRON}))
    assert ticket.reference is not None
    async with database.transaction() as tx:
        (other,) = await others_of_ticket(tx, claire, ticket.reference, now())
        assert await others_of_ticket(tx, neighbour, ticket.reference, now()) == []
    assert (other.channel, other.ticket) == ("web", written.reference)


async def test_a_ticket_of_another_town_is_named_beside_no_contact(
    database: Database, claire: Agent
) -> None:
    caller = Person(phone=f"+336{UUID(bytes=claire.id.bytes).int % 10**8:08}")
    passed = await recorded(database, claire, a_contact("a", caller), ToPass(RECEPTION))
    ticket = await recorded(database, claire, a_contact("b", caller), ToPass(RECEPTION))
    assert passed.reference is not None
    assert ticket.reference is not None
    async with database.transaction() as tx:
        await tickets.change(tx, passed.reference, commune=BRON)
        (other,) = await others_of_ticket(tx, claire, ticket.reference, now())
        kept = await store.recorded(tx, claire, passed.id, now())
    assert (other.id, other.ticket) == (passed.id, None)
    assert not kept.is_ticket


async def test_the_person_is_forgotten_with_the_words(database: Database, claire: Agent) -> None:
    answered = Answered("La mairie ouvre à 8 h 30.", RECEPTION)
    kept = await recorded(database, claire, a_contact("a"), answered)
    async with database.transaction() as tx:
        await forget_conversation_text(tx, now() + timedelta(days=91))
    async with database.transaction() as tx:
        found = await tx.execute(select(Message).where(Message.conversation_id == kept.id))
        assert found.all() == []
        assert kept.reference is not None
        ticket = await tickets.by_reference(tx, kept.reference)
        with pytest.raises(NotFound):
            await store.recorded(tx, claire, kept.id, now())
    assert (ticket["summary"], ticket["contact"]) == ("", None)
