"""What is counted of a period, on rows that are known."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from bot.accounts.rules import Agent, Role
from bot.errors import Forbidden
from bot.figures import history, rows
from bot.figures.history import History
from bot.figures.rules import Chosen, Period, Step, Wanted, What
from bot.storage.transaction import Database
from bot.tickets import store as tickets
from tests.figures.builders import RILLIEUX, Past, at
from tests.handover.builders import BRON, CATALOGUE

MARCH = Period.between(date(2026, 3, 2), date(2026, 3, 15), Step.WEEK)
FIRST, SECOND = MARCH.points
NOW = at(20)
EVERYTHING = Chosen()


def a_lead(towns: frozenset[str] | None = frozenset({RILLIEUX})) -> Agent:
    return Agent(UUID(int=1), "Chantal", Role.SUPERVISOR, towns)


@pytest.fixture
async def past(database: Database) -> Past:
    return await Past.of(database)


async def read(past: Past, chosen: Chosen = EVERYTHING, agent: Agent | None = None) -> History:
    async with past.database.transaction() as tx:
        return await history.read(tx, agent or a_lead(), MARCH, chosen, CATALOGUE, NOW)


async def references(
    past: Past, what: What, agent: Agent | None = None, **more: object
) -> list[str]:
    wanted = Wanted(what, MARCH, **more)  # type: ignore[arg-type]
    async with past.database.transaction() as tx:
        page = await rows.page(tx, agent or a_lead(), wanted, CATALOGUE, NOW, 0, 50)
    assert page.total == len(page.rows)
    return [row[1] for row in page.rows]


async def test_first_answers_are_counted_in_the_teams_opening_time(past: Past) -> None:
    await past.ticket(at(2, 9), at(2, 10), at(2, 11))
    await past.ticket(at(6, 16, 30), at(9, 9), at(9, 10))  # from Friday evening on
    await past.ticket(at(3, 9), at(3, 9, 1), at(3, 10), reason="pulled")  # nobody waited
    found = await read(past)
    waits = {point: one.median for point, one in found.answered.items()}
    assert waits == {FIRST: 3600, SECOND: 3600}
    assert found.total(What.TICKETS_OPENED) == 3


async def test_what_is_open_at_the_end_of_each_week(past: Past) -> None:
    await past.ticket(at(20, month=2), closed=at(10))
    left = await past.ticket(at(3))
    await past.ticket(at(4), closed=at(5))
    late = await past.ticket(at(16))  # after the period
    found = await read(past)
    assert dict(found.open_tickets) == {FIRST: 2, SECOND: 1}
    assert sum(found.ticket_ages) == 1
    assert await references(past, What.TICKETS_OPEN) == [left]
    assert late not in await references(past, What.TICKETS_OPENED)


async def test_requests_that_were_open_and_came_back(past: Past) -> None:
    await past.request(at(20, month=2), ("resolved", at(4)), score="good")
    again = await past.request(at(3), ("resolved", at(5)), ("reopened", at(11)))
    await past.request(at(10), ("resolved", at(17)), ("archived", at(18)), score="bad")
    found = await read(past)
    assert dict(found.open_requests) == {FIRST: 0, SECOND: 2}
    assert sum(found.request_ages) == 2
    assert found.counts[What.REQUESTS_RESOLVED] == {FIRST: 2}
    assert found.counts[What.REQUESTS_GOOD] == {FIRST: 1}
    assert found.total(What.REQUESTS_BAD) == 0  # it was said after the period
    assert await references(past, What.REQUESTS_REOPENED) == [again]
    assert found.resolved[FIRST].median == 2


async def test_solved_alone_is_without_a_person_and_not_left_in_doubt(past: Past) -> None:
    await past.conversation(at(3))
    doubted = await past.conversation(at(3), last_seq=1)
    await past.message(doubted, 1, at(3), text="le truc bidule", content={"doubted": True})
    cleared = await past.conversation(at(4), last_seq=2)
    await past.message(cleared, 1, at(4), text="le machin", content={"doubted": True})
    await past.message(cleared, 2, at(4, 10), text="un trou dans la rue")
    await past.ticket(at(5))
    found = await read(past)
    assert found.counts[What.CONVERSATIONS_BEGUN] == {FIRST: 4}
    assert found.alone == {FIRST: 2}
    assert sorted(said.text for said in found.misunderstood) == ["le machin", "le truc bidule"]


async def test_a_ticket_of_another_town_is_not_named_beside_what_was_not_understood(
    past: Past,
) -> None:
    own = await past.ticket(at(3))
    async with past.database.transaction() as tx:
        talk = (await tickets.by_reference(tx, own))["conversation_id"]
        await tickets.change(tx, own, status="closed", closed_at=at(4))
    await past.message(talk, 1, at(3), text="le bidule", content={"doubted": True})
    later = await past.ticket(at(5), commune=BRON)
    async with past.database.transaction() as tx:
        await tickets.change(tx, later, conversation_id=talk)
    for agent, reference in ((a_lead(), own), (a_lead(None), later)):
        (said,) = (await read(past, Chosen(town=RILLIEUX), agent)).misunderstood
        assert said.reference == reference


async def test_figures_are_of_ones_own_towns_and_for_those_who_lead(past: Past) -> None:
    reference = await past.ticket(at(3))
    elsewhere = a_lead(frozenset({BRON}))
    assert reference not in await references(past, What.TICKETS_OPENED, elsewhere)
    for agent, chosen in (
        (Agent(UUID(int=2), "Claire", Role.AGENT, None), Chosen()),
        (elsewhere, Chosen(town=RILLIEUX)),
    ):
        with pytest.raises(Forbidden):
            await read(past, chosen, agent)
        with pytest.raises(Forbidden):
            await references(past, What.TICKETS_OPENED, agent, chosen=chosen)


async def test_every_count_has_as_many_rows_in_its_list(past: Past) -> None:
    await past.ticket(at(3), at(3, 10), at(4), score="good", conversation={"channel": "telegram"})
    reopened = await past.ticket(at(3), at(3, 11), team="voirie")
    await past.ticket_event(reopened, "reopened", at(9))
    await past.request(at(3), ("resolved", at(5)), score="bad")
    found = await read(past)
    for what, counts in found.counts.items():
        assert sum(counts.values()) == len(await references(past, what)), what
    narrowed = await read(past, Chosen(team="voirie"))
    assert narrowed.total(What.TICKETS_OPENED) == 1
    assert narrowed.total(What.REQUESTS_FILED) == 1
    assert What.MISUNDERSTOOD not in narrowed.counts
    assert dict(found.tickets_by_channel) == {"telegram": 1, "web": 1}
