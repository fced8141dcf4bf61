"""The doors of photos: one comes in as a message, and is shown to its sender."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from uuid import UUID

from aiohttp import web

from bot.conversations.operations import Arrival
from bot.errors import NotFound
from bot.parts import Service
from bot.service_requests import store as requests
from bot.service_requests.photos import MAX_BYTES
from bot.storage.tables import utc_now
from bot.web import exchange
from bot.web.rate import Limiter
from bot.web.visitors import citizen_of, language_of, same_site


class PhotoDoors:
    def __init__(self, service: Service) -> None:
        self._service = service
        self._photos = Limiter(per_minute=12, burst=8)

    def routes(self) -> Iterable[web.RouteDef]:
        return [
            web.post("/api/photos", self.post_photo),
            web.get("/api/photos/{photo}", self.get_photo),
        ]

    async def post_photo(self, request: web.Request) -> web.Response:
        same_site(request)
        citizen = await citizen_of(self._service, request)
        self._photos.take(str(citizen))
        external_id = request.headers.get("X-Message-Id", "")[:64] or secrets.token_hex(8)
        raw = await request.content.read(MAX_BYTES + 1)
        while len(raw) <= MAX_BYTES and (more := await request.content.read(MAX_BYTES + 1)):
            raw += more
        content = await exchange.keep_photo(self._service, citizen, raw, utc_now())
        accepted = await exchange.accept(
            self._service,
            Arrival(
                "web",
                str(citizen),
                citizen,
                external_id,
                "photo",
                content=content,
                language=language_of(request),
            ),
        )
        return web.json_response(accepted, status=202)

    async def get_photo(self, request: web.Request) -> web.Response:
        citizen = await citizen_of(self._service, request)
        try:
            photo_id = UUID(request.match_info["photo"])
        except ValueError as error:
            raise NotFound("photo") from error
        async with self._service.database.transaction() as tx:
            await requests.own_photo(tx, citizen, photo_id)
        return web.Response(
            body=await self._service.photos.read(photo_id),
            content_type="image/jpeg",
            headers={"Cache-Control": "private, no-store"},
        )
