"""Pages about the widget: a town's site that has it, and the one that writes its line."""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web

from bot.parts import Service
from bot.places.towns import slug_of, town_called
from bot.web import widget_line
from bot.web.contrast import ENOUGH
from bot.web.rendering import Renderer

TOWN = "Oullins-Pierre-Bénite"
"""Whose site the demonstration looks like, unless another is asked for."""


class WidgetPages:
    def __init__(self, service: Service, pages: Renderer) -> None:
        self._service = service
        self._page = pages.page

    def routes(self) -> Iterable[web.RouteDef]:
        return [
            web.get("/widget/demo", self.demo),
            web.get("/widget/demo/accessibilite", self.accessibility),
            web.get("/widget/install", self.install),
        ]

    async def demo(self, request: web.Request) -> web.Response:
        return self._of_town("town.html", request)

    async def accessibility(self, request: web.Request) -> web.Response:
        return self._of_town("town_accessibility.html", request)

    def _of_town(self, template: str, request: web.Request) -> web.Response:
        gazetteer = self._service.gazetteer
        asked = town_called(gazetteer, request.query.get("commune"))
        town = TOWN if asked is None else asked.name
        return self._page(template, request, town=town, slug=slug_of(town))

    async def install(self, request: web.Request) -> web.Response:
        """Works without scripts: they only ask it again at every change."""
        towns = sorted(
            ((slug_of(c.name), c.name) for c in self._service.gazetteer.communes),
            key=lambda town: town[0],
        )
        choice = widget_line.chosen(request.query, frozenset(slug for slug, _ in towns))
        settings = self._service.settings
        where = (settings.public_url or str(request.url.origin())).rstrip("/")
        tiles = settings.map_tiles
        return self._page(
            "widget_install.html",
            request,
            towns=towns,
            choice=choice,
            line=choice.line(where),
            policy=choice.policy(where, tiles.source if tiles else None),
            is_readable=choice.contrast_with_words >= ENOUGH
            and choice.contrast_with_ground >= ENOUGH,
            largest_radius=widget_line.LARGEST_RADIUS_PX,
        )
