"""Who gets what at every door: route by visitor, with somebody else's ids."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestServer
from sqlalchemy import update

from bot.accounts.store import citizen_of_session
from bot.accounts.widget_sessions import open_visit_of
from bot.app import assemble
from bot.conversations import commit, store
from bot.conversations.tables import Conversation
from bot.conversations.turn import Speaker
from bot.parts import Service
from bot.service_requests.draft import Draft
from bot.service_requests.operations import FileRequest
from bot.services.rules import Catalogue
from bot.settings import Settings
from bot.storage.transaction import Database
from bot.web import conversation
from bot.web.internal import internal_application
from bot.web.public import public_application
from bot.web.visitors import COOKIE
from tests.running import ROOT, state_for_tests
from tests.turn.scripted import WORDS, now
from tests.web.browsers import Browser, Browsers, a_picture, opening

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True)
class Doors:
    """The public doors of a service, open."""

    service: Service
    server: BaseTestServer


@dataclass(frozen=True)
class Owned:
    """What one visitor said, sent and filed."""

    browser: Browser
    text: str
    payload: str
    photo: str
    reference: str
    picture: bytes

    def shown_in(self, body: bytes) -> bool:
        marks = [mark.encode() for mark in (self.text, self.payload, self.photo, self.reference)]
        return any(mark in body for mark in [*marks, self.picture])


@dataclass(frozen=True)
class Row:
    """A route as the application has it, what is asked of it, and the status for each visitor.

    `path` may hold ids of the owner's, and `request` is made from what is theirs. `shows`: the
    owner's answer, and nobody else's, has something of the owner's in it. `publishes`: everybody's
    has the reference of the owner's request, and nothing else of theirs.
    """

    method: str
    route: str
    nobody: int
    owner: int
    other: int
    path: str = ""
    request: Callable[[Owned], dict[str, Any]] = lambda _: {}
    shows: bool = False
    publishes: bool = False

    @property
    def is_widgets(self) -> bool:
        return self.route.startswith("/widget/v1/")


NOBODYS = uuid.UUID(int=7)
"""An id of nothing: the names of tests must be the same in every process."""
OTHER_ACCOUNT = f"/agent/settings/accounts/{NOBODYS}"

DRAFT = "/agent/api/tickets/2026-000001/draft"
AGENTS_READ = (
    *("", "/suggestions", "/colleagues", "/photos/{photo}", "/attachments/{attachment}"),
    *("/mergeable", "/at-hand"),
)
AGENTS_DO = (
    *("/reply", "/note", "/assign", "/transfer", "/priority", "/give-back", "/close", "/reopen"),
    *("/fill", "/typing", "/read"),
    *("/redact", "/original", "/correct", "/merge", "/unmerge", "/split"),
    *("/places", "/move"),
    *("/state", "/let-be"),
    *("/answers/{answer}/chosen", "/macros/{macro}"),
)

TABLE = [
    Row("GET", "/", 200, 200, 200),
    Row("GET", "/carte", 200, 200, 200, publishes=True),
    Row("GET", "/open-data", 200, 200, 200),
    Row("GET", "/open-data/requests.geojson", 200, 200, 200, publishes=True),
    Row("GET", "/open-data/requests.csv", 200, 200, 200, publishes=True),
    Row("GET", "/open-data/map.geojson", 200, 200, 200, path="/open-data/map.geojson?zoom=10"),
    Row("GET", "/widget.js", 503, 503, 503),  # nothing is built in this state
    Row("GET", "/widget/demo", 200, 200, 200),
    Row("GET", "/widget/demo/accessibilite", 200, 200, 200),
    Row("GET", "/widget/install", 200, 200, 200),
    Row("GET", "/widget/assets/{name}", 404, 404, 404, path="/widget/assets/guessed.js"),
    Row("GET", "/confidentialite", 200, 200, 200),
    Row("GET", "/assistant", 200, 200, 200, shows=True),
    Row(
        "POST",
        "/assistant",
        400,
        200,  # the page, after a redirection
        400,  # a button that was offered to the owner
        request=lambda owned: {"data": {"payload": owned.payload}},
        shows=True,
    ),
    Row("POST", "/api/session", 200, 200, 200),
    Row(
        "POST",
        "/api/messages",
        403,
        202,
        400,  # a button that was offered to the owner
        request=lambda owned: {"json": {"id": uuid.uuid4().hex, "payload": owned.payload}},
    ),
    Row("POST", "/api/photos", 403, 202, 202, request=lambda _: {"data": a_picture()}),
    Row("GET", "/api/photos/{photo}", 403, 200, 404, path="/api/photos/{owned.photo}", shows=True),
    Row("GET", "/photos/shown/{signed}", 404, 404, 404, path="/photos/shown/{owned.photo}"),
    Row("GET", "/photos/{name}", 404, 404, 404, path="/photos/{owned.photo}.jpg"),
    Row("GET", "/api/events", 403, 200, 200, shows=True),
    Row("POST", "/api/typing", 403, 204, 204),
    Row("GET", "/api/requests", 403, 200, 200, shows=True),
    Row("POST", "/widget/v1/session", 200, 200, 200),
    Row(
        "POST",
        "/widget/v1/messages",
        403,
        202,
        400,  # a button that was offered to the owner
        request=lambda owned: {"json": {"id": uuid.uuid4().hex, "payload": owned.payload}},
    ),
    Row(
        "POST",
        "/widget/v1/photos",
        403,
        202,
        202,
        request=lambda _: {"data": a_picture(), "headers": {"X-Message-Id": uuid.uuid4().hex}},
    ),
    Row("POST", "/widget/v1/typing", 403, 204, 204),
    Row("POST", "/widget/v1/seen", 403, 204, 204, request=lambda _: {"json": {"seq": 1}}),
    Row("GET", "/widget/v1/events", 403, 200, 200, shows=True),
    Row("GET", "/widget/v1/socket", 426, 426, 426),  # what is no WebSocket
    Row("GET", "/widget/v1/requests", 403, 200, 200, shows=True),
    Row("GET", "/widget/v1/map", 200, 200, 200),
    Row("GET", "/widget/v1/transcript", 403, 200, 200, shows=True),
    Row(
        "POST",
        "/widget/v1/transcript",
        403,
        503,  # no mail server here
        503,
        request=lambda _: {"json": {"email": "camille@example.fr"}},
    ),
    Row("POST", "/widget/v1/erase", 403, 204, 204),
    Row("POST", "/widget/v1/continue", 403, 503, 503),  # no bot here
    Row("GET", "/widget/v1/continue", 403, 200, 200),
    Row(
        "POST",
        "/widget/v1/continue/answer",
        403,
        409,
        409,
        request=lambda _: {"json": {"is_me": True}},
    ),
    Row(
        "POST",
        "/widget/v1/continue/stop",
        403,
        409,
        409,
        request=lambda _: {"json": {"is_me": True}},
    ),
    Row("OPTIONS", "/widget/v1/{rest}", 204, 204, 204, path="/widget/v1/events"),
    Row("POST", "/api/continue", 403, 503, 503),  # no bot here
    Row("GET", "/api/continue", 403, 200, 200),
    Row("POST", "/api/continue/answer", 403, 409, 409, request=lambda _: {"json": {"is_me": True}}),
    Row("POST", "/api/continue/stop", 403, 409, 409, request=lambda _: {"json": {"is_me": True}}),
    Row("GET", "/continuer/{token}", 404, 404, 404, path="/continuer/guessed"),
    Row("POST", "/continuer/{token}", 404, 404, 404, path="/continuer/guessed"),
    Row("GET", "/api/map", 200, 200, 200),
    Row("GET", "/api/openapi.json", 200, 200, 200),
    Row("GET", "/open311/v2/discovery{ending}", 200, 200, 200, path="/open311/v2/discovery"),
    Row("GET", "/open311/v2/services{ending}", 200, 200, 200, path="/open311/v2/services"),
    Row(
        "GET",
        "/open311/v2/services/{code}{ending}",
        200,
        200,
        200,
        path="/open311/v2/services/pothole",
    ),
    Row(
        "GET",
        "/open311/v2/requests{ending}",
        200,
        200,
        200,
        path="/open311/v2/requests.json",
        publishes=True,
    ),
    Row("POST", "/open311/v2/requests{ending}", 403, 403, 403, path="/open311/v2/requests"),
    Row(
        "GET",
        "/open311/v2/requests/{code}{ending}",
        200,
        200,
        200,
        path="/open311/v2/requests/{owned.reference}.json",
        publishes=True,
    ),
    Row("OPTIONS", "/open311/v2/{rest}", 204, 204, 204, path="/open311/v2/requests.json"),
    Row("*", "/open311/v2/{rest}", 404, 404, 404, path="/open311/v2/nowhere"),
    # Citizens are asked to sign in: the page that says so, after a redirection.
    Row("GET", "/agent", 200, 200, 200),
    Row("POST", "/agent", 200, 200, 200),
    *(
        Row(method, f"/agent/api/{route}", 403, 403, 403, path=f"/agent/api/{path}")
        for method, route, path in (
            ("GET", "queue", "queue"),
            ("GET", "teams", "teams"),
            ("GET", "search", "search?q=trou"),
            ("GET", "tags", "tags"),
            ("GET", "conversations/{conversation}", f"conversations/{NOBODYS}"),
            (
                "GET",
                "conversations/{conversation}/photos/{photo}",
                f"conversations/{NOBODYS}/photos/{NOBODYS}",
            ),
            (
                "GET",
                "conversations/{conversation}/attachments/{attachment}",
                f"conversations/{NOBODYS}/attachments/{NOBODYS}",
            ),
            ("POST", "conversations/{conversation}/take-on", f"conversations/{NOBODYS}/take-on"),
            ("GET", "alerts", "alerts"),
            ("POST", "alerts", "alerts"),
            ("GET", "filters", "filters"),
            ("POST", "filters", "filters"),
            ("POST", "filters/{filter}/rename", f"filters/{NOBODYS}/rename"),
            ("POST", "filters/{filter}/remove", f"filters/{NOBODYS}/remove"),
            ("POST", "tickets/{reference}/snooze", "tickets/2026-000001/snooze"),
            ("POST", "tickets/{reference}/tags", "tickets/2026-000001/tags"),
            ("POST", "bulk", "bulk"),
            ("POST", "bulk/preview", "bulk/preview"),
            ("GET", "meanings", "meanings"),
            ("GET", "events", "events"),
            ("POST", "conversations/{conversation}/pull", f"conversations/{NOBODYS}/pull"),
        )
    ),
    *(
        Row(
            "GET" if what in AGENTS_READ else "POST",
            f"/agent/api/tickets/{{reference}}{what}",
            403,
            403,
            403,
            path=f"/agent/api/tickets/2026-000001{what}".replace("{photo}", str(NOBODYS))
            .replace("{attachment}", str(NOBODYS))
            .replace("{answer}", "1")
            .replace("{macro}", "1"),
        )
        for what in (*AGENTS_READ, *AGENTS_DO)
    ),
    Row("GET", "/agent/contacts/new", 200, 200, 200),
    Row("POST", "/agent/contacts/new", 200, 200, 200),
    Row("GET", "/agent/contacts/{contact}", 200, 200, 200, path=f"/agent/contacts/{NOBODYS}"),
    *(
        Row(method, "/agent/api/tickets/{reference}/draft", 403, 403, 403, path=DRAFT)
        for method in ("GET", "POST")
    ),
    Row("GET", "/agent/guide", 200, 200, 200),
    Row("GET", "/agent/guide/{picture}", 200, 200, 200, path="/agent/guide/guide-desk.png"),
    Row("GET", "/agent/settings", 200, 200, 200),
    *(
        Row(
            method,
            f"/agent/settings/{kind}{one}",
            200,
            200,
            200,
            path=f"/agent/settings/{kind}{at}",
        )
        for kind in ("answers", "macros")
        for method, one, at in (
            ("GET", "", ""),
            ("GET", "/{entry}", "/1"),
            ("POST", "/{entry}", "/1"),
        )
    ),
    Row("GET", "/agent/figures", 200, 200, 200),
    Row("GET", "/agent/figures/live", 403, 403, 403),
    Row("GET", "/agent/figures/history", 200, 200, 200),
    Row("GET", "/agent/figures/list", 200, 200, 200),
    Row("GET", "/agent/figures/csv/{name}", 200, 200, 200, path="/agent/figures/csv/teams"),
    Row("GET", "/agent/sign-in", 200, 200, 200),
    Row("POST", "/agent/sign-in", 400, 400, 400),
    Row("POST", "/agent/sign-out", 200, 200, 200),
    Row("GET", "/agent/sign-in/provider", 200, 200, 200),
    Row("GET", "/agent/sign-in/provider/return", 200, 200, 200),
    Row("GET", "/agent/second-factor", 200, 200, 200),
    Row("POST", "/agent/second-factor", 200, 200, 200),
    Row("GET", "/agent/settings/security", 200, 200, 200),
    Row("POST", "/agent/settings/security", 200, 200, 200),
    Row("GET", "/agent/settings/accounts", 200, 200, 200),
    Row("GET", "/agent/settings/accounts/{agent}", 200, 200, 200, path=OTHER_ACCOUNT),
    *(
        Row(
            "POST",
            f"/agent/settings/accounts/{{agent}}{what}",
            200,
            200,
            200,
            path=OTHER_ACCOUNT + what,
        )
        for what in ("/sessions", "/second-factor", "/provider")
    ),
    Row("GET", "/agent/account", 200, 200, 200),
    Row("GET", "/agent/audit", 200, 200, 200),
    Row("GET", "/agent/learning", 200, 200, 200),
    Row("POST", "/agent/learning", 200, 200, 200),
    *(
        Row(
            method,
            path,
            200,
            200,
            200,
            path=path.format(team="voirie", agent=NOBODYS, automation=NOBODYS, key="thanks"),
        )
        for method, path in (
            ("POST", "/agent/availability"),
            ("GET", "/agent/settings/teams"),
            ("POST", "/agent/settings/teams/{team}"),
            ("POST", "/agent/settings/teams/{team}/restore"),
            ("GET", "/agent/settings/members/{agent}"),
            ("POST", "/agent/settings/members/{agent}"),
            ("POST", "/agent/settings/members/{agent}/absences"),
            ("POST", "/agent/settings/members/{agent}/absences/remove"),
            ("POST", "/agent/settings/members/{agent}/offer"),
            ("GET", "/agent/settings/texts"),
            ("GET", "/agent/settings/texts/{key}"),
            ("POST", "/agent/settings/texts/{key}"),
            ("GET", "/agent/settings/automations"),
            ("GET", "/agent/settings/automations/{automation}"),
            ("POST", "/agent/settings/automations/{automation}"),
            ("POST", "/agent/settings/automations/{automation}/try"),
            ("POST", "/agent/settings/automations/{automation}/switch"),
            ("POST", "/agent/settings/automations/{automation}/restore"),
        )
    ),
    Row("POST", "/agent/account/password", 200, 200, 200),
    Row("POST", "/agent/account/sessions", 200, 200, 200),
    Row("POST", "/agent/account/second-factor", 200, 200, 200),
    Row("POST", "/agent/account/second-factor/confirm", 200, 200, 200),
    Row("POST", "/agent/account/second-factor/remove", 200, 200, 200),
    Row("POST", "/agent/account/recovery-codes", 200, 200, 200),
    Row("POST", "/tickets/hook/{name}", 403, 403, 403, path="/tickets/hook/redmine"),
    Row("GET", "/healthz", 200, 200, 200),
    Row("GET", "/readyz", 503, 503, 503),  # no engine here
    Row("GET", "/metrics", 200, 200, 200),
    Row("GET", "/static", 200, 200, 200, path="/static/guichet.css"),
    Row("GET", "/static/leaflet", 200, 200, 200, path="/static/leaflet/leaflet.js"),
    Row("GET", "/static/clusters", 200, 200, 200, path="/static/clusters/MarkerCluster.css"),
    Row("*", "/internal/{rest}", 403, 403, 403, path="/internal/state"),
]


def routes_of(application: web.Application) -> set[tuple[str, str]]:
    there = {
        (route.method, route.resource.canonical)
        for route in application.router.routes()
        if route.resource is not None
    }
    return {(method, path) for method, path in there if method != "HEAD"}  # aiohttp adds it


async def test_every_route_is_in_the_table(doors: Doors) -> None:
    there = routes_of(public_application(doors.service))
    assert there == {(row.method, row.route) for row in TABLE}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def doors(
    database_url: str,
    tmp_path_factory: pytest.TempPathFactory,
    catalogue: Catalogue,
    checkout_read_once: None,
) -> AsyncIterator[Doors]:
    """A service and its public doors, made once: no row may change what another finds."""
    state = state_for_tests(tmp_path_factory.mktemp("access") / "state", ("envs", "cache"))
    async with AsyncExitStack() as stack:
        database = Database(database_url, pool_size=6)
        stack.push_async_callback(database.close)
        settings = Settings(ROOT, state, database_url, trusted_proxies=(ip_network("127.0.0.0/8"),))
        service = assemble(settings, database, database_url, catalogue, "s" * 32)
        server = await stack.enter_async_context(TestServer(public_application(service)))
        yield Doors(service, server)
        await service.matcher.stop()
        service.internal_socket.parent.rmdir()
        async with database.transaction() as tx:  # the next module's worker finds only its own
            await tx.execute(update(Conversation).values(waiting_since=None, due_at=None))


@pytest_asyncio.fixture(loop_scope="module")
async def browsers(doors: Doors) -> AsyncIterator[Browsers]:
    async with opening(doors.server) as make:
        yield make


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def somebody(doors: Doors) -> AsyncIterator[Owned]:
    """The owner whom others are after."""
    async with opening(doors.server) as make:
        yield await an_owner(doors.service, make)


async def an_owner(service: Service, browsers: Browsers) -> Owned:
    """A visitor who has said something, sent a photo, been offered a button and filed."""
    browser, text = await browsers(), f"un trou {uuid.uuid4().hex}"
    await browser.says(text)
    picture = a_picture()
    await browser.ask("POST", "/api/photos", data=picture)
    (cookie,) = [c for c in browser.session.cookie_jar if c.key == COOKIE]
    async with service.database.transaction() as tx:
        citizen = await citizen_of_session(tx, cookie.value, now())
        assert citizen is not None
        token, _ = await open_visit_of(tx, citizen, "self", None, now())
        begun = await store.conversation_at(tx, "web", str(citizen))
        assert begun is not None
        await commit.announce_absence(tx, begun["id"], WORDS, now())
        speaker = Speaker(begun["id"], citizen, "web")
        filing = FileRequest(Draft(service="pothole", commune="69123"))
        filed = await filing.perform(tx, speaker, now())
        _, photo, notice = await store.messages_after(tx, begun["id"], 0)
    return Owned(
        Browser(browser.session, token),
        text,
        notice.content["buttons"][0]["payload"],
        photo.content["photo"],
        filed.reference,
        await service.photos.read(uuid.UUID(photo.content["photo"])),
    )


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.method} {row.route}")
@pytest.mark.parametrize("who", ["nobody", "owner", "other"])
async def test_each_visitor_gets_what_is_theirs(
    doors: Doors,
    browsers: Browsers,
    somebody: Owned,
    row: Row,
    who: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(conversation, "FORM_WAITS_S", 0)  # nobody answers here
    # An owner may use up what is theirs; what is published is the newest.
    is_fresh = who == "owner" or row.publishes
    owned = await an_owner(doors.service, browsers) if is_fresh else somebody
    asking = owned.browser if who == "owner" else await browsers(with_session=who == "other")
    method = "POST" if row.method == "*" else row.method
    path = (row.path or row.route).format(owned=owned)
    request = row.request(owned)
    if row.is_widgets:
        token = owned.browser.token if who == "owner" else ""
        if who == "other":
            token = json.loads((await asking.post("/widget/v1/session")).body)["token"]
        shown = {"Authorization": f"Bearer {token}"} if token else {}
        request["headers"] = {**request.get("headers", {}), **shown}
    answer = await asking.ask(method, path, **request)
    assert answer.status == getattr(row, who)
    body = answer.body
    if row.publishes:
        assert owned.reference.encode() in body
        body = body.replace(owned.reference.encode(), b"")
    assert owned.shown_in(body) == (row.shows and who == "owner")


@pytest.mark.parametrize("path", [row.path or row.route for row in TABLE if row.method == "POST"])
async def test_no_other_site_can_post_with_a_visitor_s_cookie(somebody: Owned, path: str) -> None:
    elsewhere = {"Origin": "https://elsewhere.example"}
    answer = await somebody.browser.ask("POST", path, headers=elsewhere, json={})
    assert answer.status == 403


async def test_another_visitor_s_message_id_is_their_own(browsers: Browsers) -> None:
    """The same client-made id in two conversations names two messages."""
    message = {"id": "the-same", "text": "bonjour"}
    for browser in (await browsers(), await browsers()):
        assert b'"repeated": false' in (await browser.post("/api/messages", message)).body


async def test_no_private_door_opens_without_the_secret(doors: Doors) -> None:
    application = internal_application(doors.service)
    routes = routes_of(application)
    assert routes
    async with (
        TestServer(application) as server,
        aiohttp.ClientSession(base_url=server.make_url("/")) as session,
    ):
        for method, path in routes:
            for headers in ({}, {"X-Guichet-Secret": "guessed"}):
                asked = await Browser(session).ask(method, path, headers=headers, json={})
                assert asked.status == 403, path
                assert asked.body == b'{"error": "forbidden"}'
