"""`bench console`: the agents' lists and their search, asked at their doors over HTTP, with two
thousand conversations and with two hundred thousand (two million messages).

One process with its own PostgreSQL. Agents of one town and of every town ask in turn: each list,
and searches as agents make them, by a word, two or three of a citizen's own, a name, a place, with
filters, by reference. `--scale 0.05` fills ten thousand.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

import aiohttp
import psycopg
from aiohttp.test_utils import BaseTestServer, TestServer
from sqlalchemy import insert

from bot.accounts import session_store
from bot.accounts.rules import Role
from bot.accounts.tables import AgentAccount
from bot.app import assemble
from bot.services.catalogue_files import load_catalogue
from bot.services.rules import Catalogue
from bot.settings import Settings
from bot.storage.private_postgres import PrivatePostgres
from bot.storage.schema import migrate
from bot.storage.tables import utc_now
from bot.storage.transaction import Database
from bot.web.agent.asking import QUEUES
from bot.web.agent.session import COOKIE
from bot.web.public import public_application
from tests.bench import console_rows
from tests.bench.printed import table

FEWEST, MOST = 2_000, 200_000
AGENTS = 40
ASKED = 400
"""Of each kind; as many agents as there are ask in turn, so that none asks too often."""
WARM_UP = 40
TOWNS = ("69123", "69266", "69149", "69029", "69034", "69282", "69290", "69191", "69244", "69286")
TOWN_NAMES = ("lyon", "villeurbanne", "oullins", "bron", "caluire", "meyzieu")
LONG_ENOUGH = 4
"""Letters of a word that somebody would look for."""


async def measure(
    settings: Settings, tell: Callable[[str], None], scale: float = 1.0
) -> dict[str, Any]:
    """Milliseconds from asking to the whole answer, at the 95th percentile; `growth`: the same by
    the number of conversations."""
    chance = random.Random(9)
    said, names = console_rows.sentences(settings.root), console_rows.names(chance)
    catalogue = load_catalogue(settings.root / "catalogue")
    growth: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        server = PrivatePostgres(Path(folder) / "state", durable=False)
        url = await server.start()
        database = Database(url)
        try:
            await migrate(url)
            tokens = await _agents(database)
            await console_rows.keep_words(database, said, names)
            filled = 0
            for rows in (FEWEST, max(FEWEST * 2, round(MOST * scale))):
                tell(f"{rows:,} conversations, {rows * console_rows.MESSAGES:,} messages")
                values = _values(catalogue, said, names)
                await console_rows.fill(database, filled + 1, rows, values, tell)
                filled = rows
                await _at_rest(url)
                tell("lists and searches")
                own = Settings(settings.root, Path(folder) / "own", url)
                service = assemble(own, database, url, catalogue, "s" * 32)
                async with TestServer(public_application(service)) as doors:
                    growth[str(rows)] = {
                        "inbox_p95": _p95(await _asked(doors, tokens, _lists())),
                        "search_p95": _p95(
                            await _asked(doors, tokens, _searches(chance, said, names, rows))
                        ),
                    }
                service.internal_socket.parent.rmdir()
        finally:
            await database.close()
            await server.remove()
    return {"rows": filled, **growth[str(filled)], "growth": growth}


def printed(figures: dict[str, Any]) -> Iterator[str]:
    return table(
        ("conversations", "inbox, p95, ms", "search, p95, ms"),
        [(rows, one["inbox_p95"], one["search_p95"]) for rows, one in figures["growth"].items()],
    )


async def _at_rest(url: str) -> None:
    """As a year leaves it, not as the minute after two million rows at once does: the server does
    this by itself, at a time of its own."""
    plain = url.replace("+psycopg", "")
    async with await psycopg.AsyncConnection.connect(plain, autocommit=True) as connection:
        await connection.execute("VACUUM (ANALYZE)")
        await connection.execute("CHECKPOINT")


async def _agents(database: Database) -> list[str]:
    """Half of them serve every town, half one; their sessions."""
    tokens = []
    async with database.transaction() as tx:
        for n in range(AGENTS):
            made = insert(AgentAccount).values(
                login=f"agent{n}",
                name=f"Agent {n}",
                role=Role.AGENT.value,
                communes=None if n % 2 == 0 else [TOWNS[n % len(TOWNS)]],
                teams=["accueil"] if n % 4 == 1 else [],
                password_hash="-",
                is_active=True,
                created_at=utc_now(),
                id=_id(n),
            )
            await tx.execute(made)
            tokens.append(await session_store.open_session(tx, _id(n), "bench", utc_now()))
    return tokens


def _id(n: int) -> UUID:
    return UUID(int=n + 1)


def _values(catalogue: Catalogue, said: Sequence[str], names: Sequence[str]) -> dict[str, Any]:
    """What the rows are made of."""
    parts = {
        "town": TOWNS,
        "team": sorted(catalogue.teams),
        "service": sorted(one.code for one in catalogue.offered(None)),
        "tag": list(console_rows.TAGS),
    }
    values: dict[str, Any] = {
        "agents": AGENTS,
        "how_many": len(TOWNS),
        "sentence_count": len(said),
        "name_count": len(names),
    }
    for name, all_of in parts.items():
        values[f"{name}s"], values[f"{name}_count"] = list(all_of), len(all_of)
    return values


def _lists() -> list[str]:
    return [f"/agent/api/queue?queue={QUEUES[n % len(QUEUES)]}" for n in range(ASKED + WARM_UP)]


def _searches(
    chance: random.Random, said: Sequence[str], names: Sequence[str], rows: int
) -> list[str]:
    """In the proportions of a day: most by words, some by name, place, filter or reference."""

    def words(how_many: int) -> str:
        while True:
            known = [one for one in chance.choice(said).split() if len(one) >= LONG_ENOUGH]
            if len(known) >= how_many:
                return " ".join(chance.sample(known, how_many))

    kinds: list[Callable[[], str]] = [
        lambda: words(1),
        lambda: words(2),
        lambda: words(3),
        lambda: chance.choice(names),
        lambda: f"{chance.randint(1, 180)} rue {chance.choice(names)}",
        lambda: f"{words(1)} ville:{chance.choice(TOWN_NAMES)}",
        lambda: f"{words(1)} état:ouvert",
        lambda: f"étiquette:presse ville:{chance.choice(TOWN_NAMES)}",
        lambda: f"2026-{chance.randint(1, rows // 3) * 3:07d}",
        lambda: f"xylo{words(1)}",
    ]
    return [f"/agent/api/search?q={quote(kinds[n % len(kinds)]())}" for n in range(ASKED + WARM_UP)]


async def _asked(doors: BaseTestServer, tokens: Sequence[str], paths: Sequence[str]) -> list[float]:
    """Milliseconds of each, but for the first ones."""
    taken = []
    async with aiohttp.ClientSession(base_url=doors.make_url("/")) as http:
        for n, path in enumerate(paths):
            started = time.perf_counter()
            # Of one kind of question, all agents in turn, whatever the number of kinds.
            token = tokens[(n + n // len(tokens)) % len(tokens)]
            cookies = {"Cookie": f"{COOKIE}={token}"}
            async with http.get(path, headers=cookies) as answer:
                body = await answer.read()
            taken.append((time.perf_counter() - started) * 1000)
            if answer.status != 200:
                raise RuntimeError(f"{path}: {answer.status} {body[:200]!r}")
    return taken[WARM_UP:]


def _p95(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=20)[18]
