"""The first page of whoever is signed in."""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web

from bot.accounts.rules import Agent
from bot.parts import Service
from bot.web.agent.session import HOME, signed_in
from bot.web.rendering import Renderer


class HomeDoor:
    def __init__(self, service: Service, pages: Renderer) -> None:
        self._service = service
        self._pages = pages

    def routes(self) -> Iterable[web.RouteDef]:
        return [web.get(HOME, signed_in(self._service, self.show))]

    async def show(self, request: web.Request, agent: Agent) -> web.Response:
        return self._pages.page("agent_home.html", request, agent=agent)
