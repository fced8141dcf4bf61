"""What the page's map is made of: Leaflet's files, the towns, and tiles when there are some."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.errors import Unavailable
from bot.parts import Service
from bot.places.communes import Gazetteer
from bot.settings import Settings

PACKAGE = "js_lib_leaflet"
CLUSTERS = "xstatic.pkg.leaflet_markercluster"


class MapDoors:
    def __init__(self, service: Service) -> None:
        self._service = service

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [
            web.get("/api/map", self.get_map),
            web.static("/static/leaflet", leaflet_files()),
            web.static("/static/clusters", clusters_files()),
        ]

    async def get_map(self, _: web.Request) -> web.Response:
        return web.json_response(ground(self._service.settings, self._service.gazetteer))


def leaflet_files() -> Path:
    """The folder of Leaflet's script, style and images, where pip put it.

    Raises `Unavailable` when the package is not installed.
    """
    return _folder_of(PACKAGE) / "static" / PACKAGE


def clusters_files() -> Path:
    """The folder of Leaflet.markercluster's script and style. Raises `Unavailable`."""
    return _folder_of(CLUSTERS) / "data"


def _folder_of(package: str) -> Path:
    try:
        found = importlib.util.find_spec(package)
    except ModuleNotFoundError:  # a parent of it
        found = None
    if found is None or found.origin is None:
        raise Unavailable(f"the package {package} is not installed")
    return Path(found.origin).parent


def ground(settings: Settings, gazetteer: Gazetteer) -> dict[str, Any]:
    """What to draw: the towns, most populous first since labels are dropped from the end."""
    communes = sorted(gazetteer.communes, key=lambda c: c.population, reverse=True)
    tiles = settings.map_tiles
    return {
        "communes": [{"insee": c.insee, "name": c.name, "centre": c.centre} for c in communes],
        "tiles": tiles.template if tiles else None,
        "credit": tiles.credit if tiles else None,
    }


def content_security_policy(settings: Settings) -> str:
    """Only what is ours, and pictures from the tiles' host when one is set."""
    images = ["'self'", "blob:", *([settings.map_tiles.source] if settings.map_tiles else [])]
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src {' '.join(images)}; "
        "media-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
