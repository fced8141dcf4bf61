"""The doors of Open311 on a real database."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from sqlalchemy import func, select

from bot.conversations.tables import Conversation
from bot.errors import DomainError, Forbidden, NotFound, Unavailable
from bot.mail.tables import Letter
from bot.open311 import operations
from bot.open311.rules import BadParameter, Problem
from bot.parts import Service
from bot.service_requests import store as service_requests
from bot.service_requests.rules import Actor, Status
from bot.service_requests.tables import ServiceRequest
from bot.services.rules import Catalogue
from bot.storage.transaction import Database
from bot.web.open311 import PUBLIC_STATES, refusal_line
from bot.web.public import public_application
from bot.web.rate import TooMany
from tests.mail.builders import MAILER
from tests.open311.conftest import BELLECOUR, Client, Clients, filed
from tests.open311.schemas import wrong
from tests.open311.test_formats import of_json, of_xml
from tests.turn.scripted import WORDS, now
from tests.web.browsers import Browser

LARGE: dict[str, Any] = {"attribute[size]": "large"}
OULLINS, LYON, VILLEURBANNE = "69149", "69123", "69266"


def references(answer: tuple[int, Any]) -> list[str]:
    status, shown = answer
    assert status == 200, shown
    return [request["service_request_id"] for request in shown]


def code_of(answer: tuple[int, Any]) -> int:
    """The status of a refusal, told in the standard's shape."""
    status, shown = answer
    ((code, description),) = [(error["code"], error["description"]) for error in shown]
    assert code == status
    assert description
    return int(code)


# -- services -----------------------------------------------------------------------------------


async def test_services_are_listed_in_the_asked_language(client: Clients) -> None:
    nobody = await client()
    _, french = await nobody.get("services")
    _, english = await nobody.get("services", locale="en")
    by_code = {service["service_code"]: service for service in french}
    assert by_code["pothole"]["service_name"] == "Chaussée dégradée, nid-de-poule"
    assert "Damaged road, pothole" in [service["service_name"] for service in english]
    assert by_code["pothole"]["metadata"]
    asked = {"headers": {"Accept-Language": "en-GB"}}
    assert b"Damaged road" in (await nobody.raw("GET", "services", **asked)).body


async def test_a_town_has_services_of_its_own(client: Clients) -> None:
    nobody = await client()
    for jurisdiction, has in (("grandlyon", False), (OULLINS, True)):
        _, shown = await nobody.get("services", jurisdiction_id=jurisdiction)
        assert ("parking_permit" in [service["service_code"] for service in shown]) == has
    status, shown = await nobody.get("services/parking_permit", jurisdiction_id=OULLINS)
    assert (status, shown["service_code"]) == (200, "parking_permit")
    assert code_of(await nobody.get("services/parking_permit")) == 404


async def test_a_definition_lists_what_to_ask(client: Clients) -> None:
    status, shown = await (await client()).get("services/pothole")
    assert status == 200
    (size,) = shown["attributes"]
    assert (size["code"], size["datatype"]) == ("size", "singlevaluelist")
    assert {"key": "large", "name": "Plus grande qu’une roue de voiture"} in size["values"]


async def test_what_a_client_calls_us_is_not_repeated_where_our_address_is_set(
    assembled: Service, client: Clients
) -> None:
    public = "https://guichet.example/ville"
    assembled.settings = replace(assembled.settings, public_url=public)
    shown = await (await client()).raw("GET", "discovery.json", headers={"Host": "evil.example"})
    assert b"https://guichet.example/open311/v2" in shown.body
    assert b"evil.example" not in shown.body


async def test_discovery_says_where_to_go(client: Clients) -> None:
    nobody = await client()
    _, shown = await nobody.get("discovery")
    ((url, formats),) = [(e["url"], e["formats"]) for e in shown["endpoints"]]
    async with nobody.browser.session.get(f"{url}/services.json") as answer:
        assert answer.status == 200
    assert formats == ["text/xml", "application/json"]


