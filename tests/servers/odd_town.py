"""A town's Open311 system that speaks the real protocol as badly as real ones do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from aiohttp import web
from aiohttp.test_utils import TestServer

KEY = "a key of theirs"
CREATED = "2026-11-25T10:00:00+01:00"


@dataclass
class OddTown:
    """What it holds, and how it misbehaves.

    `posts` are the behaviours of the next posts, one each: "ok" when there are none left.
    `pages` replace the next answers to a list. `hides` leaves descriptions out of its lists;
    `remembers` finds the first of two posts with one external id.
    """

    posts: list[str] = field(default_factory=list)
    pages: list[web.Response | str] = field(default_factory=list)
    hides: bool = False
    remembers: bool = False
    is_xml: bool = False
    requests: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    forms: list[dict[str, str]] = field(default_factory=list)
    queries: list[dict[str, str]] = field(default_factory=list)
    accepted: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    elsewhere: str = ""

    # -- what tests set ---------------------------------------------------------------------------

    def says(self, remote_id: str, **fields: str) -> None:
        """Replace some fields of a request; an empty one is left out."""
        self.requests[remote_id] = {
            name: value for name, value in {**self.requests[remote_id], **fields}.items() if value
        }

    # -- its doors --------------------------------------------------------------------------------

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/v2/requests.json", self._post)
        app.router.add_get("/v2/requests.json", self._list)
        app.router.add_get("/v2/tokens/{token}.json", self._token)
        return app

    async def _post(self, request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.forms.append(form)
        how = self.posts.pop(0) if self.posts else "ok"
        match how:
            case "500" | "503":
                return web.Response(status=int(how), text="<html>oops", headers=_later(how))
            case "refuse":
                return self._errors(400, "attribute[T_TAILLE] is required")
            case "error with 200":
                return self._errors(400, "no such service", status=200)
            case "elsewhere":
                return web.Response(status=307, headers={"Location": self.elsewhere})
            case "nonsense":
                self._keep(form)
                return web.Response(text="Merci !", content_type="text/html")
            case "token":
                self.tokens["t/1"] = self._keep(form)
                return self._said([{"token": "t/1"}])
            case "take and hang":
                self._keep(form)
                self.accepted.set()
                await self.released.wait()
            case "take and cut":
                self._keep(form)
                response = web.StreamResponse(headers={"Content-Length": "900"})
                await response.prepare(request)
                await response.write(b'[{"service_req')
                assert request.transport is not None
                request.transport.abort()
                return response
        return self._said([{"service_request_id": self._keep(form)}], status=201)

    def _keep(self, form: dict[str, str]) -> str:
        external = form.get("attribute[external_id]", "")
        if self.remembers:
            for remote_id, kept in self.requests.items():
                if kept["external"] == external:
                    return remote_id
        remote_id = f"V-{len(self.requests) + 1}"
        self.requests[remote_id] = {
            "service_request_id": remote_id,
            "external": external,
            "service_code": form["service_code"],
            "description": form["description"],
            "status": "open",
            "updated_datetime": CREATED,
        }
        return remote_id

    async def _list(self, request: web.Request) -> web.StreamResponse:
        self.queries.append(dict(request.query))
        page = self.pages.pop(0) if self.pages else ""
        if isinstance(page, web.Response):
            return page
        if page == "slow":
            await self.released.wait()
        wanted = request.query.get("service_request_id", "")
        hidden = {"external", "description"} if self.hides else {"external"}
        return self._said(
            [
                {name: value for name, value in kept.items() if name not in hidden}
                for remote_id, kept in self.requests.items()
                if not wanted or remote_id in wanted.split(",")
            ]
        )

    async def _token(self, request: web.Request) -> web.StreamResponse:
        token = request.match_info["token"]
        if token not in self.tokens:
            return self._said([{"token": token}])
        return self._said([{"token": token, "service_request_id": self.tokens[token]}])

    def _said(self, items: list[dict[str, str]], status: int = 200) -> web.Response:
        if not self.is_xml:
            return web.Response(status=status, text=json.dumps(items))
        return web.Response(status=status, body=as_xml(items), content_type="text/xml")

    def _errors(self, code: int, description: str, status: int | None = None) -> web.Response:
        body = json.dumps([{"code": code, "description": description}])
        return web.Response(status=status or code, text=body)


def as_xml(items: list[dict[str, str]]) -> bytes:
    root = ET.Element("service_requests")
    for item in items:
        element = ET.SubElement(root, "request")
        for name, value in item.items():
            ET.SubElement(element, name).text = value
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _later(status: str) -> dict[str, str]:
    return {"Retry-After": "7200"} if status == "503" else {}


@asynccontextmanager
async def serving(town: OddTown) -> AsyncIterator[str]:
    """Open it on loopback; its endpoint."""
    server = TestServer(town.application())
    async with server:
        try:
            yield str(server.make_url("/v2"))
        finally:
            town.released.set()  # whoever it keeps waiting
