"""The real aiogram client, pointed at the stand-in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from tests.servers.telegram.server import TelegramServer


@asynccontextmanager
async def bot_of(
    server: TelegramServer, *, token: str | None = None, timeout_s: float = 10
) -> AsyncIterator[Bot]:
    """A bot of this server's, closed at the end."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(server.url), timeout=timeout_s)
    bot = Bot(token or server.token, session=session)
    try:
        yield bot
    finally:
        await session.close()
