"""The agents' doors that put the place of a citizen's request right: what may be meant, and the
move itself."""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web

from bot.accounts.rules import Agent
from bot.errors import Invalid
from bot.forwarding import store as forwarding
from bot.handover import moving
from bot.parts import Service
from bot.service_requests.draft import Place
from bot.service_requests.placing import Meant
from bot.service_requests.store import RequestRow
from bot.service_requests.twins import Twin, said_metres
from bot.service_requests.wording import state
from bot.storage.tables import utc_now
from bot.storage.transaction import Transaction
from bot.web.agent import moving_shapes as shapes
from bot.web.agent.asking import TICKET, asking, posted, told
from bot.web.rate import Limiter
from bot.web.visitors import language_of
from bot.words.phrases import say


class MovingDoors:
    def __init__(self, service: Service) -> None:
        self._service = service
        self._asks = Limiter(per_minute=60, burst=40)
        self._does = Limiter(per_minute=60, burst=40)

    def routes(self) -> Iterable[web.RouteDef]:
        return [
            web.post(f"{TICKET}/places", self.find),
            web.post(f"{TICKET}/move", self.move),
        ]

    async def find(self, request: web.Request) -> web.Response:
        """The address service is asked between two transactions."""
        agent = await asking(self._service, request, self._asks)
        asked = await posted(request, shapes.PostedWhere)
        reference, database = request.match_info["reference"], self._service.database
        async with database.transaction() as tx:
            row = await moving.own_request(tx, agent, reference, asked.request)
        point = _point(asked.latitude, asked.longitude)
        meant = Meant(asked.address, asked.commune or None, point)
        places = await self._service.placer.places(meant)
        async with database.transaction() as tx:
            has_it = await forwarding.has_it(tx, row.reference)
            found = [
                await self._found(tx, agent, reference, row, place, language_of(request))
                for place in places
            ]
        keeps = self._word("desk_move_kept", request) if has_it else None
        return told(shapes.FoundPlaces(places=found, keeps=keeps))

    async def _found(
        self,
        tx: Transaction,
        agent: Agent,
        reference: str,
        row: RequestRow,
        place: Place,
        language: str,
    ) -> shapes.FoundPlace:
        catalogue, now = self._service.catalogue, utc_now()
        near = await moving.likely(tx, agent, reference, row, place, catalogue, now)
        return shapes.FoundPlace(
            address=place.address,
            latitude=place.latitude,
            longitude=place.longitude,
            commune=place.commune or "",
            town=self._service.counter.town(place.commune),
            leaves=not agent.sees(place.commune),
            has_service=catalogue.has(row.service, place.commune),
            likely=[self._likely(twin, language) for twin in near],
        )

    def _likely(self, twin: Twin, language: str) -> shapes.Likely:
        service = self._service.catalogue.find(twin.service, twin.commune)
        return shapes.Likely(
            reference=twin.reference,
            label=twin.service if service is None else service.short_label.in_(language),
            address=twin.address,
            state=self._service.words.render(state(twin.status, is_own=twin.is_own), language),
            filed_at=twin.filed_at,
            metres=None if twin.distance_m is None else said_metres(twin.distance_m),
        )

    async def move(self, request: web.Request) -> web.Response:
        agent = await asking(self._service, request, self._does)
        asked = await posted(request, shapes.PostedMove)
        latitude, longitude = _point(asked.latitude, asked.longitude) or (None, None)
        address = " ".join((asked.address or "").split()) or None
        place = Place(address, latitude, longitude, asked.commune)
        await self._service.placer.check(place)
        deed = moving.Move(asked.request, place, asked.leaves, asked.joins)
        async with self._service.database.transaction() as tx:
            is_new = await moving.move(
                tx,
                agent,
                request.match_info["reference"],
                deed,
                self._service.counter,
                utc_now(),
                external_id=asked.id,
            )
            if is_new:
                await forwarding.leave(tx, asked.request, asked.commune)
        return web.Response(status=204)

    def _word(self, key: str, request: web.Request) -> str:
        return self._service.words.render(say(f"page.{key}"), language_of(request))


def _point(latitude: float | None, longitude: float | None) -> tuple[float, float] | None:
    """Raises `Invalid` for half a point."""
    if latitude is None and longitude is None:
        return None
    if latitude is None or longitude is None:
        raise Invalid("point", "both of its degrees are needed", reason="point")
    return latitude, longitude
