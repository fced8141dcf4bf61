"""How much of what is sent is held in memory."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import StreamReader
from aiohttp.base_protocol import BaseProtocol
from aiohttp.test_utils import make_mocked_request

from bot.errors import Unavailable
from bot.files.pictures import MAX_BYTES
from bot.web.rate import TooMany
from bot.web.uploads import CHUNK_BYTES, FROM_ONE_ADDRESS, Uploads, body


async def test_an_address_has_only_so_many_in_hand() -> None:
    uploads = Uploads()
    slots = [uploads.slot("a") for _ in range(FROM_ONE_ADDRESS)]
    for slot in slots:
        await slot.__aenter__()
    with pytest.raises(TooMany):
        async with uploads.slot("a"):
            pass
    async with uploads.slot("b"):
        pass
    for slot in slots:
        await slot.__aexit__(None, None, None)
    async with uploads.slot("a"):
        pass


async def test_without_room_it_waits_a_while_and_leaves_nothing_behind() -> None:
    uploads = Uploads(at_once=1, waits_s=0.01)
    async with uploads.slot("a"):
        for _ in range(FROM_ONE_ADDRESS + 1):
            with pytest.raises(Unavailable):
                async with uploads.slot("b"):
                    pass
    async with uploads.slot("b"):
        pass


def a_stream() -> StreamReader:
    loop = asyncio.get_running_loop()
    protocol = BaseProtocol(loop)
    protocol.connection_made(asyncio.Transport())
    return StreamReader(protocol, 2 * MAX_BYTES, loop=loop)


async def test_of_a_body_without_end_only_the_beginning_is_read() -> None:
    stream = a_stream()
    for _ in range(20):
        stream.feed_data(bytes(1024 * 1024))
    taken = await body(make_mocked_request("POST", "/", payload=stream))
    assert MAX_BYTES < len(taken) <= MAX_BYTES + CHUNK_BYTES


async def test_a_body_that_does_not_come_is_waited_for_no_longer() -> None:
    stream = a_stream()
    stream.feed_data(b"a little")
    with pytest.raises(Unavailable):
        await body(make_mocked_request("POST", "/", payload=stream), within_s=0.01)
