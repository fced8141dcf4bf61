"""A ticket backend that is not itself today: each test says what it answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.test_utils import TestServer

LOGIN_PAGE = "<!DOCTYPE html><title>Connexion</title><form>Mot de passe</form>"


@dataclass
class OddBackend:
    """Answers everything with the same. `delay_s`: seconds before it does."""

    body: str = ""
    status: int = 200
    media: str = "application/json"
    delay_s: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(f"{request.method} {request.path}")
        await asyncio.sleep(self.delay_s)
        return web.Response(
            text=self.body, status=self.status, content_type=self.media, headers=self.headers
        )


@asynccontextmanager
async def serving(odd: OddBackend) -> AsyncIterator[str]:
    """Its address on loopback."""
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", odd.answer)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")
