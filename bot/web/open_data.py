"""The doors of the open data: the files, what the map draws, and the page that explains them."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web
from yarl import URL

from bot.open_data import asking, operations, store
from bot.open_data.formats import (
    CSV_FIELDS,
    Csv,
    FileFormat,
    GeoJson,
    Names,
    map_view,
)
from bot.open_data.rules import LICENCE, LICENCE_URL, MOST_A_PAGE, Page, Wanted, is_public
from bot.parts import Service
from bot.web.address import client_address
from bot.web.public_requests import PublicRequests
from bot.web.rate import AddressLimiter
from bot.web.rendering import Renderer
from bot.web.visitors import language_of

BATCH = 200
"""Records of one transaction, since none is held while a slow reader reads. Few enough for the
loop, since their streets are read from what citizens wrote (0.03 ms each)."""
WRITE_TIMEOUT_S = 30.0
FILE_KEPT_S = 300
MAP_KEPT_S = 60
GEOJSON = GeoJson()


@dataclass(frozen=True)
class Asked:
    """What is asked of the files. `size`: a page's, None for everything."""

    request: web.Request
    wanted: Wanted
    size: int | None
    after: str | None
    names: Names


class OpenDataDoors:
    def __init__(self, service: Service, public: PublicRequests, pages: Renderer) -> None:
        self._service = service
        self._public = public
        self._page = pages.page
        self._trusted = service.settings.trusted_proxies
        self._downloaders = AddressLimiter(per_minute=6, burst=6)
        self._version = _version(service)

    def routes(self) -> Iterable[web.RouteDef]:
        return [
            web.get("/open-data", self.explain),
            web.get("/open-data/requests.geojson", self.geojson),
            web.get("/open-data/requests.csv", self.csv),
            web.get("/open-data/map.geojson", self.map),
        ]

    async def explain(self, request: web.Request) -> web.Response:
        return self._page(
            "open_data.html",
            request,
            fields=CSV_FIELDS,
            filters=(*asking.FILTERS, "limit", "after", "lang", "bom"),
            licence=LICENCE,
            licence_url=LICENCE_URL,
            most=MOST_A_PAGE,
        )

    async def geojson(self, request: web.Request) -> web.StreamResponse:
        return await self._file(request, GEOJSON)

    async def csv(self, request: web.Request) -> web.StreamResponse:
        return await self._file(request, Csv(has_mark=request.query.get("bom") == "1"))

    async def map(self, request: web.Request) -> web.StreamResponse:
        self._public.count_reader(request)
        wanted, zoom = self._public.wanted(request.query), asking.zoom(request.query)
        async with self._service.database.transaction() as tx:
            headers = self._headers(request, await store.last_change(tx), MAP_KEPT_S)
            if _has_it(request, headers):
                return web.Response(status=304, headers=headers)
            drawn = await operations.drawn(tx, self._public.published, wanted, zoom)
        names = self._public.names[language_of(request)]
        response = web.json_response(
            map_view(drawn, names), headers=headers, content_type=GEOJSON.media
        )
        _compress(request, response)
        return response

    # -- a file -------------------------------------------------------------------------------

    async def _file(self, request: web.Request, kind: FileFormat) -> web.StreamResponse:
        asked = self._asked(request)
        if asked.size is None:
            self._downloaders.take(client_address(request, self._trusted))
        self._public.count_reader(request)
        async with self._service.database.transaction() as tx:
            headers = self._headers(request, await store.last_change(tx), FILE_KEPT_S)
            if _has_it(request, headers):
                return web.Response(status=304, headers=headers)
            first = await operations.page(
                tx, self._public.published, asked.wanted, asked.size or BATCH, asked.after
            )
        if asked.size is None:
            return await self._stream(asked, kind, first, headers)
        if first.after is not None:
            headers["Link"] = f'<{_next(request, first.after)}>; rel="next"'
        text = kind.head() + kind.part(first.records, asked.names, is_first=True) + kind.foot()
        response = web.Response(text=text, content_type=kind.media, headers=headers)
        _compress(request, response)
        return response

    async def _stream(
        self, asked: Asked, kind: FileFormat, first: Page, headers: dict[str, str]
    ) -> web.StreamResponse:
        """Everything, a batch at a time: neither the file nor a transaction is held."""
        headers["Content-Disposition"] = f'attachment; filename="{kind.name}"'
        response = web.StreamResponse(headers=headers)
        response.content_type, response.charset = kind.media, "utf-8"
        _compress(asked.request, response)
        await response.prepare(asked.request)
        if asked.request.method == "HEAD":
            return response
        await _write(response, kind.head())
        is_first = True
        async for page in self._pages_from(asked, first):
            await _write(response, kind.part(page.records, asked.names, is_first=is_first))
            is_first = False
        await _write(response, kind.foot())
        await response.write_eof()
        return response

    async def _pages_from(self, asked: Asked, first: Page) -> AsyncIterator[Page]:
        page = first
        yield page
        while page.after is not None:
            async with self._service.database.transaction() as tx:
                page = await operations.page(
                    tx, self._public.published, asked.wanted, BATCH, page.after
                )
            yield page

    def _asked(self, request: web.Request) -> Asked:
        query = request.query
        return Asked(
            request,
            self._public.wanted(query),
            asking.page_size(query),
            asking.cursor(query),
            self._public.names[language_of(request)],
        )

    def _headers(
        self, request: web.Request, changed_at: datetime | None, kept_s: int
    ) -> dict[str, str]:
        """For anybody's page to read, kept a while, and recognised when nothing has changed."""
        language = language_of(request)
        what = (self._version, changed_at, request.path, sorted(request.query.items()), language)
        # A period moves with the days.
        period = self._public.wanted(request.query).since
        digest = hashlib.sha256(repr((what, period)).encode()).hexdigest()[:24]
        return {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Expose-Headers": "ETag, Link",
            "Cache-Control": f"public, max-age={kept_s}",
            "Content-Language": language,
            "ETag": f'W/"{digest}"',
            "Vary": "Accept-Encoding, Accept-Language",
        }


def _version(service: Service) -> str:
    """Of the content that the files repeat: another label is another file."""
    return hashlib.sha256(
        repr(
            [
                (s.commune, s.code, s.group, s.label, is_public(s))
                for s in service.catalogue.every_variant()
            ]
        ).encode()
    ).hexdigest()


def _has_it(request: web.Request, headers: dict[str, str]) -> bool:
    known = request.if_none_match or ()
    return any(tag.value in ("*", headers["ETag"][3:-1]) for tag in known)


def _next(request: web.Request, after: str) -> URL:
    return request.rel_url.update_query(after=after)


def _compress(request: web.Request, response: web.StreamResponse) -> None:
    is_head = request.method == "HEAD"  # nothing to pack, not even an empty end
    if not is_head and "gzip" in request.headers.get("Accept-Encoding", ""):
        response.enable_compression(web.ContentCoding.gzip)


async def _write(response: web.StreamResponse, text: str) -> None:
    """Raises `ConnectionError` when the reader has stopped reading."""
    try:
        async with asyncio.timeout(WRITE_TIMEOUT_S):
            await response.write(text.encode())
    except TimeoutError:
        raise ConnectionResetError("the reader stopped reading") from None
