"""The peer of `bench sockets`: aiohttp's sockets and nothing else. `python -m … PORT`.

A page that connects gets a word and is held; `POST /say/N` with a text sends it to the N-th.
"""

from __future__ import annotations

import asyncio
import sys

from aiohttp import web

HELD = web.AppKey("held", list[web.WebSocketResponse])


async def hold(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse(protocols=("guichet.v1",), heartbeat=25, compress=False)
    await socket.prepare(request)
    request.app[HELD].append(socket)
    await socket.send_str("hello")
    async for frame in socket:
        await socket.send_str(frame.data)
    return socket


async def say(request: web.Request) -> web.Response:
    await request.app[HELD][int(request.match_info["n"])].send_str(await request.text())
    return web.Response(status=204)


async def main(port: int) -> None:
    app = web.Application()
    app[HELD] = []
    app.add_routes([web.get("/", hold), web.post("/say/{n}", say)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
