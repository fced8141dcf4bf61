"""What a client may not do, by mistake or on purpose, and what becomes of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.accounts import widget_sessions
from bot.conversations.live import MOST_READERS, Reader
from bot.errors import Unavailable
from bot.parts import Service
from bot.sites.known import KnownSites
from bot.storage.transaction import Database
from bot.web.public import public_application
from bot.web.widget import gate, room, socket, speech, talking
from bot.web.widget import page as pages_open
from bot.web.widget.room import Room
from bot.web.widget.talking import Poll
from tests.channels.widget.client import Client, Refused
from tests.channels.widget.conftest import Pages
from tests.channels.widget.speaking import on_line, other_end
from tests.turn.scripted import now

pytestmark = pytest.mark.usefixtures("live")


async def closed_with(opened: aiohttp.ClientWebSocketResponse) -> int | None:
    """The code with which the server closes, whatever it says before."""
    async with asyncio.timeout(15):
        async for _ in opened:
            pass
    return opened.close_code


async def next_of(opened: aiohttp.ClientWebSocketResponse, kind: str) -> dict[str, Any]:
    async with asyncio.timeout(10):
        while True:
            frame: dict[str, Any] = await opened.receive_json()
            if frame["type"] == kind:
                return frame


@pytest.mark.parametrize(
    "first",
    [
        "nonsense",
        '{"type": "message", "id": "a", "text": "bonjour"}',
        '{"type": "hello"}',
        '{"type": "hello", "token": 5}',
        '{"type": "hello", "token": "a", "after": -1}',
    ],
)
async def test_whoever_does_not_say_hello_first_is_shown_out(pages: Pages, first: str) -> None:
    page = await pages()
    async with page.http.ws_connect(f"{page.url}/widget/v1/socket") as opened:
        await opened.send_str(first)
        assert await closed_with(opened) == 4408


async def test_hello_has_to_come_in_time(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "HELLO_WITHIN_S", 0.1)
    page = await pages()
    async with page.http.ws_connect(f"{page.url}/widget/v1/socket") as opened:
        assert await closed_with(opened) == 4408


@pytest.mark.parametrize("token", ["", "guessed", "é" * 43])
async def test_a_wrong_token_is_told_to_ask_for_a_session(pages: Pages, token: str) -> None:
    page = await pages()
    page.token = token
    async with page.connected() as opened:
        assert (await next_of(opened, "bye"))["reason"] == "signed_out"
        assert await closed_with(opened) == 4401


@pytest.mark.parametrize(
    ("frame", "field"),
    [
        ("nonsense", "body"),
        ("[]", "body"),
        ('{"type": 5}', "type"),
        ('{"type": "message", "text": "no id"}', "id"),
        ('{"type": "message", "id": "", "text": "an empty one"}', "id"),
        ('{"type": "message", "id": "a"}', "body"),
        ('{"type": "message", "id": "a", "text": 5}', "text"),
        ('{"type": "message", "id": "a", "location": [91, 0]}', "location"),
        ('{"type": "message", "id": "a", "payload": "guessed"}', "payload"),
        ('{"type": "seen", "seq": -1}', "seq"),
    ],
)
async def test_a_frame_that_is_none_is_refused_and_the_talk_goes_on(
    pages: Pages, frame: str, field: str
) -> None:
    page = await pages()
    async with page.connected() as opened:
        await opened.send_str(frame)
        refused = await next_of(opened, "refused")
        assert (refused["error"], refused["field"]) == ("invalid", field)
        await page.say(opened, "ping")
        await next_of(opened, "pong")


@pytest.mark.parametrize("frame", ['{"type": "dance"}', '{"type": "hello", "token": "again"}'])
async def test_what_is_not_known_is_nothing(pages: Pages, frame: str) -> None:
    page = await pages()
    async with page.connected() as opened:
        await opened.send_str(frame)
        await page.say(opened, "ping")
        await next_of(opened, "pong")


async def test_bytes_are_no_frame(pages: Pages) -> None:
    page = await pages()
    async with page.connected() as opened:
        await opened.send_bytes(b"\xff\xfe")
        assert (await next_of(opened, "refused"))["error"] == "invalid"


async def test_a_frame_that_is_too_large_closes_the_socket(pages: Pages) -> None:
    page = await pages()
    async with page.connected() as opened:
        await page.say(opened, "message", id="a", text="x" * (128 * 1024))
        assert await closed_with(opened) == 1009
    await page.poll()
    assert page.events == []


async def test_a_message_as_long_as_may_be_goes_both_ways(pages: Pages) -> None:
    page = await pages()
    long = "é" * 20_000
    page.outbox.put(text=long)
    async with on_line(page):
        await page.until(lambda: page.events)
    await page.post({"id": uuid4().hex, "text": long})
    await page.poll()
    assert page.texts == [long, long]


async def test_too_many_frames_close_the_socket(pages: Pages) -> None:
    page = await pages()
    async with page.connected() as opened:
        for _ in range(pages_open.FRAMES_AT_ONCE + 10):
            await page.say(opened, "ping")
        assert await closed_with(opened) == 4429


async def test_too_many_messages_are_refused_until_later(pages: Pages) -> None:
    page = await pages()
    first = {"id": "first", "text": "bonjour"}
    await page.post(first)

    async def say_too_much() -> None:
        for n in range(60):
            await page.post({"id": str(n), "text": "encore"})

    with pytest.raises(Refused) as refused:
        await say_too_much()
    assert (refused.value.status, refused.value.error) == (429, "too_many")
    assert int(refused.value.headers["Retry-After"]) >= 1
    assert (await page.post(first))["repeated"]  # what is stored is confirmed all the same
    async with page.connected() as opened:
        await page.say(opened, "message", id="more", text="encore")
        frame = await next_of(opened, "refused")
    assert (frame["id"], frame["error"]) == ("more", "too_many")
    assert frame["retry_after_s"] >= 1


async def test_a_fifth_page_takes_the_place_of_the_first(pages: Pages, database: Database) -> None:
    first = await pages()
    await other_end(database, first)
    others = [await pages(like=first) for _ in range(MOST_READERS)]
    async with on_line(first) as running:
        tasks = []
        for page in others:
            tasks.append(asyncio.create_task(page.run()))
            await _has_state(page)
        async with asyncio.timeout(10):
            assert await running == 4409
        assert first.bye == "replaced"
        assert not any(task.done() for task in tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _has_state(page: Client) -> None:
    await page.until(lambda: page.state)


async def test_one_address_has_its_share_of_the_sockets(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "MOST_FROM_ONE_ADDRESS", 2)
    page = await pages()
    async with page.connected(), page.connected():
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with page.connected():
                pass
    assert refused.value.status == 429
    async with page.connected() as opened:
        await next_of(opened, "welcome")


async def test_a_page_that_does_not_read_is_closed_and_fills_no_memory(
    pages: Pages, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages_open, "READS_WITHIN_S", 0.5)
    page = await pages()
    other = await other_end(database, page)
    for n in range(12):
        await other.tells(*(f"{n} {part} {'x' * 20_000}" for part in range(50)))
    reader, writer = await asyncio.open_connection(*_host_of(page), limit=1024)
    writer.write(
        b"GET /widget/v1/socket HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        b"Sec-WebSocket-Version: 13\r\n\r\n" + _frame({"type": "hello", "token": page.token})
    )
    await writer.drain()
    async with asyncio.timeout(20):  # nothing is read: the connection is cut from the other side
        while not reader.at_eof() and reader.exception() is None:
            writer.write(_frame({"type": "ping"}))
            try:
                await writer.drain()
            except ConnectionError:
                break
            await asyncio.wait([asyncio.ensure_future(asyncio.sleep(0.05))])
    writer.close()
    async with on_line(page):  # another page reads all of it
        await page.until(lambda: len(page.events) == 601)


async def test_long_messages_come_few_at_a_time(pages: Pages, database: Database) -> None:
    page = await pages()
    other = await other_end(database, page)
    await other.tells(*(f"{n} {'é' * 19_000}" for n in range(20)))
    first = await page.poll(known=False)
    assert 2 < len(first["events"]) < 10
    while page.last < first["last"]:
        await page.poll(known=False)
    assert len(page.events) == 21


async def test_a_page_of_events_has_one_deadline(
    pages: Pages, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages_open, "READS_WITHIN_S", 0.3)

    async def takes_a_while(self: pages_open.OpenPage, kind: str, body: str = "{}") -> None:
        if kind == "event":
            await asyncio.wait([asyncio.create_task(asyncio.sleep(0.1))])

    page = await pages()
    other = await other_end(database, page)
    await other.tells(*map(str, range(5)))
    monkeypatch.setattr(pages_open.OpenPage, "_send", takes_a_while)
    async with page.connected() as opened:
        assert (await next_of(opened, "bye"))["reason"] == "slow"


def _host_of(page: Client) -> tuple[str, int]:
    host, port = page.url.removeprefix("http://").split(":")
    return host, int(port)


def _frame(body: dict[str, Any]) -> bytes:
    """A short masked text frame (RFC 6455, 5.2) with a mask of zeros."""
    payload = json.dumps(body).encode()
    assert len(payload) < 126
    return bytes([0x81, 0x80 | len(payload)]) + b"\0\0\0\0" + payload


async def test_a_session_that_ends_elsewhere_closes_its_pages(
    pages: Pages, database: Database
) -> None:
    page = await pages()
    other = await other_end(database, page)
    async with on_line(page) as running:
        async with database.transaction() as tx:
            visit = await widget_sessions.visit_of(tx, page.token, "self", now())
            assert visit is not None
            await widget_sessions.end_visit(tx, visit.id)
        await other.tells("Une nouvelle")
        async with asyncio.timeout(10):
            assert await running == 4401
    assert page.bye == "signed_out"
    assert page.texts == ["bonjour"]


async def test_when_the_service_stops_its_pages_are_told(pages: Pages, server: TestServer) -> None:
    page, undecided = await pages(), await pages()
    address = f"{undecided.url}/widget/v1/socket"
    async with undecided.http.ws_connect(address) as silent, on_line(page) as running:
        leaving = asyncio.create_task(closed_with(silent))
        await server.close()
        async with asyncio.timeout(10):
            assert await running == await leaving == 1012
    assert page.bye == "restarting"


async def test_more_pages_than_may_wait_ask_in_turn(
    pages: Pages, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talking, "HELD_S", 0.5)
    page = await pages()
    await other_end(database, page)
    await page.poll()
    others = [await pages(like=page) for _ in range(MOST_READERS)]
    clock = asyncio.get_running_loop().time
    begun = clock()
    first = asyncio.create_task(page.poll())
    for other in others:
        other.last, other.state_key = page.last, page.state_key
    waiting = [asyncio.create_task(other.poll()) for other in others]
    assert (await first)["events"] == []
    assert clock() - begun >= 0.5
    assert not any(task.done() for task in waiting)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


@asynccontextmanager
async def doors_of(assembled: Service) -> AsyncIterator[tuple[Client, Client]]:
    """Two pages, each with a session, of doors that are made now: their bounds were changed."""
    async with (
        TestServer(public_application(assembled)) as server,
        aiohttp.ClientSession() as http,
    ):
        page, other = (Client(http, str(server.make_url("/"))) for _ in range(2))
        await page.open()
        await other.open()
        yield page, other


async def test_a_session_asks_for_events_so_often(
    assembled: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talking, "EVENTS_A_MINUTE", 0)
    monkeypatch.setattr(talking, "EVENTS_AT_ONCE", 2)
    async with doors_of(assembled) as (page, neighbour):
        for _ in range(2):
            await page.poll(known=False)
        with pytest.raises(Refused) as refused:
            await page.poll(known=False)
        assert refused.value.error == "too_many"
        await neighbour.poll(known=False)


async def test_whoever_comes_while_the_service_stops_is_sent_to_the_next(
    assembled: Service,
) -> None:
    running = Room(assembled, KnownSites(assembled.database))
    await running.stop(web.Application())
    with pytest.raises(Unavailable), running.place("here"):
        pass
    with pytest.raises(Unavailable), running.entered(Poll(uuid4(), "self", Reader())):
        pass


async def test_an_address_opens_so_many_sockets_a_minute(
    assembled: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "ASKS_A_MINUTE", 0)
    monkeypatch.setattr(gate, "ASKS_AT_ONCE", 4)
    async with doors_of(assembled) as (page, _):  # which takes two
        for _ in range(2):
            async with page.connected() as opened:
                await next_of(opened, "welcome")
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with page.connected():
                pass
        assert refused.value.status == 429
        with pytest.raises(Refused) as told:  # and the same of requests
            await page.poll(known=False)
        assert told.value.error == "too_many"


async def test_an_address_says_so_much_whoever_it_is(
    assembled: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speech, "FROM_ONE_ADDRESS", 3)
    async with doors_of(assembled) as (page, other):
        for n in range(3):
            await page.post({"id": str(n), "text": "bonjour"})
        with pytest.raises(Refused) as refused:
            await other.post({"id": "a", "text": "bonjour"})
        assert refused.value.error == "too_many"
        assert (await page.post({"id": "0", "text": "bonjour"}))["repeated"]


async def test_who_may_not_takes_a_place_while_they_are_told(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "MOST_FROM_ONE_ADDRESS", 0)
    page = await pages(with_session=False, origin="https://elsewhere.example")
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with page.connected():
            pass
    assert refused.value.status == 429


async def test_pings_of_the_socket_are_answered_and_counted(pages: Pages) -> None:
    page = await pages()
    async with page.http.ws_connect(f"{page.url}/widget/v1/socket", autoping=False) as opened:
        await page.say(opened, "hello", token=page.token)
        await next_of(opened, "state")
        await opened.ping(b"here")
        async with asyncio.timeout(10):
            answered = await opened.receive()
        assert (answered.type, bytes(answered.data)) == (aiohttp.WSMsgType.PONG, b"here")
        for _ in range(pages_open.FRAMES_AT_ONCE + 10):
            await opened.ping()
        assert await closed_with(opened) == 4429


async def test_a_body_has_to_arrive(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "BODY_WITHIN_S", 0.1)
    page = await pages()
    reader, writer = await asyncio.open_connection(*_host_of(page))
    writer.write(
        b"POST /widget/v1/messages HTTP/1.1\r\nHost: here\r\nContent-Length: 50\r\n"
        b"Authorization: Bearer " + page.token.encode() + b"\r\n\r\n{"
    )
    async with asyncio.timeout(10):
        assert b" 503 " in await reader.readline()
    writer.close()
