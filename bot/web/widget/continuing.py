"""The doors by which a widget's conversation goes on in Telegram as well, under its token."""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web

from bot.accounts.second_factor import qr_code
from bot.accounts.widget_sessions import Visit
from bot.continuing import linking, parting, rules
from bot.continuing.aside import Speech
from bot.errors import Unavailable
from bot.parts import Service
from bot.storage.tables import utc_now
from bot.web.rate import Limiter
from bot.web.shapes import ContinueLink, Continuing, posted_claim
from bot.web.widget.gate import Caller, Gate, body_of


class ContinuingDoors:
    def __init__(self, service: Service, gate: Gate) -> None:
        self._service = service
        self._gate = gate
        self._speech = Speech(service.words, service.gazetteer)
        self._making = Limiter(per_minute=6, burst=6)
        self._asking = Limiter(per_minute=60, burst=60)

    def routes(self) -> Iterable[web.RouteDef]:
        opens = self._gate.opens
        return [
            web.post("/widget/v1/continue", opens(self.make)),
            web.get("/widget/v1/continue", opens(self.show)),
            web.post("/widget/v1/continue/answer", opens(self.answer)),
            web.post("/widget/v1/continue/stop", opens(self.stop)),
        ]

    def _telegram(self, payload: str) -> str | None:
        channel = self._service.channels.get(rules.TELEGRAM)
        return None if channel is None else channel.link(payload)

    async def make(self, request: web.Request, caller: Caller) -> web.Response:
        """A new link; the former one is void. Raises `Unavailable` where there is no Telegram."""
        visit = await self._gate.visit(request, caller)
        self._making.take(str(visit.citizen_id))
        if self._telegram("") is None:
            raise Unavailable("telegram")
        now = utc_now()
        async with self._service.database.transaction() as tx:
            link = await linking.make_link(tx, visit.citizen_id, now)
        url = self._telegram(rules.payload_of(link.token))
        if url is None:
            raise Unavailable("telegram")
        shown = ContinueLink(
            url=url,
            qr_svg=qr_code(url),
            code=link.code,
            expires_in_s=int((link.expires_at - now).total_seconds()),
        )
        return web.json_response(text=shown.model_dump_json())

    async def show(self, request: web.Request, caller: Caller) -> web.Response:
        """How far it is."""
        return await self._standing(await self._gate.visit(request, caller))

    async def _standing(self, visit: Visit) -> web.Response:
        self._asking.take(str(visit.citizen_id))
        async with self._service.database.transaction() as tx:
            standing = await linking.standing(tx, visit.citizen_id, utc_now())
        shown = Continuing.model_validate(
            {
                "available": self._telegram("") is not None,
                "step": standing.step,
                "name": standing.name,
                "code": standing.code,
                "why": standing.why,
            }
        )
        return web.json_response(text=shown.model_dump_json())

    async def answer(self, request: web.Request, caller: Caller) -> web.Response:
        """The page's own proof."""
        visit = await self._gate.visit(request, caller)
        self._making.take(str(visit.citizen_id))
        given = posted_claim(await body_of(request))
        async with self._service.database.transaction() as tx:
            await linking.answer(tx, visit.citizen_id, self._speech, utc_now(), is_me=given.is_me)
        return await self._standing(visit)

    async def stop(self, request: web.Request, caller: Caller) -> web.Response:
        """Leave Telegram; without `is_me`, the chat was never this visitor's."""
        visit = await self._gate.visit(request, caller)
        self._making.take(str(visit.citizen_id))
        given = posted_claim(await body_of(request))
        async with self._service.database.transaction() as tx:
            await parting.stop_on_page(
                tx, visit.citizen_id, self._speech, utc_now(), disown=not given.is_me
            )
        return await self._standing(visit)
