"""Who reads what citizens wrote from the figures is in the audit log."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from bot.accounts.rules import Agent, Role
from bot.audit import store as audit
from bot.audit.rules import Wanted as Lines
from bot.figures import history, rows
from bot.figures.rules import Chosen, Period, Step, Wanted, What
from bot.storage.transaction import Database
from tests.figures.builders import RILLIEUX, at
from tests.handover.builders import BRON, CATALOGUE

MARCH = Period.between(date(2026, 3, 2), date(2026, 3, 15), Step.WEEK)
DAYS = "2026-03-02/2026-03-15"
NOW = at(20)
READER = Agent(uuid4(), "Nadia", Role.COMMUNE_ADMINISTRATOR, frozenset({RILLIEUX}))


def a_lead(*towns: str) -> Agent:
    return Agent(uuid4(), uuid4().hex, Role.SUPERVISOR, frozenset(towns) or None)


async def lines(
    database: Database, agent: Agent, reader: Agent = READER
) -> list[tuple[str, str, str | None]]:
    async with database.transaction() as tx:
        found = await audit.entries(tx, reader, Lines(who=agent.name))
    return [(one.action, one.subject, one.commune) for one in found]


async def test_a_list_that_is_shown_is_one_line_in_a_while(database: Database) -> None:
    lead, wanted = a_lead(RILLIEUX), Wanted(What.MISUNDERSTOOD, MARCH)
    async with database.transaction() as tx:
        for first in (0, 50):
            await rows.page(tx, lead, wanted, CATALOGUE, NOW, first, 50)
    assert await lines(database, lead) == [
        ("figures.listed", f"misunderstood {RILLIEUX} {DAYS}", RILLIEUX)
    ]


async def test_each_list_that_is_taken_out_is_a_line(database: Database) -> None:
    lead, wanted = a_lead(RILLIEUX), Wanted(What.TICKETS_OPENED, MARCH)
    async with database.transaction() as tx:
        for _ in range(2):
            await rows.export(tx, lead, wanted, CATALOGUE, NOW)
        await history.export_doubts(tx, lead, MARCH, Chosen(), CATALOGUE, NOW)
    assert await lines(database, lead) == [
        ("figures.exported", f"doubts {RILLIEUX} {DAYS}", RILLIEUX),
        *[("figures.exported", f"tickets_opened {RILLIEUX} {DAYS}", RILLIEUX)] * 2,
    ]


async def test_what_was_not_understood_is_seen_with_a_period_s_figures(database: Database) -> None:
    lead = a_lead(RILLIEUX, BRON)
    every_town = Agent(uuid4(), "Nadia", Role.METROPOLIS_ADMINISTRATOR, None)
    async with database.transaction() as tx:
        for chosen in (Chosen(), Chosen(town=RILLIEUX), Chosen(team="voirie")):
            await history.read(tx, lead, MARCH, chosen, CATALOGUE, NOW)
        counts = Chosen(town=BRON)  # as numbers only
        await history.read(tx, lead, MARCH, counts, CATALOGUE, NOW, with_words=False)
    both = ",".join(sorted((RILLIEUX, BRON)))
    assert await lines(database, lead, every_town) == [
        ("figures.listed", f"doubts {RILLIEUX} {DAYS}", RILLIEUX),
        ("figures.listed", f"doubts {both} {DAYS}", None),
    ]


async def test_whoever_leads_every_town_has_seen_all_of_them(database: Database) -> None:
    lead, wanted = a_lead(), Wanted(What.QUEUED, MARCH)
    every_town = Agent(uuid4(), "Nadia", Role.METROPOLIS_ADMINISTRATOR, None)
    async with database.transaction() as tx:
        await rows.page(tx, lead, wanted, CATALOGUE, NOW, 0, 50)
    assert await lines(database, lead, every_town) == [("figures.listed", f"queued * {DAYS}", None)]
