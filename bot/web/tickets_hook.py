"""Where an outside ticket backend says that something happened there: its news are read at once
instead of a few seconds later. What it sends along is not read: whoever knows the secret can make
us ask, and nothing else."""

from __future__ import annotations

import hmac
from collections.abc import Iterable

from aiohttp import web

from bot.errors import Forbidden, NotFound
from bot.parts import Service
from bot.web.address import client_address
from bot.web.rate import AddressLimiter

SECRET = "X-Guichet-Secret"  # noqa: S105  (the name of a header)


class TicketsHook:
    def __init__(self, service: Service) -> None:
        self._service = service
        self._calls = AddressLimiter(per_minute=120, burst=60)

    def routes(self) -> Iterable[web.RouteDef]:
        return [web.post("/tickets/hook/{name}", self.wake)]

    async def wake(self, request: web.Request) -> web.Response:
        """Raises `Forbidden` without the secret, and where none is set; `TooMany`."""
        self._calls.take(client_address(request, self._service.settings.trusted_proxies))
        secret = self._service.settings.tickets_hook_secret
        shown = request.headers.get(SECRET, "")
        if secret is None or not hmac.compare_digest(shown.encode(), secret.encode()):
            raise Forbidden("secret")
        mirror = self._service.mirror
        if mirror is None or mirror.backend.name != request.match_info["name"]:
            raise NotFound("backend")
        mirror.wake()
        return web.Response(status=204)
