"""An agent's first day on one page: `docs/guide-agent.md` with its pictures."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

from aiohttp import web

from bot.accounts.rules import Agent
from bot.errors import NotFound
from bot.parts import Service
from bot.web.agent import guide_text
from bot.web.agent.session import signed_in
from bot.web.rendering import Renderer

GUIDE = "/agent/guide"


class GuideDoors:
    def __init__(self, service: Service, pages: Renderer) -> None:
        self._service = service
        self._pages = pages
        self._place = service.settings.root / "docs"

    def routes(self) -> Iterable[web.RouteDef]:
        return [
            web.get(GUIDE, signed_in(self._service, self.show)),
            web.get(f"{GUIDE}/{{picture}}", signed_in(self._service, self.picture)),
        ]

    async def show(self, request: web.Request, agent: Agent) -> web.Response:
        blocks = await asyncio.to_thread(self._read)
        return self._pages.page("agent_guide.html", request, agent=agent, blocks=blocks)

    async def picture(self, request: web.Request, _: Agent) -> web.StreamResponse:
        """One that the guide shows. Raises `NotFound` for any other name."""
        path = await asyncio.to_thread(self._picture, request.match_info["picture"])
        return web.FileResponse(path, headers={"Content-Type": "image/png"})

    def _read(self) -> list[guide_text.Block]:
        """Raises `NotFound` where the service runs without its documentation."""
        try:
            return guide_text.read((self._place / "guide-agent.md").read_text("utf-8"))
        except FileNotFoundError:
            raise NotFound("guide") from None

    def _picture(self, asked: str) -> Path:
        for block in self._read():
            if isinstance(block, guide_text.Picture) and block.name == asked:
                path = self._place / "images" / block.name
                if path.is_file():
                    return path
        raise NotFound("picture")
