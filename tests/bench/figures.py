"""`bench figures`: what a lead's pages of figures ask of the database, among 196 000 tickets and as
many requests of a year, on a private server of the bench's own.

The peer is what the durations cost when their rows are fetched and measured one by one.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from bot.accounts.rules import Agent, Role
from bot.figures import history, live
from bot.figures.opening_time import OpeningClock
from bot.figures.rules import Chosen, Period
from bot.services.catalogue_files import load_catalogue
from bot.services.opening import hours_of
from bot.services.rules import Catalogue
from bot.services.working_days import local_date
from bot.settings import Settings
from bot.storage.private_postgres import PrivatePostgres
from bot.storage.schema import migrate
from bot.storage.tables import utc_now
from bot.storage.transaction import Database
from bot.tickets.tables import Ticket
from tests.bench.printed import plain

ROWS, AT_ONCE, YEAR_DAYS = 196_000, 14_000, 365
OPEN = 300
TIMES = 7
LEAD = Agent(UUID(int=1), "Chantal", Role.METROPOLIS_ADMINISTRATOR, None)
_ID = "CAST(lpad(to_hex({n}), 32, '0') AS uuid)"
_MADE = f"""
WITH made AS (
    SELECT n, {_ID.format(n="n")} AS id, CAST(:now AS timestamptz)
        - n * (interval '{YEAR_DAYS} days' / {ROWS}) AS began,
        random() AS chance, (ARRAY['69123','69029','69149','69256'])[1 + n % 4] AS town
    FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS n
)
"""
_CONVERSATIONS = """
INSERT INTO conversation (id, citizen_id, channel, address, language, commune, introduced, owner,
    last_seq, attempts, read_by_agent, created_at, updated_at)
SELECT id, :citizen, CASE WHEN n % 3 = 0 THEN 'telegram' ELSE 'web' END, CAST(n AS text), 'fr',
    town, true, CASE WHEN n <= :open THEN 'queued' ELSE 'bot' END, 2, 0, 0, began, began FROM made
"""
_MESSAGES = """
INSERT INTO message (id, conversation_id, seq, sender, kind, text, content, at, answered_by)
SELECT gen_random_uuid(), id, said, CASE said WHEN 1 THEN 'citizen' ELSE 'assistant' END, 'text',
    'la carte de cantine numéro ' || n % 97,
    CASE WHEN said = 1 AND chance < 0.05 THEN '{"doubted": true}' ELSE '{}' END::jsonb,
    began, gen_random_uuid() FROM made, generate_series(1, 2) AS said
"""
_TICKETS = """
INSERT INTO ticket (reference, conversation_id, citizen_id, commune, team, subject, reason,
    priority, summary, status, reach, packet, opened_at, queued_since, opened_seq, place_opened,
    first_reply_at, closed_at, score)
SELECT 'T-' || n, id, :citizen, town, (CAST(:teams AS text[]))[1 + n % :kinds], 'human', 'asked',
    'normal', '', CASE WHEN n <= :open THEN 'open' ELSE 'closed' END, 'live', '{}', began, began,
    1, 0, CASE WHEN n > :open THEN began + chance * interval '9 hours' END,
    CASE WHEN n > :open THEN began + chance * interval '40 hours' END,
    CASE WHEN n % 3 = 0 THEN 'good' WHEN n % 11 = 0 THEN 'bad' END FROM made
"""
_REQUESTS = """
INSERT INTO service_request (reference, service, commune, citizen_id, conversation_id, description,
    answers, dangerous, channel, status, filed_at)
SELECT 'R-' || n, (CAST(:services AS text[]))[1 + n % 20], town, :citizen, id, '', '{}', false,
    'web', CASE WHEN n % 20 = 0 THEN 'in_progress' ELSE 'resolved' END, began FROM made
"""
_CHANGES = """
INSERT INTO status_change (id, reference, status, actor, at)
SELECT gen_random_uuid(), 'R-' || n, 'resolved', 'agent', began + chance * interval '12 days'
FROM made WHERE n % 20 <> 0
"""


async def measure(settings: Settings, tell: Callable[[str], None]) -> dict[str, Any]:
    """Medians in milliseconds."""
    catalogue = load_catalogue(settings.root / "catalogue")
    with tempfile.TemporaryDirectory() as folder:
        server = PrivatePostgres(Path(folder) / "state", durable=False)
        url = await server.start()
        database = Database(url, pool_size=1)
        try:
            await migrate(url)
            tell(f"{ROWS:,} tickets and requests")
            await _fill(database, catalogue)
            tell("figures")
            return await _figures(database, catalogue)
        finally:
            await database.close()
            await server.remove()


def printed(figures: dict[str, Any]) -> Iterator[str]:
    return plain(figures)


async def _fill(database: Database, catalogue: Catalogue) -> None:
    known = {
        "citizen": UUID(int=2),
        "now": utc_now(),
        "open": OPEN,
        "teams": sorted(catalogue.teams),
        "kinds": len(catalogue.teams),
        "services": sorted(catalogue.services)[:20],
    }
    async with database.transaction() as tx:
        await tx.execute(
            text("INSERT INTO citizen (id, created_at) VALUES (:citizen, :now)"), known
        )
    for first in range(1, ROWS + 1, AT_ONCE):
        part = known | {"first": first, "last": min(first + AT_ONCE - 1, ROWS)}
        for insert in (_CONVERSATIONS, _MESSAGES, _TICKETS, _REQUESTS, _CHANGES):
            async with database.transaction() as tx:
                await tx.execute(text(_MADE + insert), part)
    async with database.transaction() as tx:
        await tx.execute(text("SET LOCAL statement_timeout = 0"))
        await tx.execute(text("ANALYZE"))


async def _figures(database: Database, catalogue: Catalogue) -> dict[str, Any]:
    now = utc_now()

    async def of_period(days: int) -> None:
        period = Period.latest(days, local_date(now))
        async with database.transaction() as tx:
            await history.read(tx, LEAD, period, Chosen(), catalogue, now)

    async def of_now() -> None:
        async with database.transaction() as tx:
            await live.look(tx, LEAD, Chosen(), catalogue, now)

    return {
        "tickets": ROWS,
        "history_30_days_ms": await _median_ms(lambda: of_period(30)),
        "history_365_days_ms": await _median_ms(lambda: of_period(YEAR_DAYS)),
        "live_ms": await _median_ms(of_now),
        "one_by_one_365_days_ms": await _median_ms(lambda: _one_by_one(database, catalogue, now)),
    }


async def _median_ms(ask: Callable[[], Awaitable[None]]) -> float:
    await ask()  # plans and pages are warm, as they are in a service
    times = []
    for _ in range(TIMES):
        began = time.perf_counter()
        await ask()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


async def _one_by_one(database: Database, catalogue: Catalogue, now: datetime) -> None:
    """The two durations of tickets, measured here."""
    first, last = local_date(now - timedelta(days=YEAR_DAYS)), local_date(now)
    clocks = {
        code: OpeningClock.between(hours_of(team), first, last)
        for code, team in catalogue.teams.items()
    }
    for until in (Ticket.first_reply_at, Ticket.closed_at):
        async with database.transaction() as tx:
            asked = select(Ticket.team, Ticket.opened_at, until).where(until.is_not(None))
            for team, since, at in await tx.execute(asked):
                if at is not None:
                    clocks[team].between_s(since, at)
