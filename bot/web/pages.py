"""The doors that answer with a page."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from bot.accounts.store import SESSION_LASTS
from bot.errors import Forbidden
from bot.parts import Service
from bot.retention.rules import KEPT, Kind
from bot.web import exchange
from bot.web.rendering import Renderer
from bot.web.visitors import citizen_of, conversation_of


class PageDoors:
    def __init__(self, service: Service, pages: Renderer) -> None:
        self._service = service
        self._page = pages.page

    def routes(self) -> Iterable[web.RouteDef]:
        return [
            web.get("/", self.home),
            web.get("/assistant", self.assistant),
            web.get("/confidentialite", self.privacy),
        ]

    async def home(self, request: web.Request) -> web.Response:
        return self._page("home.html", request)

    async def privacy(self, request: web.Request) -> web.Response:
        """What is kept, how long, and how to have it erased."""
        kept = {
            name: KEPT[kind].kept_for.days
            for name, kind in (
                ("talk", Kind.CONVERSATION_TEXT),
                ("draft", Kind.DRAFT),
                ("photo", Kind.LOOSE_PHOTO),
            )
        }
        return self._page("privacy.html", request, kept=kept, session=SESSION_LASTS.days)

    async def assistant(self, request: web.Request) -> web.Response:
        commune = self._service.gazetteer.mention(request.query.get("commune", ""))
        insee = commune.commune.insee if commune and commune.commune else ""
        return self._page(
            "assistant.html",
            request,
            commune=insee,
            said=await self._said_so_far(request),
            message_id=secrets.token_hex(8),
            url=request.rel_url,
            has_telegram=self._has_telegram(),
        )

    def _has_telegram(self) -> bool:
        channel = self._service.channels.get("telegram")
        return channel is not None and channel.link("") is not None

    async def _said_so_far(self, request: web.Request) -> list[dict[str, Any]]:
        """The conversation as events, for whoever reads the page without its scripts."""
        try:
            citizen = await citizen_of(self._service, request)
        except Forbidden:
            return []
        conversation = await conversation_of(self._service, citizen)
        said: list[dict[str, Any]] = []
        while conversation is not None:
            after = said[-1]["seq"] if said else 0
            more = await exchange.events_after(self._service, conversation, after, wait_s=0)
            if not more["events"]:
                break
            said += more["events"]
        return said
