"""What no browser sends is refused like anything else that is wrong: never with a 500."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from aiohttp.test_utils import TestServer

from bot.parts import Service
from bot.web import conversation
from bot.web.public import public_application
from bot.web.visitors import COOKIE
from tests.web.browsers import Browsers


@pytest.fixture
async def port(assembled: Service) -> AsyncIterator[int]:
    async with TestServer(public_application(assembled)) as server:
        assert server.port is not None
        yield server.port


async def answer_to(port: int, head: bytes) -> bytes:
    """What is answered to these very bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head + b"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
    answer = await reader.read()
    writer.close()
    return answer


async def status_of(port: int, head: bytes) -> int:
    return int((await answer_to(port, head)).split()[1])


@pytest.mark.parametrize("odd", [b"\xe9", b"https://\xff\xfe", b"\xc3\xa9"])
async def test_an_origin_of_odd_bytes_is_another_site(port: int, odd: bytes) -> None:
    head = b"POST /api/session HTTP/1.1\r\nHost: here\r\nOrigin: " + odd
    assert await status_of(port, head) == 403


async def test_a_host_of_odd_bytes_breaks_nothing(port: int) -> None:
    head = b"POST /api/session HTTP/1.1\r\nHost: \xe9\r\nOrigin: http://here"
    assert await status_of(port, head) in (400, 403)


async def test_a_cookie_of_odd_bytes_is_nobody_s(port: int) -> None:
    head = b"GET /api/events HTTP/1.1\r\nHost: here\r\nCookie: " + COOKIE.encode() + b"=\xe9\xff"
    assert await status_of(port, head) == 403


@pytest.mark.parametrize("field", ["id", "payload"])
async def test_what_cannot_be_kept_is_refused(browsers: Browsers, field: str) -> None:
    message = {"id": "a", "payload": "b", field: "\0"}
    answer = await (await browsers()).post("/api/messages", message)
    assert (answer.status, json.loads(answer.body)["field"]) == (400, field)


async def test_a_text_is_kept_without_what_cannot_be(browsers: Browsers) -> None:
    assert (await (await browsers()).says("bon\0jour")).status == 202


async def test_the_id_of_a_photo_is_text(port: int, browsers: Browsers) -> None:
    (cookie,) = [c for c in (await browsers()).session.cookie_jar if c.key == COOKIE]
    head = f"POST /api/photos HTTP/1.1\r\nHost: here\r\nCookie: {COOKIE}={cookie.value}"
    answer = await answer_to(port, head.encode() + b"\r\nX-Message-Id: \xe9")
    assert b'"field": "id"' in answer


async def test_a_number_that_is_too_large_comes_after_everything(
    browsers: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "EVENTS_WAIT_S", 0)
    browser = await browsers()
    await browser.says("bonjour")
    answer = await browser.get(f"/api/events?after={10**30}")
    assert (answer.status, json.loads(answer.body)["events"]) == (200, [])
