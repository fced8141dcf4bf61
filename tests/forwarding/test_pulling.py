"""What towns say of requests comes back, once, whatever it is written on."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import web

from bot.forwarding.rules import LISTENED_FOR, PAGES_AT_MOST
from bot.service_requests.rules import Status
from tests.forwarding.builders import OULLINS, Hand
from tests.servers.odd_town import OddTown, as_xml

DAY = timedelta(days=1)
LATER, LAST = "2026-11-25T12:00:00+01:00", "2026-11-25T13:00:00+01:00"


@pytest.mark.parametrize("is_xml", [True, False])
async def test_a_closing_of_theirs_is_told_once_with_their_note(
    hand: Hand, town: OddTown, is_xml: bool
) -> None:
    """mysociety/fixmystreet #897: updates not forwarded."""
    town.is_xml = is_xml
    reference = await hand.sent()
    assert (await hand.pull()).counts() == {"noted": 1}
    town.says("V-1", status="closed", status_notes="Trou rebouché.", updated_datetime=LATER)
    assert (await hand.pull()).counts() == {"changed": 1}
    assert (await hand.pull()).counts() == {"same": 1}
    steps = [("forwarded", None), ("resolved", "Trou rebouché.")]
    assert await hand.steps(reference) == steps
    assert "Trou rebouché." in (await hand.told(reference))[-1]
    assert len(await hand.told(reference)) == 2
    assert hand.counted.figures[f"{OULLINS} changed"] == 1


async def test_two_services_that_pull_at_once_change_it_once(hand: Hand, town: OddTown) -> None:
    reference = await hand.sent()
    town.says("V-1", status="closed", updated_datetime=LATER)
    reports = await asyncio.gather(hand.pull(), hand.pull(), hand.pull())
    verdicts = sorted(name for report in reports for name in report.counts())
    assert verdicts == ["changed", "same", "same"]
    assert [status for status, _ in await hand.steps(reference)] == ["forwarded", "resolved"]


async def test_their_own_states_mean_what_their_file_says(hand: Hand, town: OddTown) -> None:
    reference = await hand.sent()
    for status, notes, ours in (
        ("investigating", "vu", "in_progress"),
        ("planned", "mardi", "planned"),
        ("closed", "Hors compétence communale", "rejected"),
    ):
        town.says("V-1", status=status, status_notes=notes, updated_datetime="")
        await hand.pull()
        assert (await hand.steps(reference))[-1] == (ours, notes)


async def test_without_dates_it_is_as_of_now(hand: Hand, town: OddTown) -> None:
    reference = await hand.sent()
    town.says("V-1", status="closed", updated_datetime="")
    report = await hand.pull()
    assert report.counts() == {"changed": 1, "undated": 1}
    assert await hand.status(reference) == "resolved"


async def test_an_unknown_state_changes_nothing_and_is_counted(hand: Hand, town: OddTown) -> None:
    reference = await hand.sent()
    town.says("V-1", status="Zurückgestellt", updated_datetime=LATER)
    assert (await hand.pull()).counts() == {"unknown": 1}
    row = await hand.row(reference)
    assert (row.remote_status, row.verdict) == ("Zurückgestellt", "unknown")
    assert await hand.status(reference) == "forwarded"


async def test_what_can_be_read_of_half_an_answer_is_used_and_the_rest_asked_again(
    hand: Hand, town: OddTown
) -> None:
    references = [await hand.files() for _ in range(3)]
    assert await hand.send() == 3
    for remote_id in town.requests:
        town.says(remote_id, status="closed", status_notes="fait & bien fait")
    written = as_xml([town.requests[f"V-{n}"] for n in (1, 2, 3)])
    town.pages = [web.Response(body=written[: written.rindex(b"bien")])]
    report = await hand.pull()
    assert report.counts() == {"changed": 2, "cut": 1}
    assert report.why is not None
    assert [await hand.status(r) for r in references].count("resolved") == 2
    assert (await hand.pull()).counts() == {"changed": 1, "same": 2}
    assert {(await hand.steps(r))[-1] for r in references} == {("resolved", "fait & bien fait")}


@pytest.mark.parametrize("page", ["slow", "500", "html"])
async def test_a_page_that_does_not_come_is_asked_again(
    hand: Hand, town: OddTown, page: str
) -> None:
    reference = await hand.sent()
    town.says("V-1", status="closed", updated_datetime=LATER)
    answers = {"500": web.Response(status=500), "html": web.Response(text="<html>oups</html>")}
    town.pages = [answers.get(page, page)]
    async with hand.in_a_hurry():
        report = await hand.pull()
    assert report.counts() == {}
    assert report.why is not None
    assert hand.counted.figures[f"{OULLINS} failed"] == 1
    assert await hand.status(reference) == "forwarded"
    assert (await hand.pull()).counts() == {"changed": 1}


