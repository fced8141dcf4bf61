"""The channel of a service: it sends what is announced, and shows that an agent types."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import assemble
from bot.channels.telegram.channel import Telegram
from bot.conversations import store
from bot.conversations.typists import Typist, announce
from bot.parts import Service
from bot.settings import Settings, TelegramSettings
from tests.actions.desks import catalogue
from tests.channels.telegram.sending.stage import Chat, Stage
from tests.running import ROOT


@pytest.fixture
async def running(quiet: Stage, tmp_path: Path) -> AsyncIterator[Service]:
    """A service with its channel and its ears; the sender of `quiet` stays quiet."""
    settings = Settings(ROOT, tmp_path / "state", quiet.database.url)
    bot = TelegramSettings(quiet.server.token, api=quiet.server.url)
    settings = replace(settings, telegram=bot)
    service = assemble(settings, quiet.database, quiet.database.url, catalogue(), "s" * 32)
    telegram = Telegram(service, bot)
    tasks = [asyncio.create_task(service.live.run()), asyncio.create_task(telegram.run())]
    await quiet.server.wait_for(lambda made: len(made) >= 8, 20)
    yield service
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    service.internal_socket.parent.rmdir()


async def announced(chat: Chat) -> None:
    async with chat.stage.database.transaction() as tx:
        await store.notify(tx, store.EVENTS, str(chat.conversation_id))


async def test_what_is_announced_is_sent_and_counted(quiet: Stage, running: Service) -> None:
    chat = await quiet.chat()
    await chat.says("bonjour")
    await announced(chat)
    await quiet.server.wait_for(lambda _: chat.screen.texts == ["bonjour"])
    await chat.says("encore")
    await announced(chat)
    await quiet.server.wait_for(lambda _: chat.screen.texts == ["bonjour", "encore"])
    read = running.metrics.exposition(engine_ready=True, open_turns=0, backlog=None).decode()
    assert 'guichet_deliveries_total{channel="telegram",outcome="sent"}' in read
    assert 'guichet_blocked_chats{channel="telegram"}' in read


async def test_an_agent_who_types_is_seen(quiet: Stage, running: Service) -> None:
    del running
    chat = await quiet.chat()
    async with quiet.database.transaction() as tx:
        await announce(tx, chat.conversation_id, Typist("an-id", "Camille"))
    await quiet.server.wait_for(lambda _: chat.screen.action == "typing")
    assert quiet.server.refused == []
