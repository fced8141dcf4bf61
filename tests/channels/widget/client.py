"""A client of the widget's protocol, as `docs/widget-protocol.md` describes it, and nothing else.

It keeps what a page keeps, its token, the number of its last event and its outbox, so it may be cut
off at any moment and loses nothing.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from socket import SHUT_RDWR
from typing import Any
from uuid import uuid4

import aiohttp

PROTOCOL = "guichet.v1"
ASK_A_SESSION, STAY_AWAY, REPLACED, TOO_MANY = 4401, 4403, 4409, 4429
FINAL = {400, 403, 404, 409}
"""What is refused so is refused again."""


class Refused(Exception):
    """A door said no."""

    def __init__(self, status: int, body: dict[str, Any], headers: Any = None) -> None:
        super().__init__(status, body)
        self.status = status
        self.error, self.reason = body.get("error"), body.get("reason")
        self.headers = headers or {}


@dataclass
class Outbox:
    """Messages that were not confirmed, by id, in order."""

    waiting: dict[str, dict[str, Any]] = field(default_factory=dict)
    accepted: dict[str, int] = field(default_factory=dict)
    refused: dict[str, dict[str, Any]] = field(default_factory=dict)
    filled: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, **message: Any) -> str:
        message_id = uuid4().hex
        self.waiting[message_id] = {"id": message_id, **message}
        self.filled.set()
        return message_id

    def settle(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "accepted":
            self.waiting.pop(frame["id"], None)
            self.accepted[frame["id"]] = frame["seq"]
        elif frame["error"] in ("invalid", "forbidden", "not_found", "conflict"):
            self.waiting.pop(frame["id"], None)
            self.refused[frame["id"]] = frame
        self.filled.set()


class Client:
    """One page. `origin`: of the site that it is on; None: it names none. `address`: where it
    comes from, for a service that trusts us to say."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        url: str,
        *,
        origin: str | None = None,
        address: str | None = None,
    ) -> None:
        self.http = http
        self.url = url.rstrip("/")
        self.headers = {} if origin is None else {"Origin": origin}
        if address is not None:
            self.headers["X-Forwarded-For"] = address
        self.token = ""
        self.last = 0
        self.epoch = ""
        self.events: list[dict[str, Any]] = []
        self.state: dict[str, Any] = {}
        self.state_key = ""
        self.outbox = Outbox()
        self.bye: str | None = None
        self.closed_with: int | None = None
        self.changed = asyncio.Event()
        self._later: set[asyncio.Task[None]] = set()
        self.hear: Callable[[dict[str, Any]], None] = lambda _: None

    # -- requests -------------------------------------------------------------------------------

    async def ask(self, method: str, path: str, **request: Any) -> Any:
        """One request with the token, its JSON. Raises `Refused`."""
        headers = {**self.headers, **request.pop("headers", {})}
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        url = f"{self.url}/widget/v1/{path}"
        async with self.http.request(method, url, headers=headers, **request) as answer:
            body = await answer.read()
            is_json = answer.content_type == "application/json"
            if answer.status >= 400:
                raise Refused(answer.status, json.loads(body) if is_json else {}, answer.headers)
            return json.loads(body) if is_json else body.decode()

    async def open(self, commune: str | None = None, language: str = "fr") -> dict[str, Any]:
        """Ask for a session, with the token if there is one."""
        session: dict[str, Any] = await self.ask(
            "POST", "session", json={"commune": commune, "language": language}
        )
        if session["is_new"]:
            self.last, self.events = 0, []
        self.token = session["token"]
        return session

    async def post(self, message: dict[str, Any]) -> dict[str, Any]:
        """A message by request."""
        told: dict[str, Any] = await self.ask("POST", "messages", json=message)
        self.outbox.settle({"type": "accepted", **told})
        return told

    async def photo(self, raw: bytes, message_id: str) -> dict[str, Any]:
        told: dict[str, Any] = await self.ask(
            "POST", "photos", data=raw, headers={"X-Message-Id": message_id}
        )
        return told

    async def poll(self, known: bool = True) -> dict[str, Any]:
        """What is new, waiting for it; `known`: the state is."""
        query = {"after": str(self.last), "epoch": self.epoch}
        query["known"] = self.state_key if known else ""
        polled: dict[str, Any] = await self.ask("GET", "events", params=query)
        self._follow(polled)
        self.state, self.state_key = polled["state"], polled["state_key"]
        for event in polled["events"]:
            self._take(event)
        self.changed.set()
        return polled

    # -- the socket -----------------------------------------------------------------------------

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """A socket that has said hello."""
        async with self.http.ws_connect(
            f"{self.url.replace('http', 'ws', 1)}/widget/v1/socket",
            protocols=(PROTOCOL,),
            headers=self.headers,
            max_msg_size=0,
        ) as socket:
            known = {"token": self.token, "after": self.last, "epoch": self.epoch}
            await self.say(socket, "hello", **known, language="fr")
            yield socket

    @staticmethod
    async def say(socket: aiohttp.ClientWebSocketResponse, kind: str, **fields: Any) -> None:
        await socket.send_str(json.dumps({"type": kind, **fields}))

    async def run(self, cut: asyncio.Event | None = None) -> int | None:
        """Be connected until the socket closes, or until `cut` is set, which pulls the plug. What
        waits in the outbox is sent first. Returns the close code."""
        async with self.connected() as socket:
            sending = asyncio.create_task(self._send_all(socket))
            cutting = asyncio.create_task(_pull(socket, cut)) if cut is not None else None
            try:
                async for frame in socket:
                    if frame.type is aiohttp.WSMsgType.TEXT:
                        self.take(socket, json.loads(frame.data))
            finally:
                sending.cancel()
                if cutting is not None:
                    cutting.cancel()
                await asyncio.gather(sending, return_exceptions=True)
            self.closed_with = socket.close_code
        return self.closed_with

    async def stay(self) -> None:
        """Be connected until cancelled, whatever happens to the socket or to the service."""
        failures = 0
        while True:
            try:
                code = await self.run()
                failures = 0 if self.state else failures + 1
                if code == STAY_AWAY:
                    return
                if code == ASK_A_SESSION:
                    await self.open()
            except (aiohttp.ClientError, OSError, Refused):
                failures += 1
            await asyncio.sleep(0 if not failures else min(0.05 * 2**failures, 0.5))

    async def _send_all(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """What waits, and what is put into the outbox meanwhile: the next is said when the one
        before is settled, or their order could be lost."""
        said: str | None = None
        with suppress(ConnectionError):
            while True:
                self.outbox.filled.clear()
                first = next(iter(self.outbox.waiting.values()), None)
                if first is not None and first["id"] != said:
                    said = first["id"]
                    await self.say(socket, "message", **first)
                await self.outbox.filled.wait()

    async def _again(
        self, socket: aiohttp.ClientWebSocketResponse, refused: dict[str, Any]
    ) -> None:
        """What was refused for now only is said again when it is time."""
        await asyncio.sleep(refused["retry_after_s"] or 1)
        message = self.outbox.waiting.get(refused["id"])
        if message is not None and not socket.closed:
            with suppress(ConnectionError):
                await self.say(socket, "message", **message)

    def take(self, socket: aiohttp.ClientWebSocketResponse, frame: dict[str, Any]) -> None:
        """One frame of the server's."""
        match frame["type"]:
            case "welcome":
                self._follow(frame)
            case "event":
                self._take(frame)
            case "state":
                self.state = frame
            case "accepted" | "refused":
                self.outbox.settle(frame)
                if frame["id"] in self.outbox.waiting:
                    later = asyncio.create_task(self._again(socket, frame))
                    self._later.add(later)
                    later.add_done_callback(self._later.discard)
            case "bye":
                self.bye = frame["reason"]
            case _:
                pass
        self.hear(frame)
        self.changed.set()

    def _follow(self, told: dict[str, Any]) -> None:
        """What we have is of another conversation, or not known any more: it is forgotten."""
        self.epoch = told["epoch"]
        if told["after"] < self.last:
            self.last, self.events = 0, []

    def _take(self, event: dict[str, Any]) -> None:
        """The newest number counts; one that is known says nothing."""
        if event["seq"] > self.last:
            self.last = event["seq"]
            self.events.append({k: v for k, v in event.items() if k != "type"})

    async def until(self, is_so: Callable[[], Any], within_s: float = 30) -> None:
        """Wait for something to be true after what was heard."""
        async with asyncio.timeout(within_s):
            while not is_so():
                self.changed.clear()
                await self.changed.wait()

    @property
    def texts(self) -> list[str]:
        return [event["text"] for event in self.events]


async def _pull(socket: aiohttp.ClientWebSocketResponse, cut: asyncio.Event) -> None:
    """The network is gone: nothing is said, nothing more is heard."""
    await cut.wait()
    line = socket.get_extra_info("socket")
    with suppress(AttributeError, OSError):  # it is closed already
        line.shutdown(SHUT_RDWR)
