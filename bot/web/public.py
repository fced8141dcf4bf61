"""The public doors, each kind in its module, behind one guard."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from bot.errors import DomainError, Forbidden, Invalid
from bot.parts import Service
from bot.web import exchange, maps
from bot.web.agent.account import AccountDoors
from bot.web.agent.console import ConsoleDoors
from bot.web.agent.deeds import DeedDoors
from bot.web.agent.events import EventsDoor
from bot.web.agent.reading import ReadingDoors
from bot.web.agent.session import is_agents
from bot.web.agent.sign_in import SignInDoors
from bot.web.agent.words import DESK_WORDS
from bot.web.continuing import ContinuingDoors
from bot.web.conversation import ConversationDoors
from bot.web.health import HealthDoors
from bot.web.maps import MapDoors
from bot.web.open311 import Open311Doors
from bot.web.open_data import OpenDataDoors
from bot.web.openapi import DescriptionDoor
from bot.web.pages import PageDoors
from bot.web.photos import PhotoDoors
from bot.web.public_map import PublicMapDoors
from bot.web.public_requests import PublicRequests
from bot.web.rendering import Renderer
from bot.web.tickets_hook import TicketsHook
from bot.web.widget.doors import WidgetDoors
from bot.web.widget_files import WidgetFiles
from bot.web.widget_pages import WidgetPages

HERE = Path(__file__).parent
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(self)",
}
SCRIPT_WORDS = [
    "assistant",
    "away",
    "continue_asks",
    "continue_ended",
    "continue_expired",
    "continue_failed",
    "continue_joined",
    "continue_opened",
    "continue_waiting",
    "edited",
    "failed",
    "file_animation",
    "file_audio",
    "file_document",
    "file_photo",
    "file_video",
    "file_video_note",
    "file_voice",
    "locating",
    "map_failed",
    "map_farther",
    "map_near",
    "map_nearer",
    "no_position",
    "offline",
    "other_contact_of_other",
    "other_dice",
    "other_game",
    "other_poll",
    "other_sticker",
    "other_story",
    "other_unsupported",
    "photo_heic",
    "photo_infected",
    "photo_open",
    "photo_sending",
    "photo_sent",
    "photo_too_large",
    "photo_too_many",
    "photo_unreadable",
    "place_sent",
    "public_crowded",
    "public_filed",
    "public_group",
    "public_here",
    "public_list_failed",
    "public_loading",
    "public_map_failed",
    "public_nothing_here",
    "public_report",
    "read",
    "warming",
    "writes",
    "you",
]
"""What the scripts say, as `words.…`."""


def public_application(service: Service) -> web.Application:
    """Everything that is reachable from outside."""
    headers = {
        **HEADERS,
        "Content-Security-Policy": maps.content_security_policy(service.settings),
    }

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
        except DomainError as error:
            response = exchange.refused(service, error)
        except web.HTTPRequestEntityTooLarge:
            response = exchange.refused(service, Invalid("body", "too large"))
        return response

    async def protected(request: web.Request, response: web.StreamResponse) -> None:
        if is_agents(request.path):
            response.headers["Cache-Control"] = "no-store"
        for name, value in headers.items():
            response.headers.setdefault(name, value)  # a photo has stricter ones of its own

    app = web.Application(middlewares=[guarded], client_max_size=64 * 1024)
    app.on_response_prepare.append(protected)
    pages, published = Renderer(service.words, SCRIPT_WORDS), PublicRequests.of(service)
    streams = EventsDoor(service)
    app.on_shutdown.append(streams.streams.stop)
    widget = WidgetDoors(service)
    widget.join(app)
    app.add_routes(
        [
            *PageDoors(service, pages).routes(),
            *PublicMapDoors(service, published, pages).routes(),
            *OpenDataDoors(service, published, pages).routes(),
            *ConversationDoors(service).routes(),
            *ContinuingDoors(service, pages).routes(),
            *PhotoDoors(service, pages).routes(),
            *MapDoors(service).routes(),
            *DescriptionDoor().routes(),
            *Open311Doors(service).routes(),
            *SignInDoors(service, pages).routes(),
            *AccountDoors(service, pages).routes(),
            *ConsoleDoors(service, Renderer(service.words, DESK_WORDS)).routes(),
            *ReadingDoors(service).routes(),
            *DeedDoors(service).routes(),
            *streams.routes(),
            *TicketsHook(service).routes(),
            *WidgetFiles(service).routes(),
            *WidgetPages(service, pages).routes(),
            *widget.routes(),
            *HealthDoors(service).routes(),
            *(door for channel in service.channels.values() for door in channel.routes()),
            web.route("*", "/internal/{rest:.*}", never),
            web.static("/static", HERE / "static"),
        ]
    )
    return app


async def never(_: web.Request) -> web.Response:
    """The private doors do not even look different from one another here."""
    raise Forbidden("internal")
