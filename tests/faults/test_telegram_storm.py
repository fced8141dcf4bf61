"""Five thousand updates, with kills in the middle: nothing is lost, and nothing is done twice."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from difflib import unified_diff
from itertools import groupby
from pathlib import Path

import pytest

from bot.accounts.rules import Agent
from bot.channels.telegram.rules import SORTING
from bot.conversations import store as conversations
from bot.handover import answering
from bot.storage.private_postgres import PrivatePostgres
from bot.storage.schema import migrate
from bot.storage.tables import utc_now
from bot.storage.transaction import Database
from bot.tickets import store as tickets
from tests.faults.rows import (
    Left,
    are_articles_measured,
    busy_chats,
    crossings,
    is_settled,
    left_by_chat,
    said_to,
    untaken,
)
from tests.faults.storm import CHATS, FIRST_ID, PERIOD, Storm
from tests.faults.test_killed_service import LaunchedService
from tests.handover.builders import COUNTER, an_agent
from tests.running import state_for_tests
from tests.servers.telegram import Call, TelegramServer, running_telegram_server

pytestmark = pytest.mark.timeout(1200)
WEBHOOK_SECRET = "storm-" + "s" * 40
SETTLED_WITHIN_S = 120
MOST_SHOWN = 60


@asynccontextmanager
async def a_town(
    folder: Path, server: TelegramServer
) -> AsyncIterator[tuple[LaunchedService, Database]]:
    """A service with a database and an engine that outlive it."""
    state = state_for_tests(folder / "state")
    postgres = PrivatePostgres(folder / "postgres", durable=False)
    url = await postgres.start()
    database = Database(url, pool_size=2)
    await migrate(url)
    service = LaunchedService(state)
    service.environment |= {
        "DATABASE_URL": url,
        "GUICHET_PUBLIC_URL": service.url,
        "GUICHET_TELEGRAM_TOKEN": server.token,
        "GUICHET_TELEGRAM_API": server.url,
        "GUICHET_TELEGRAM_SECRET": WEBHOOK_SECRET,
        "GUICHET_TELEGRAM_MESSAGES_PER_S": "1000",  # the storm is not about patience
    }
    try:
        service.start()
        await asyncio.to_thread(service.wait)
        await becomes(lambda: are_articles_measured(database))
        yield service, database
    finally:
        await asyncio.to_thread(service.stop)
        await database.close()
        await postgres.remove()


async def killed_at(service: LaunchedService, storm: Storm, kills: Sequence[int]) -> None:
    """Kill it when so many updates were made, each time it is back again."""
    for made in kills:
        while storm.made < made:  # noqa: ASYNC110  (the storm counts)
            await asyncio.sleep(0.1)
        await storm.calm.wait()
        assert service.process is not None
        service.process.send_signal(signal.SIGKILL)
        await asyncio.to_thread(service.process.wait, 10)
        service.start()
        await asyncio.to_thread(service.wait)


async def becomes(is_so: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(SETTLED_WITHIN_S):
        while not await is_so():  # noqa: ASYNC110  (another process works)
            await asyncio.sleep(0.2)


async def weathered(
    folder: Path, chats: int, kills: Sequence[int] = ()
) -> tuple[int, dict[int, Left]]:
    """A storm over a town of its own. Returns how many updates it had, and what it left by chat."""
    with running_telegram_server() as server:
        async with a_town(folder, server) as (service, database):
            paul = await an_agent(database, "Paul", communes=None)
            storm = Storm(
                server,
                lambda chat_id: answered(database, paul, chat_id),
                lambda: busy_chats(database),
                chats,
            )
            async with asyncio.TaskGroup() as group:
                group.create_task(storm.blows())
                await killed_at(service, storm, kills)
            await becomes(lambda: is_settled(database))
            await held_to_the_record(server, database, len(kills))
            await put_right(database)
            left = await left_by_chat(database)
            return storm.made, {int(address) - FIRST_ID: rows for address, rows in left.items()}


async def answered(database: Database, agent: Agent, chat_id: int) -> None:
    """An agent takes a chat's conversation over."""
    async with database.transaction() as tx:
        conversation = await conversations.conversation_at(tx, "telegram", str(chat_id))
        assert conversation is not None
        ticket = await tickets.open_in(tx, conversation["id"])
        assert ticket is not None
        reference, key = ticket["reference"], f"storm-{chat_id}"
        await answering.reply(tx, agent, reference, "Je regarde cela.", key, COUNTER, utc_now())


def is_done_again(call: Call) -> bool:
    """A nicety that a killed service had done and not written down: Telegram knows that it is."""
    return call.error is not None and "message is not modified" in call.error.description


async def held_to_the_record(server: TelegramServer, database: Database, kills: int) -> None:
    """Every chat was sent what was said there, in order. Telegram cannot be asked what it has: of
    what was on its way at a kill, one part a chat may be there twice."""
    assert await untaken(database) == 0
    assert [call for call in server.refused if not (kills and is_done_again(call))] == []
    doubled = 0
    for address, texts in (await said_to(database)).items():
        sent = [
            call.payload["text"]
            for call in server.calls_of("sendMessage", int(address))
            if call.took_effect
        ]
        once = [text for text, _ in groupby(sent)]
        doubled += len(sent) - len(once)
        assert len(once) == len([text for text, _ in groupby(texts)])
    assert doubled <= kills * CHATS


async def put_right(database: Database) -> None:
    """Neighbours that were accepted within the window are in their order, however they came. On a
    busy machine some are not within it; those keep the order in which they were accepted."""
    found = await crossings(database)
    near = [is_right for apart, is_right in found if apart < SORTING]
    assert near
    assert all(near)


def differences(one: Left, other: Left, number: int) -> list[str]:
    """What differs between what two chats left, a line each, with the chat's number."""
    found = [
        f"{number} {line}"
        for name in ("said", "requests", "tickets")
        for line in unified_diff(
            [str(row) for row in getattr(other, name)],
            [str(row) for row in getattr(one, name)],
            lineterm="",
            n=0,
        )
    ]
    return found or ([] if one == other else [f"{number} {other} became {one}"])


@pytest.mark.parametrize(
    ("chats", "at_least", "kills"),
    [
        pytest.param(12, 280, (80, 200), id="small"),
        pytest.param(CHATS, 5_000, (750, 2_000, 3_250, 4_250), id="whole", marks=pytest.mark.storm),
    ],
)
async def test_a_storm_with_kills_leaves_what_it_leaves_without(
    tmp_path: Path, chats: int, at_least: int, kills: tuple[int, ...]
) -> None:
    _, undisturbed = await weathered(tmp_path / "calm", min(chats, PERIOD))
    made, disturbed = await weathered(tmp_path / "killed", chats, kills)

    assert made >= at_least
    assert len(undisturbed) == min(chats, PERIOD)
    assert len(disturbed) == chats
    assert sum(bool(left.requests) for left in disturbed.values()) == chats // 2
    found = [
        line
        for number in range(chats)
        for line in differences(disturbed[number], undisturbed[number % PERIOD], number)
    ]
    assert not found, "\n".join(found[:MOST_SHOWN])
    assert not any(left.undelivered for left in disturbed.values())