@pytest.mark.parametrize(
    "path", ["services", "services/pothole", "requests", "discovery", "requests/x", "nowhere"]
)
async def test_xml_is_the_default_and_says_what_json_says(client: Clients, path: str) -> None:
    nobody = await client()
    default, xml, as_json = [
        await nobody.raw("GET", f"{path}{ending}") for ending in ("", ".xml", ".json")
    ]
    assert default.body == xml.body
    assert xml.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert as_json.headers["Content-Type"] == "application/json; charset=utf-8"
    assert of_xml(ET.fromstring(xml.body)) == of_json(json.loads(as_json.body))
    assert xml.status == as_json.status


@pytest.mark.parametrize("path", ["services.json", "requests.json", "requests/x", "nowhere"])
async def test_a_page_of_another_site_may_read(client: Clients, path: str) -> None:
    nobody = await client()
    elsewhere = {"Origin": "https://maps.example"}
    answer = await nobody.raw("GET", path, headers=elsewhere)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    asked = {**elsewhere, "Access-Control-Request-Method": "POST"}
    allowed = await nobody.raw("OPTIONS", path, headers=asked)
    assert (allowed.status, allowed.body) == (204, b"")
    assert allowed.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in allowed.headers["Access-Control-Allow-Methods"]
    assert "Idempotency-Key" in allowed.headers["Access-Control-Allow-Headers"]


# -- posting ------------------------------------------------------------------------------------


PERMIT: dict[str, Any] = {
    "service_code": "parking_permit",
    "lat": "45.7139",
    "long": "4.8074",
    "jurisdiction_id": OULLINS,
    "attribute[name]": "Ada Lovelace",
    "attribute[plate]": "AB-123-CD",
}


async def letters_about(database: Database, reference: str) -> list[Letter]:
    async with database.transaction() as tx:
        found = await tx.execute(select(Letter.__table__).where(Letter.reference == reference))
        return [Letter(**row) for row in found.mappings()]


async def test_a_demand_posted_with_an_address_is_acknowledged_there_once(
    database: Database, client: Clients, assembled: Service
) -> None:
    assembled.mailer = MAILER
    app = await client("")
    asked = {**PERMIT, "email": "ada@citoyenne.example", "attribute[external_id]": "7"}
    status, shown = await app.post(**asked)
    assert status == 201, shown
    assert await app.post(**asked) == (status, shown)
    (letter,) = await letters_about(database, shown[0]["service_request_id"])
    assert letter.recipient == "ada@citoyenne.example"
    assert letter.sender_name == "Guichet, Oullins-Pierre-Bénite"


@pytest.mark.parametrize("form", [PERMIT | {"phone": "0612345678"}, {"email": "a@b.fr"} | LARGE])
async def test_no_letter_goes_where_no_address_was_asked_for(
    database: Database, client: Clients, assembled: Service, form: dict[str, Any]
) -> None:
    assembled.mailer = MAILER
    status, shown = await (await client("")).post(**form)
    assert status == 201, shown
    assert await letters_about(database, shown[0]["service_request_id"]) == []


async def test_a_posted_request_is_filed_and_listed(
    database: Database, client: Clients, catalogue: Catalogue
) -> None:
    app = await client("")
    status, shown = await app.post(
        description="un trou <profond> & large",
        address_string="12 place Bellecour, Lyon",
        media_url="https://pictures.example/1.jpg",
        email="a@b.fr",
        **LARGE,
    )
    assert status == 201
    ((reference, notice),) = [(r["service_request_id"], r["service_notice"]) for r in shown]
    assert notice == catalogue.service("pothole").next_steps.fr
    async with database.transaction() as tx:
        row = (
            await tx.execute(
                select(ServiceRequest.__table__).where(ServiceRequest.reference == reference)
            )
        ).mappings().one()  # fmt: skip
    assert (row["channel"], row["commune"], row["status"]) == ("open311", LYON, "new")
    assert row["answers"] == {"size": "large", "media_url": "https://pictures.example/1.jpg"}
    status, (listed,) = await (await client()).get(f"requests/{reference}")
    assert status == 200
    assert listed["description"] == "un trou <profond> & large"
    assert listed["address"] == "12 place Bellecour, Lyon"
    assert (listed["status"], listed["status_notes"]) == ("open", "reçu")
    assert (listed["lat"], listed["long"]) == (45.7578, 4.832)
    assert listed["media_url"] is None


