"""Agents answer, write notes, end and reopen: what the citizen reads, and who may."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import and_, select

from bot.accounts.rules import Agent
from bot.conversations import store as conversations
from bot.errors import Conflict, Invalid, NotFound, Unseen
from bot.handover import answering, passing, store
from bot.handover.choosing import ChooseReach, RateAnswer, ReopenTicket
from bot.handover.counter import Counter
from bot.handover.rules import OutsideAgent, Taken
from bot.mail.tables import Letter
from bot.retention.erasing import erase_conversation
from bot.storage.transaction import Database
from bot.tickets.rules import Reach
from tests.handover.builders import BRON, CATALOGUE, COUNTER, WITH_MAIL, Case, a_case, an_agent
from tests.turn.scripted import now


async def reply(
    case: Case,
    agent: Agent | OutsideAgent,
    text: str = "Bonjour, je regarde.",
    key: str | None = None,
    seen_through: int | None = None,
    counter: Counter = COUNTER,
) -> int:
    async with case.database.transaction() as tx:
        return await answering.reply(
            tx,
            agent,
            case.reference,
            text,
            key or uuid4().hex,
            counter,
            now(),
            seen_through=seen_through,
        )


async def close(
    case: Case, agent: Agent, counter: Counter = COUNTER, seen_through: int | None = None
) -> None:
    async with case.database.transaction() as tx:
        await answering.close(tx, agent, case.reference, counter, now(), seen_through=seen_through)


async def test_the_first_reply_takes_the_conversation_over_and_says_who_joined(
    database: Database,
) -> None:
    case, claire = await a_case(database), await an_agent(database)
    await reply(case, claire)
    assert (await case.said())[-2:] == [
        ("system", "Claire (équipe accueil) a rejoint la conversation."),
        ("agent", "Bonjour, je regarde."),
    ]
    message = (await case.messages())[-1]
    assert message.content["author"]["name"] == "Claire"
    assert message.content["author"]["team_en"] == "reception team"
    assert (await case.conversation())["owner"] == "agent"
    ticket = await case.ticket()
    assert (ticket["assignee"], ticket["assignee_name"]) == (claire.id, "Claire")
    assert ticket["first_reply_at"] is not None
    await reply(case, claire, "Voilà.")
    assert (await case.said())[-1] == ("agent", "Voilà.")
    assert await case.kinds() == ["opened", "taken"]


async def test_two_agents_who_answer_at_the_same_second_say_one_thing(database: Database) -> None:
    case = await a_case(database)
    claire, karim = await an_agent(database), await an_agent(database, "Karim")
    results = await asyncio.gather(
        reply(case, claire, "Claire répond"),
        reply(case, karim, "Karim répond"),
        return_exceptions=True,
    )
    refused = [one for one in results if isinstance(one, Taken)]
    assert len(refused) == 1
    said = [text for sender, text in await case.said() if sender == "agent"]
    assert said == [f"{refused[0].name} répond"]


async def test_a_repeated_reply_is_said_once(database: Database) -> None:
    case, claire = await a_case(database), await an_agent(database)
    numbers = await asyncio.gather(*(reply(case, claire, "Oui.", "same") for _ in range(3)))
    assert len(set(numbers)) == 1
    assert [sender for sender, _ in await case.said()].count("agent") == 1


async def test_what_the_agent_had_not_seen_still_waits_for_them(database: Database) -> None:
    case, claire = await a_case(database), await an_agent(database)
    seen = await case.writes("c'est urgent")
    await case.writes("très urgent")
    await reply(case, claire, seen_through=seen)
    async with database.transaction() as tx:
        waiting = await conversations.unanswered(tx, case.speaker.conversation_id)
    assert [m.text for m in waiting] == ["très urgent"]


async def test_a_ticket_of_another_town_does_not_exist(database: Database) -> None:
    case = await a_case(database)
    stranger = await an_agent(database, communes=frozenset({BRON}))
    with pytest.raises(NotFound):
        await reply(case, stranger)
    with pytest.raises(NotFound):
        await close(case, stranger)
    async with database.transaction() as tx:
        with pytest.raises(NotFound):
            await answering.note(tx, stranger, case.reference, "vu", "n", now())
    assert [sender for sender, _ in await case.said()] == ["citizen"]


@pytest.mark.parametrize("text", ["", "  \x00 ", "x" * 10_001])
async def test_a_reply_of_nothing_or_too_much_is_refused_whole(
    database: Database, text: str
) -> None:
    case, claire = await a_case(database), await an_agent(database)
    with pytest.raises(Invalid):
        await reply(case, claire, text)
    assert (await case.conversation())["owner"] == "queued"


async def test_a_note_is_never_shown_to_the_citizen(database: Database) -> None:
    case, claire = await a_case(database), await an_agent(database)
    for _ in range(2):  # sent twice, written once
        async with database.transaction() as tx:
            await answering.note(tx, claire, case.reference, "déjà venu hier", "n1", now())
    assert all("hier" not in text for _, text in await case.said())
    assert await case.kinds() == ["opened", "note"]
    assert (await case.conversation())["owner"] == "queued"


async def test_closing_asks_whether_it_is_settled(database: Database) -> None:
    case, claire = await a_case(database), await an_agent(database)
    await reply(case, claire)
    await case.writes("merci")
    await close(case, claire)
    sender, text = (await case.said())[-1]
    assert sender == "system"
    assert f"Claire (équipe accueil) a terminé votre demande {case.reference}." in text
    assert "Est-ce réglé pour vous ?" in text
    conversation = await case.conversation()
    assert (conversation["owner"], conversation["waiting_since"]) == ("closed", None)
    assert conversation["awaiting"] == {"kind": "served", "reference": case.reference}
    with pytest.raises(Conflict):
        await reply(case, claire)


async def test_what_the_citizen_wrote_meanwhile_is_read_before_anything_ends(
    database: Database,
) -> None:
    case, claire = await a_case(database), await an_agent(database)
    seen = await case.writes("merci")
    unseen = await case.writes("encore une question")
    with pytest.raises(Unseen):
        await close(case, claire, seen_through=seen)
    with pytest.raises(Unseen):
        async with database.transaction() as tx:
            await passing.give_back(tx, claire, case.reference, COUNTER, now(), seen_through=seen)
    assert (await case.ticket())["status"] == "open"
    assert (await case.conversation())["waiting_since"] is not None
    await close(case, claire, seen_through=unseen)
    assert (await case.ticket())["status"] == "closed"


async def test_what_was_answered_elsewhere_keeps_nothing_open(database: Database) -> None:
    case, claire = await a_case(database), await an_agent(database)
    seen = await case.writes("bonjour")
    await case.writes("vous êtes là ?")
    await reply(case, claire)  # in another page of hers
    await close(case, claire, seen_through=seen)
    assert (await case.ticket())["status"] == "closed"


async def test_what_was_read_never_becomes_unread(database: Database) -> None:
    """Two agents read at once, and who has seen less is written last."""
    case = await a_case(database)
    last = await case.writes("bonjour")
    conversation = case.speaker.conversation_id

    async def read(seq: int) -> None:
        async with database.transaction() as tx:
            await store.read_through(tx, conversation, seq)

    async with database.transaction() as tx:
        await store.read_through(tx, conversation, last)
        slower = asyncio.create_task(read(last - 1))
        await asyncio.sleep(0.2)  # it has looked, and waits for the row
    await slower
    assert (await case.conversation())["read_by_agent"] == last


async def test_writing_after_the_end_brings_the_assistant_back(database: Database) -> None:
    case, claire = await a_case(database), await an_agent(database)
    await close(case, claire)
    await case.writes("bonjour")
    assert (await case.conversation())["owner"] == "bot"


async def test_an_answer_that_does_not_settle_it_reopens_it_with_whoever_had_it(
    database: Database,
) -> None:
    case, claire = await a_case(database), await an_agent(database)
    await reply(case, claire)
    await close(case, claire)
    await case.writes("non, rien n'a été fait")
    async with database.transaction() as tx:
        reopening = ReopenTicket(case.reference, "non, rien n'a été fait", CATALOGUE)
        standing = await reopening.perform(tx, case.speaker, now())
    assert standing.reference == case.reference
    ticket = await case.ticket()
    assert (ticket["status"], ticket["priority"]) == ("open", "high")
    assert ticket["assignee"] == claire.id
    assert (await case.conversation())["owner"] == "queued"
    assert (await case.kinds())[-1] == "reopened"


async def test_somebody_elses_ticket_is_neither_rated_nor_reopened(database: Database) -> None:
    case, other = await a_case(database), await a_case(database)
    async with database.transaction() as tx:
        with pytest.raises(NotFound):
            await RateAnswer(case.reference, "good").perform(tx, other.speaker, now())
        with pytest.raises(NotFound):
            await ReopenTicket(case.reference, "", CATALOGUE).perform(tx, other.speaker, now())


async def test_an_answer_wanted_by_e_mail_is_written_there_as_well(database: Database) -> None:
    case, claire = await a_case(database), await an_agent(database)
    async with database.transaction() as tx:
        by_email = ChooseReach(Reach.EMAIL, CATALOGUE, "lea@example.org")
        await by_email.perform(tx, case.speaker, now())
    await reply(case, claire, "Votre carte est prête.", counter=WITH_MAIL)
    await close(case, claire, WITH_MAIL)
    async with database.transaction() as tx:
        letters = (
            await tx.execute(
                select(Letter.recipient, Letter.text)
                .where(Letter.reference == case.reference)
                .order_by(Letter.created_at)
            )
        ).all()
    assert [letter.recipient for letter in letters] == ["lea@example.org"] * 2
    assert "Votre carte est prête." in str(letters[0].text)


async def test_answers_by_e_mail_go_with_the_conversation(database: Database) -> None:
    case, claire = await a_case(database), await an_agent(database)
    other = await a_case(database)
    for one in (case, other):
        async with database.transaction() as tx:
            by_email = ChooseReach(Reach.EMAIL, CATALOGUE, "lea@example.org")
            await by_email.perform(tx, one.speaker, now())
        await reply(one, claire, "Votre carte est prête.", counter=WITH_MAIL)
        await close(one, claire, WITH_MAIL)
    async with database.transaction() as tx:
        await erase_conversation(tx, case.speaker.conversation_id, now())
    assert await _letters(database, case) == [(None, None, None, False)] * 2
    kept = await _letters(database, other)
    assert [(recipient, waits) for recipient, *_, waits in kept] == [("lea@example.org", True)] * 2


async def _letters(database: Database, case: Case) -> list[tuple[Any, ...]]:
    """Recipient, text and page of each letter about the ticket, and whether it waits."""
    waits = and_(Letter.sent_at.is_(None), Letter.failed_at.is_(None))
    async with database.transaction() as tx:
        result = await tx.execute(
            select(Letter.recipient, Letter.text, Letter.html, waits).where(
                Letter.reference == case.reference
            )
        )
        return [tuple(one) for one in result]


async def test_an_outside_agent_answers_by_name(database: Database) -> None:
    case = await a_case(database)
    await reply(case, OutsideAgent("Paul"), "Vu dans Redmine.")
    assert (await case.said())[-1] == ("agent", "Vu dans Redmine.")
    ticket = await case.ticket()
    assert (ticket["assignee"], ticket["assignee_name"]) == (None, "Paul")
