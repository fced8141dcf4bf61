"""The group kept by a channel that runs: polling, taking, telling."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.channels.telegram.channel import Telegram
from bot.settings import TelegramSettings
from bot.storage.tables import utc_now
from tests.channels.telegram.forum.desk import Desk


@asynccontextmanager
async def running(desk: Desk) -> AsyncIterator[Telegram]:
    settings = TelegramSettings(desk.server.token, desk.server.url, agents=desk.group.id)
    channel = Telegram(desk.service, settings)
    working = asyncio.create_task(channel.run())
    try:
        yield channel
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


async def called(desk: Desk, method: str) -> None:
    await desk.server.wait_for(
        lambda calls: any(one.method == method and one.error is None for one in calls), 20
    )


async def test_from_the_ticket_to_the_answer(desk: Desk) -> None:
    desk.hands.at = utc_now()
    async with running(desk) as channel:
        reference = await desk.hands.opens()
        await called(desk, "pinChatMessage")
        desk.paul.says_in(desk.group, "Bonjour, je regarde.", topic=desk.thread(reference))
        await called(desk, "setMessageReaction")
        assert await desk.hands.heard(reference) == [("Paul", "Bonjour, je regarde.")]
        await called(desk, "editForumTopic")
        assert channel.trouble is None
    assert desk.topic(reference).name.startswith("● ")
    assert desk.server.calls_of("leaveChat") == []
    assert desk.server.refused == []
