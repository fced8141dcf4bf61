"""`/api/openapi.json`: the public API, described from the shapes that its doors use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from bot.open_data.rules import LAST_ZOOM, MOST_A_PAGE
from bot.web import shapes
from bot.web.agent import session
from bot.web.agent.alerts_described import ALERT_DOORS
from bot.web.agent.at_hand_described import AT_HAND_DOORS
from bot.web.agent.described import DESK_DOORS
from bot.web.agent.inbox_described import INBOX_DOORS
from bot.web.agent.mending_described import MENDING_DOORS
from bot.web.agent.moving_described import MOVING_DOORS
from bot.web.agent.talks_described import TALK_DOORS
from bot.web.described import JSON, LANGUAGE, NOTHING, Door, query, refusals
from bot.web.visitors import COOKIE
from bot.web.widget.described import WIDGET_DOORS

REF = "#/components/schemas/{model}"
SESSION: Mapping[str, list[str]] = {"session": []}
AGENT: Mapping[str, list[str]] = {"agent": []}
WIDGET: Mapping[str, list[str]] = {"widget": []}
PICTURES = ("image/jpeg", "image/png", "image/webp")

CHOOSING = (
    query("commune", "INSEE code of a town."),
    query("kind", "Codes of services or of groups of them, separated by commas."),
    query("state", "Open and closed ones unless one is asked for.", enum=["open", "closed", "all"]),
    query("period", "The last days: how many.", type="integer", minimum=1),
    query("since", "Filed on this day or later.", format="date"),
    query("until", "Filed on this day or earlier.", format="date"),
    query("bbox", "west,south,east,north in degrees; looks at the published points."),
    LANGUAGE,
)
PAGING = (
    query(
        "limit", "A page of so many; everything without it.", type="integer", maximum=MOST_A_PAGE
    ),
    query("after", "The last reference of the page before: see the header Link."),
)

DOORS = (
    Door(
        "post",
        "/api/session",
        "Open a session, or go on with the one of the cookie.",
        {200: shapes.Session, **refusals(403, 429)},
        needs_session=False,
    ),
    Door(
        "post",
        "/api/messages",
        "Say something. Accepted once it is stored; the answer comes with the events.",
        {202: shapes.Accepted, **refusals(400, 403, 429)},
        takes=shapes.PostedMessage,
        parameters=(LANGUAGE,),
    ),
    Door(
        "post",
        "/api/photos",
        "Send a picture of at most 12 MiB as a message. Its metadata is dropped.",
        {202: shapes.Accepted, **refusals(400, 403, 429, 503)},
        takes=PICTURES,
        parameters=(
            LANGUAGE,
            {
                "name": "X-Message-Id",
                "in": "header",
                "description": "Made by the client; a repeat changes nothing.",
                "schema": {"type": "string", "maxLength": 64},
            },
        ),
    ),
    Door(
        "get",
        "/api/photos/{photo}",
        "A picture that this visitor sent.",
        {200: "image/jpeg", **refusals(403, 404, 503)},
        parameters=(
            {
                "name": "photo",
                "in": "path",
                "required": True,
                "schema": {"type": "string", "format": "uuid"},
            },
        ),
    ),
    Door(
        "get",
        "/api/events",
        "What was said after a number, waiting up to 25 s for something to be said.",
        {200: shapes.Events, **refusals(400, 403)},
        parameters=(
            {
                "name": "after",
                "in": "query",
                "description": "The last number seen: everything up to it counts as shown.",
                "schema": {"type": "integer", "minimum": 0, "default": 0},
            },
            query(
                "read",
                "The `read_through` known: another one is answered at once, and so is another "
                "`typing` than the one given.",
                type="integer",
                minimum=0,
            ),
            query("typing", "The `typing` known, with `read`."),
        ),
    ),
    Door(
        "post",
        "/api/typing",
        "Something is being written: told to an agent who has the conversation.",
        {204: NOTHING, **refusals(403, 429)},
    ),
    Door(
        "get",
        "/api/requests",
        "This visitor's own requests, newest first.",
        {200: shapes.OwnRequests, **refusals(403)},
        parameters=(LANGUAGE,),
    ),
    Door(
        "post",
        "/api/continue",
        "A link by which this conversation goes on in Telegram as well. Works once, for ten "
        "minutes; the former one is void.",
        {200: shapes.ContinueLink, **refusals(403, 409, 429, 503)},
    ),
    Door(
        "get",
        "/api/continue",
        "How far the way to Telegram is.",
        {200: shapes.Continuing, **refusals(403, 429)},
    ),
    Door(
        "post",
        "/api/continue/answer",
        "Whether the chat that knew the number is this visitor's own; if so they are joined.",
        {200: shapes.Continuing, **refusals(400, 403, 409, 429)},
        takes=shapes.PostedClaim,
    ),
    Door(
        "post",
        "/api/continue/stop",
        "Leave Telegram. Without `is_me`, the chat was never this visitor's.",
        {200: shapes.Continuing, **refusals(400, 403, 409, 429)},
        takes=shapes.PostedClaim,
    ),
    Door(
        "get",
        "/api/map",
        "What the page's map is drawn from: the towns, most populous first, and tiles.",
        {200: shapes.Ground},
        needs_session=False,
    ),
    Door(
        "get",
        "/open-data/requests.geojson",
        "Published requests, newest first, as GeoJSON.",
        {200: shapes.PublicFeatures, **refusals(400, 429)},
        parameters=(*CHOOSING, *PAGING),
        needs_session=False,
        media="application/geo+json",
    ),
    Door(
        "get",
        "/open-data/requests.csv",
        "The same as CSV (RFC 4180, UTF-8).",
        {200: "text/csv", **refusals(400, 429)},
        parameters=(
            *CHOOSING,
            *PAGING,
            query("bom", "1: with the mark by which spreadsheets know UTF-8.", enum=["1"]),
        ),
        needs_session=False,
    ),
    Door(
        "get",
        "/open-data/map.geojson",
        "What a view of the public map shows.",
        {200: shapes.MapView, **refusals(400, 429)},
        parameters=(
            *CHOOSING,
            {
                **query("zoom", "Of the view.", type="integer", minimum=0, maximum=LAST_ZOOM),
                "required": True,
            },
        ),
        needs_session=False,
        media="application/geo+json",
    ),
    Door(
        "post",
        "/tickets/hook/{name}",
        "Tells that something happened in the ticket backend of that name. The body is not read.",
        {204: "text/plain", **refusals(403, 404, 429)},
        parameters=(
            {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}},
            {
                "name": "X-Guichet-Secret",
                "in": "header",
                "required": True,
                "schema": {"type": "string"},
            },
        ),
        needs_session=False,
    ),
    Door(
        "get",
        "/api/openapi.json",
        "This description.",
        {200: "application/json"},
        needs_session=False,
    ),
    *WIDGET_DOORS,
    *DESK_DOORS,
    *INBOX_DOORS,
    *MENDING_DOORS,
    *MOVING_DOORS,
    *TALK_DOORS,
    *AT_HAND_DOORS,
    *ALERT_DOORS,
)


def document() -> dict[str, Any]:
    """The description, in OpenAPI 3.1."""
    models = {m for door in DOORS for m in (*door.answers.values(), door.takes)}
    given = sorted(
        (m for m in models if isinstance(m, type) and issubclass(m, BaseModel)),
        key=lambda model: model.__name__,
    )
    _, schemas = models_json_schema([(m, "validation") for m in given], ref_template=REF)
    paths: dict[str, dict[str, Any]] = {}
    for door in DOORS:
        paths.setdefault(door.path, {})[door.method] = _operation(door)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Guichet", "version": "1"},
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
                "agent": {"type": "apiKey", "in": "cookie", "name": session.COOKIE},
                "widget": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _security(door: Door) -> list[Mapping[str, list[str]]]:
    if session.is_agents(door.path):
        return [AGENT]
    if door.needs_session and door.path.startswith("/widget/v1/"):
        return [WIDGET]
    return [SESSION] if door.needs_session else []


def _operation(door: Door) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": door.summary,
        "security": _security(door),
        "responses": {
            str(status): {
                "description": HTTPStatus(status).phrase,
                "content": _content(shape, door.media if status < 300 else JSON),
            }
            for status, shape in sorted(door.answers.items())
        },
    }
    if door.parameters:
        operation["parameters"] = list(door.parameters)
    if isinstance(door.takes, tuple):
        pictures: dict[str, Any] = {media: {} for media in door.takes}
        operation["requestBody"] = {"required": True, "content": pictures}
    elif door.takes is not None:
        operation["requestBody"] = {"required": True, "content": _content(door.takes, JSON)}
    return operation


def _content(shape: type[BaseModel] | str, media: str) -> dict[str, Any]:
    if isinstance(shape, str):
        return {shape: {}} if shape else {}
    return {media: {"schema": {"$ref": REF.format(model=shape.__name__)}}}


class DescriptionDoor:
    def __init__(self) -> None:
        self._document = document()

    def routes(self) -> Iterable[web.RouteDef]:
        return [web.get("/api/openapi.json", self.describe)]

    async def describe(self, _: web.Request) -> web.Response:
        return web.json_response(self._document)
