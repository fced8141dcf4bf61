"""Nobody is forgotten in the queue, nor with an agent who does not answer."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.conversations import store as conversations
from bot.handover import answering, passing
from bot.handover.choosing import ReopenTicket
from bot.handover.minding import Minder
from bot.services.working_days import PARIS
from bot.storage.transaction import Database
from bot.tickets import store as tickets
from tests.handover.builders import CATALOGUE, COUNTER, Case, a_case, an_agent
from tests.handover.test_answering import reply

MORNING = datetime(2026, 11, 24, 9, 0, tzinfo=PARIS)
EVENING = datetime(2026, 11, 24, 16, 30, tzinfo=PARIS)
NEXT_DAY = datetime(2026, 11, 25, 8, 40, tzinfo=PARIS)


pytestmark = pytest.mark.usefixtures("alone")


async def look(database: Database, at: datetime) -> int:
    return await Minder(database, COUNTER, lambda: at).look()


async def told(case: Case) -> list[str]:
    return [text for sender, text in await case.said() if sender == "system"]


async def test_what_nobody_answers_in_time_is_escalated_once_and_the_citizen_told(
    database: Database,
) -> None:
    case = await a_case(database, at=MORNING)
    assert await look(database, MORNING + timedelta(minutes=110)) == 0
    assert await look(database, MORNING + timedelta(minutes=130)) == 1
    assert await look(database, MORNING + timedelta(minutes=140)) == 0
    (text,) = await told(case)
    assert "elle passe en priorité et un responsable est prévenu" in text
    ticket = await case.ticket()
    assert ticket["priority"] == "high"
    assert ticket["escalated_at"] is not None
    assert await case.kinds() == ["opened", "escalated"]


async def test_the_night_does_not_count(database: Database) -> None:
    case = await a_case(database, at=EVENING)
    assert await look(database, NEXT_DAY) == 0
    assert await told(case) == []


async def test_who_waits_longer_than_they_were_told_hears_it_once(database: Database) -> None:
    case = await a_case(database, at=MORNING)
    async with database.transaction() as tx:
        expected = MORNING + timedelta(minutes=10)
        await tickets.change(tx, case.reference, expected_by=expected)
    assert await look(database, MORNING + timedelta(minutes=9)) == 0
    assert await look(database, MORNING + timedelta(minutes=11)) == 1
    assert await look(database, MORNING + timedelta(minutes=12)) == 0
    (text,) = await told(case)
    assert "C’est plus long que prévu" in text
    assert "Vous êtes la prochaine personne" in text


async def test_an_agent_who_does_not_answer_loses_the_conversation_to_the_queue(
    database: Database,
) -> None:
    case, claire = await a_case(database, at=MORNING), await an_agent(database)
    await reply(case, claire)
    await case.writes("et ensuite ?")
    async with database.transaction() as tx:
        await conversations.change(tx, case.speaker.conversation_id, waiting_since=MORNING)
    assert await look(database, MORNING + timedelta(minutes=130)) == 1
    assert (await told(case))[-1].startswith("Claire (équipe accueil) n’a pas pu vous répondre")
    assert (await case.conversation())["owner"] == "queued"
    assert (await case.ticket())["assignee"] is None
    karim = await an_agent(database, "Karim")
    await reply(case, karim, "Je m'en occupe.")
    assert (await case.ticket())["escalated_at"] is None


async def test_a_citizen_whom_an_agent_answered_waits_for_nothing(database: Database) -> None:
    case, claire = await a_case(database, at=MORNING), await an_agent(database)
    await reply(case, claire)
    assert await look(database, MORNING + timedelta(days=3)) == 0


async def test_what_comes_back_into_the_queue_waits_from_then_on(database: Database) -> None:
    case, claire = await a_case(database, at=MORNING), await an_agent(database)
    async with database.transaction() as tx:
        await answering.close(tx, claire, case.reference, COUNTER, MORNING)
    later = MORNING + timedelta(days=2)
    async with database.transaction() as tx:
        await ReopenTicket(case.reference, "non", CATALOGUE).perform(tx, case.speaker, later)
    assert await look(database, later + timedelta(minutes=30)) == 0
    async with database.transaction() as tx:
        await passing.transfer(
            tx, claire, case.reference, "voirie", COUNTER, later + timedelta(minutes=100)
        )
    assert await look(database, later + timedelta(minutes=130)) == 0
    assert await look(database, later + timedelta(minutes=230)) == 1
