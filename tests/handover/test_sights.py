"""Whoever sees words of other tickets beside the one that is open is in the audit log."""

from __future__ import annotations

from uuid import uuid4

from bot.accounts.rules import Agent, Role
from bot.audit import store as audit
from bot.audit.rules import Wanted
from bot.handover import merging, packet, splitting
from bot.storage.transaction import Database
from tests.handover.builders import COUNTER, OULLINS, a_case, an_agent
from tests.turn.scripted import now

READER = Agent(uuid4(), "Nadia", Role.COMMUNE_ADMINISTRATOR, frozenset({OULLINS}))


async def lines(database: Database, agent: Agent) -> list[tuple[str, str]]:
    """What an agent of that name did, the newest first."""
    async with database.transaction() as tx:
        found = await audit.entries(tx, READER, Wanted(who=agent.name))
    return [(one.action, one.subject) for one in found]


async def test_the_tickets_that_are_proposed_are_a_list_that_was_seen(database: Database) -> None:
    one, _ = await a_case(database), await a_case(database)
    agent = await an_agent(database, uuid4().hex)
    async with database.transaction() as tx:
        for _ in range(2):
            assert await merging.proposals(tx, agent, one.reference, now())
    assert await lines(database, agent) == [("list.seen", f"mergeable:{one.reference}")]


async def test_a_ticket_that_is_named_was_seen(database: Database) -> None:
    one, lead = await a_case(database), await a_case(database)
    agent = await an_agent(database, uuid4().hex)
    async with database.transaction() as tx:
        await merging.named(tx, agent, one.reference, lead.reference, now())
    assert await lines(database, agent) == [("ticket.seen", lead.reference)]


async def test_each_ticket_that_goes_on_in_another_was_seen_with_it(database: Database) -> None:
    one, lead = await a_case(database), await a_case(database)
    claire, agent = await an_agent(database), await an_agent(database, uuid4().hex)
    async with database.transaction() as tx:
        await merging.merge(tx, claire, one.reference, lead.reference, COUNTER, now())
        await packet.packet(tx, agent, lead.reference, COUNTER, "fr", now())
    assert await lines(database, agent) == [
        ("ticket.seen", one.reference),
        ("ticket.seen", lead.reference),
    ]


async def test_the_ticket_that_another_was_parted_from_was_seen_with_it(
    database: Database,
) -> None:
    case = await a_case(database, "la rue")
    second = await case.writes("et la lampe")
    claire, agent = await an_agent(database), await an_agent(database, uuid4().hex)
    async with database.transaction() as tx:
        part = await splitting.split(
            tx, claire, case.reference, splitting.Part([second], "voirie"), COUNTER, now(), "s"
        )
    async with database.transaction() as tx:
        await packet.packet(tx, agent, part, COUNTER, "fr", now())
    assert await lines(database, agent) == [
        ("ticket.seen", case.reference),
        ("ticket.seen", part),
    ]
