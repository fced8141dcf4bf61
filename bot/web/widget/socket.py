"""The door of the socket: what is said comes in, events and state go out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from uuid import UUID

from aiohttp import WSMsgType, web
from pydantic import ValidationError

from bot.accounts import widget_sessions
from bot.accounts.widget_sessions import Visit
from bot.conversations import store
from bot.errors import DomainError, SignedOut
from bot.parts import Service
from bot.sites.rules import SiteRefused
from bot.storage.tables import utc_now
from bot.web.widget.gate import Caller, Gate
from bot.web.widget.page import ASK_A_SESSION, OpenPage
from bot.web.widget.room import STAY_AWAY, Room
from bot.web.widget.shapes import Hello
from bot.web.widget.speech import Speech

PROTOCOL = "guichet.v1"
MOST_BYTES = 128 * 1024
"""Of a frame."""
HELLO_WITHIN_S = 10.0
PING_EVERY_S = 25.0
CLOSES_WITHIN_S = 2.0
"""A page that does not say goodbye is not waited for longer."""

NO_HELLO, COME_BACK = 4408, 1012
COUNTED = frozenset({"rate", "address", "full", "stopping"})
"""Why there is no room, as our figures tell them apart."""


class SocketDoor:
    def __init__(self, service: Service, gate: Gate, speech: Speech, room: Room) -> None:
        self._service = service
        self._gate = gate
        self._speech = speech
        self._room = room

    def routes(self) -> Iterable[web.RouteDef]:
        return [web.get("/widget/v1/socket", self.open)]

    async def open(self, request: web.Request) -> web.StreamResponse:
        """Until one of both closes it. A site that may not is told so by the code: a browser shows
        its page no other answer than that."""
        ws = web.WebSocketResponse(
            protocols=(PROTOCOL,),
            heartbeat=PING_EVERY_S,
            max_msg_size=MOST_BYTES,
            compress=False,  # a window of 300 kB for each
            timeout=CLOSES_WITHIN_S,
            autoping=False,  # they are counted like all other frames
        )
        if not ws.can_prepare(request).ok:
            raise web.HTTPUpgradeRequired(headers={"Upgrade": "websocket"})
        try:
            self._gate.count(request)
            with self._room.place(self._gate.address(request)):
                await self._let_in(ws, request)
        except DomainError as error:
            why = str(error)
            self._refused(why if why in COUNTED else "other")
            if not ws.prepared:
                return self._gate.refused(error)
            await ws.close(code=COME_BACK)  # the service stops just now
        return ws

    async def _let_in(self, ws: web.WebSocketResponse, request: web.Request) -> None:
        try:
            caller = await self._gate.caller(request)
        except SiteRefused as error:
            self._gate.refusal(error)
            self._refused("site")
            await ws.prepare(request)
            await ws.close(code=STAY_AWAY)
            return
        await ws.prepare(request)
        await self._talk(ws, caller, request.transport)

    async def _talk(
        self, ws: web.WebSocketResponse, caller: Caller, transport: asyncio.Transport | None
    ) -> None:
        page = OpenPage(
            self._service,
            self._gate,
            self._speech,
            self._room,
            ws,
            caller.origin,
            caller.address,
            transport,
        )
        with self._room.entered(page):
            hello = await _hello(ws)
            if hello is None:
                self._refused("hello")
                await ws.close(code=NO_HELLO)
                return
            try:
                visit, conversation_id = await self._visitor(hello, caller)
            except SignedOut:
                self._refused("token")
                await page.leave("signed_out", ASK_A_SESSION)
                return
            await page.run(visit, hello, conversation_id)

    def _refused(self, reason: str) -> None:
        self._service.metrics.socket_refused(reason)

    async def _visitor(self, hello: Hello, caller: Caller) -> tuple[Visit, UUID | None]:
        """Whose page it is, and their conversation if it has begun. Raises `SignedOut`."""
        async with self._room.readings, self._service.database.transaction() as tx:
            visit = await widget_sessions.visit_of(tx, hello.token, caller.origin, utc_now())
            if visit is None:
                raise SignedOut("token")
            conversation = await store.conversation_at(tx, "web", str(visit.citizen_id))
            return visit, None if conversation is None else conversation["id"]


async def _hello(ws: web.WebSocketResponse) -> Hello | None:
    """The first frame; None when it does not come, or is none."""
    try:
        async with asyncio.timeout(HELLO_WITHIN_S):
            first = await ws.receive()
    except TimeoutError:
        return None
    if first.type is not WSMsgType.TEXT:
        return None
    try:
        hello = Hello.model_validate_json(first.data)
    except ValidationError:
        return None
    return hello if hello.type == "hello" else None
