"""What nobody could take when it came finds somebody later, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from bot.accounts.rules import Agent
from bot.conversations import store as conversations
from bot.handover import answering, passing, snoozing
from bot.handover.assigning_again import Assigner
from bot.handover.letting_go import let_go
from bot.handover.relieving import Reliever
from bot.storage.transaction import Database
from bot.teams import operations
from bot.tickets import store as tickets
from bot.tickets.rules import EventKind, Priority
from tests.handover.builders import COUNTER, Case
from tests.teams.test_assigning import (
    AT,
    a_member,
    a_waiting,
    assignee,
    chantal,
    minutes,
)

__all__ = ["chantal"]  # the fixture

CLAIRE, PAUL = UUID(int=1), UUID(int=2)


def an_event(
    kind: EventKind, agent: UUID | None = None, to: UUID | None = None
) -> dict[str, object]:
    return {"kind": kind.value, "agent_id": agent, "data": {"to": None if to is None else str(to)}}


@pytest.mark.parametrize(
    ("events", "gone"),
    [
        ([an_event(EventKind.OPENED)], set()),
        ([an_event(EventKind.ASSIGNED, to=CLAIRE), an_event(EventKind.ASSIGNED, PAUL)], {CLAIRE}),
        ([an_event(EventKind.TAKEN, CLAIRE), an_event(EventKind.ESCALATED)], {CLAIRE}),
        ([an_event(EventKind.ASSIGNED, to=CLAIRE), an_event(EventKind.ASSIGNED)], set()),
        (
            [
                an_event(EventKind.TAKEN, CLAIRE),
                an_event(EventKind.ASSIGNED, CLAIRE),
                an_event(EventKind.TRANSFERRED, PAUL),
            ],
            set(),
        ),
    ],
    ids=["nobody", "put back", "unanswered", "away", "another queue"],
)
def test_who_let_a_ticket_go_gets_it_no_more_by_themselves(
    events: list[dict[str, object]], gone: set[UUID]
) -> None:
    assert let_go(events) == gone


async def look(database: Database, at: datetime = AT) -> int:
    return await Assigner(database, COUNTER, lambda: at).look()


async def closes(database: Database, agent: Agent, case: Case) -> None:
    async with database.transaction() as tx:
        await answering.close(tx, agent, case.reference, COUNTER, AT)


async def sets_away(database: Database, agent: Agent, *, is_away: bool) -> None:
    async with database.transaction() as tx:
        await operations.set_away(tx, agent, AT, is_away=is_away)


async def test_it_waits_until_somebody_of_the_team_comes(
    database: Database, chantal: Agent
) -> None:
    case = await a_waiting(database)
    assert (await look(database), await assignee(case)) == (0, None)
    paul = await a_member(database, "Paul")
    await sets_away(database, paul, is_away=True)
    assert await look(database) == 0
    await sets_away(database, paul, is_away=False)
    assert (await look(database), await assignee(case)) == (1, "Paul")
    assert await look(database) == 0
    assert (await case.kinds())[-1] == "assigned"


async def test_a_place_that_becomes_free_goes_to_the_most_urgent_then_the_oldest(
    database: Database, chantal: Agent
) -> None:
    paul = await a_member(database, "Paul", capacity=1)
    in_hand = await a_waiting(database, at=AT - minutes(9))
    newer = await a_waiting(database, at=AT - minutes(5))
    older = await a_waiting(database, at=AT - minutes(8))
    urgent = await a_waiting(database, at=AT - minutes(1))
    async with database.transaction() as tx:
        await passing.prioritise(tx, chantal, urgent.reference, Priority.URGENT, AT)
    assert (await assignee(in_hand), await look(database)) == ("Paul", 0)
    order = []
    for done in (in_hand, urgent, older):
        await closes(database, paul, done)
        assert await look(database) == 1
        order.append([await assignee(case) for case in (urgent, older, newer)])
    assert order == [["Paul", None, None], ["Paul", "Paul", None], ["Paul", "Paul", "Paul"]]


async def test_what_is_put_aside_leaves_room_and_is_not_given_out(
    database: Database, chantal: Agent
) -> None:
    paul = await a_member(database, "Paul", capacity=1)
    first, second = await a_waiting(database), await a_waiting(database)
    async with database.transaction() as tx:
        await snoozing.snooze(tx, paul, first.reference, AT + timedelta(days=1), AT)
    assert (await look(database), await assignee(second)) == (1, "Paul")
    later = await a_waiting(database)
    async with database.transaction() as tx:
        await snoozing.snooze(tx, chantal, later.reference, AT + timedelta(days=1), AT)
    await closes(database, paul, second)
    assert (await look(database), await assignee(later)) == (0, None)


async def test_the_working_day_has_to_begin(database: Database, chantal: Agent) -> None:
    case = await a_waiting(database)
    await a_member(database, "Paul")
    before_opening = AT.replace(hour=6)
    assert (await look(database, before_opening), await assignee(case)) == (0, None)
    assert (await look(database), await assignee(case)) == (1, "Paul")


async def test_who_put_it_back_does_not_get_it_again_and_another_does(
    database: Database, chantal: Agent
) -> None:
    paul = await a_member(database, "Paul")
    case = await a_waiting(database)
    async with database.transaction() as tx:
        await passing.assign(tx, paul, case.reference, None, COUNTER, AT)
    assert (await look(database), await assignee(case)) == (0, None)
    await a_member(database, "Lina")
    assert (await look(database), await assignee(case)) == (1, "Lina")


async def test_who_was_away_gets_it_again(database: Database, chantal: Agent) -> None:
    paul = await a_member(database, "Paul")
    case = await a_waiting(database)
    await sets_away(database, paul, is_away=True)
    later = AT + minutes(31)
    assert await Reliever(database, COUNTER, lambda: later).look() == 1
    assert (await look(database, later), await assignee(case)) == (0, None)
    await sets_away(database, paul, is_away=False)
    assert (await look(database, later), await assignee(case)) == (1, "Paul")


async def test_several_processes_give_nothing_out_twice(database: Database, chantal: Agent) -> None:
    cases = [await a_waiting(database) for _ in range(4)]
    for name in ("Paul", "Lina"):
        await a_member(database, name, capacity=1)
    counts = await asyncio.gather(*(look(database) for _ in range(3)))
    assert sum(counts) == 2
    names = [await assignee(case) for case in cases]
    assert sorted(name for name in names if name) == ["Lina", "Paul"]
    async with database.transaction() as tx:
        events = [await tickets.history(tx, case.reference) for case in cases]
    assert sum(e["kind"] == "assigned" for history in events for e in history) == 2


async def test_what_a_member_does_not_know_waits_while_the_next_goes_to_them(
    database: Database, chantal: Agent
) -> None:
    first, second = await a_waiting(database), await a_waiting(database, at=AT + minutes(1))
    await a_member(database, "Paul", languages=frozenset({"en"}))
    async with database.transaction() as tx:
        conversation = await second.conversation()
        await conversations.change(tx, conversation["id"], language="en")
    assert await look(database, AT + minutes(2)) == 1
    assert (await assignee(first), await assignee(second)) == (None, "Paul")
