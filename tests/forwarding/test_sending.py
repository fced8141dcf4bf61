"""Requests on their way to a town that answers oddly. Named after what users of others lack."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy.exc import OperationalError

from bot.errors import NotFound
from bot.forwarding import operations, worker
from bot.forwarding.rules import BACK_OFF, DAYS_TRIED
from bot.open311 import operations as open311
from bot.open311.rules import Posted
from bot.service_requests.rules import Status
from bot.storage.transaction import Database, Transaction
from tests.actions.desks import catalogue, gazetteer
from tests.forwarding.builders import DRAFT, OULLINS, Hand
from tests.servers.odd_town import OddTown
from tests.turn.scripted import until

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


async def test_a_new_request_arrives_whole_and_is_then_said_to_be_forwarded(
    hand: Hand, town: OddTown
) -> None:
    reference = await hand.files()
    assert await hand.send() == 1
    (form,) = town.forms
    assert form["service_code"] == "V12"
    assert (form["lat"], form["long"]) == ("45.714500", "4.807500")
    assert form["address_string"] == "12 rue de la République, Oullins-Pierre-Bénite"
    assert form["attribute[T_TAILLE]"] == "3"
    assert form["attribute[external_id]"] == reference
    first, *_, last = form["description"].splitlines()
    assert first == "gros trou devant l’école"
    assert reference in last
    assert await hand.status(reference) == "forwarded"
    (told,) = await hand.told(reference)
    assert "transmis au service compétent" in told
    row = await hand.row(reference)
    assert (row.state, row.remote_id, row.next_at) == ("sent", "V-1", None)
    assert await hand.send(DAY) == 0
    assert len(town.forms) == 1


async def test_requests_of_before_are_forwarded_and_no_others(hand: Hand, town: OddTown) -> None:
    """Those of other towns, of other services, taken up by an agent or closed stay here."""
    hand.at -= timedelta(days=30)
    old = await hand.files()
    others = [
        await hand.files(replace(DRAFT, commune="69123")),
        await hand.files(replace(DRAFT, service="graffiti", answers={})),
    ]
    handled = await hand.files()
    await hand.change(handled, Status.IN_PROGRESS)
    assert await hand.send(timedelta(days=30)) == 1
    assert [await hand.row(reference) for reference in [*others, handled]] == [None] * 3
    assert await hand.status(old) == "forwarded"


async def test_what_a_town_posted_itself_is_not_sent_back_to_it(hand: Hand, town: OddTown) -> None:
    """Two systems that forward to each other would never end."""
    sent = []
    for commune in (OULLINS, ""):
        async with hand.database.transaction() as tx:
            secret = await open311.add_key(tx, f"key of {commune}", commune, hand.at)
            key = await open311.key_of(tx, secret)
            posted = Posted("pothole", "un trou", "1 rue X, Oullins")
            checked = open311.check(
                posted, key, OULLINS, catalogue(), gazetteer(), hand.at, dangerous=False
            )
            sent.append(await open311.post(tx, key, checked, None, "fr", hand.at))
    assert await hand.send() == 1
    assert await hand.row(sent[0]) is None
    assert (await hand.row(sent[1])).state == "sent"


async def test_answers_that_no_attribute_carries_stand_in_the_description(
    hand: Hand, town: OddTown
) -> None:
    theirs = replace(hand.system.services["pothole"], attributes={}, fixed={"SOURCE": "guichet"})
    hand.system = replace(hand.system, services={"pothole": theirs})
    await hand.files(replace(DRAFT, dangerous=True))
    assert await hand.send() == 1
    (form,) = town.forms
    assert "Plus grande qu’une roue de voiture" in form["description"]
    assert "dangereux" in form["description"]
    assert form["attribute[SOURCE]"] == "guichet"


async def test_nothing_is_confirmed_before_the_authority_has_it(hand: Hand, town: OddTown) -> None:
    """mysociety/fixmystreet #1210: confirmed although the authority never received it."""
    town.posts = ["500", "500", "500"]
    reference = await hand.files()
    for wait, status in ((0, "new"), (1, "new"), (5, "forward_failed")):
        assert await hand.send(wait * MINUTE) == 0
        assert await hand.status(reference) == status
    row = await hand.row(reference)
    assert (row.failures, row.state) == (3, "waiting")
    assert "500" in row.last_error
    (told,) = await hand.told(reference)
    assert "transmission à refaire" in told
    assert "transmis au service" not in told
    assert await hand.send(30 * MINUTE) == 1
    assert [status for status, _ in await hand.steps(reference)] == ["forward_failed", "forwarded"]


