"""The real aiogram client, pointed at the stand-in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from tests.servers.telegram.server import TelegramServer


class PlainSession(AiohttpSession):
    """aiogram's own, but its end does not sleep a quarter of a second for TLS to close."""

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


@asynccontextmanager
async def bot_of(
    server: TelegramServer, *, token: str | None = None, timeout_s: float = 10
) -> AsyncIterator[Bot]:
    """A bot of this server's, closed at the end."""
    session = PlainSession(api=TelegramAPIServer.from_base(server.url), timeout=timeout_s)
    try:
        yield Bot(token or server.token, session=session)
    finally:
        await session.close()
