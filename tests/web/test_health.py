"""What whoever watches over the service is told."""

from __future__ import annotations

import math
from uuid import uuid4

from prometheus_client.parser import text_string_to_metric_families

from bot.conversations import commit
from bot.mail import store as letters
from bot.parts import Service
from bot.storage.transaction import Database
from tests.mail.builders import id_of, posted
from tests.turn.scripted import WORDS, a_citizen, now, said
from tests.web.browsers import Browser, Browsers

WAITING = "guichet_waiting_conversations"
OLDEST = "guichet_oldest_waiting_seconds"
PENDING = "guichet_pending_deliveries web"
REFUSED = "guichet_refused_requests_total forbidden"


async def figures(browser: Browser) -> dict[str, float]:
    answer = await browser.get("/metrics")
    assert answer.status == 200
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(answer.body.decode())
        for sample in family.samples
    }


async def test_what_waits_is_told_with_its_age(browsers: Browsers) -> None:
    visitor = await browsers()
    before = await figures(visitor)
    await visitor.says("bonjour")
    after = await figures(visitor)
    assert after[WAITING] == before[WAITING] + 1
    assert 0 < after[OLDEST] < 60
    assert after["guichet_engine_ready"] == 0


async def test_what_no_channel_has_shown_is_told(database: Database, browsers: Browsers) -> None:
    visitor = await browsers()
    before = await figures(visitor)
    accepted = await said(database, await a_citizen(database), "bonjour")
    async with database.transaction() as tx:
        await commit.announce_absence(tx, accepted.conversation_id, WORDS, now())
    after = await figures(visitor)
    assert after[PENDING] == before.get(PENDING, 0) + 1


async def test_letters_that_wait_or_failed_are_told(database: Database, browsers: Browsers) -> None:
    visitor = await browsers(with_session=False)
    before = await figures(visitor)
    failing, attempt = await posted(database, now()), uuid4()
    await posted(database, now())
    async with database.transaction() as tx:
        await letters.lease(tx, attempt, now(), 1000)
        await letters.mark_failed(tx, await id_of(database, failing), attempt, now(), "550")
    after = await figures(visitor)
    assert after["guichet_letters waiting"] == before["guichet_letters waiting"] + 1
    assert after["guichet_letters failed"] == before["guichet_letters failed"] + 1


async def test_a_refused_request_is_counted(browsers: Browsers) -> None:
    nobody = await browsers(with_session=False)
    assert (await nobody.get("/api/requests")).status == 403
    assert (await figures(nobody))[REFUSED] == 1


async def test_the_figures_of_the_process_are_told_while_the_database_is_away(
    assembled: Service, browsers: Browsers
) -> None:
    visitor = await browsers(with_session=False)
    assembled.database = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    read = await figures(visitor)
    assert read["guichet_open_turns"] == 0
    assert math.isnan(read[WAITING])


async def test_without_an_engine_it_is_alive_and_not_ready(browsers: Browsers) -> None:
    visitor = await browsers(with_session=False)
    assert (await visitor.get("/healthz")).status == 200
    assert (await visitor.get("/readyz")).status == 503