async def test_a_failure_waits_for_its_time_and_is_given_up_in_the_end(
    hand: Hand, town: OddTown
) -> None:
    """MTES-MCT/dialog #1955, #1577: silent failures of onward sending."""
    tries = len(BACK_OFF) + DAYS_TRIED + 1
    town.posts = ["500"] * tries
    town.hides = True
    reference = await hand.files()
    await hand.send()
    await hand.send(30 * timedelta(seconds=1))
    assert len(town.forms) == 1
    for _ in range(tries):
        await hand.send(DAY)
    row = await hand.row(reference)
    assert (row.state, row.next_at, len(town.forms)) == ("failed", None, tries)
    assert hand.counted.figures[f"{OULLINS} failed"] == tries
    async with hand.database.transaction() as tx:
        await operations.retry(tx, reference, hand.at)
    assert await hand.send() == 1
    assert await hand.status(reference) == "forwarded"


@pytest.mark.parametrize("how", ["refuse", "error with 200"])
async def test_a_refusal_is_for_good_and_keeps_their_words(
    hand: Hand, town: OddTown, how: str
) -> None:
    town.posts = [how]
    reference, other = await hand.files(), await hand.files()
    assert await hand.send() == 1
    row = await hand.row(reference)
    assert (row.state, row.next_at) == ("failed", None)
    assert "required" in row.last_error or "no such service" in row.last_error
    assert await hand.status(reference) == "forward_failed"
    assert await hand.status(other) == "forwarded"
    assert await hand.send(DAY) == 0
    assert len(town.forms) == 2


async def test_a_busy_town_is_left_alone_as_long_as_it_asks(hand: Hand, town: OddTown) -> None:
    town.posts = ["503"]
    reference = await hand.files()
    await hand.send()
    assert (await hand.row(reference)).next_at == hand.at + timedelta(hours=2)


async def test_when_a_town_is_down_only_one_request_is_tried(hand: Hand, town: OddTown) -> None:
    town.posts = ["500"]
    references = [await hand.files() for _ in range(3)]
    await hand.send()
    assert len(town.forms) == 1
    assert await hand.send(MINUTE) == 3
    assert {await hand.status(reference) for reference in references} == {"forwarded"}


async def test_a_town_that_cannot_be_reached_is_surely_without_it(hand: Hand) -> None:
    hand.system = replace(hand.system, endpoint="http://127.0.0.1:9/v2")
    reference = await hand.files()
    await hand.send()
    row = await hand.row(reference)
    assert (row.in_doubt, row.failures) == (False, 1)
    assert "reached" in row.last_error


async def test_a_missing_key_is_named_and_its_value_is_never_kept(
    hand: Hand, town: OddTown
) -> None:
    hand.system = replace(hand.system, key_variable="GUICHET_FORWARDING_OULLINS")
    reference = await hand.files()
    await hand.send()
    assert "GUICHET_FORWARDING_OULLINS is not set" in (await hand.row(reference)).last_error
    hand.keys = {"GUICHET_FORWARDING_OULLINS": "a secret"}
    town.posts = ["refuse"]
    await hand.send(MINUTE)
    assert town.forms[0]["api_key"] == "a secret"
    assert "a secret" not in str(await hand.row(reference))


# -- once, whatever happens ---------------------------------------------------------------------


