"""Colleagues called by name in notes: who may be, what they find, and what is told of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, update

from bot.accounts.rules import Agent
from bot.accounts.tables import AgentAccount
from bot.conversations import store as conversations
from bot.errors import Invalid
from bot.handover import alerting, answering, mentioning, passing, redacting
from bot.handover.alerting import Alert, How, What
from bot.handover.redacting import Target
from bot.retention.erasing import erase_conversation
from bot.storage.transaction import Database
from bot.tickets import store as tickets
from bot.tickets.tables import NoteMention
from tests.handover.builders import BRON, COUNTER, Case, a_case, an_agent
from tests.turn.scripted import now


@pytest.mark.parametrize(
    ("text", "is_called"),
    [
        ("@Karim peux-tu rappeler ?", True),
        ("vu avec @Karim, merci", True),
        ("Karim est prévenu", False),
        ("@Karima est prévenue", False),
        ("jean@Karim.example", False),
    ],
)
def test_a_name_is_called_where_it_stands_by_itself(text: str, is_called: bool) -> None:
    assert mentioning.is_called("Karim", text) == is_called


async def notes(case: Case, author: Agent, text: str, *called: Agent, key: str = "n") -> None:
    ids = [one.id for one in called]
    async with case.database.transaction() as tx:
        await answering.note(tx, author, case.reference, text, key, now(), mentions=ids)


async def found(database: Database, agent: Agent) -> tuple[list[str], set[str]]:
    """Where an agent is called, and what of it they have not read."""
    async with database.transaction() as tx:
        listed = await mentioning.cited(tx, agent)
        return [row.reference for row in listed.rows], await mentioning.unread(tx, agent)


async def called_in(case: Case) -> list[UUID]:
    async with case.database.transaction() as tx:
        found = await mentioning.names(tx, case.reference)
    return [agent for one in found.values() for agent, _ in one]


async def test_who_is_called_finds_the_ticket_until_they_have_read_it(database: Database) -> None:
    claire, karim = await an_agent(database), await an_agent(database, "Karim")
    first, second = await a_case(database), await a_case(database)
    await notes(first, claire, "@Karim, tu connais cette rue ?", karim)
    await notes(second, claire, "@Karim aussi", karim)
    await notes(second, claire, "@Karim aussi", karim)  # the same again
    both = [second.reference, first.reference]
    assert await found(database, karim) == (both, set(both))
    assert await found(database, claire) == ([], set())
    async with database.transaction() as tx:
        await mentioning.read(tx, karim, second.reference, now())
    assert await found(database, karim) == (both, {first.reference})


async def test_the_list_goes_on_page_by_page(database: Database) -> None:
    claire, karim = await an_agent(database), await an_agent(database, "Karim")
    cases = [await a_case(database) for _ in range(3)]
    for case in cases:
        await notes(case, claire, "@Karim", karim)
    async with database.transaction() as tx:
        page = await mentioning.cited(tx, karim, limit=2)
        rest = await mentioning.cited(tx, karim, limit=2, after=page.next)
        with pytest.raises(Invalid):
            await mentioning.cited(tx, karim, after="nowhere")
    shown = [row.reference for row in (*page.rows, *rest.rows)]
    assert shown == [case.reference for case in reversed(cases)]
    assert rest.next is None


async def test_nobody_is_called_who_may_not_read_the_ticket(database: Database) -> None:
    case, claire = await a_case(database), await an_agent(database)
    stranger = await an_agent(database, "Zoé", communes=frozenset({BRON}))
    gone = await an_agent(database, "Ali")
    nobody = replace(gone, id=uuid4())
    async with database.transaction() as tx:
        await tx.execute(
            update(AgentAccount).where(AgentAccount.id == gone.id).values(is_active=False)
        )
    refused = []
    for one in (stranger, gone, nobody):
        with pytest.raises(Invalid) as error:
            await notes(case, claire, f"@{one.name} regarde", one)
        refused.append((error.value.field, error.value.reason, str(error.value)))
    assert len(set(refused)) == 1  # which of these it is cannot be told
    assert refused[0][:2] == ("mentions", "mention")
    assert "note" not in await case.kinds()
    many = [uuid4() for _ in range(mentioning.MOST_MENTIONED + 1)]
    async with database.transaction() as tx:
        with pytest.raises(Invalid):
            await answering.note(tx, claire, case.reference, "@", "m", now(), mentions=many)


async def test_a_name_taken_out_again_and_one_s_own_call_nobody(database: Database) -> None:
    case, claire = await a_case(database), await an_agent(database)
    karim = await an_agent(database, "Karim")
    await notes(case, claire, "je m’en occupe, @Claire", karim, claire)
    assert await called_in(case) == []


async def test_a_mention_gives_no_right(database: Database) -> None:
    case, claire = await a_case(database), await an_agent(database)
    karim = await an_agent(database, "Karim")
    await notes(case, claire, "@Karim", karim)
    moved = replace(karim, communes=frozenset({BRON}))
    assert await found(database, moved) == ([], set())
    assert await told(database, moved, What.MENTION) == []


async def test_a_mention_goes_with_the_words_of_its_note(database: Database) -> None:
    case, claire = await a_case(database), await an_agent(database)
    karim = await an_agent(database, "Karim")
    await notes(case, claire, "@Karim habite au 3 rue des Lilas", karim)
    async with database.transaction() as tx:
        part = Target(None, "note:n", ("3 rue des Lilas",))
        await redacting.redact(tx, claire, case.reference, part, "r1", now())
    assert await called_in(case) == [karim.id]
    async with database.transaction() as tx:
        await answering.close(tx, claire, case.reference, COUNTER, now())
        await erase_conversation(tx, case.speaker.conversation_id, now())
        kept = select(func.count()).where(NoteMention.reference == case.reference)
        assert await tx.scalar(kept) == 0
    assert await found(database, karim) == ([], set())


# Alerts.


async def told(database: Database, agent: Agent, *whats: What) -> list[Alert]:
    """What there is to alert of, had it been chosen an hour ago."""
    long_ago = now() - timedelta(hours=1)
    wanted = {what: alerting.Choice(How.SHOWN, long_ago) for what in whats}
    async with database.transaction() as tx:
        return await alerting.recent(tx, agent, wanted, now())


async def test_a_team_is_alerted_of_what_comes_to_it_and_nobody_has(database: Database) -> None:
    claire, karim = await an_agent(database), await an_agent(database, "Karim")
    stranger = await an_agent(database, communes=frozenset({BRON}))
    case = await a_case(database)

    async def hears(agent: Agent) -> bool:
        return case.reference in [one.reference for one in await told(database, agent, What.NEW)]

    assert [await hears(one) for one in (claire, karim, stranger)] == [True, True, False]
    async with database.transaction() as tx:
        await passing.assign(tx, claire, case.reference, claire.id, COUNTER, now())
    assert [await hears(one) for one in (claire, karim)] == [False, False]


async def test_an_agent_is_alerted_of_an_answer_on_a_ticket_of_theirs(database: Database) -> None:
    case, claire = await a_case(database), await an_agent(database)
    karim = await an_agent(database, "Karim")
    async with database.transaction() as tx:
        await answering.reply(tx, claire, case.reference, "Où est-ce ?", "r", COUNTER, now())
    assert await told(database, claire, What.ANSWER) == []
    seq = await case.writes("rue des Lilas")
    (alert,) = await told(database, claire, What.ANSWER)
    assert alert.id == f"answer:{case.reference}:{seq}"
    assert "Lilas" not in str(alert)
    assert await told(database, karim, What.ANSWER) == []


async def test_an_agent_is_alerted_of_a_mention_until_it_is_read(database: Database) -> None:
    case, claire = await a_case(database), await an_agent(database)
    karim = await an_agent(database, "Karim")
    await notes(case, claire, "@Karim", karim)
    (alert,) = await told(database, karim, What.MENTION)
    assert alert.reference == case.reference
    async with database.transaction() as tx:
        await mentioning.read(tx, karim, case.reference, now())
    assert await told(database, karim, What.MENTION) == []


async def test_an_agent_is_alerted_of_a_delay_that_is_nearly_over(database: Database) -> None:
    case, claire = await a_case(database), await an_agent(database)
    async with database.transaction() as tx:
        await passing.assign(tx, claire, case.reference, claire.id, COUNTER, now())
        soon, later = now() - timedelta(minutes=1), now() + timedelta(minutes=20)
        await tickets.change(tx, case.reference, near_due_at=soon, due_at=later)
    assert [one.what for one in await told(database, claire, What.DUE)] == [What.DUE]
    async with database.transaction() as tx:
        await tickets.change(tx, case.reference, near_due_at=later)
    assert await told(database, claire, What.DUE) == []


async def test_choices_are_kept_and_nothing_from_before_is_told(database: Database) -> None:
    case, claire = await a_case(database), await an_agent(database)
    karim = await an_agent(database, "Karim")
    await notes(case, claire, "@Karim", karim)
    async with database.transaction() as tx:
        assert await alerting.choices(tx, karim.id) == {}
        wanted = {What.NEW: How.NONE, What.MENTION: How.SHOWN}
        await alerting.choose(tx, karim, wanted, now())
        chosen = await alerting.choices(tx, karim.id)
        assert {what: one.how for what, one in chosen.items()} == {What.MENTION: How.SHOWN}
        assert await alerting.recent(tx, karim, chosen, now()) == []
    await notes(case, claire, "@Karim encore", karim, key="n2")
    async with database.transaction() as tx:
        await alerting.choose(tx, karim, {What.MENTION: How.SOUNDED}, now())
        chosen = await alerting.choices(tx, karim.id)
        assert chosen[What.MENTION].how is How.SOUNDED
        assert len(await alerting.recent(tx, karim, chosen, now())) == 1  # heard of since the first
        await alerting.choose(tx, karim, dict.fromkeys(What, How.NONE), now())
        assert await alerting.choices(tx, karim.id) == {}
        assert await conversations.by_id(tx, case.speaker.conversation_id)
