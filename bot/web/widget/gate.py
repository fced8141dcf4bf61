"""Who may ask: from which site, with which token, and how often."""

from __future__ import annotations

import asyncio
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
from bot.web.rate import AddressLimiter, TooMany
from bot.web.widget.shapes import WidgetRefusal

BODY_WITHIN = 128 * 1024
"""Bytes of a message: what a frame of the socket may hold as well."""
BODY_WITHIN_S = 20.0
ASKS_A_MINUTE, ASKS_AT_ONCE = 600, 200
"""Of one address, sockets among them."""
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
        self._asks = AddressLimiter(per_minute=ASKS_A_MINUTE, burst=ASKS_AT_ONCE)

    def opens(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """A door that only allowed sites open, and whose refusals they can read."""

        async def door(request: web.Request) -> web.StreamResponse:
            caller = None
            try:
                self.count(request)
                caller = await self.caller(request)
                response: web.StreamResponse = await handler(request, caller)
            except DomainError as error:
                response = self.refused(error)
            if not response.prepared:
                self.dress(response, self._known(request) if caller is None else caller.named)
            return response

        return door

    @staticmethod
    def dress(response: web.StreamResponse, named: str | None) -> None:
        """What every answer says beside what it answers; before it begins, where it is sent in
        parts. `named`: the origin that may read it."""
        response.headers.add("Vary", "Origin")
        response.headers.setdefault("Cache-Control", "no-store")
        if named is not None:
            response.headers["Access-Control-Allow-Origin"] = named
            response.headers["Access-Control-Expose-Headers"] = EXPOSED

    async def preflight(self, _: web.Request, caller: Caller) -> web.Response:
        """A browser asks before it asks."""
        del caller
        return web.Response(status=204, headers=ALLOWED)

    def count(self, request: web.Request) -> None:
        """One more from that address. Raises `TooMany`; nothing is read before."""
        self._asks.take(self.address(request))

    def address(self, request: web.Request) -> str:
        """Where it comes from, as limits count it."""
        return client_address(request, self._service.settings.trusted_proxies)

    def _known(self, request: web.Request) -> str | None:
        """The origin of a request that came to nothing, if it may read why; nothing is read."""
        named = request.headers.get("Origin")
        if named is None or not (named in self._own(request) or self.sites.remembered(named)):
            return None
        return named

    async def caller(self, request: web.Request) -> Caller:
        """Raises `SiteRefused` for an origin that nobody has allowed."""
        address = self.address(request)
        named = request.headers.get("Origin")
        if named is None or named in self._own(request):
            return Caller(Site(OWN), named, address)
        site = await self.sites.find(named)
        if site is None:
            raise SiteRefused("origin")
        return Caller(site, named, address)

    def _own(self, request: web.Request) -> set[str]:
        """Our own origin: as citizens know it; where nobody said how, as the request reached us.
        Behind a proxy that speaks TLS for us, which secure cookies tell, it is https."""
        settings = self._service.settings
        if settings.public_url is not None:
            public = urlsplit(settings.public_url)
            return {f"{public.scheme}://{public.netloc}".lower()}
        scheme = "https" if settings.secure_cookies else request.scheme
        return {f"{scheme}://{request.host.lower()}"}

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
    """What was posted. Raises `Invalid` for too much of it, `Unavailable` for too slow."""
    taken = bytearray()
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            async for chunk in request.content.iter_chunked(16 * 1024):
                taken += chunk
                if len(taken) > BODY_WITHIN:
                    raise Invalid("body", "too large", "too_large")
    except TimeoutError:
        raise Unavailable("the body did not arrive in time") from None
    return bytes(taken)


def number_in(query: Mapping[str, str], name: str, most: int) -> int:
    """A number of the query, 0 without one. Raises `Invalid`."""
    try:
        return min(max(0, int(query.get(name, "0"))), most)
    except ValueError as error:
        raise Invalid(name, "a number is needed") from error