@pytest.mark.parametrize("how", ["take and hang", "take and cut", "nonsense"])
async def test_what_they_took_without_saying_so_is_found_and_not_sent_again(
    hand: Hand, town: OddTown, how: str
) -> None:
    town.posts = [how]
    reference = await hand.files()
    async with hand.in_a_hurry():
        assert await hand.send() == 0
    assert (await hand.row(reference)).in_doubt
    assert await hand.send(MINUTE) == 1
    assert len(town.forms) == 1
    assert (await hand.row(reference)).remote_id == "V-1"


async def test_a_town_that_hides_its_requests_gets_the_same_key_again(
    hand: Hand, town: OddTown
) -> None:
    town.posts, town.hides, town.remembers = ["take and cut"], True, True
    reference = await hand.files()
    await hand.send()
    assert await hand.send(MINUTE) == 1
    assert len(town.forms) == 2
    assert len(town.requests) == 1
    assert await hand.status(reference) == "forwarded"


async def test_while_it_cannot_be_asked_nothing_is_sent_again(hand: Hand, town: OddTown) -> None:
    town.posts = ["take and cut"]
    town.pages = [web.Response(status=502)]
    await hand.files()
    await hand.send()
    assert await hand.send(MINUTE) == 0
    assert len(town.forms) == 1
    assert await hand.send(5 * MINUTE) == 1
    assert len(town.requests) == 1


async def test_interrupted_between_their_acceptance_and_our_commit_there_is_one(
    hand: Hand, town: OddTown
) -> None:
    town.posts = ["take and hang"]
    reference = await hand.files()
    sending = asyncio.create_task(hand.send())
    await town.accepted.wait()
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    assert await hand.send() == 0  # it is leased still
    await hand.leases_end()
    assert await hand.send() == 1
    assert (len(town.forms), len(town.requests)) == (1, 1)
    assert [status for status, _ in await hand.steps(reference)] == ["forwarded"]


async def test_it_works_by_itself_until_it_is_stopped(hand: Hand, town: OddTown) -> None:
    reference = await hand.files()
    working = asyncio.create_task(hand.forwarder().run())

    async def has_arrived() -> bool:
        return await hand.status(reference) == "forwarded"

    await until(has_arrived)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert len(town.forms) == 1


async def test_two_services_send_one_request_once(hand: Hand, town: OddTown) -> None:
    references = [await hand.files() for _ in range(6)]
    arrived = await asyncio.gather(hand.send(), hand.send(), hand.send())
    assert sum(arrived) == len(references)
    assert len(town.forms) == len(references)
    for reference in references:
        assert len(await hand.told(reference)) == 1


async def test_a_slow_twin_s_word_counts_once(hand: Hand) -> None:
    reference = await hand.files()
    async with hand.database.transaction() as tx:
        await operations.queue(tx, hand.system, hand.at)
        slow = await operations.begin(tx, hand.system, hand.at)
    await hand.leases_end()
    async with hand.database.transaction() as tx:
        quick = await operations.begin(tx, hand.system, hand.at)
    assert slow is not None
    assert quick is not None
    async with hand.database.transaction() as tx:
        await operations.failed(tx, slow, "too late", hand.at)
        assert await operations.accepted(tx, slow, "V-9", hand.at)
        assert not await operations.accepted(tx, quick, "V-9", hand.at)
        await operations.refused(tx, quick, "twice", hand.at)
    row = await hand.row(reference)
    assert (row.state, row.remote_id, row.last_error) == ("sent", "V-9", None)


# -- tokens -------------------------------------------------------------------------------------


async def test_a_token_becomes_a_reference_and_only_then_it_is_forwarded(
    hand: Hand, town: OddTown
) -> None:
    town.posts = ["token"]
    reference = await hand.files()
    owed = town.tokens
    assert await hand.send() == 0
    town.tokens = {}
    await hand.send(MINUTE)
    row = await hand.row(reference)
    assert (row.state, row.token, await hand.status(reference)) == ("awaiting_id", "t/1", "new")
    town.tokens = owed
    assert await hand.send(DAY) == 1
    assert len(town.forms) == 1
    assert (await hand.row(reference)).remote_id == "V-1"
    assert await hand.status(reference) == "forwarded"


