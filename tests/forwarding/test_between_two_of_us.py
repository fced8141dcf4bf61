"""Our own Open311 server as the outside town: a second service on a second database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer
from sqlalchemy import create_engine, select, text
from sqlalchemy.engine import make_url

from bot.app import assemble
from bot.forwarding.rules import Meaning, TheirAttribute, TheirService
from bot.open311 import operations as open311
from bot.service_requests.changes import Step, change_status
from bot.service_requests.rules import Actor, Status
from bot.service_requests.tables import ServiceRequest
from bot.settings import Settings
from bot.storage.schema import migrate
from bot.storage.transaction import Database
from bot.web.public import public_application
from tests.actions.desks import catalogue
from tests.forwarding.builders import OULLINS, Hand, a_system
from tests.running import ROOT
from tests.turn.scripted import now

KEY = "GUICHET_FORWARDING_OULLINS"


@dataclass(frozen=True)
class Outside:
    """A town that runs a Guichet of its own."""

    database: Database
    endpoint: str
    key: str

    async def filed(self) -> list[tuple[str, str, dict[str, object]]]:
        async with self.database.transaction() as tx:
            rows = await tx.execute(
                select(ServiceRequest.reference, ServiceRequest.description, ServiceRequest.answers)
            )
            return [(reference, body, answers) for reference, body, answers in rows]

    async def change(self, reference: str, status: Status) -> None:
        async with self.database.transaction() as tx:
            await change_status(tx, reference, Step(status, Actor.AGENT), now())


@pytest.fixture(scope="session")
def outside_url(database_url: str) -> str:
    """A database of the same server."""
    admin = create_engine(database_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE outside"))
    admin.dispose()
    url = make_url(database_url).set(database="outside").render_as_string(hide_password=False)
    asyncio.run(migrate(url))
    return url


@pytest.fixture
async def outside(outside_url: str, tmp_path: Path) -> AsyncIterator[Outside]:
    database = Database(outside_url, pool_size=3)
    settings = Settings(ROOT, tmp_path / "outside", outside_url)
    service = assemble(settings, database, outside_url, catalogue(), "s" * 32)
    async with database.transaction() as tx:
        await tx.execute(text("TRUNCATE service_request, open311_key CASCADE"))
        key = await open311.add_key(tx, "metropolis", OULLINS, now())
    async with TestServer(public_application(service)) as server:
        yield Outside(database, str(server.make_url("/open311/v2")), key)
    await database.close()
    service.internal_socket.parent.rmdir()


@pytest.fixture
def ours(hand: Hand, outside: Outside) -> Hand:
    """The hand, turned to that town."""
    hand.system = a_system(
        outside.endpoint,
        services={"pothole": TheirService("pothole", {"size": TheirAttribute("size")})},
        jurisdiction=OULLINS,
        key_variable=KEY,
        meanings=(Meaning("open", Status.PLANNED, "planifiée"),),
    )
    hand.keys, hand.at = {KEY: outside.key}, now()
    return hand


async def test_a_request_goes_there_and_its_news_come_back(ours: Hand, outside: Outside) -> None:
    reference = await ours.sent()
    ((theirs, description, answers),) = await outside.filed()
    assert (await ours.row(reference)).remote_id == theirs
    assert "gros trou devant l’école" in description
    assert reference in description
    assert answers == {"size": "large"}
    assert (await ours.pull()).counts() == {"noted": 1}
    for status, here in ((Status.PLANNED, "planned"), (Status.RESOLVED, "resolved")):
        await outside.change(theirs, status)
        assert (await ours.pull()).counts() == {"changed": 1}
        assert (await ours.pull()).counts() == {"same": 1}
        assert await ours.status(reference) == here
    assert (await ours.steps(reference))[-1] == ("resolved", "réglé")


@pytest.mark.parametrize("ending", ["json", "xml"])
async def test_a_repeat_of_ours_is_one_request_there(
    ours: Hand, outside: Outside, ending: str
) -> None:
    ours.system = replace(ours.system, ending=ending)
    reference = await ours.sent()
    async with ours.database.transaction() as tx:
        await tx.execute(
            text(
                "UPDATE forwarding SET state = 'waiting', remote_id = NULL, next_at = queued_at,"
                " in_doubt = false WHERE reference = :it"
            ),
            {"it": reference},
        )
    assert await ours.send(timedelta(minutes=1)) == 1
    assert len(await outside.filed()) == 1
    assert (await ours.row(reference)).remote_id == (await outside.filed())[0][0]


async def test_their_refusal_is_kept_in_their_words(ours: Hand, outside: Outside) -> None:
    ours.keys = {KEY: "a key of long ago"}
    reference = await ours.files()
    await ours.send()
    assert "clé valable" in (await ours.row(reference)).last_error
    assert await outside.filed() == []
    assert await ours.status(reference) == "forward_failed"
