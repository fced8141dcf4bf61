"""The doors by which a conversation goes on in Telegram, and comes from there into a browser."""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web

from bot.accounts.second_factor import qr_code
from bot.continuing import linking, opening, parting, rules
from bot.continuing.aside import Speech
from bot.continuing.opening import Opening
from bot.errors import Forbidden, NotFound, Unavailable
from bot.parts import Service
from bot.storage.tables import utc_now
from bot.web.address import client_address
from bot.web.agent.browser_names import browser_name
from bot.web.rate import AddressLimiter, Limiter
from bot.web.rendering import Renderer
from bot.web.shapes import posted_claim
from bot.web.visitors import citizen_of, conversation_of, give_session, language_of, same_site

QUIET = {"Cache-Control": "no-store", "Referrer-Policy": "strict-origin", "X-Robots-Tag": "noindex"}
"""Of pages whose address is a secret. A stricter policy for referrers (`no-referrer`) would have
browsers post their forms from "Origin: null", which no door of ours takes (Fetch, "append a request
`Origin` header"); this one tells where the page is, never its path."""


class ContinuingDoors:
    def __init__(self, service: Service, pages: Renderer) -> None:
        self._service = service
        self._page = pages.page
        self._speech = Speech(service.words, service.gazetteer)
        self._making = Limiter(per_minute=6, burst=6)
        self._asking = Limiter(per_minute=60, burst=60)
        self._opening = AddressLimiter(per_minute=30, burst=30)

    def routes(self) -> Iterable[web.RouteDef]:
        return [
            web.post("/api/continue", self.make),
            web.get("/api/continue", self.show),
            web.post("/api/continue/answer", self.answer),
            web.post("/api/continue/stop", self.stop),
            web.get("/continuer/{token}", self.look),
            web.post("/continuer/{token}", self.open),
        ]

    def _telegram(self, payload: str) -> str | None:
        channel = self._service.channels.get(rules.TELEGRAM)
        return None if channel is None else channel.link(payload)

    async def make(self, request: web.Request) -> web.Response:
        """A new link; the former one is void. 503 where there is no Telegram."""
        same_site(request)
        citizen = await citizen_of(self._service, request)
        self._making.take(str(citizen))
        if self._telegram("") is None:
            raise Unavailable("telegram")
        now = utc_now()
        async with self._service.database.transaction() as tx:
            link = await linking.make_link(tx, citizen, now)
        url = self._telegram(rules.payload_of(link.token))
        if url is None:
            raise Unavailable("telegram")
        told = {
            "url": url,
            "qr_svg": qr_code(url),
            "code": link.code,
            "expires_in_s": int((link.expires_at - now).total_seconds()),
        }
        return web.json_response(told, headers=QUIET)

    async def show(self, request: web.Request) -> web.Response:
        """How far it is."""
        citizen = await citizen_of(self._service, request)
        self._asking.take(str(citizen))
        async with self._service.database.transaction() as tx:
            standing = await linking.standing(tx, citizen, utc_now())
        told = {
            "available": self._telegram("") is not None,
            "step": standing.step,
            "name": standing.name,
            "code": standing.code,
            "why": standing.why,
        }
        return web.json_response(told, headers=QUIET)

    async def answer(self, request: web.Request) -> web.Response:
        """The page's own proof."""
        same_site(request)
        citizen = await citizen_of(self._service, request)
        self._making.take(str(citizen))
        given = posted_claim(await request.read())
        async with self._service.database.transaction() as tx:
            await linking.answer(tx, citizen, self._speech, utc_now(), is_me=given.is_me)
        return await self.show(request)

    async def stop(self, request: web.Request) -> web.Response:
        same_site(request)
        citizen = await citizen_of(self._service, request)
        self._making.take(str(citizen))
        given = posted_claim(await request.read())
        async with self._service.database.transaction() as tx:
            await parting.stop_on_page(tx, citizen, self._speech, utc_now(), disown=not given.is_me)
        return await self.show(request)

    async def look(self, request: web.Request) -> web.Response:
        """What the link would open. Looking at it, or fetching it beforehand, uses nothing up."""
        self._opening.take(client_address(request, self._service.settings.trusted_proxies))
        try:
            async with self._service.database.transaction() as tx:
                found = await opening.look(tx, request.match_info["token"], utc_now())
        except NotFound:
            return self._gone(request)
        page = self._page(
            "continue.html",
            request,
            whose=found.name,
            url=request.rel_url,
            standing=await self._here(request, found),
        )
        page.headers.update(QUIET)
        return page

    async def _here(self, request: web.Request, found: Opening) -> str:
        """Whether this browser has no conversation, that very one, or somebody else's."""
        try:
            citizen = await citizen_of(self._service, request)
        except Forbidden:
            return "none"
        if citizen == found.citizen:
            return "same"
        return "none" if await conversation_of(self._service, citizen) is None else "other"

    async def open(self, request: web.Request) -> web.Response:
        """Use the link: this browser gets a session of the chat's citizen."""
        same_site(request)
        self._opening.take(client_address(request, self._service.settings.trusted_proxies))
        browser = browser_name(request.headers.get("User-Agent", ""))
        try:
            async with self._service.database.transaction() as tx:
                token = request.match_info["token"]
                session = await opening.open_in_browser(tx, token, browser, self._speech, utc_now())
        except NotFound:
            return self._gone(request)
        where = f"/assistant?lang={language_of(request)}"
        response = web.Response(status=303, headers={"Location": where, **QUIET})
        give_session(self._service, response, session)
        return response

    def _gone(self, request: web.Request) -> web.Response:
        page = self._page("continue_gone.html", request, status=404, bot=self._telegram("portail"))
        page.headers.update(QUIET)
        return page