async def test_a_token_that_comes_to_nothing_is_shown_and_asked_anew(
    hand: Hand, town: OddTown
) -> None:
    town.posts = ["token"]
    reference = await hand.files()
    await hand.send()
    town.tokens.clear()
    for _ in range(len(BACK_OFF) + DAYS_TRIED + 1):
        await hand.send(DAY)
    assert (await hand.row(reference)).state == "failed"
    assert await hand.status(reference) == "forward_failed"
    async with hand.database.transaction() as tx:
        await operations.retry(tx, reference, hand.at)
    assert await hand.send() == 1
    assert len(town.forms) == 1  # they had it all the time


# -- what changes here meanwhile ----------------------------------------------------------------


async def test_what_is_withdrawn_before_it_left_is_not_sent(hand: Hand, town: OddTown) -> None:
    town.posts = ["500"]
    reference = await hand.files()
    await hand.send()
    await hand.change(reference, Status.RESOLVED)
    await hand.send(DAY)
    assert ((await hand.row(reference)).state, len(town.forms)) == ("cancelled", 1)
    assert await hand.status(reference) == "resolved"


async def test_an_agent_s_state_stands_when_it_arrives_later(hand: Hand, town: OddTown) -> None:
    town.posts = ["500"]
    reference = await hand.files()
    await hand.send()
    await hand.change(reference, Status.PLANNED)
    assert await hand.send(DAY) == 1
    assert await hand.status(reference) == "planned"


async def test_only_what_has_not_arrived_is_sent_again(hand: Hand) -> None:
    reference = await hand.sent()
    for unknown in (reference, "2026-999999"):
        with pytest.raises(NotFound):
            async with hand.database.transaction() as tx:
                await operations.retry(tx, unknown, hand.at)


class Faltering(Database):
    """Some of its transactions, by their number, are not committed."""

    def __init__(self, url: str, failing: set[int]) -> None:
        super().__init__(url, pool_size=2)
        self.failing = failing
        self.begun = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        self.begun += 1
        async with super().transaction() as tx:
            yield tx
            if self.begun in self.failing:
                raise OperationalError("COMMIT", None, Exception("deadlock detected"))


@pytest.mark.parametrize("failing", [{3}, {3, 4}])
async def test_their_word_outlives_a_database_that_falters(
    hand: Hand, town: OddTown, failing: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "KEPT_AGAIN_AFTER_S", (0.0, 0.0))
    reference = await hand.files()
    steady = hand.database
    hand.database = Faltering(steady.url, failing)  # it queues, begins, and keeps their word
    assert await hand.send() == 1
    await hand.database.close()
    hand.database = steady
    assert await hand.status(reference) == "forwarded"
    assert len(town.forms) == 1
    assert [status for status, _ in await hand.steps(reference)] == ["forwarded"]


# -- redirections -------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_no_redirection_leads_to_another_host_or_port(
    hand: Hand, town: OddTown, host: str
) -> None:
    reached: list[str] = []

    async def trap(request: web.Request) -> web.Response:
        reached.append(request.path)
        return web.json_response([{"service_request_id": "stolen"}])

    other = web.Application()
    other.router.add_route("*", "/{rest:.*}", trap)
    async with TestServer(other) as server:
        town.posts = ["elsewhere"]
        town.elsewhere = str(server.make_url("/x")).replace("127.0.0.1", host)
        reference = await hand.files()
        assert await hand.send() == 0
    assert reached == []
    row = await hand.row(reference)
    assert (row.state, row.remote_id) == ("failed", None)
    assert "redirects elsewhere" in row.last_error
    town.posts, town.elsewhere = ["elsewhere"], "requests.json?here"
    async with hand.database.transaction() as tx:
        await operations.retry(tx, reference, hand.at)
    assert await hand.send() == 1
