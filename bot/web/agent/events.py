"""The agents' stream: server-sent events of a list and of one conversation, resumed by number."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from aiohttp import web

from bot.accounts.rules import Agent
from bot.conversations.live import TicketWatch
from bot.errors import Forbidden, Invalid, NotFound
from bot.handover import store
from bot.parts import Service
from bot.web.agent import shapes
from bot.web.agent.asking import asking, queue_of
from bot.web.agent.feed import Feed, News
from bot.web.agent.session import token_of
from bot.web.agent.showing import ASSISTANT
from bot.web.rate import Limiter
from bot.web.visitors import language_of

MOST_STREAMS = 8
"""Of one agent; with one more the oldest ends."""
HEARTBEAT_S = 15.0
"""A line that says nothing: proxies keep what speaks."""
DEBOUNCE_S = 0.3
"""Changes of tickets that come together are one list."""
WRITE_TIMEOUT_S = 20.0
RETRY_MS = 1500


@dataclass
class Stream:
    """One open page. `woken` is set when there may be something to tell, or it is `over`."""

    woken: asyncio.Event = field(default_factory=asyncio.Event)
    over: Literal["replaced", "stopped"] | None = None

    def end(self, why: Literal["replaced", "stopped"]) -> None:
        self.over = why
        self.woken.set()


class Streams:
    """Those that are open, by agent."""

    def __init__(self) -> None:
        self._open: dict[UUID, deque[Stream]] = {}

    @asynccontextmanager
    async def opened(self, agent: Agent) -> AsyncIterator[Stream]:
        own = self._open.setdefault(agent.id, deque())
        stream = Stream()
        own.append(stream)
        if len(own) > MOST_STREAMS:
            own.popleft().end("replaced")
        try:
            yield stream
        finally:
            if stream in own:
                own.remove(stream)
            if not own:
                self._open.pop(agent.id, None)

    async def stop(self, _: web.Application) -> None:
        """The service stops: nobody waits for its streams."""
        for own in self._open.values():
            for stream in own:
                stream.end("stopped")


class EventsDoor:
    def __init__(self, service: Service) -> None:
        self._service = service
        self._limiter = Limiter(per_minute=60, burst=30)
        self.streams = Streams()

    def routes(self) -> Iterable[web.RouteDef]:
        return [web.get("/agent/api/events", self.stream)]

    async def stream(self, request: web.Request) -> web.StreamResponse:
        agent = await asking(self._service, request, self._limiter)
        feed = await self._feed(request, agent)
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
        )
        await response.prepare(request)
        live = self._service.live
        async with self.streams.opened(agent) as stream:
            watch = live.watch_tickets(stream.woken, feed.conversation_id)
            try:
                await self._tell(response, feed, stream, watch)
            except (ConnectionError, TimeoutError):
                pass  # the page is gone, or does not read
            finally:
                live.unwatch(watch)
        return response

    async def _feed(self, request: web.Request, agent: Agent) -> Feed:
        """Raises `NotFound` for a ticket that is not theirs, `Invalid` for no number."""
        reference, conversation_id = request.query.get("ticket"), None
        if reference:
            async with self._service.database.transaction() as tx:
                ticket = await store.check_visible(tx, agent, reference.replace("\x00", ""))
            conversation_id = ticket["conversation_id"]
        return Feed(
            self._service,
            agent.id,
            token_of(request),
            language_of(request),
            queue_of(request),
            reference or None,
            conversation_id,
            _after(request),
        )

    async def _tell(
        self, response: web.StreamResponse, feed: Feed, stream: Stream, watch: TicketWatch
    ) -> None:
        clock = asyncio.get_running_loop().time
        await _write(response, f"retry: {RETRY_MS}\n\n")
        queue_at, heartbeat_at = clock(), clock() + HEARTBEAT_S
        while stream.over is None:
            stream.woken.clear()
            if watch.changed:
                queue_at = min(queue_at, clock() + DEBOUNCE_S)
            is_due = clock() >= queue_at
            changed = frozenset(watch.changed) if is_due else frozenset()
            if is_due:
                watch.changed.clear()
                queue_at = float("inf")
            try:
                for news in await feed.news(with_queue=is_due, changed=changed):
                    await _write(response, _event(news))
            except (Forbidden, NotFound) as error:
                why: Literal["signed_out", "gone"] = (
                    "signed_out" if isinstance(error, Forbidden) else "gone"
                )
                await _write(response, _event(News("end", shapes.Ended(why=why))))
                return
            if clock() >= heartbeat_at:
                await _write(response, ":\n\n")
                heartbeat_at = clock() + HEARTBEAT_S
                if feed.queue == ASSISTANT:
                    queue_at = clock()  # its changes are announced by nobody
            await self._wait(feed, stream, min(queue_at, heartbeat_at) - clock())
        if stream.over == "replaced":
            await _write(response, _event(News("end", shapes.Ended(why="replaced"))))

    async def _wait(self, feed: Feed, stream: Stream, most_s: float) -> None:
        """For something to happen, or for somebody's typing to be over."""
        ends_in_s = None
        if feed.conversation_id is not None:
            ends_in_s = self._service.live.typing.ends_in_s(feed.conversation_id)
        wait_s = most_s if ends_in_s is None else min(most_s, ends_in_s)
        try:
            async with asyncio.timeout(max(0.0, wait_s)):
                await stream.woken.wait()
        except TimeoutError:
            return


async def _write(response: web.StreamResponse, text: str) -> None:
    async with asyncio.timeout(WRITE_TIMEOUT_S):
        await response.write(text.encode())


def _event(news: News) -> str:
    number = "" if news.seq is None else f"id: {news.seq}\n"
    return f"{number}event: {news.name}\ndata: {news.body.model_dump_json()}\n\n"


def _after(request: web.Request) -> int:
    """What the reader has already: what it says when it comes back counts before its address."""
    asked = request.headers.get("Last-Event-ID") or request.query.get("after") or "0"
    try:
        return min(max(0, int(asked)), 2**31 - 1)
    except ValueError as error:
        raise Invalid("after", "a number is needed") from error
