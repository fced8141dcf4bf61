"""The public doors, each kind in its module, behind one guard."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from bot.answers.rules import Kind
from bot.errors import DomainError, Forbidden, Invalid
from bot.parts import Service
from bot.web import astray, exchange, maps
from bot.web.agent.account import AccountDoors
from bot.web.agent.accounts import AccountsDoors
from bot.web.agent.alerts import AlertDoors
from bot.web.agent.at_hand import AtHandDoors
from bot.web.agent.audit import AuditDoors
from bot.web.agent.automation_pages import AutomationDoors
from bot.web.agent.canned_pages import CannedPages
from bot.web.agent.console import ConsoleDoors
from bot.web.agent.contacts import ContactDoors
from bot.web.agent.deeds import DeedDoors
from bot.web.agent.enrolling import EnrolDoors
from bot.web.agent.events import EventsDoor
from bot.web.agent.figures import FIGURES_WORDS, FiguresDoors
from bot.web.agent.guide import GuideDoors
from bot.web.agent.inbox import InboxDoors
from bot.web.agent.learning import LearningDoors
from bot.web.agent.member_pages import MemberDoors
from bot.web.agent.mending import MendingDoors
from bot.web.agent.moving import MovingDoors
from bot.web.agent.outside import OutsideDoors
from bot.web.agent.reading import ReadingDoors
from bot.web.agent.security import SecurityDoors
from bot.web.agent.session import is_agents
from bot.web.agent.settings import SettingsDoors
from bot.web.agent.sign_in import SignInDoors
from bot.web.agent.talks import TalkDoors
from bot.web.agent.team_pages import TeamDoors
from bot.web.agent.text_pages import TextDoors
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
    "public_no_position",
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
    pages, published = Renderer(service.words, SCRIPT_WORDS), PublicRequests.of(service)
    headers = {
        **HEADERS,
        "Content-Security-Policy": maps.content_security_policy(service.settings),
    }

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
        except DomainError as error:
            refusal = exchange.refused(service, error)  # counted, whoever reads it
            response = astray.page_of(request, error, pages) or refusal
        except web.HTTPRequestEntityTooLarge as error:
            refusal = exchange.refused(service, Invalid("body", "too large"))
            response = astray.page_of(request, error, pages) or refusal
        except (web.HTTPNotFound, web.HTTPMethodNotAllowed) as error:
            page = astray.page_of(request, error, pages)
            if page is None:
                raise
            response = page
        return response

    async def protected(request: web.Request, response: web.StreamResponse) -> None:
        if is_agents(request.path):
            response.headers["Cache-Control"] = "no-store"
        for name, value in headers.items():
            response.headers.setdefault(name, value)  # a photo has stricter ones of its own

    app = web.Application(middlewares=[guarded], client_max_size=64 * 1024)
    app.on_response_prepare.append(protected)
    streams = EventsDoor(service)
    app.on_shutdown.append(streams.streams.stop)
    signing_in = SignInDoors(service, pages)
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
            *signing_in.routes(),
            *OutsideDoors(service, pages, signing_in).routes(),
            *EnrolDoors(service, pages).routes(),
            *AccountDoors(service, pages).routes(),
            *AccountsDoors(service, pages).routes(),
            *SecurityDoors(service, pages).routes(),
            *TeamDoors(service, pages).routes(),
            *TextDoors(service, pages).routes(),
            *MemberDoors(service, pages).routes(),
            *AutomationDoors(service, pages).routes(),
            *AuditDoors(service, pages).routes(),
            *ConsoleDoors(service, Renderer(service.words, DESK_WORDS)).routes(),
            *ContactDoors(service, pages).routes(),
            *FiguresDoors(service, Renderer(service.words, FIGURES_WORDS)).routes(),
            *ReadingDoors(service).routes(),
            *InboxDoors(service).routes(),
            *DeedDoors(service).routes(),
            *AlertDoors(service).routes(),
            *MendingDoors(service).routes(),
            *MovingDoors(service).routes(),
            *TalkDoors(service).routes(),
            *LearningDoors(service, pages).routes(),
            *AtHandDoors(service).routes(),
            *GuideDoors(service, pages).routes(),
            *SettingsDoors(service, pages).routes(),
            *CannedPages(service, pages, Kind.ANSWER).routes(),
            *CannedPages(service, pages, Kind.MACRO).routes(),
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
