"""A visitor of the doors, without a page."""

from __future__ import annotations

import io
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp
from PIL import Image


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


def a_picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 6), "grey").save(out, "JPEG")
    return out.getvalue()
