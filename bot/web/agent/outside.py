"""The doors by which agents go to their provider and come back."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from aiohttp import web
from yarl import URL

from bot.accounts import session_store
from bot.accounts.outside_sign_in import BACK_WITHIN
from bot.accounts.sign_in import CodeAsked
from bot.accounts.throttling import Slowed
from bot.errors import DomainError, Unavailable
from bot.oidc.rules import Unproven
from bot.parts import Service
from bot.storage.tables import utc_now
from bot.web.agent import session
from bot.web.agent.refusals import wrong_with
from bot.web.agent.sign_in import FORM, SignInDoors
from bot.web.rate import AddressLimiter
from bot.web.rendering import Renderer

logger = logging.getLogger(__name__)

COOKIE = "guichet_departure"


class OutsideDoors:
    """A link leads out, not a form: our pages' policy lets forms go nowhere else."""

    def __init__(self, service: Service, pages: Renderer, signing_in: SignInDoors) -> None:
        self._service = service
        self._pages = pages
        self._signing_in = signing_in
        self._limiter = AddressLimiter(per_minute=20, burst=20)

    def routes(self) -> Iterable[web.RouteDef]:
        return [
            web.get(session.DEPART, self.depart),
            web.get(session.RETURN, self.come_back),
        ]

    async def depart(self, request: web.Request) -> web.Response:
        outside, page = self._service.outside_sign_in, session.page_after(request)
        if outside is None:
            return _back(page)
        self._limiter.take(session.origin_of(self._service, request).address)
        if "lang" in request.query:
            page = page.update_query(lang=request.query["lang"])
        try:
            url, carried = await outside.depart(str(page), session.token_of(request), utc_now())
        except Unavailable as error:
            return self._failed(error, "away", page)
        response = web.Response(status=303, headers={"Location": url})
        response.set_cookie(
            COOKIE,
            carried,
            max_age=int(BACK_WITHIN.total_seconds()),
            httponly=True,
            samesite="Lax",  # the provider's page leads back here
            secure=self._service.settings.secure_cookies,
            path=session.DEPART,
        )
        return response

    async def come_back(self, request: web.Request) -> web.Response:
        outside, now, page = self._service.outside_sign_in, utc_now(), URL(session.HOME)
        if outside is None:
            return _back(page)
        try:
            departure = outside.departure_of(request.cookies.get(COOKIE, ""), now)
            page = session.page_at(departure.next)
            origin = session.origin_of(self._service, request)
            came = await outside.come_back(departure, request.query, origin, now)
            response = await self._welcome(request, departure.before, came, str(page))
        except Slowed as error:
            self._service.metrics.refused(error.code)
            wrong = wrong_with(error, FORM, "", "")
            response = self._signing_in.page(request, wrong, after=str(page))
        except Unproven as error:
            logger.info("sign-in with %s refused: %s", outside.name, error.detail)
            response = self._failed(error, error.why, page)
        except Unavailable as error:
            response = self._failed(error, "away", page)
        response.del_cookie(COOKIE, path=session.DEPART)  # a departure is good for one return
        return response

    async def _welcome(
        self, request: web.Request, before: str, came: str | CodeAsked, page: str
    ) -> web.Response:
        """`before`: the token of the session that the browser had."""
        if isinstance(came, CodeAsked):
            return self._signing_in.code_page(request, came.voucher, after=page)
        if before:
            async with self._service.database.transaction() as tx:
                await session_store.end_session(tx, before)
        # A redirection would still belong to the provider's page, and go without our cookie.
        response = self._pages.page("agent_welcome.html", request, page=page)
        session.give_cookie(self._service, response, came)
        return response

    def _failed(self, error: DomainError, why: str, page: URL) -> web.Response:
        """To the page where one signs in, which says why: its address holds no code."""
        self._service.metrics.refused(error.code)
        return _back(page, failed=why)


def _back(page: URL, **told: str) -> web.Response:
    asked = {"next": str(page), **told}
    if "lang" in page.query:
        asked["lang"] = page.query["lang"]
    url = URL(session.SIGN_IN).with_query(asked)
    return web.Response(status=303, headers={"Location": str(url)})
