"""Updates are stored before they are acknowledged."""

from __future__ import annotations

import asyncio
import io
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from bot.channels.telegram.channel import Telegram
from bot.channels.telegram.forgetting import forget_taken
from bot.channels.telegram.rules import KEPT_FOR
from bot.channels.telegram.webhook import PATH, SECRET_HEADER
from bot.errors import Invalid
from bot.parts import Service
from bot.web.public import public_application
from tests.channels.telegram.conftest import SECRET
from tests.channels.telegram.line import Line

HEADERS = {SECRET_HEADER: SECRET}


def text(update_id: int, words: str = "bonjour", chat_id: int = 1) -> dict[str, Any]:
    sender = {"id": chat_id, "is_bot": False, "first_name": "Camille"}
    chat = {"id": chat_id, "type": "private", "first_name": "Camille"}
    message = {"message_id": update_id, "date": 0, "chat": chat, "from": sender, "text": words}
    return {"update_id": update_id, "message": message}


async def test_a_repeated_update_is_stored_once(line: Line) -> None:
    await line.accept([text(1), text(1)])
    await line.accept([text(1, "autre chose")])

    assert await line.waiting() == 1


async def test_updates_that_come_together_are_all_stored(line: Line) -> None:
    await asyncio.gather(*(line.accept([text(n, chat_id=n % 7)]) for n in range(1, 120)))

    assert await line.waiting() == 119


async def test_what_the_database_cannot_hold_takes_nothing_else_with_it(line: Line) -> None:
    await asyncio.gather(line.accept([text(1, "a\x00b \ud83d fin")]), line.accept([text(2)]))

    assert await line.waiting() == 2


@pytest.mark.parametrize(
    "body",
    [{}, [], None, 3, {"update_id": "1"}, {"update_id": True}, {"update_id": 2**63}],
    ids=["empty", "list", "null", "number", "text", "bool", "too-large"],
)
async def test_what_is_no_update_is_refused(line: Line, body: Any) -> None:
    with pytest.raises(Invalid):
        await line.accept([body])


async def post(service: Service, *, headers: dict[str, str], data: bytes) -> int:
    assert service.settings.telegram is not None
    service.channels["telegram"] = Telegram(service, service.settings.telegram)
    async with (
        TestServer(public_application(service)) as server,
        aiohttp.ClientSession() as session,
        session.post(server.make_url(PATH), data=io.BytesIO(data), headers=headers) as answer,
    ):
        return answer.status


UPDATE = b'{"update_id": 7, "message": {"message_id": 1, "chat": {"id": 5}, "text": "a"}}'


@pytest.mark.parametrize(
    ("headers", "data", "status", "stored"),
    [
        (HEADERS, UPDATE, 200, 1),
        (HEADERS, b"{}", 400, 0),
        (HEADERS, b"no JSON", 400, 0),
        (HEADERS, b"[" * 100_000, 400, 0),
        (HEADERS, b"\xff\xfe", 400, 0),
        (HEADERS, b'{"update_id": 7, "x": "' + b"a" * 2_000_000 + b'"}', 400, 0),
        ({}, UPDATE, 401, 0),
        ({SECRET_HEADER: ""}, UPDATE, 401, 0),
        ({SECRET_HEADER: "é"}, UPDATE, 401, 0),
        ({SECRET_HEADER: "x" * 40}, b"no JSON", 401, 0),
    ],
    ids=[
        "update",
        "empty",
        "no-json",
        "deep",
        "no-utf8",
        "large",
        "no-secret",
        "empty-secret",
        "odd-secret",
        "wrong-secret",
    ],
)
async def test_the_door_takes_updates_of_whoever_knows_the_secret(
    assembled: Service,
    line: Line,
    headers: dict[str, str],
    data: bytes,
    status: int,
    stored: int,
) -> None:
    assert await post(assembled, headers=headers, data=data) == status
    assert await line.waiting() == stored


async def test_a_taken_update_is_forgotten_once_telegram_sends_it_no_more(line: Line) -> None:
    await line.accept([text(1)])
    await line.take()
    await line.accept([text(2)])
    database = line.service.database

    assert await forget_taken(database, line.now + KEPT_FOR - timedelta(minutes=1)) == 0
    assert await forget_taken(database, line.now + KEPT_FOR) == 1
    assert await line.waiting() == 1
