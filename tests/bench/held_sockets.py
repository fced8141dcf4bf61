"""Many pages in one process, for `bench sockets`: they say hello and write down what they hear.

`python -m tests.bench.held_sockets URL` reads from its input a line a page, `TOKEN ADDRESS`, and
after an empty line opens them all. It says `open N`, then `heard KEY MONOTONIC` for each text that
ends with a key in brackets; a second empty line closes everything. With `-` for a token no hello is
said: the bare server of the bench wants none.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time

import aiohttp

AT_ONCE = 40
KEY = re.compile(r"\(([0-9a-f]{32})\)")


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


async def hold(
    http: aiohttp.ClientSession, url: str, token: str, address: str, opening: asyncio.Semaphore
) -> None:
    async with opening:
        socket = await http.ws_connect(
            url, headers={"X-Forwarded-For": address}, protocols=("guichet.v1",), heartbeat=None
        )
        if token != "-":
            hello = {"type": "hello", "token": token, "after": 0, "language": "fr"}
            await socket.send_str(json.dumps(hello))
        async for frame in socket:
            if '"state"' in frame.data or token == "-":
                break
    asyncio.get_running_loop().create_task(listen(socket), name="listening")


async def listen(socket: aiohttp.ClientWebSocketResponse) -> None:
    async for frame in socket:
        now = time.monotonic()
        found = KEY.search(frame.data)
        if found is not None:
            say("heard", found.group(1), now)
    say("closed", socket.close_code)


async def main(url: str) -> None:
    loop = asyncio.get_running_loop()

    async def line() -> str:
        told: str = await loop.run_in_executor(None, sys.stdin.readline)
        return told.strip()

    pages = []
    while told := await line():
        token, address = told.split()
        pages.append((token, address))
    opening = asyncio.Semaphore(AT_ONCE)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        await asyncio.gather(*(hold(http, url, *page, opening) for page in pages))
        say("open", len(pages))
        await line()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