async def test_the_citizen_of_a_key_has_one_conversation_per_request(
    database: Database, client: Clients
) -> None:
    app = await client("")
    for _ in range(2):
        assert (await app.post())[0] == 201
    async with database.transaction() as tx:
        citizen = (await operations.key_of(tx, app.key)).citizen_id
        made = select(func.count()).where(
            Conversation.citizen_id == citizen, Conversation.channel == "open311"
        )
        assert await tx.scalar(made) == 2
        filers = select(func.count()).where(ServiceRequest.citizen_id == citizen)
        assert await tx.scalar(filers) == 2


@pytest.mark.parametrize(
    "repeat",
    [
        {"attribute[external_id]": "our-17"},
        {"headers": {"Idempotency-Key": "our-17"}},
    ],
)
async def test_a_repeat_gets_the_first_reference(client: Clients, repeat: dict[str, Any]) -> None:
    app, other = await client(""), await client("")
    answers = await asyncio.gather(*(app.post(**repeat) for _ in range(4)))
    assert {status for status, _ in answers} == {201}
    first = {shown[0]["service_request_id"] for _, shown in answers}
    assert len(first) == 1
    _, (theirs,) = await other.post(**repeat)
    assert theirs["service_request_id"] not in first
    _, (another,) = await app.post()
    assert another["service_request_id"] not in first


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"api_key": None}, 403),
        ({"api_key": "guessed"}, 403),
        ({"service_code": None}, 400),
        ({"service_code": "unknown"}, 404),
        ({"jurisdiction_id": "75056"}, 404),
        ({"jurisdiction_id": OULLINS}, 400),  # the place is in Lyon
        ({"lat": "48.85", "long": "2.35"}, 400),
        ({"lat": None}, 400),
        ({"lat": None, "long": None}, 400),
        ({"description": "x" * 4001}, 400),
        ({"description": "x" * 100_000}, 400),
        ({"attribute[size]": "huge"}, 400),
        ({"media_url": "ftp://x"}, 400),
    ],
)
async def test_a_post_that_cannot_be_filed_is_refused_in_the_standard_s_shape(
    database: Database, client: Clients, form: dict[str, Any], code: int
) -> None:
    app = await client("")

    async def count() -> int | None:
        async with database.transaction() as tx:
            return await tx.scalar(select(func.count()).select_from(ServiceRequest))

    before = await count()
    assert code_of(await app.post(**form)) == code
    assert await count() == before


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"api_key=\xff", "application/x-www-form-urlencoded"),
        (b"api_key=+2AA-", "application/x-www-form-urlencoded; charset=utf-7"),
        (b"api_key=a", "application/x-www-form-urlencoded; charset=nothing"),
        (b'{"api_key": "a"}', "application/json"),
        (b"api_key=%00", "application/x-www-form-urlencoded"),
    ],
)
async def test_what_is_no_form_is_refused(client: Clients, body: bytes, kind: str) -> None:
    nobody = await client()
    headers = {"Content-Type": kind}
    answer = await nobody.raw("POST", "requests.json", data=body, headers=headers)
    assert answer.status in (400, 403), answer.body
    assert json.loads(answer.body)[0]["code"] == answer.status


async def test_a_picture_sent_along_is_refused_and_not_dropped(client: Clients) -> None:
    """A link is kept with the request for whoever works on it, never fetched and never shown."""
    app = await client("")
    form = aiohttp.FormData({"api_key": app.key, "service_code": "pothole", **BELLECOUR})
    form.add_field("media", b"\xff\xd8 a picture", filename="hole.jpg")
    answer = await app.raw("POST", "requests.json", data=form)
    assert answer.status == 400
    assert "media_url" in json.loads(answer.body)[0]["description"]


