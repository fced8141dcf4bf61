"""The public doors, each kind in its module, behind one guard."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from bot.errors import DomainError, Forbidden, Invalid
from bot.parts import Service
from bot.web import exchange
from bot.web.conversation import ConversationDoors
from bot.web.health import HealthDoors
from bot.web.openapi import DescriptionDoor
from bot.web.pages import PageDoors
from bot.web.photos import PhotoDoors

HERE = Path(__file__).parent
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

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
        except DomainError as error:
            response = exchange.refused(service, error)
        except web.HTTPRequestEntityTooLarge:
            response = exchange.refused(service, Invalid("body", "too large"))
        if not response.prepared:
            response.headers.update(HEADERS)
        return response

    app = web.Application(middlewares=[guarded], client_max_size=64 * 1024)
    app.add_routes(
        [
            *PageDoors(service, PAGE_KEYS).routes(),
            *ConversationDoors(service).routes(),
            *PhotoDoors(service).routes(),
            *DescriptionDoor().routes(),
            *HealthDoors(service).routes(),
            web.route("*", "/internal/{rest:.*}", never),
            web.static("/static", HERE / "static"),
        ]
    )
    return app


async def never(_: web.Request) -> web.Response:
    """The private doors do not even look different from one another here."""
    raise Forbidden("internal")
