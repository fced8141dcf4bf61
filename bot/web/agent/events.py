"""The agents' stream: server-sent events of a list and of one conversation, resumed by number."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from aiohttp import web
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.accounts.rules import Agent
from bot.conversations import readers
from bot.conversations.live import ANY_TICKET, TicketWatch
from bot.conversations.typists import Typist
from bot.errors import Forbidden, Invalid, NotFound
from bot.handover import reports, sights, store
from bot.parts import Service
from bot.storage.tables import utc_now
from bot.web.agent import shapes
from bot.web.agent.asking import asking, queue_of
from bot.web.agent.feed import Feed, News
from bot.web.agent.session import token_of
from bot.web.agent.showing import ASSISTANT
from bot.web.rate import Limiter
from bot.web.visitors import language_of

logger = logging.getLogger(__name__)
MOST_STREAMS = 8
"""Of one agent; with one more the oldest ends."""
HEARTBEAT_S = 15.0
"""A line that says nothing: proxies keep what speaks."""
DEBOUNCE_S = 0.3
"""Changes of tickets that come together are one list."""
MOST_LISTINGS = 2
"""Readings of lists and tickets at once, by all streams together: words do not wait behind them."""
MOST_HEARINGS = 6
"""Readings of words at once: when all streams come back together, other doors go on."""
WRITE_TIMEOUT_S = 20.0
RETRY_MS = 1500

Why = Literal["signed_out", "gone", "replaced"]


@dataclass
class Stream:
    """One open page. `why`: what its reader is told once it is `over`."""

    conversation_id: UUID | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)
    why: Why | None = None

    def end(self, why: Why | None = None) -> None:
        self.why = why
        self.over.set()


class Streams:
    """Those that are open, by agent."""

    def __init__(self) -> None:
        self._open: dict[UUID, deque[Stream]] = {}

    @asynccontextmanager
    async def opened(self, agent: Agent, conversation_id: UUID | None) -> AsyncIterator[Stream]:
        own = self._open.setdefault(agent.id, deque())
        stream = Stream(conversation_id)
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

    def reads(self, agent: Agent, conversation_id: UUID | None) -> bool:
        """Whether one of an agent's pages has a conversation open here."""
        own = self._open.get(agent.id, ())
        return any(stream.conversation_id == conversation_id for stream in own)

    async def stop(self, _: web.Application) -> None:
        """The service stops: nobody waits for its streams."""
        for own in self._open.values():
            for stream in own:
                stream.end()


class EventsDoor:
    def __init__(self, service: Service) -> None:
        self._service = service
        self._limiter = Limiter(per_minute=60, burst=30)
        self._listings = asyncio.Semaphore(MOST_LISTINGS)
        self._hearings = asyncio.Semaphore(MOST_HEARINGS)
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
        try:
            async with self.streams.opened(agent, feed.conversation_id) as stream:
                watch = live.watch_tickets(feed.conversation_id)
                try:
                    await self._tell(response, feed, stream, watch, agent)
                except (ConnectionError, TimeoutError):
                    pass  # the page is gone, or does not read
                finally:
                    live.unwatch(watch)
        finally:
            if not self.streams.reads(agent, feed.conversation_id):
                await self._say_reading(feed, agent, is_reading=False)
        return response

    async def _feed(self, request: web.Request, agent: Agent) -> Feed:
        """Raises `NotFound` for a ticket that is not theirs, `Invalid` for no number."""
        reference, conversation_id = request.query.get("ticket"), None
        queue, wanted = queue_of(request), reports.wanted_of(request.query)
        async with self._service.database.transaction() as tx:
            await sights.list_opened(tx, agent, queue, utc_now())
            if reference:
                ticket = await store.check_visible(tx, agent, reference.replace("\x00", ""))
                if not await store.goes_on_elsewhere(tx, agent, ticket):
                    conversation_id = ticket["conversation_id"]
        return Feed(
            self._service,
            token_of(request),
            language_of(request),
            queue,
            reference or None,
            conversation_id,
            _after(request),
            wanted,
        )

    async def _tell(
        self,
        response: web.StreamResponse,
        feed: Feed,
        stream: Stream,
        watch: TicketWatch,
        agent: Agent,
    ) -> None:
        """Until it is over, nobody reads, or the agent may see no more."""
        await _write(response, f"retry: {RETRY_MS}\n\n")
        try:
            async with asyncio.TaskGroup() as group:
                telling = (
                    group.create_task(self._tell_said(response, feed, watch)),
                    group.create_task(self._tell_around(response, feed, watch)),
                    group.create_task(self._keep_reading(feed, agent)),
                )
                await stream.over.wait()
                for task in telling:
                    task.cancel()
        except* Forbidden:
            stream.end("signed_out")
        except* NotFound:
            stream.end("gone")
        except* (ConnectionError, TimeoutError):
            stream.end()
        if stream.why is not None:
            await _write(response, _event(News("end", shapes.Ended(why=stream.why))))

    async def _keep_reading(self, feed: Feed, agent: Agent) -> None:
        """Colleagues see that somebody has the conversation open, for as long as it is."""
        while True:
            await self._say_reading(feed, agent, is_reading=True)
            await asyncio.sleep(readers.SAID_EVERY_S)

    async def _say_reading(self, feed: Feed, agent: Agent, *, is_reading: bool) -> None:
        if feed.conversation_id is None:
            return
        reader = Typist(str(agent.id), agent.name)
        try:
            async with self._service.database.transaction() as tx:
                await readers.announce(tx, feed.conversation_id, reader, is_reading=is_reading)
        except (DBAPIError, TimeoutError, PoolTimeout) as error:  # only a sign
            logger.info("presence: %s", type(error).__name__)

    async def _tell_said(
        self, response: web.StreamResponse, feed: Feed, watch: TicketWatch
    ) -> None:
        """Words as soon as they are there."""
        while True:
            watch.stirred.clear()
            async with self._hearings:
                told = await feed.said()
            for news in told:
                await _write(response, _event(news))
            if any(news.seq is not None for news in told):
                watch.hear(str(feed.conversation_id))
            ends_in_s = None
            if feed.conversation_id is not None:
                ends_in_s = self._service.live.typing.ends_in_s(feed.conversation_id)
            await _is_set(watch.stirred, ends_in_s)

    async def _tell_around(
        self, response: web.StreamResponse, feed: Feed, watch: TicketWatch
    ) -> None:
        """The ticket and the list, a moment after something changed."""
        clock = asyncio.get_running_loop().time
        heartbeat_at = clock() + HEARTBEAT_S
        changed = frozenset({ANY_TICKET})
        while True:
            async with self._listings:
                told = await feed.around(changed)
            for news in told:
                await _write(response, _event(news))
            if await _is_set(watch.woken, max(0.0, heartbeat_at - clock())):
                await asyncio.sleep(DEBOUNCE_S)
                changed = watch.taken()
            else:
                await _write(response, ":\n\n")
                heartbeat_at = clock() + HEARTBEAT_S
                # The changes of what the assistant holds are announced by nobody.
                changed = frozenset({ANY_TICKET} if feed.queue == ASSISTANT else ())


async def _is_set(event: asyncio.Event, within_s: float | None) -> bool:
    """Wait for it; False when it did not come."""
    try:
        async with asyncio.timeout(within_s):
            await event.wait()
    except TimeoutError:
        return False
    return True


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