async def test_a_revoked_key_opens_nothing(database: Database, client: Clients) -> None:
    app = await client("")
    async with database.transaction() as tx:
        key = await operations.key_of(tx, app.key)
        await operations.revoke_key(tx, key.name, now())
    assert code_of(await app.post()) == 403
    assert code_of(await app.get("requests")) == 403


async def test_too_many_posts_of_a_key_are_refused_and_only_its(client: Clients) -> None:
    app, other = await client(""), await client("")
    answers = [(await app.post(service_code="unknown"))[0] for _ in range(32)]
    assert answers[0] == 404
    assert answers[-1] == 429
    assert (await other.post())[0] == 201


# -- listing ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("nothing_filed")
async def test_what_citizens_told_by_chat_stays_untold(database: Database, client: Clients) -> None:
    told = "chez mamie Dupont"
    reference = await filed(database, address=told, latitude=45.75, longitude=4.85)
    nobody = await client()
    answer = await nobody.raw("GET", "requests.json")
    (shown,) = json.loads(answer.body)
    assert (shown["service_request_id"], shown["description"]) == (reference, None)
    assert shown["address"] == "Lyon"
    async with database.transaction() as tx:
        row = (
            await tx.execute(
                select(ServiceRequest.citizen_id, ServiceRequest.conversation_id)
            )
        ).one()  # fmt: skip
    for secret in ("un secret", told, *map(str, row)):
        assert secret not in answer.body.decode()


@pytest.mark.usefixtures("nothing_filed")
async def test_filters_choose_and_pages_follow_one_another(
    database: Database, client: Clients
) -> None:
    days = [1, 2, 3, 80, 100]
    filings = [await filed(database, at=now() - timedelta(days=d)) for d in days]
    tree = await filed(database, service="dangerous_tree", commune=OULLINS)
    async with database.transaction() as tx:
        await service_requests.append_status(
            tx, filings[1], Status.RESOLVED, Actor.AGENT, "un mot interne", now()
        )
    nobody = await client()

    async def listed(**query: str) -> list[str]:
        return references(await nobody.get("requests", **query))

    recent = [tree, *filings[:4]]
    assert await listed() == recent
    assert await listed(service_code="dangerous_tree") == [tree]
    assert await listed(service_code="dangerous_tree,pothole") == recent
    assert await listed(status="closed") == [filings[1]]
    assert await listed(status="open") == [tree, filings[0], *filings[2:4]]
    assert await listed(status="open,closed") == recent
    assert await listed(jurisdiction_id=OULLINS) == [tree]
    assert await listed(jurisdiction_id="grandlyon") == recent
    since, until = [(now() - timedelta(days=d)).isoformat() for d in (2.5, 1.5)]
    assert await listed(start_date=since, end_date=until) == [filings[1]]
    assert await listed(end_date=(now() - timedelta(days=90)).isoformat()) == [filings[4]]
    assert await listed(service_request_id=f"{filings[4]},{tree},2020-999999") == [tree, filings[4]]
    assert await listed(service_request_id="nothing") == []
    pages = [await listed(page_size="2", page=str(page)) for page in (1, 2, 3, 4)]
    assert pages == [recent[:2], recent[2:4], recent[4:], []]
    _, (closed,) = await nobody.get(f"requests/{filings[1]}")
    assert closed["status"] == "closed"
    assert closed["status_notes"] == "réglé"  # an agent's own words are not for everybody
    assert closed["updated_datetime"] > closed["requested_datetime"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"status": "new"}, 400),
        ({"start_date": "hier"}, 400),
        ({"page_size": "5000"}, 400),
        ({"service_code": "unknown"}, 404),
        ({"jurisdiction_id": "75056"}, 404),
        ({"api_key": "guessed"}, 403),
    ],
)
async def test_a_bad_question_is_refused(client: Clients, query: dict[str, str], code: int) -> None:
    assert code_of(await (await client()).get("requests", **query)) == code


