"""Closed together, and taken back: what nobody touched since is as it was."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import update

from bot.accounts.rules import Agent
from bot.errors import Conflict
from bot.handover import answering, merging, unclosing
from bot.handover.bulk import Bulk, Close, Outcome, Unclose
from bot.storage.transaction import Database
from bot.tickets.rules import Reach
from bot.tickets.tables import Ticket
from tests.handover.builders import COUNTER, Case, a_case, an_agent
from tests.turn.scripted import now

KEPT = ("status", "assignee", "team", "due_at", "queued_since", "closed_at", "tags")


async def closes(database: Database, agent: Agent, *cases: Case) -> list[Outcome]:
    deed = Bulk(agent, Close(), uuid4().hex, COUNTER, now())
    return await deed.perform(database, [case.reference for case in cases])


async def takes_back(
    database: Database, agent: Agent, done: list[Outcome], *cases: Case
) -> dict[str, str | None]:
    undo = done[0].undo
    assert isinstance(undo, Unclose)
    deed = Bulk(agent, undo, uuid4().hex, COUNTER, now())
    outcomes = await deed.perform(database, [case.reference for case in cases])
    return {outcome.reference: outcome.refused for outcome in outcomes}


async def replies(case: Case, agent: Agent) -> None:
    async with case.database.transaction() as tx:
        await answering.reply(tx, agent, case.reference, "Bonjour", uuid4().hex, COUNTER, now())


async def test_each_is_as_it_was_in_whose_hands_it_was(database: Database) -> None:
    waiting, answered = await a_case(database), await a_case(database)
    claire = await an_agent(database)
    await replies(answered, claire)
    question = await answered.writes("et demain ?")
    before = [(await one.ticket(), await one.conversation()) for one in (waiting, answered)]
    done = await closes(database, claire, waiting, answered)
    assert [one.after["status"] for one in done] == ["closed", "closed"]
    taken = await takes_back(database, claire, done, waiting, answered)
    assert set(taken.values()) == {None}
    for case, (ticket, talk) in zip((waiting, answered), before, strict=True):
        now_ticket, now_talk = await case.ticket(), await case.conversation()
        assert {k: now_ticket[k] for k in KEPT} == {k: ticket[k] for k in KEPT}
        assert (now_talk["owner"], now_talk["waiting_since"]) == (
            talk["owner"],
            talk["waiting_since"],
        )
        assert (await case.kinds())[-2:] == ["closed", "unclosed"]
        assert "reste ouverte" in (await case.said())[-1][1]
    async with database.transaction() as tx:  # the question waits again
        with pytest.raises(Conflict):
            await answering.close(
                tx, claire, answered.reference, COUNTER, now(), seen_through=question - 1
            )


async def test_what_somebody_touched_since_stays_closed_and_is_named(database: Database) -> None:
    noted, written, left = [await a_case(database) for _ in range(3)]
    claire, paul = await an_agent(database), await an_agent(database, "Paul")
    done = await closes(database, claire, noted, written, left)
    async with database.transaction() as tx:
        await answering.note(tx, paul, noted.reference, "à relire", uuid4().hex, now())
    await written.writes("non")
    taken = await takes_back(database, claire, done, noted, written, left)
    assert taken == {
        noted.reference: "conflict",
        written.reference: "conflict",
        left.reference: None,
    }
    assert (await noted.ticket())["status"] == "closed"


async def test_only_whoever_closed_it_takes_it_back_and_soon(database: Database) -> None:
    case = await a_case(database)
    claire, paul = await an_agent(database), await an_agent(database, "Paul")
    done = await closes(database, claire, case)
    assert (await takes_back(database, paul, done, case))[case.reference] == "conflict"
    undo = done[0].undo
    assert isinstance(undo, Unclose)
    late = now() + unclosing.WITHIN + timedelta(seconds=1)
    (outcome,) = await Bulk(claire, undo, uuid4().hex, COUNTER, late).perform(
        database, [case.reference]
    )
    assert outcome.refused == "conflict"
    assert (await takes_back(database, claire, done, case))[case.reference] is None


async def test_what_others_heard_of_is_not_taken_back(database: Database) -> None:
    lead, joined, by_mail = [await a_case(database) for _ in range(3)]
    claire = await an_agent(database)
    async with database.transaction() as tx:
        await merging.merge(
            tx, claire, joined.reference, lead.reference, COUNTER, now(), tells=True
        )
        await tx.execute(
            update(Ticket)
            .where(Ticket.reference == by_mail.reference)
            .values(reach=Reach.EMAIL.value, contact="ada@example.org")
        )
    done = await closes(database, claire, lead, by_mail)
    taken = await takes_back(database, claire, done, lead, by_mail)
    assert set(taken.values()) == {"conflict"}
