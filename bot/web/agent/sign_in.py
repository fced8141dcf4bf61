"""The doors by which agents come in and leave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aiohttp import web
from yarl import URL

from bot.accounts import session_store
from bot.accounts.sign_in import CodeAsked
from bot.errors import DomainError, Forbidden
from bot.parts import Service
from bot.storage.tables import utc_now
from bot.web.agent import session
from bot.web.agent.refusals import Wrong, wrong_with
from bot.web.forms import form_of
from bot.web.rendering import Renderer
from bot.web.visitors import same_site

FORM = "sign-in"
RECOVERY = "recovery"
"""The form of a recovery code, on the page where the app's is asked for."""
FAILED = {"cancelled": 403, "failed": 403, "unknown": 403, "away": 503}
"""What may have come of a try with the provider, and the page's status."""


class SignInDoors:
    """Two steps where a code is asked: the second page holds no password, only a voucher."""

    def __init__(self, service: Service, pages: Renderer) -> None:
        self._service = service
        self._pages = pages

    def routes(self) -> Iterable[web.RouteDef]:
        return [
            web.get(session.SIGN_IN, self.show),
            web.post(session.SIGN_IN, self.sign_in),
            web.post("/agent/sign-out", self.sign_out),
        ]

    async def show(self, request: web.Request) -> web.Response:
        try:
            await session.agent_of(self._service, request)
        except session.FactorOwed:
            page = str(session.page_after(request))
            return session.see_other(request, URL(session.ENROL).with_query(next=page))
        except Forbidden:
            return self.page(request, self._failed(request))
        return session.see_other(request, session.page_after(request))

    def _failed(self, request: web.Request) -> Wrong | None:
        """What came of a try with the provider, which has led back here."""
        outside, why = self._service.outside_sign_in, request.query.get("failed", "")
        if outside is None or why not in FAILED:
            return None
        return Wrong(FORM, "", f"agent_provider_{why}", FAILED[why], {"name": outside.name})

    async def sign_in(self, request: web.Request) -> web.Response:
        same_site(request)
        form = await form_of(request)
        if "voucher" in form:
            return await self._with_code(request, form)
        return await self._with_password(request, form)

    async def _with_password(self, request: web.Request, form: Mapping[str, str]) -> web.Response:
        if not self._service.settings.agents_password:
            return self.page(request, Wrong(FORM, "login", "agent_password_off", 403))
        login, password = form.get("login", ""), form.get("password", "")
        if not login.strip() or not password:
            field = "password" if login.strip() else "login"
            return self.page(request, Wrong(FORM, field, "agent_fill_in", 400), login)
        try:
            came = await self._service.sign_in.with_password(
                login, password, session.origin_of(self._service, request), utc_now()
            )
        except DomainError as error:
            return self.page(request, self._wrong(error, "password", "agent_wrong"), login)
        if isinstance(came, CodeAsked):
            return self.code_page(request, came.voucher)
        return await self._welcome(request, came)

    async def _with_code(self, request: web.Request, form: Mapping[str, str]) -> web.Response:
        voucher, recovery = form["voucher"], form.get("recovery")
        code = form.get("code", "") if recovery is None else recovery
        try:
            token = await self._service.sign_in.with_code(
                voucher, code, session.origin_of(self._service, request), utc_now()
            )
        except Forbidden as error:
            return self.page(request, self._wrong(error, "password", "agent_expired"))
        except DomainError as error:
            self._service.metrics.refused(error.code)
            if recovery is None:
                wrong = wrong_with(error, FORM, "code", "agent_code_wrong")
            else:
                wrong = wrong_with(error, RECOVERY, "recovery", "agent_recovery_wrong")
            return self.code_page(request, voucher, wrong)
        return await self._welcome(request, token)

    def _wrong(self, error: DomainError, field: str, otherwise: str) -> Wrong:
        self._service.metrics.refused(error.code)
        return wrong_with(error, FORM, field, otherwise)

    async def _welcome(self, request: web.Request, token: str) -> web.Response:
        if before := session.token_of(request):
            async with self._service.database.transaction() as tx:
                await session_store.end_session(tx, before)
        response = session.see_other(request, session.page_after(request))
        session.give_cookie(self._service, response, token)
        return response

    async def sign_out(self, request: web.Request) -> web.Response:
        same_site(request)
        ended = None
        if token := session.token_of(request):
            async with self._service.database.transaction() as tx:
                ended = await session_store.end_session(tx, token)
        outside = self._service.outside_sign_in
        leaving = None if outside is None or ended is None else outside.leaving(ended)
        if leaving is None:
            response = session.see_other(request, URL(session.SIGN_IN))
        else:
            # Their session there is theirs to end: other applications may live on it.
            response = self._answer(
                "agent_signed_out.html", request, None, URL(session.SIGN_IN), leaving=leaving
            )
        session.take_cookie(response)
        return response

    def page(
        self, request: web.Request, wrong: Wrong | None = None, login: str = "", after: str = ""
    ) -> web.Response:
        """Where one signs in. `after`: the page that was asked for, where the address does not say
        it."""
        url = URL(session.SIGN_IN).with_query(next=after) if after else request.rel_url
        return self._answer(
            "agent_sign_in.html",
            request,
            wrong,
            url,
            login=login,
            page=after or str(session.page_after(request)),
            takes_passwords=self._service.settings.agents_password,
        )

    def code_page(
        self, request: web.Request, voucher: str, wrong: Wrong | None = None, after: str = ""
    ) -> web.Response:
        """Where the code is asked for."""
        url = URL(session.SIGN_IN).with_query(next=after) if after else request.rel_url
        is_recovering = wrong is not None and wrong.form == RECOVERY
        return self._answer(
            "agent_code.html",
            request,
            wrong,
            url,
            voucher=voucher,
            is_recovering=is_recovering,
        )

    def _answer(
        self, name: str, request: web.Request, wrong: Wrong | None, url: URL, **values: object
    ) -> web.Response:
        status, outside = wrong.status if wrong else 200, self._service.outside_sign_in
        page = self._pages.page(
            name,
            request,
            status=status,
            url=url,
            wrong=wrong,
            provider=None if outside is None else outside.name,
            **values,
        )
        page.headers.update(wrong.headers if wrong else {})
        return page
