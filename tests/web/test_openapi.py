"""The description of the API holds exactly the API that is there."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from pydantic import BaseModel

from bot.conversations import commit, store
from bot.conversations.turn import Speaker
from bot.errors import DomainError
from bot.parts import Service
from bot.service_requests.draft import Draft
from bot.service_requests.operations import FileRequest
from bot.storage.transaction import Database
from bot.web import exchange, shapes
from bot.web.openapi import DOORS, document
from bot.web.public import public_application
from tests.turn.scripted import WORDS, now
from tests.web.browsers import Browser, Browsers, a_picture

DESCRIBED = ("/api", "/open-data/", "/agent/api/", "/tickets/", "/widget/v1/")


def test_every_route_of_the_api_is_described_and_nothing_else(assembled: Service) -> None:
    there = {
        (route.method.lower(), route.resource.canonical)
        for route in public_application(assembled).router.routes()
        if route.resource is not None and route.resource.canonical.startswith(DESCRIBED)
    }
    there = {(method, path) for method, path in there if method != "head"}  # aiohttp adds it
    assert there == {(door.method, door.path) for door in DOORS}


def test_every_reference_of_the_document_leads_somewhere() -> None:
    described = document()
    names = {
        line.split("/")[-1].rstrip('",')
        for line in json.dumps(described, indent=1).splitlines()
        if '"$ref"' in line
    }
    assert names
    assert names <= set(described["components"]["schemas"])


def test_every_parameter_of_a_path_is_described() -> None:
    for door in DOORS:
        in_path = {str(p["name"]) for p in door.parameters if p["in"] == "path"}
        assert in_path == {part[1:-1] for part in door.path.split("/") if part.startswith("{")}


def test_every_refusal_has_its_code_in_the_document() -> None:
    errors: list[type[DomainError]] = [DomainError, *exchange.STATUSES]
    codes = {error.code for error in errors}
    assert set(document()["components"]["schemas"]["Refusal"]["properties"]["error"]["enum"]) == (
        codes
    )


async def test_the_document_is_served(browsers: Browsers) -> None:
    answer = await (await browsers(with_session=False)).get("/api/openapi.json")
    assert json.loads(answer.body) == json.loads(json.dumps(document()))


async def told(browser: Browser, method: str, path: str, status: int, **request: Any) -> BaseModel:
    """The answer of a door, held to the shape that is described for its status."""
    (door,) = (d for d in DOORS if (d.method.upper(), d.path) == (method, path.partition("?")[0]))
    answer = await browser.ask(method, path, **request)
    assert answer.status == status, answer.body
    shape = door.answers[status]
    assert not isinstance(shape, str)
    return shape.model_validate_json(answer.body)


async def test_answers_have_the_described_shapes(database: Database, browsers: Browsers) -> None:
    nobody, visitor = await browsers(with_session=False), await browsers()
    message = {"id": uuid.uuid4().hex, "text": "il y a un trou"}
    await told(visitor, "POST", "/api/session", 200, json={})
    await told(visitor, "GET", "/api/events", 200)
    await told(nobody, "GET", "/api/events", 403)
    await told(visitor, "POST", "/api/messages", 202, json=message)
    await told(visitor, "POST", "/api/messages", 400, json={"id": "1"})
    await told(visitor, "POST", "/api/photos", 202, data=a_picture())
    await told(visitor, "POST", "/api/photos", 400, data=b"no picture")
    await told(visitor, "GET", "/api/events?after=x", 400)
    await told(visitor, "GET", "/api/events?read=x", 400)
    await told(nobody, "POST", "/api/typing", 403)
    await told(visitor, "GET", "/api/requests", 200)
    await told(nobody, "GET", "/api/requests", 403)
    await told(nobody, "GET", "/api/map", 200)
    await told(nobody, "GET", "/open-data/requests.geojson?limit=x", 400)
    await told(nobody, "GET", "/open-data/map.geojson", 400)


async def test_what_is_said_and_filed_has_the_described_shape(
    database: Database, browsers: Browsers
) -> None:
    visitor = await browsers()
    await visitor.says("il y a un trou")
    await visitor.ask("POST", "/api/photos", data=a_picture())
    async with database.transaction() as tx:
        (conversation,) = await store.needing_notice(tx, now())
        await commit.announce_absence(tx, conversation, WORDS, now())
        row = await store.by_id(tx, conversation)
        await FileRequest(Draft(service="pothole", commune="69123")).perform(
            tx, Speaker(conversation, row["citizen_id"], "web"), now()
        )
    events = await told(visitor, "GET", "/api/events", 200)
    assert isinstance(events, shapes.Events)
    assert [e.sender for e in events.events] == ["citizen", "citizen", "system"]
    assert events.events[1].photo is not None
    assert events.events[2].buttons
    requests = await told(visitor, "GET", "/api/requests", 200)
    assert isinstance(requests, shapes.OwnRequests)
    assert [r.status for r in requests.requests] == ["new"]
    published = await told(visitor, "GET", "/open-data/requests.geojson?limit=1", 200)
    assert isinstance(published, shapes.PublicFeatures)
    assert published.features[0].id == requests.requests[0].reference
    await told(visitor, "GET", "/open-data/map.geojson?zoom=10&bbox=4,45,5,46", 200)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"not JSON", "body"),
        (b"[]", "body"),
        (b'"text"', "body"),
        (b'{"text": "no id"}', "id"),
        (b'{"id": "a"}', "body"),
        (b'{"id": 5, "text": "a"}', "id"),
        (b'{"id": "a", "text": 5}', "text"),
        (b'{"id": "a", "text": "\\ud800"}', "body"),
        (b'{"id": "a", "location": [91, 0]}', "location"),
        (b'{"id": "a", "location": [true, 0]}', "location"),
        (b'{"id": "a", "location": [NaN, 0]}', "location"),
        (b'{"id": "a", "location": [1]}', "location"),
        (b"\xff", "body"),
        (b'{"id": "a", "text": "%s"}' % (b"x" * 100_000), "body"),
    ],
)
async def test_a_body_that_is_no_message_is_refused_with_its_field(
    browsers: Browsers, body: bytes, field: str
) -> None:
    answer = await (await browsers()).ask("POST", "/api/messages", data=body)
    assert answer.status == 400
    assert shapes.Refusal.model_validate_json(answer.body) == shapes.Refusal(
        error="invalid", field=field
    )


@pytest.mark.parametrize(
    "message", [{"text": ""}, {"location": [45.7, 4]}, {"contact": "06"}, {"text": "a", "new": 1}]
)
async def test_a_message_of_each_kind_is_accepted(
    browsers: Browsers, message: dict[str, object]
) -> None:
    answer = await (await browsers()).post("/api/messages", {"id": "a", **message})
    assert answer.status == 202


@pytest.mark.parametrize(
    ("form", "field"),
    [
        (b"text=" + b"x" * 20_001, "text"),
        (b"payload=guessed", "payload"),
        (b"text=\xff", "body"),
        (b"text=" + b"x" * 100_000, "body"),
    ],
)
async def test_a_form_that_is_no_message_is_refused_with_its_field(
    browsers: Browsers, form: bytes, field: str
) -> None:
    answer = await (await browsers()).ask(
        "POST",
        "/assistant",
        data=form,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.status == 400
    assert shapes.Refusal.model_validate_json(answer.body).field == field
