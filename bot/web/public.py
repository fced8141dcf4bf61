"""The public doors: the first pages, the conversation's API, photos, health."""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID

import jinja2
from aiohttp import web

from bot.accounts import store as accounts
from bot.conversations import store
from bot.conversations.operations import Arrival
from bot.errors import DomainError, Forbidden, Invalid, NotFound
from bot.parts import Service
from bot.service_requests import store as requests
from bot.service_requests.photos import MAX_BYTES
from bot.storage.tables import utc_now
from bot.web import exchange
from bot.web.health import HealthDoors
from bot.web.rate import Limiter
from bot.words.phrases import Phrase, say

HERE = Path(__file__).parent
COOKIE = "guichet_session"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(self)",
}
PAGE_KEYS = [
    "log",
    "input",
    "send",
    "photo",
    "position",
    "warming",
    "offline",
    "failed",
    "thinking",
    "no_position",
    "bad_photo",
    "requests",
    "no_requests",
    "you",
    "assistant",
]


def public_application(service: Service) -> web.Application:
    """Everything that is reachable from outside."""
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"), autoescape=True
    )
    new_sessions = Limiter(per_minute=60, burst=60)
    messages = Limiter(per_minute=40, burst=30)
    photos = Limiter(per_minute=12, burst=8)

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
        except DomainError as error:
            response = exchange.refused(service, error)
        except (json.JSONDecodeError, UnicodeDecodeError):
            response = exchange.refused(service, Invalid("body", "not JSON"))
        if not response.prepared:
            response.headers.update(HEADERS)
        return response

    def language_of(request: web.Request) -> str:
        asked = request.query.get("lang", request.headers.get("Accept-Language", "fr"))
        return "en" if asked.lower().startswith("en") else "fr"

    def page(name: str, request: web.Request, **values: object) -> web.Response:
        language = language_of(request)
        words = {key: service.words.render(word(key), language) for key in PAGE_KEYS}
        body = templates.get_template(name).render(
            language=language,
            words=json.dumps(words, ensure_ascii=False),
            say=lambda key: service.words.render(word(key), language),
            **values,
        )
        return web.Response(text=body, content_type="text/html")

    async def citizen_of(request: web.Request) -> UUID:
        """Who holds this session. Raises `Forbidden` without one."""
        token = request.cookies.get(COOKIE, "")
        if token:
            async with service.database.transaction() as tx:
                found = await accounts.citizen_of_session(tx, token, utc_now())
            if found is not None:
                return found
        raise Forbidden("session")

    def same_site(request: web.Request) -> None:
        """A post comes from our own pages. Raises `Forbidden`."""
        origin = request.headers.get("Origin")
        if origin is not None and not hmac.compare_digest(
            origin.split("://", 1)[-1].encode(), request.host.encode()
        ):
            raise Forbidden("origin")

    async def home(request: web.Request) -> web.Response:
        return page("home.html", request)

    async def demo(request: web.Request) -> web.Response:
        commune = service.gazetteer.mention(request.query.get("commune", ""))
        insee = commune.commune.insee if commune and commune.commune else ""
        return page("demo.html", request, commune=insee)

    async def open_session(request: web.Request) -> web.Response:
        same_site(request)
        try:
            citizen = await citizen_of(request)
            token = None
        except Forbidden:
            new_sessions.take(request.remote or "")
            async with service.database.transaction() as tx:
                token, citizen = await accounts.open_session(tx, utc_now())
        async with service.database.transaction() as tx:
            conversation = await store.conversation_at(tx, "web", str(citizen))
        response = web.json_response(
            {"assistant": service.assistant.phase, "begun": conversation is not None}
        )
        if token is not None:
            response.set_cookie(
                COOKIE,
                token,
                max_age=int(accounts.SESSION_LASTS.total_seconds()),
                httponly=True,
                samesite="Lax",
                secure=service.settings.secure_cookies,
                path="/",
            )
        return response

    async def post_message(request: web.Request) -> web.Response:
        same_site(request)
        citizen = await citizen_of(request)
        messages.take(str(citizen))
        body = await request.json()
        if (
            not isinstance(body, dict)
            or not isinstance(body.get("id"), str)
            or len(body["id"]) > 64
        ):
            raise Invalid("id", "a client-made id of at most 64 characters is needed")
        kind, text, content = read_message(body)
        return web.json_response(
            await exchange.accept(
                service,
                Arrival(
                    channel="web",
                    address=str(citizen),
                    citizen_id=citizen,
                    external_id=body["id"],
                    kind=kind,
                    text=text,
                    content=content,
                    commune=known_commune(body.get("commune")),
                    language=language_of(request),
                ),
            ),
            status=202,
        )

    def known_commune(insee: object) -> str | None:
        return (
            insee
            if isinstance(insee, str) and any(c.insee == insee for c in service.gazetteer.communes)
            else None
        )

    async def post_photo(request: web.Request) -> web.Response:
        same_site(request)
        citizen = await citizen_of(request)
        photos.take(str(citizen))
        external_id = request.headers.get("X-Message-Id", "")[:64] or secrets.token_hex(8)
        raw = await request.content.read(MAX_BYTES + 1)
        while len(raw) <= MAX_BYTES and (more := await request.content.read(MAX_BYTES + 1)):
            raw += more
        content = await exchange.keep_photo(service, citizen, raw, utc_now())
        return web.json_response(
            await exchange.accept(
                service,
                Arrival("web", str(citizen), citizen, external_id, "photo", content=content),
            ),
            status=202,
        )

    async def get_events(request: web.Request) -> web.Response:
        citizen = await citizen_of(request)
        try:
            after = max(0, int(request.query.get("after", "0")))
        except ValueError as error:
            raise Invalid("after", "a number is needed") from error
        async with service.database.transaction() as tx:
            conversation = await store.conversation_at(tx, "web", str(citizen))
        if conversation is None:
            return web.json_response(
                {"events": [], "assistant": service.assistant.phase, "thinking": False}
            )
        return web.json_response(
            await exchange.events_after(service, conversation, after, wait_s=25)
        )

    async def get_requests(request: web.Request) -> web.Response:
        citizen = await citizen_of(request)
        language = language_of(request)
        async with service.database.transaction() as tx:
            rows = await requests.of_citizen(tx, citizen)
        return web.json_response(
            {
                "requests": [
                    {
                        "reference": row.reference,
                        "service": label(row.service, row.commune, language),
                        "commune": service.gazetteer.by_insee(row.commune).name,
                        "address": row.address,
                        "status": row.status.value,
                        "state": service.words.render(word(f"state.{row.status}", ""), language),
                        "filed_at": row.filed_at.isoformat(),
                    }
                    for row in rows
                ]
            }
        )

    def label(code: str, commune: str, language: str) -> str:
        try:
            return service.catalogue.service(code, commune).label.in_(language)
        except NotFound:
            return code

    async def get_photo(request: web.Request) -> web.Response:
        citizen = await citizen_of(request)
        try:
            photo_id = UUID(request.match_info["photo"])
        except ValueError as error:
            raise NotFound("photo") from error
        async with service.database.transaction() as tx:
            await requests.own_photo(tx, citizen, photo_id)
        return web.Response(
            body=await service.photos.read(photo_id),
            content_type="image/jpeg",
            headers={"Cache-Control": "private, no-store"},
        )

    async def never(_: web.Request) -> web.Response:
        raise Forbidden("internal")

    app = web.Application(middlewares=[guarded], client_max_size=64 * 1024)
    app.add_routes(
        [
            web.get("/", home),
            web.get("/widget/demo", demo),
            web.post("/api/session", open_session),
            web.post("/api/messages", post_message),
            web.post("/api/photos", post_photo),
            web.get("/api/events", get_events),
            web.get("/api/requests", get_requests),
            web.get("/api/photos/{photo}", get_photo),
            *HealthDoors(service).routes(),
            web.route("*", "/internal/{rest:.*}", never),
            web.static("/static", HERE / "static"),
        ]
    )
    return app


def word(key: str, prefix: str = "page.") -> Phrase:
    """A word of the pages."""
    return say(prefix + key)


def read_message(body: dict[str, object]) -> tuple[str, str, dict[str, object]]:
    """Kind, text and content of a posted message. Raises `Invalid`."""
    if isinstance(body.get("payload"), str):
        return "press", "", {"payload": body["payload"]}
    place = body.get("location")
    if place is not None:
        if (
            isinstance(place, list)
            and len(place) == 2
            and all(isinstance(x, (int, float)) and not isinstance(x, bool) for x in place)
            and -90 <= place[0] <= 90
            and -180 <= place[1] <= 180
        ):
            return "location", "", {"latitude": float(place[0]), "longitude": float(place[1])}
        raise Invalid("location", "two numbers are needed: latitude, longitude")
    for kind in ("contact", "text"):
        if isinstance(body.get(kind), str):
            return kind, str(body[kind]), {}
    raise Invalid("text", "one of text, payload, location or contact is needed")
