"""The two pages of a handed-over conversation, without a browser: each goes on from its last number
whatever ends its connection, and sends under one id until it is acknowledged."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bot.web import visitors
from bot.web.agent import session as agent_session

LONGEST_LINE = 2**20
"""Bytes of an event: a list of tickets is one line."""
AGAIN_AFTER_S = 0.05
"""The service is another process, which may be on its way up."""
REFUSED = 500

Heard = Callable[[dict[str, Any]], None]


@asynccontextmanager
async def a_browser(url: str) -> AsyncIterator[aiohttp.ClientSession]:
    """A set of cookies; as many connections as its pages want."""
    async with aiohttp.ClientSession(
        url,
        cookie_jar=aiohttp.CookieJar(unsafe=True),  # that is: also of an address without a name
        connector=aiohttp.TCPConnector(limit=0),
        timeout=aiohttp.ClientTimeout(total=60),
        read_bufsize=LONGEST_LINE,
    ) as session:
        yield session


@dataclass
class Page:
    """`hear` gets each message, in the order of arrival; `after` is the last one's number."""

    browser: aiohttp.ClientSession
    hear: Heard
    token: str = ""
    after: int = 0
    connections: int = 0

    async def run(self) -> None:
        """Read until cancelled."""
        while True:
            try:
                await self._read()
            except (aiohttp.ClientError, TimeoutError):
                await asyncio.sleep(AGAIN_AFTER_S)

    async def _read(self) -> None:
        raise NotImplementedError

    def _take(self, message: dict[str, Any]) -> None:
        self.after = message["seq"]
        self.hear(message)

    async def send(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Again, under the same id, until it is acknowledged. Raises for what is refused."""
        while True:
            try:
                async with self.browser.post(path, json=body, cookies=self._cookies) as answer:
                    if answer.status < REFUSED:
                        answer.raise_for_status()
                        told: dict[str, Any] = await answer.json()
                        return told
            except aiohttp.ClientResponseError:
                raise
            except (aiohttp.ClientError, TimeoutError):
                pass
            await asyncio.sleep(AGAIN_AFTER_S)

    @property
    def _cookies(self) -> Mapping[str, str]:
        raise NotImplementedError


@dataclass
class CitizenPage(Page):
    """Asks for what follows its last number, and waits for it."""

    signs: Mapping[str, str] = field(default_factory=lambda: {"typing": "", "read": "0"})

    @property
    def _cookies(self) -> Mapping[str, str]:
        return {visitors.COOKIE: self.token} if self.token else {}

    async def _read(self) -> None:
        asked = {"after": str(self.after), **self.signs}
        async with self.browser.get("/api/events", params=asked, cookies=self._cookies) as answer:
            answer.raise_for_status()
            told = await answer.json()
        self.connections += 1
        self.signs = {"typing": told["typing"] or "", "read": str(told["read_through"])}
        for message in told["events"]:
            self._take(message)

    async def writes(self, key: str, text: str) -> int:
        told = await self.send("/api/messages", {"id": key, "text": text})
        return int(told["accepted"])


@dataclass
class AgentPage(Page):
    """Keeps the stream of a ticket open. `lists`: how often it was told its list."""

    reference: str = ""
    lists: int = 0

    @property
    def _cookies(self) -> Mapping[str, str]:
        return {agent_session.COOKIE: self.token} if self.token else {}

    async def _read(self) -> None:
        asked = {"ticket": self.reference, "after": "0"}
        back = {"Last-Event-ID": str(self.after)} if self.connections else {}
        never = aiohttp.ClientTimeout(total=None)
        async with self.browser.get(
            "/agent/api/events", params=asked, headers=back, cookies=self._cookies, timeout=never
        ) as answer:
            answer.raise_for_status()
            self.connections += 1
            name = ""
            async for line in answer.content:
                key, _, value = line.decode().rstrip("\n").partition(": ")
                if key == "event":
                    name = value
                elif key == "data" and name == "message":
                    self._take(json.loads(value))
                elif key == "data" and name == "queue":
                    self.lists += 1

    async def replies(self, key: str, text: str) -> int:
        path = f"/agent/api/tickets/{self.reference}/reply"
        told = await self.send(path, {"id": key, "text": text, "seen_through": self.after})
        return int(told["accepted"])
