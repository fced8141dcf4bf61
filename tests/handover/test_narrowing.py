"""What a search may be narrowed by: never what was asked of another town."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from bot.accounts.rules import Agent
from bot.conversations import store as conversations
from bot.conversations.tables import Conversation
from bot.handover import answering, asked
from bot.handover.searching import Found, search
from bot.service_requests.tables import ServiceRequest
from bot.storage.transaction import Database
from bot.tickets import store as tickets
from tests.handover.builders import BRON, COUNTER, OULLINS, Case, a_case, an_agent
from tests.turn.scripted import now
from tests.unique import a_word

LONG_AGO = timedelta(days=30)


async def found(database: Database, agent: Agent, text: str) -> list[Found]:
    async with database.transaction() as tx:
        return list((await search(tx, agent, asked.read(text), COUNTER, now())).page.rows)


async def finds(case: Case, agent: Agent, text: str) -> bool:
    """Whether a search finds a conversation."""
    shown = await found(case.database, agent, text)
    return case.speaker.conversation_id in [one.conversation_id for one in shown]


async def a_case_that_goes_on_in_bron(database: Database, word: str) -> Case:
    """Closed in Oullins a month ago; its citizen writes to Bron now, where they filed a request."""
    case, claire = await a_case(database, word, now() - LONG_AGO), await an_agent(database)
    there = case.speaker.conversation_id
    async with database.transaction() as tx:
        await answering.reply(tx, claire, case.reference, "C’est fait.", "r", COUNTER, now())
        await answering.close(tx, claire, case.reference, COUNTER, now())
        await tickets.change(tx, case.reference, closed_at=now() - LONG_AGO)
    await case.writes("et à Bron ?")
    async with database.transaction() as tx:
        await conversations.change(tx, there, commune=BRON)
    await a_request(case, "pothole", BRON)
    return case


async def a_request(case: Case, service: str, commune: str) -> None:
    row = {
        "reference": f"{case.reference}{commune[-2:]}",
        "service": service,
        "commune": commune,
        "citizen_id": case.speaker.citizen_id,
        "conversation_id": case.speaker.conversation_id,
        "description": "",
        "answers": {},
        "dangerous": False,
        "channel": "web",
        "status": "new",
        "filed_at": now(),
    }
    async with case.database.transaction() as tx:
        await tx.execute(insert(ServiceRequest).values(**row))


@pytest.mark.parametrize("words", ["{word} ", "étiquette:{word} ", ""])
async def test_no_filter_tells_what_was_asked_of_another_town(
    database: Database, words: str
) -> None:
    word = a_word()
    case = await a_case_that_goes_on_in_bron(database, word)
    async with database.transaction() as tx:
        await tickets.change(tx, case.reference, tags=[word])
    claire = await an_agent(database)
    words, lately = words.format(word=word), f"{now() - LONG_AGO / 2:%Y-%m-%d}"
    for narrowed in ("service:pothole", "ville:bron", f"depuis:{lately}"):
        assert not await finds(case, claire, f"{words}{narrowed}"), narrowed


async def test_one_s_own_tickets_are_found_by_their_town_and_days(database: Database) -> None:
    word = a_word()
    case = await a_case_that_goes_on_in_bron(database, word)
    claire, everywhere = await an_agent(database), await an_agent(database, communes=None)
    earlier = f"{now() - 2 * LONG_AGO:%Y-%m-%d}"
    await a_request(case, "graffiti", OULLINS)
    for narrowed in ("", "ville:oullins", f"depuis:{earlier}", "service:graffiti"):
        assert await finds(case, claire, f"{word} {narrowed}"), narrowed
    assert await finds(case, everywhere, f"{word} ville:bron service:pothole")


async def test_an_open_ticket_has_the_days_of_its_conversation(database: Database) -> None:
    word, claire = a_word(), await an_agent(database)
    case = await a_case(database, word, now() - LONG_AGO)
    async with database.transaction() as tx:
        await conversations.change(tx, case.speaker.conversation_id, commune=BRON)
    assert await finds(case, claire, f"{word} depuis:{now():%Y-%m-%d}")
    async with database.transaction() as tx:
        await tx.execute(
            update(Conversation)
            .where(Conversation.id == case.speaker.conversation_id)
            .values(updated_at=now() - LONG_AGO)
        )
    assert not await finds(case, claire, f"{word} depuis:{now() - LONG_AGO / 2:%Y-%m-%d}")


async def test_what_is_found_names_no_town_but_the_agent_s(database: Database) -> None:
    word = a_word()
    case = await a_case_that_goes_on_in_bron(database, word)
    claire = await an_agent(database)
    for said in (word, case.reference):
        (one,) = await found(database, claire, said)
        assert one.commune == OULLINS
