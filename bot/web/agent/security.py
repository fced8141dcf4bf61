"""The page of what holds for the sign-in of every agent."""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web
from yarl import URL

from bot.accounts import administration
from bot.accounts.rules import ADMINISTRATORS, Agent, Role
from bot.errors import Forbidden
from bot.parts import Service
from bot.storage.tables import utc_now
from bot.web.agent.session import see_other, signed_in
from bot.web.forms import form_of
from bot.web.rendering import Renderer

SECURITY = "/agent/settings/security"


class SecurityDoors:
    def __init__(self, service: Service, pages: Renderer) -> None:
        self._service = service
        self._pages = pages

    def routes(self) -> Iterable[web.RouteDef]:
        return [
            web.get(SECURITY, signed_in(self._service, self.show)),
            web.post(SECURITY, signed_in(self._service, self.change)),
        ]

    async def show(self, request: web.Request, agent: Agent) -> web.Response:
        try:
            async with self._service.database.transaction() as tx:
                demanded = await administration.demanded_factors(tx, agent)
        except Forbidden:
            return self._pages.page("agent_refused.html", request, status=403, agent=agent)
        outside = self._service.outside_sign_in
        return self._pages.page(
            "agent_security.html",
            request,
            agent=agent,
            roles=tuple(Role),
            recommended=ADMINISTRATORS,
            demanded=demanded,
            provider=None if outside is None else outside.name,
            takes_passwords=self._service.settings.agents_password,
            is_done="done" in request.query,
        )

    async def change(self, request: web.Request, agent: Agent) -> web.Response:
        form = await form_of(request)
        roles = {role for role in Role if f"demand-{role}" in form}
        try:
            async with self._service.database.transaction() as tx:
                await administration.demand_factors(tx, agent, roles, utc_now())
        except Forbidden:
            return self._pages.page("agent_refused.html", request, status=403, agent=agent)
        return see_other(request, URL(SECURITY).with_query(done=1))
