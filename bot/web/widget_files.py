"""The widget's own files, for pages of other sites: its script, and the parts that it fetches."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from aiohttp import web

from bot.errors import NotFound, Unavailable
from bot.parts import Service

SCRIPT = "widget.js"
LICENCES = ".LEGAL.txt"
PART = re.compile(rf"[A-Za-z0-9_-]+\.js({re.escape(LICENCES)})?")
"""A part, or the licences of what is bundled in it, which it names."""
FOR_OTHERS = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Content-Type": "text/javascript; charset=utf-8",
}
SCRIPT_CACHE = "public, max-age=300"
PART_CACHE = "public, max-age=31536000, immutable"
"""Its name changes with its content."""


class WidgetFiles:
    """Hands out what `bot/cli/widget.py` built into the state's folder."""

    def __init__(self, service: Service) -> None:
        self._place = service.settings.state / "widget"

    def routes(self) -> Iterable[web.RouteDef]:
        return [
            web.get(f"/{SCRIPT}", self.get_script),
            web.get("/widget/assets/{name}", self.get_part),
        ]

    async def get_script(self, _: web.Request) -> web.StreamResponse:
        path = await asyncio.to_thread(self._script)
        return web.FileResponse(path, headers={**FOR_OTHERS, "Cache-Control": SCRIPT_CACHE})

    async def get_part(self, request: web.Request) -> web.StreamResponse:
        path = await asyncio.to_thread(self._part, request.match_info["name"])
        headers = {**FOR_OTHERS, "Cache-Control": PART_CACHE}
        if path.name.endswith(LICENCES):
            headers["Content-Type"] = "text/plain; charset=utf-8"
        return web.FileResponse(path, headers=headers)

    def _script(self) -> Path:
        """Raises `Unavailable` where the widget could not be built."""
        for folder in self._builds():
            return folder / SCRIPT
        raise Unavailable("the widget is not built")

    def _part(self, name: str) -> Path:
        """Of the build of today, or of one before: a page that was opened then still needs it."""
        if PART.fullmatch(name):
            for folder in self._builds():
                path = folder / "assets" / name
                if path.is_file():
                    return path
        raise NotFound("part of the widget")

    def _builds(self) -> Iterator[Path]:
        """The current one first."""
        try:
            current = self._place / (self._place / "current").read_text("utf-8")
        except OSError:
            return
        yield current
        for made in self._place.glob("*/built.json"):
            if made.parent != current:
                yield made.parent
