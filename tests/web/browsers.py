"""A visitor of the doors, without a page."""

from __future__ import annotations

import io
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address
from itertools import count
from typing import Any, Protocol

import aiohttp
from aiohttp.test_utils import BaseTestServer
from PIL import Image

NUMBERS = count(1)
NET = int(IPv4Address("10.0.0.0"))


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Browser:
    """One set of cookies, and the token of a widget."""

    session: aiohttp.ClientSession
    token: str = ""

    async def ask(self, method: str, path: str, **request: Any) -> Answer:
        async with self.session.request(method, path, **request) as response:
            return Answer(response.status, response.headers, await response.read())

    async def get(self, path: str) -> Answer:
        return await self.ask("GET", path)

    async def post(self, path: str, body: object = None) -> Answer:
        return await self.ask("POST", path, json={} if body is None else body)

    async def says(self, text: str) -> Answer:
        return await self.post("/api/messages", {"id": uuid.uuid4().hex, "text": text})


class Browsers(Protocol):
    async def __call__(self, *, with_session: bool = True) -> Browser: ...


@asynccontextmanager
async def opening(server: BaseTestServer) -> AsyncIterator[Browsers]:
    """Opens browsers on public doors, each with its own cookies and, where the service trusts us
    as a proxy, with an address of its own."""
    async with AsyncExitStack() as stack:

        async def make(*, with_session: bool = True) -> Browser:
            jar = aiohttp.CookieJar(unsafe=True)  # an address instead of a name
            behind = {"X-Forwarded-For": str(IPv4Address(NET + next(NUMBERS)))}
            session = aiohttp.ClientSession(server.make_url("/"), headers=behind, cookie_jar=jar)
            browser = Browser(await stack.enter_async_context(session))
            if with_session:
                await browser.post("/api/session")
            return browser

        yield make


def a_picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 6), "grey").save(out, "JPEG")
    return out.getvalue()
