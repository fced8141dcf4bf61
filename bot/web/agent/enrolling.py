"""The page of whoever must set up a second factor before anything else opens."""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web
from yarl import URL

from bot.accounts.own_account import Enrolment
from bot.accounts.rules import Agent
from bot.errors import Conflict, DomainError, Invalid, SignedOut
from bot.parts import Service
from bot.storage.tables import utc_now
from bot.web.agent.account import enrolment_shown
from bot.web.agent.recovery import codes_page
from bot.web.agent.refusals import Wrong, wrong_with
from bot.web.agent.session import (
    ENROL,
    SIGN_IN,
    agent_who_owes,
    in_language,
    page_after,
    see_other,
)
from bot.web.forms import form_of
from bot.web.rendering import Renderer
from bot.web.visitors import same_site

FORM = "second_factor"


class EnrolDoors:
    def __init__(self, service: Service, pages: Renderer) -> None:
        self._service = service
        self._own = service.own_account
        self._pages = pages

    def routes(self) -> Iterable[web.RouteDef]:
        return [web.get(ENROL, self.show), web.post(ENROL, self.confirm)]

    async def show(self, request: web.Request) -> web.Response:
        try:
            agent = await agent_who_owes(self._service, request)
        except SignedOut:
            return self._elsewhere(request)
        return self._page(request, await self._own.begin_owed(agent.id, utc_now()))

    async def confirm(self, request: web.Request) -> web.Response:
        same_site(request)
        form = await form_of(request)
        try:
            agent = await agent_who_owes(self._service, request)
        except SignedOut:
            return self._elsewhere(request)
        voucher, now = form.get("voucher", ""), utc_now()
        onward = page_after(request)
        try:
            codes = await self._own.confirm_second_factor(
                agent.id, voucher, form.get("code", ""), now
            )
        except Invalid as error:
            begun = await self._own.again(agent.id, voucher, now)
            return self._page(request, begun, self._wrong(error, "agent_code_wrong"))
        except Conflict:  # set up meanwhile, in another browser
            return see_other(request, onward)
        except DomainError as error:
            return await self._anew(request, agent, error)
        return codes_page(self._pages, request, codes, in_language(request, onward))

    async def _anew(self, request: web.Request, agent: Agent, error: DomainError) -> web.Response:
        begun = await self._own.begin_owed(agent.id, utc_now())
        return self._page(request, begun, self._wrong(error, "agent_expired"))

    def _wrong(self, error: DomainError, otherwise: str) -> Wrong:
        self._service.metrics.refused(error.code)
        return wrong_with(error, FORM, "code", otherwise)

    def _elsewhere(self, request: web.Request) -> web.Response:
        """Nothing is owed, or nobody is here: the page where one signs in knows which."""
        page = str(page_after(request))
        return see_other(request, URL(SIGN_IN).with_query(next=page))

    def _page(
        self, request: web.Request, begun: Enrolment, wrong: Wrong | None = None
    ) -> web.Response:
        page = self._pages.page(
            "agent_enrol.html",
            request,
            status=wrong.status if wrong else 200,
            wrong=wrong,
            url=request.rel_url,
            **enrolment_shown(begun),
        )
        page.headers.update(wrong.headers if wrong else {})
        return page
