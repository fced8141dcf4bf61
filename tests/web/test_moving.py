"""The doors that put the place of a request right, over real HTTP."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from sqlalchemy import insert

from bot.forwarding.rules import State
from bot.forwarding.tables import Forwarding
from bot.service_requests.operations import FileRequest
from bot.storage.transaction import Database
from tests.handover.builders import BRON, OULLINS, Case, a_case
from tests.handover.test_moving import DRAFT
from tests.turn.scripted import now
from tests.web.browsers import Browsers
from tests.web.test_agent_doors import AtDesk, at_desk


@pytest.fixture
async def claire(browsers: Browsers, database: Database) -> AtDesk:
    return await at_desk(browsers, database)


async def a_report(case: Case) -> str:
    async with case.database.transaction() as tx:
        return (await FileRequest(DRAFT, 10).perform(tx, case.speaker, now())).reference


def a_move(request: str, **parts: Any) -> dict[str, Any]:
    return {"id": uuid.uuid4().hex, "request": request, "commune": OULLINS, **parts}


async def test_a_place_is_found_moved_to_and_told_by_every_door(
    claire: AtDesk, database: Database, browsers: Browsers
) -> None:
    case = await a_case(database)
    request = await a_report(case)
    path = f"/tickets/{case.reference}"
    found = await claire.posts(
        f"{path}/places", {"request": request, "address": "14 grande rue", "commune": OULLINS}, 200
    )
    (place,) = found["places"]
    assert (place["address"], place["commune"], place["leaves"], place["has_service"]) == (
        "14 grande rue",
        OULLINS,
        False,
        True,
    )
    assert found["keeps"] is None
    await claire.posts(f"{path}/move", a_move(request, address=place["address"]))
    ticket = (await claire.gets(path))["ticket"]
    (own,) = ticket["requests"]
    assert (own["address"], own["moves"]) == ("14 grande rue", True)
    assert any("corrigé le lieu" in past["text"] for past in ticket["history"])
    visitor = await browsers(with_session=False)
    answer = await visitor.get(f"/open311/v2/requests/{request}.json")
    (shown,) = json.loads(answer.body)
    assert "grande rue" in shown["address"].lower()
    assert shown["updated_datetime"] >= shown["requested_datetime"]


async def test_a_town_of_others_is_marked_and_has_to_be_confirmed(
    claire: AtDesk, database: Database
) -> None:
    case = await a_case(database)
    request, path = await a_report(case), f"/tickets/{case.reference}"
    found = await claire.posts(f"{path}/places", {"request": request, "commune": BRON}, 200)
    assert [place["leaves"] for place in found["places"]] == [True]
    refused = await claire.posts(f"{path}/move", a_move(request, commune=BRON), 400)
    assert refused["reason"] == "leaves"
    await claire.posts(f"{path}/move", a_move(request, commune=BRON, leaves=True))
    await claire.posts(f"{path}/move", a_move(request), 404)


async def test_what_another_system_has_is_said_and_what_it_has_not_is_taken_back(
    claire: AtDesk, database: Database
) -> None:
    case = await a_case(database)
    path = f"/tickets/{case.reference}"
    sent, waiting = await a_report(case), await a_report(case)
    async with database.transaction() as tx:
        for request, remote in ((sent, "V-1"), (waiting, None)):
            state = State.SENT if remote else State.WAITING
            await tx.execute(
                insert(Forwarding).values(
                    reference=request,
                    system=OULLINS,
                    state=state.value,
                    failures=0,
                    in_doubt=False,
                    queued_at=now(),
                    remote_id=remote,
                )
            )
    keeps = [
        (await claire.posts(f"{path}/places", {"request": one, "commune": BRON}, 200))["keeps"]
        for one in (sent, waiting)
    ]
    assert "garde l’ancien lieu" in keeps[0]
    assert keeps[1] is None
    await claire.posts(f"{path}/move", a_move(waiting, commune=BRON, leaves=True))
    async with database.transaction() as tx:
        kept = (await tx.execute(Forwarding.__table__.select())).mappings().all()
    assert [row["reference"] for row in kept if row["reference"] in {sent, waiting}] == [sent]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({}, "empty"),
        ({"address": "12 rue Pasteur"}, "town"),
        ({"commune": "75056"}, "unknown"),
        ({"latitude": 48.85, "longitude": 2.35}, "outside"),
        ({"latitude": 45.7}, "point"),
    ],
)
async def test_bad_input_says_what_is_wrong(
    claire: AtDesk, database: Database, body: dict[str, Any], reason: str
) -> None:
    case = await a_case(database)
    request = await a_report(case)
    path = f"/tickets/{case.reference}/places"
    refused = await claire.posts(path, {"request": request, **body}, 400)
    assert (refused["error"], refused["reason"]) == ("invalid", reason)


@pytest.mark.parametrize(
    "body",
    [{"address": "x" * 201}, {"latitude": 91, "longitude": 0}, {"commune": 7}, {"request": "12"}],
)
async def test_sizes_and_types_are_checked(
    claire: AtDesk, database: Database, body: dict[str, Any]
) -> None:
    case = await a_case(database)
    path = f"/tickets/{case.reference}/places"
    await claire.posts(path, {"request": "2026-000001", **body}, 400)


async def test_somebody_elses_request_is_not_found(claire: AtDesk, database: Database) -> None:
    case, other = await a_case(database), await a_case(database)
    request = await a_report(other)
    body = {"request": request, "commune": OULLINS}
    await claire.posts(f"/tickets/{case.reference}/places", body, 404)
    await claire.posts(f"/tickets/{case.reference}/move", a_move(request), 404)


async def test_a_closed_ticket_says_who_ended_it_and_when_and_keeps_its_tags(
    claire: AtDesk, database: Database
) -> None:
    case = await a_case(database)
    path = f"/tickets/{case.reference}"
    await claire.posts(f"{path}/tags", {"id": uuid.uuid4().hex, "add": ["presse"], "remove": []})
    assert (await claire.gets(path))["ticket"]["ended"] is None
    await claire.posts(f"{path}/close", {"id": uuid.uuid4().hex})
    ticket = (await claire.gets(path))["ticket"]
    assert ticket["ended"].startswith("Terminée par Claire, ")
    page = (await claire.browser.get(f"/agent?ticket={case.reference}")).body.decode()
    head = page.split('id="talk-who"')[1].split("</p>")[0]
    assert "Terminée par Claire" in head
    assert '<li class="chip">' in page.split('id="sorting"')[1].split("</div>")[0]
