"""The doors of photos: one comes in as a message, and is shown to those with a right to see it:
its sender, whoever holds a link that has not expired, and all once it is published."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Iterable
from uuid import UUID

from aiohttp import web

from bot.conversations.operations import Arrival
from bot.errors import Invalid, NotFound
from bot.files.pictures import Size
from bot.parts import Service
from bot.service_requests import photo_store
from bot.service_requests.photo_intake import keep_photo
from bot.service_requests.photos import photo_named
from bot.storage.tables import utc_now
from bot.web import exchange
from bot.web.address import client_address
from bot.web.rate import AddressLimiter, Limiter
from bot.web.rendering import Renderer
from bot.web.uploads import Uploads, body
from bot.web.visitors import citizen_of, language_of, same_site

PRIVATE = "private, no-store"
PUBLIC = "public, max-age=300"
"""Seconds after which a photo that was hidden again is gone from caches too."""

Handler = Callable[[web.Request], Awaitable[web.Response]]


class PhotoDoors:
    """`pages` draws what a person sees who opens a link that shows nothing any more."""

    def __init__(self, service: Service, pages: Renderer) -> None:
        self._service = service
        self._pages = pages
        self._photos = Limiter(per_minute=12, burst=8)
        self._senders = AddressLimiter(per_minute=30, burst=30)
        self._uploads = Uploads()

    def routes(self) -> Iterable[web.RouteDef]:
        return [
            web.post("/api/photos", self.post_photo),
            web.get("/api/photos/{photo}", self.get_photo),
            web.get(f"{exchange.PHOTOS}/shown/{{signed}}", self._told(self.get_shown)),
            web.get(f"{exchange.PHOTOS}/{{name}}", self._told(self.get_public)),
        ]

    async def post_photo(self, request: web.Request) -> web.Response:
        same_site(request)
        citizen = await citizen_of(self._service, request)
        self._photos.take(str(citizen))
        external_id = request.headers.get("X-Message-Id", "")[:64] or secrets.token_hex(8)
        if not external_id.isprintable():  # bytes that are no UTF-8
            raise Invalid("id", "cannot be kept")
        address = client_address(request, self._service.settings.trusted_proxies)
        self._senders.take(address)
        async with self._service.database.transaction() as tx:
            await photo_store.check_room(tx, citizen)
        async with self._uploads.slot(address):
            raw = await body(request)
            kept = await keep_photo(
                self._service.database, self._service.photos, citizen, raw, utc_now()
            )
            content = {"photo": str(kept)}
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
            await photo_store.own_photo(tx, citizen, photo_id)
        return await self._picture(photo_id, Size.FULL, PRIVATE, is_for_other_sites=False)

    async def get_shown(self, request: web.Request) -> web.Response:
        """By a link that was made for one who may see it."""
        photo_id, size = self._service.links.read(request.match_info["signed"], utc_now())
        async with self._service.database.transaction() as tx:
            await photo_store.existing_photo(tx, photo_id)
        return await self._picture(photo_id, size, PRIVATE)

    async def get_public(self, request: web.Request) -> web.Response:
        photo_id, size = photo_named(request.match_info["name"])
        async with self._service.database.transaction() as tx:
            await photo_store.public_photo(tx, photo_id)
        return await self._picture(photo_id, size, PUBLIC)

    async def _picture(
        self, photo_id: UUID, size: Size, caching: str, *, is_for_other_sites: bool = True
    ) -> web.Response:
        """`is_for_other_sites`: towns' pages show what anybody may see, and what their visitor has
        a link to; not what a cookie opens."""
        allowed = "cross-origin" if is_for_other_sites else "same-origin"
        return web.Response(
            body=await self._service.photos.read(photo_id, size),
            content_type="image/jpeg",
            headers={
                "Cache-Control": caching,
                "Content-Disposition": f'inline; filename="photo-{photo_id.hex[:8]}.jpg"',
                "Content-Security-Policy": "default-src 'none'; sandbox",
                "Cross-Origin-Resource-Policy": allowed,
            },
        )

    def _told(self, handler: Handler) -> Handler:
        """A link that shows nothing any more is opened by a person, who gets a page; what is no
        person gets the refusal of every door. Neither says why: expired, altered, hidden."""

        async def open_(request: web.Request) -> web.Response:
            try:
                return await handler(request)
            except NotFound as error:
                if "text/html" not in request.headers.get("Accept", ""):
                    raise
                self._service.metrics.refused(error.code)
                return self._pages.page("photo_gone.html", request, status=404)

        return open_
