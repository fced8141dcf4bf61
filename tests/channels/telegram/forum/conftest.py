"""A forum group on the stand-in, and the service that keeps it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.app import assemble
from bot.channels.telegram.connection import Connection, new_bot
from bot.settings import Settings, TelegramSettings
from bot.storage.transaction import Database
from tests.actions.desks import catalogue
from tests.channels.telegram.forum.desk import Desk
from tests.mirroring.hands import forget_all
from tests.running import ROOT
from tests.servers.telegram import TelegramServer, running_telegram_server


@pytest.fixture
def server() -> Iterator[TelegramServer]:
    with running_telegram_server() as running:
        yield running


@pytest.fixture
async def desk(database: Database, server: TelegramServer, tmp_path: Path) -> AsyncIterator[Desk]:
    await forget_all(database)
    async with database.transaction() as tx:
        await tx.execute(text("TRUNCATE telegram_update, telegram_chat, forum_agent CASCADE"))
    settings = Settings(
        ROOT, tmp_path / "state", database.url, public_url="https://guichet.example"
    )
    service = assemble(settings, database, database.url, catalogue(), "s" * 32)
    bot = new_bot(TelegramSettings(server.token, server.url))
    assert bot is not None
    connection = Connection(bot)
    try:
        yield Desk(service, server, connection, tmp_path)
    finally:
        await connection.close()
        service.internal_socket.parent.rmdir()  # made for a socket that nobody opened
