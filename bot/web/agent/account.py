"""The page of an agent's own account: password, second factor, where they are signed in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from aiohttp import web
from markupsafe import Markup
from yarl import URL

from bot.accounts import (
    agent_store,
    operations,
    recovery_store,
    second_factor,
    session_store,
)
from bot.accounts.own_account import Enrolment
from bot.accounts.rules import Agent
from bot.audit import store as audit
from bot.audit.rules import Action
from bot.errors import Conflict, DomainError, Invalid, NotFound
from bot.parts import Service
from bot.storage.tables import utc_now
from bot.web.agent.recovery import codes_page
from bot.web.agent.refusals import Wrong, wrong_with
from bot.web.agent.session import in_language, origin_of, see_other, signed_in, token_of
from bot.web.forms import form_of
from bot.web.rendering import Renderer
from bot.web.visitors import language_of

ACCOUNT = "/agent/account"
DONE = ("password", "second_factor", "recovery", "removed", "session", "sessions")
"""What the page says was done, by the word in its address."""


def enrolment_shown(begun: Enrolment) -> dict[str, Any]:
    """What the page of a second factor that waits for its first code shows."""
    groups = (begun.secret[start : start + 4] for start in range(0, len(begun.secret), 4))
    return {
        "voucher": begun.voucher,
        "secret": " ".join(groups),
        "uri": begun.uri,
        "qr_code": Markup(second_factor.qr_code(begun.uri)),  # noqa: S704  (drawn by us)
    }


class AccountDoors:
    def __init__(self, service: Service, pages: Renderer) -> None:
        self._service = service
        self._own = service.own_account
        self._pages = pages

    def routes(self) -> Iterable[web.RouteDef]:
        def post(path: str, handler: Callable[..., Awaitable[web.Response]]) -> web.RouteDef:
            return web.post(f"{ACCOUNT}{path}", signed_in(self._service, handler))

        return [
            web.get(ACCOUNT, signed_in(self._service, self.show)),
            post("/password", self.change_password),
            post("/sessions", self.end_sessions),
            post("/second-factor", self.begin_second_factor),
            post("/second-factor/confirm", self.confirm_second_factor),
            post("/second-factor/remove", self.remove_second_factor),
            post("/recovery-codes", self.renew_recovery_codes),
        ]

    async def show(self, request: web.Request, agent: Agent) -> web.Response:
        return await self._page(request, agent)

    async def change_password(self, request: web.Request, agent: Agent) -> web.Response:
        form = await form_of(request)
        if not self._service.settings.agents_password:
            wrong = Wrong("password", "current", "agent_password_off", 403)
            return await self._page(request, agent, wrong)
        new = form.get("password", "")
        if new != form.get("again", ""):
            wrong = Wrong("password", "again", "agent_password_differs", 400)
            return await self._page(request, agent, wrong)
        try:
            await self._own.change_password(
                agent.id,
                token_of(request),
                form.get("current", ""),
                new,
                origin_of(self._service, request),
                utc_now(),
            )
        except DomainError as error:
            wrong = self._wrong(error, "password", "current", "agent_current_wrong")
            return await self._page(request, agent, wrong)
        return self._done(request, "password")

    async def end_sessions(self, request: web.Request, agent: Agent) -> web.Response:
        form = await form_of(request)
        async with self._service.database.transaction() as tx:
            if handle := form.get("session", ""):
                ended = await session_store.end_named(tx, agent.id, handle)
            else:
                ended = await session_store.end_all(tx, agent.id, but=token_of(request))
            if ended:
                login = (await agent_store.account(tx, agent.id)).login
                await audit.record(tx, agent.actor, Action.SIGNED_OUT, login, utc_now())
        return self._done(request, "session" if handle else "sessions")

    async def begin_second_factor(self, request: web.Request, agent: Agent) -> web.Response:
        form = await form_of(request)
        try:
            begun = await self._own.begin_second_factor(
                agent.id, form.get("current", ""), origin_of(self._service, request), utc_now()
            )
        except DomainError as error:
            wrong = self._wrong(error, "second_factor", "current", "agent_current_wrong")
            return await self._page(request, agent, wrong)
        return self._enrolment(request, agent, begun)

    async def confirm_second_factor(self, request: web.Request, agent: Agent) -> web.Response:
        form = await form_of(request)
        voucher, now = form.get("voucher", ""), utc_now()
        try:
            codes = await self._own.confirm_second_factor(
                agent.id, voucher, form.get("code", ""), now
            )
        except Invalid as error:
            wrong = self._wrong(error, "second_factor", "code", "agent_code_wrong")
            begun = await self._own.again(agent.id, voucher, now)
            return self._enrolment(request, agent, begun, wrong)
        except DomainError as error:
            wrong = self._wrong(error, "second_factor", "current", "agent_expired")
            return await self._page(request, agent, wrong)
        return self._codes(request, codes, "second_factor")

    async def renew_recovery_codes(self, request: web.Request, agent: Agent) -> web.Response:
        form = await form_of(request)
        try:
            codes = await self._own.renew_recovery_codes(
                agent.id, form.get("current", ""), origin_of(self._service, request), utc_now()
            )
        except Conflict:  # the second factor was taken off meanwhile, in another browser
            return see_other(request, URL(ACCOUNT))
        except DomainError as error:
            wrong = self._wrong(error, "recovery", "current", "agent_current_wrong")
            return await self._page(request, agent, wrong)
        return self._codes(request, codes, "recovery")

    async def remove_second_factor(self, request: web.Request, agent: Agent) -> web.Response:
        form = await form_of(request)
        try:
            await self._own.remove_second_factor(
                agent.id, form.get("current", ""), origin_of(self._service, request), utc_now()
            )
        except Conflict:
            wrong = Wrong("second_factor", "current", "agent_factor_is_demanded", 409)
            return await self._page(request, agent, wrong)
        except DomainError as error:
            wrong = self._wrong(error, "second_factor", "current", "agent_current_wrong")
            return await self._page(request, agent, wrong)
        return self._done(request, "removed")

    def _wrong(self, error: DomainError, form: str, field: str, otherwise: str) -> Wrong:
        self._service.metrics.refused(error.code)
        return wrong_with(error, form, field, otherwise)

    def _done(self, request: web.Request, what: str) -> web.Response:
        return see_other(request, URL(ACCOUNT).with_query(done=what))

    def _codes(self, request: web.Request, codes: list[str], what: str) -> web.Response:
        onward = in_language(request, URL(ACCOUNT).with_query(done=what))
        return codes_page(self._pages, request, codes, onward)

    def _enrolment(
        self, request: web.Request, agent: Agent, begun: Enrolment, wrong: Wrong | None = None
    ) -> web.Response:
        return self._answer(
            "agent_second_factor.html", request, wrong, agent=agent, **enrolment_shown(begun)
        )

    async def _page(
        self, request: web.Request, agent: Agent, wrong: Wrong | None = None
    ) -> web.Response:
        now, language = utc_now(), language_of(request)
        async with self._service.database.transaction() as tx:
            account = await agent_store.account(tx, agent.id)
            sessions = await session_store.sessions_of(tx, agent.id, now, token_of(request))
            demanded = await operations.demanded_factors(tx)
            recovery_codes = await recovery_store.left(tx, agent.id)
        done = request.query.get("done", "")
        return self._answer(
            "agent_account.html",
            request,
            wrong,
            agent=agent,
            account=account,
            is_demanded=agent.role in demanded,
            recovery_codes=recovery_codes,
            takes_passwords=self._service.settings.agents_password,
            towns=self._towns(agent),
            teams=self._teams(agent, language),
            done=done if done in DONE else "",
            sessions=[
                {
                    "handle": own.handle,
                    "browser": own.browser,
                    "is_this_one": own.is_this_one,
                    "since": self._pages.moment(own.created_at, language),
                    "seen": self._pages.moment(own.seen_at, language),
                }
                for own in sessions
            ],
        )

    def _answer(
        self, name: str, request: web.Request, wrong: Wrong | None, **values: Any
    ) -> web.Response:
        status = wrong.status if wrong else 200
        page = self._pages.page(name, request, status=status, wrong=wrong, **values)
        page.headers.update(wrong.headers if wrong else {})
        return page

    def _towns(self, agent: Agent) -> list[str]:
        by_insee = self._service.gazetteer.by_insee
        return sorted(by_insee(insee).name for insee in agent.communes or ())

    def _teams(self, agent: Agent, language: str) -> list[str]:
        return sorted(self._team(code, language) for code in agent.teams)

    def _team(self, code: str, language: str) -> str:
        try:
            return self._service.catalogue.team(code).label.in_(language)
        except NotFound:
            return code  # a team since taken out of the catalogue