@pytest.mark.usefixtures("nothing_filed")
async def test_a_town_s_key_posts_and_lists_for_its_town_only(
    database: Database, client: Clients
) -> None:
    of_lyon, of_oullins = await filed(database), await filed(database, commune=OULLINS)
    app = await client(OULLINS)
    assert references(await app.get("requests")) == [of_oullins]
    assert references(await app.get("requests", jurisdiction_id=LYON)) == []
    assert references(await app.get("requests", service_request_id=of_lyon)) == []
    assert code_of(await app.get(f"requests/{of_lyon}")) == 404
    assert code_of(await app.post(address_string="place Bellecour, Lyon")) == 403
    status, (posted,) = await app.post(address_string="1 rue de la République, Oullins")
    assert status == 201
    assert references(await app.get("requests")) == [posted["service_request_id"], of_oullins]


@pytest.fixture
async def discreet(assembled: Service) -> AsyncIterator[Client]:
    """A reader of a service whose potholes are sensitive in Villeurbanne."""
    whole = assembled.catalogue
    hidden = replace(whole.service("pothole"), sensitive=True)
    assembled.catalogue = replace(
        whole, of_communes={**whole.of_communes, VILLEURBANNE: {"pothole": hidden}}
    )
    async with (
        TestServer(public_application(assembled)) as server,
        aiohttp.ClientSession(base_url=server.make_url("/")) as session,
    ):
        yield Client(Browser(session))


@pytest.mark.usefixtures("nothing_filed")
async def test_nothing_of_a_sensitive_service_is_published(
    database: Database, discreet: Client
) -> None:
    shown = await filed(database)
    secret = await filed(database, commune=VILLEURBANNE)
    gone = await filed(database, service="a_service_of_old")
    assert references(await discreet.get("requests")) == [shown]
    for reference in (secret, gone):
        assert code_of(await discreet.get(f"requests/{reference}")) == 404
        assert references(await discreet.get("requests", service_request_id=reference)) == []


@pytest.mark.usefixtures("nothing_filed")
async def test_a_sensitive_service_is_neither_offered_nor_taken(
    database: Database, discreet: Client
) -> None:
    _, services = await discreet.get("services", jurisdiction_id=VILLEURBANNE)
    assert "pothole" not in [service["service_code"] for service in services]
    assert code_of(await discreet.get("services/pothole", jurisdiction_id=VILLEURBANNE)) == 404
    async with database.transaction() as tx:
        app = Client(discreet.browser, await operations.add_key(tx, "app", "", now()))
    assert code_of(await app.post(address_string="1 rue X, Villeurbanne")) == 404
    assert (await app.post())[0] == 201


@pytest.mark.test_data
@pytest.mark.usefixtures("nothing_filed")
async def test_every_answer_agrees_with_the_standard_s_schemas(
    client: Clients, test_data: Path
) -> None:
    app = await client("")
    await app.post(description="un trou")
    await app.post(address_string="Oullins", lat=None, long=None)
    _, services = await app.get("services")
    assert wrong(services, test_data, "services.json") == []
    for service in services:
        _, shown = await app.get(f"services/{service['service_code']}")
        assert wrong(shown, test_data, "service-definition.json") == []
        assert bool(shown["attributes"]) == service["metadata"]
    _, requests = await app.get("requests")
    assert len(requests) == 2
    assert wrong(requests, test_data, "requests.json") == []


# -- words --------------------------------------------------------------------------------------


def test_every_refusal_has_words_in_both_languages() -> None:
    errors: list[DomainError] = [
        *(BadParameter("lat", problem) for problem in Problem),
        *(NotFound(what) for what in ("service", "request", "jurisdiction", "page")),
        *(Forbidden(why) for why in ("key", "commune")),
        TooMany("rate"),
        Unavailable("database"),
    ]
    for language in ("fr", "en"):
        texts = [WORDS.render(refusal_line(error), language) for error in errors]
        assert len(set(texts)) == len(texts)
        assert all(WORDS.render(line, language) for line in PUBLIC_STATES.values())
