"""Who may ask: from which site, with which token, and how often."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from bot.accounts import widget_sessions
from bot.accounts.widget_sessions import Visit
from bot.errors import DomainError, Invalid, SignedOut, Unavailable
from bot.parts import Service
from bot.sites.known import KnownSites
from bot.sites.rules import OWN, Site, SiteRefused
from bot.storage.tables import utc_now
from bot.web.address import client_address
from bot.web.exchange import status_of
from bot.web.rate import Limiter, TooMany
from bot.web.widget.shapes import WidgetRefusal

BODY_WITHIN = 128 * 1024
"""Bytes of a message: what a frame of the socket may hold as well."""
ALLOWED = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, X-Message-Id",
    "Access-Control-Max-Age": "600",
}
EXPOSED = "Retry-After, Content-Disposition"


@dataclass(frozen=True)
class Caller:
    """Where a request comes from. `site`: what its origin is allowed; `named`: the origin as the
    answer names it, None where the request named none."""

    site: Site
    named: str | None
    address: str

    @property
    def origin(self) -> str:
        return self.site.origin


Handler = Callable[[web.Request, Caller], Awaitable[web.StreamResponse]]


class Gate:
    def __init__(self, service: Service) -> None:
        self._service = service
        self.sites = KnownSites(service.database)
        self._asks = Limiter(per_minute=600, burst=200)

    def opens(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """A door that only allowed sites open, and whose refusals they can read."""

        async def door(request: web.Request) -> web.StreamResponse:
            caller = None
            try:
                caller = await self.caller(request)
                self._asks.take(caller.address)
                response: web.StreamResponse = await handler(request, caller)
            except DomainError as error:
                response = self.refused(error)
            if not response.prepared:
                self.dress(response, caller)
            return response

        return door

    @staticmethod
    def dress(response: web.StreamResponse, caller: Caller | None) -> None:
        """What every answer says beside what it answers; before it begins, where it is sent in
        parts."""
        response.headers.add("Vary", "Origin")
        response.headers.setdefault("Cache-Control", "no-store")
        if caller is not None and caller.named is not None:
            response.headers["Access-Control-Allow-Origin"] = caller.named
            response.headers["Access-Control-Expose-Headers"] = EXPOSED

    async def preflight(self, _: web.Request, caller: Caller) -> web.Response:
        """A browser asks before it asks."""
        del caller
        return web.Response(status=204, headers=ALLOWED)

    async def caller(self, request: web.Request) -> Caller:
        """Raises `SiteRefused` for an origin that nobody has allowed."""
        address = client_address(request, self._service.settings.trusted_proxies)
        named = request.headers.get("Origin")
        if named is None or named in self._own(request):
            return Caller(Site(OWN), named, address)
        site = await self.sites.find(named)
        if site is None:
            raise SiteRefused("origin")
        return Caller(site, named, address)

    def _own(self, request: web.Request) -> set[str]:
        """Our own origin: as the request reached us, and as citizens know it. Behind a proxy that
        speaks TLS for us, which secure cookies tell, it is https."""
        settings = self._service.settings
        scheme = "https" if settings.secure_cookies else request.scheme
        own = {f"{scheme}://{request.host.lower()}"}
        if settings.public_url is not None:
            public = urlsplit(settings.public_url)
            own.add(f"{public.scheme}://{public.netloc}".lower())
        return own

    async def visit(self, request: web.Request, caller: Caller) -> Visit:
        """Whose token the request shows. Raises `SignedOut`."""
        return await self.visit_of(shown_token(request), caller)

    async def visit_of(self, token: str, caller: Caller) -> Visit:
        """Whose token that is. Raises `SignedOut` for one that is good for nothing here."""
        found = None
        if token:
            async with self._service.database.transaction() as tx:
                found = await widget_sessions.visit_of(tx, token, caller.origin, utc_now())
        if found is None:
            raise SignedOut("token")
        return found

    def refused(self, error: DomainError) -> web.Response:
        """The one place where the widget's doors say no in HTTP."""
        response = web.json_response(self.refusal(error), status=status_of(error))
        wait_s = retry_after_s(error)
        if wait_s is not None:
            response.headers["Retry-After"] = str(wait_s)
        return response

    def refusal(self, error: DomainError) -> dict[str, Any]:
        """What is said of a refusal, which is counted."""
        self._service.metrics.refused(error.code)
        field = error.field if isinstance(error, Invalid) else None
        return WidgetRefusal(error=error.code, field=field, reason=error.reason).model_dump()


def retry_after_s(error: DomainError) -> int | None:
    """After how long it is worth trying again, where that is known."""
    if isinstance(error, TooMany):
        return max(1, math.ceil(error.retry_after_s or 1))
    return 5 if isinstance(error, Unavailable) else None


def shown_token(request: web.Request) -> str:
    """The token of a request; empty without one."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def body_of(request: web.Request) -> bytes:
    """What was posted. Raises `Invalid` for too much of it."""
    taken = bytearray()
    async for chunk in request.content.iter_chunked(16 * 1024):
        taken += chunk
        if len(taken) > BODY_WITHIN:
            raise Invalid("body", "too large", "too_large")
    return bytes(taken)


def number_in(query: Mapping[str, str], name: str, most: int) -> int:
    """A number of the query, 0 without one. Raises `Invalid`."""
    try:
        return min(max(0, int(query.get(name, "0"))), most)
    except ValueError as error:
        raise Invalid(name, "a number is needed") from error
