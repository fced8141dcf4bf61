"""`bench duplicates`: what a new report may repeat, among ten thousand stored ones and a million.

The peer is the same question asked of the table without its spatial index, as it would be without
this design. All on a private server of the bench's own, with rows spread over the metropolis as
reports are: half of them around fifty busy places.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import text

from bot.service_requests import store, twins
from bot.service_requests.draft import Draft
from bot.services.catalogue_files import load_catalogue
from bot.settings import Settings
from bot.storage.private_postgres import PrivatePostgres
from bot.storage.schema import migrate
from bot.storage.tables import utc_now
from bot.storage.transaction import Database
from tests.bench.printed import plain

SIZES = (10_000, 1_000_000)
ASKED = 400
RADIUS_M = 60
SOMEBODY, WHO_ASKS, PLACE = (UUID(int=n) for n in (1, 2, 3))
CENTRE = (45.757, 4.835)
_FILL = """
INSERT INTO service_request (reference, service, commune, citizen_id, conversation_id,
    description, answers, address, place_key, latitude, longitude, dangerous, channel, status,
    filed_at)
SELECT 'B-' || n, (CAST(:services AS text[]))[1 + n % :kinds], '69123', :citizen, :conversation,
    'trou dangereux sur la chaussée numéro ' || n, '{}', n || ' rue du test', n || ' rue du test',
    CASE WHEN n % 2 = 0 THEN :latitude + (random() - 0.5) * 0.36
        ELSE :latitude + sin(n % 50) * 0.1 + (random() - 0.5) * 0.01 END,
    CASE WHEN n % 2 = 0 THEN :longitude + (random() - 0.5) * 0.5
        ELSE :longitude + cos(n % 50) * 0.15 + (random() - 0.5) * 0.014 END,
    false, 'web', CASE WHEN n % 3 = 0 THEN 'new' WHEN n % 3 = 1 THEN 'in_progress'
        ELSE 'resolved' END,
    now() - random() * interval '150 days'
FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS n
"""


async def measure(settings: Settings, tell: Callable[[str], None]) -> dict[str, Any]:
    """Milliseconds a new report; `growth` is the median at the most over that at the least,
    `ratio` how much dearer the last is without the index."""
    catalogue = load_catalogue(settings.root / "catalogue")
    services = sorted(service.code for service in catalogue.offered(None))
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        server = PrivatePostgres(Path(folder) / "state", durable=False)
        url = await server.start()
        database = Database(url, pool_size=1)
        try:
            await migrate(url)
            await _somebody(database)
            stored = 0
            for size in SIZES:
                tell(f"{size:,} requests")
                await _fill(database, services, stored + 1, size)
                stored = size
                times, found = await _asked(database, services, ASKED)
                figures[f"p50_ms_{size}"], figures[f"p95_ms_{size}"] = _cuts(times)
                figures[f"candidates_{size}"] = found / ASKED
            figures["growth"] = figures[f"p50_ms_{SIZES[1]}"] / figures[f"p50_ms_{SIZES[0]}"]
            tell("the same without the spatial index")
            async with database.transaction() as tx:
                await tx.execute(text("DROP INDEX ix_service_request_open_point"))
            times, _ = await _asked(database, services, ASKED // 20)
            figures["without_index_p50_ms"] = statistics.median(times)
            figures["ratio"] = figures["without_index_p50_ms"] / figures[f"p50_ms_{SIZES[1]}"]
        finally:
            await database.close()
            await server.remove()
    return figures


def printed(figures: dict[str, Any]) -> Iterator[str]:
    return plain(figures)


async def _somebody(database: Database) -> None:
    async with database.transaction() as tx:
        for citizen in (SOMEBODY, WHO_ASKS):
            await tx.execute(
                text("INSERT INTO citizen (id, created_at) VALUES (:id, now())"), {"id": citizen}
            )
        await tx.execute(
            text(
                "INSERT INTO conversation (id, citizen_id, channel, address, language,"
                " introduced, owner, last_seq, attempts, read_by_agent, created_at, updated_at)"
                " VALUES (:id, :citizen, 'web', 'bench', 'fr', true, 'bot', 0, 0, 0, now(), now())"
            ),
            {"id": PLACE, "citizen": SOMEBODY},
        )


async def _fill(database: Database, services: list[str], first: int, last: int) -> None:
    step = 50_000
    for start in range(first, last + 1, step):
        async with database.transaction() as tx:
            await tx.execute(
                text(_FILL),
                {
                    "services": services,
                    "kinds": len(services),
                    "citizen": SOMEBODY,
                    "conversation": PLACE,
                    "latitude": CENTRE[0],
                    "longitude": CENTRE[1],
                    "first": start,
                    "last": min(last, start + step - 1),
                },
            )
    async with database.transaction() as tx:
        await tx.execute(text("ANALYZE service_request"))


async def _asked(database: Database, services: list[str], times: int) -> tuple[list[float], int]:
    """Duration of each search in milliseconds, and how many candidates they found together."""
    chance = random.Random(7)
    taken, found = [], 0
    for number in range(times):
        busy = number % 2 * 0.1
        draft = Draft(
            service=services[number % len(services)],
            description="gros trou sur la route",
            commune="69123",
            address=f"{number} rue du test",
            latitude=CENTRE[0] + chance.uniform(-0.15, 0.15) * (1 - busy),
            longitude=CENTRE[1] + chance.uniform(-0.2, 0.2) * (1 - busy),
        )
        now = utc_now()
        started = time.perf_counter()
        async with database.transaction() as tx:
            near = await store.twins(tx, WHO_ASKS, draft, services, RADIUS_M, now)
        found += len(twins.ranked(draft, near, RADIUS_M, now))
        taken.append((time.perf_counter() - started) * 1000)
    return taken, found


def _cuts(times: list[float]) -> tuple[float, float]:
    cuts = statistics.quantiles(times, n=20)
    return cuts[9], cuts[18]
