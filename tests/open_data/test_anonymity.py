"""Walks everything that is published, and looks for what only its author and agents may know."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from sqlalchemy import select

from bot.parts import Service
from bot.service_requests import store as service_requests
from bot.service_requests.draft import Answer, Draft
from bot.service_requests.rules import Actor, Status
from bot.service_requests.tables import ServiceRequest
from bot.storage.transaction import Database
from bot.web.public import public_application
from tests.open311.conftest import Clients, filed
from tests.turn.scripted import now
from tests.web.browsers import Browser, Browsers

PUBLISHED = [
    "/open-data/requests.geojson",
    "/open-data/requests.csv",
    "/open-data/requests.csv?lang=en&bom=1",
    "/open-data/map.geojson?zoom=18",
    "/carte?state=all",
    "/carte?state=all&lang=en",
    "/open311/v2/requests.json",
    "/open311/v2/requests.xml",
]
VILLEURBANNE = "69266"
PLACE: dict[str, Any] = {"latitude": 45.75, "longitude": 4.85}

pytestmark = pytest.mark.usefixtures("nothing_filed")


@dataclass(frozen=True)
class Told:
    reference: str
    secrets: tuple[str, ...]


@pytest.fixture
async def told(database: Database) -> Told:
    """A request by chat with something personal wherever a citizen or an agent can write."""
    photo = uuid.uuid4()
    draft = Draft(
        service="pothole",
        commune="69123",
        description="devant chez ma mère Ginette",
        address="4217 bis rue Garibaldi, interphone Rossignol",
        latitude=45.757812,
        longitude=4.832067,
        answers={"size": Answer("large"), "contact": Answer("0612345678")},
        photos=(str(photo),),
    )
    reference = await filed(database, draft)
    async with database.transaction() as tx:
        row = (
            await tx.execute(
                select(ServiceRequest.citizen_id, ServiceRequest.conversation_id).where(
                    ServiceRequest.reference == reference
                )
            )
        ).one()
        await service_requests.follow(
            tx, reference, row.citizen_id, row.conversation_id, "moi aussi, Gaston", now()
        )
        await service_requests.append_status(
            tx, reference, Status.IN_PROGRESS, Actor.AGENT, "dossier de M. Pinson", now()
        )
    return Told(
        reference,
        (
            *("Ginette", "4217", "Rossignol", "0612345678", "Gaston", "Pinson", str(photo)),
            *("45.757812", "4.832067", "45.75781", "4.83207"),
            *map(str, row),
        ),
    )


@pytest.mark.parametrize("path", PUBLISHED)
async def test_nothing_personal_is_published(browsers: Browsers, told: Told, path: str) -> None:
    body = (await (await browsers(with_session=False)).get(path)).body.decode()
    assert told.reference in body
    assert "rue Garibaldi" in body
    assert [secret for secret in told.secrets if secret in body] == []


@pytest.mark.parametrize("path", PUBLISHED)
async def test_a_landmark_is_not_an_address(
    database: Database, browsers: Browsers, path: str
) -> None:
    reference = await filed(database, address="chez Mme Dupont, 3e sonnette", **PLACE)
    body = (await (await browsers(with_session=False)).get(path)).body.decode()
    assert reference in body
    assert "Dupont" not in body
    assert "sonnette" not in body


async def test_the_hour_is_published_by_open311_alone(browsers: Browsers, told: Told) -> None:
    """GeoReport asks for it; the files and the map say days."""
    nobody = await browsers(with_session=False)
    for path in PUBLISHED[:6]:
        body = (await nobody.get(path)).body.decode()
        assert f"{now():T%H:}" not in body, path


@pytest.mark.parametrize("path", PUBLISHED)
async def test_what_an_application_was_told_is_no_more_in_the_files(
    client: Clients, browsers: Browsers, path: str
) -> None:
    """Its author knows that GeoReport shows words and number: the files and the map do not."""
    app = await client("")
    _, (posted,) = await app.post(
        description="je suis Ginette", address_string="4217 place Bellecour, Lyon"
    )
    body = (await (await browsers(with_session=False)).get(path)).body.decode()
    assert posted["service_request_id"] in body
    is_georeport = path.startswith("/open311")
    assert ("Ginette" in body) == ("4217" in body) == is_georeport


@pytest.mark.parametrize("path", PUBLISHED)
async def test_private_services_stay_out(database: Database, assembled: Service, path: str) -> None:
    """A sensitive one where it is, and a demand of one's own anywhere."""
    shown = await filed(database, **PLACE)
    private = [
        await filed(database, commune=VILLEURBANNE, **PLACE),
        await filed(database, service="parking_permit", commune="69149", **PLACE),
        await filed(database, service="gone_from_the_catalogue", **PLACE),
    ]
    whole = assembled.catalogue
    sensitive = {"pothole": replace(whole.service("pothole"), sensitive=True)}
    assembled.catalogue = replace(whole, of_communes={**whole.of_communes, VILLEURBANNE: sensitive})
    async with (
        TestServer(public_application(assembled)) as server,
        aiohttp.ClientSession(base_url=server.make_url("/")) as session,
    ):
        body = (await Browser(session).get(path)).body.decode()
    assert shown in body
    assert [reference for reference in private if reference in body] == []