async def test_their_old_page_does_not_overwrite_what_we_decided(hand: Hand, town: OddTown) -> None:
    reference = await hand.sent()
    hand.at += timedelta(hours=2)
    await hand.change(reference, Status.RESOLVED)
    town.says("V-1", status="investigating", updated_datetime="2026-11-25T10:30:00+01:00")
    assert (await hand.pull()).counts() == {"kept": 1}
    town.says("V-1", status="open", updated_datetime="")
    assert (await hand.pull()).counts() == {"kept": 1, "undated": 1}
    assert await hand.status(reference) == "resolved"


async def test_older_than_what_they_had_said_is_left_aside(hand: Hand, town: OddTown) -> None:
    reference = await hand.sent()
    town.says("V-1", status="investigating", updated_datetime=LAST)
    await hand.pull(DAY)
    town.says("V-1", status="closed", updated_datetime=LATER)
    assert (await hand.pull()).counts() == {"stale": 1}
    assert await hand.status(reference) == "in_progress"


async def test_their_reopening_reopens_ours(hand: Hand, town: OddTown) -> None:
    reference = await hand.sent()
    town.says("V-1", status="closed", updated_datetime=LATER)
    await hand.pull()
    town.says("V-1", status="open", updated_datetime=LAST)
    assert (await hand.pull()).counts() == {"changed": 1}
    assert await hand.status(reference) == "reopened"


async def test_one_id_told_twice_counts_as_its_latest(hand: Hand, town: OddTown) -> None:
    reference = await hand.sent()
    kept = town.requests["V-1"]
    older, newer = kept | {"status": "closed"}, kept | {"updated_datetime": LATER}
    for _ in range(2):
        town.pages = [web.json_response([newer, older, {"status": "closed"}])]
        report = await hand.pull()
        assert report.unread == 1
    assert await hand.status(reference) == "forwarded"


async def test_pages_follow_one_another_until_nothing_is_new(hand: Hand, town: OddTown) -> None:
    for _ in range(3):
        await hand.files()
    assert await hand.send() == 3
    items = list(town.requests.values())
    town.pages = [web.json_response([item]) for item in items]
    report = await hand.pull()
    assert report.counts() == {"noted": 3}
    assert [query.get("page") for query in town.queries] == [None, "2", "3"]
    town.queries.clear()
    town.pages = [web.json_response(items[:1]) for _ in range(PAGES_AT_MOST)]
    report = await hand.pull()
    assert report.counts() == {"same": 1, "missing": 2}
    assert len(town.queries) == 2  # a system without pages says the same again


async def test_what_they_no_longer_list_is_counted(hand: Hand, town: OddTown) -> None:
    await hand.sent()
    town.requests.clear()
    assert (await hand.pull()).counts() == {"missing": 1}
    town.pages = [web.json_response([{"code": 404, "description": "?"}], status=404)]
    assert (await hand.pull()).counts() == {"missing": 1}


async def test_only_changes_are_asked_of_a_system_that_knows_them_and_all_once_a_day(
    hand: Hand, town: OddTown
) -> None:
    hand.system = replace(hand.system, knows_updated_after=True)
    await hand.sent()
    for wait in (timedelta(0), timedelta(minutes=15), timedelta(minutes=15), DAY):
        await hand.pull(wait)
    asked = [query.get("updated_after") for query in town.queries]
    assert asked == [None, "2026-11-25T08:00:00Z", "2026-11-25T08:15:00Z", None]


async def test_a_window_that_was_not_read_is_asked_again(hand: Hand, town: OddTown) -> None:
    hand.system = replace(hand.system, knows_updated_after=True)
    await hand.sent()
    await hand.pull(timedelta(0))
    town.pages = [web.Response(status=500)]
    await hand.pull()
    await hand.pull()
    assert [query["updated_after"] for query in town.queries[1:]] == ["2026-11-25T08:00:00Z"] * 2


async def test_a_closed_request_is_listened_to_for_a_while(hand: Hand, town: OddTown) -> None:
    await hand.sent()
    town.says("V-1", status="closed", updated_datetime=LATER)
    await hand.pull()
    assert (await hand.pull(LISTENED_FOR - DAY)).asked == 1
    assert (await hand.pull(2 * DAY)).asked == 0


async def test_it_is_read_when_it_is_time_and_by_one_service(hand: Hand) -> None:
    await hand.sent()
    forwarder = hand.forwarder()

    async def pulled() -> int:
        both = (forwarder.pull_due(hand.system, hand.session) for _ in range(2))
        return sum(report is not None for report in await asyncio.gather(*both))

    assert await pulled() == 1
    assert await pulled() == 0
    hand.at += timedelta(minutes=15)
    assert await pulled() == 1
