"""The pages that are open now: how many there may be, and what is true for all of them."""

from __future__ import annotations

import asyncio
import resource
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Literal, Protocol
from uuid import UUID

from aiohttp import web

from bot.errors import Unavailable
from bot.parts import Service
from bot.sites.known import KnownSites
from bot.sites.rules import OWN
from bot.web.address import around
from bot.web.rate import AROUND, TooMany

MOST_SOCKETS = 10_000
"""In one process: twice what we have measured, and some 300 MB. Who comes later asks by requests,
which need no place."""
FILES_KEPT = 500
"""Descriptors that sockets leave to everything else: database, engine, requests, files."""
MOST_FROM_ONE_ADDRESS = 250
"""Carriers put hundreds of phones behind one address, and a school all of its own; one address
still takes no more than a fortieth of the room."""
MOST_READINGS = 6
"""Of the database at once, by all pages together: when all come back after a restart, other doors
go on."""
LOOKS_EVERY_S = 1.0
MOST_MOVED = 10
"""Of those who wait in the queue, how many are told at one look that it has moved: a place is
found with several queries, and when a hundred wait, nobody's words wait behind them."""
LAST_WORDS_WITHIN_S = 1.5

STAY_AWAY = 4403

Reason = Literal["restarting", "replaced", "signed_out", "erased", "slow", "forbidden"]


class Guest(Protocol):
    """An open page. `origin`: of the site that it is on; `visit_id`: None until it said whose it
    is; `phase`: what it was told of the assistant, None when nothing yet; `is_queued`: it was told
    a place in the queue."""

    @property
    def origin(self) -> str: ...

    @property
    def visit_id(self) -> UUID | None: ...

    @property
    def phase(self) -> str | None: ...

    @property
    def is_queued(self) -> bool: ...

    async def leave(self, reason: Reason, code: int) -> None:
        """Say why, and close."""
        ...

    def look_again(self) -> None:
        """Something that no conversation announces has changed."""
        ...

    async def hear_phase(self, phase: str) -> None:
        """The assistant has become ready, or is no longer."""
        ...


class Room:
    def __init__(self, service: Service, sites: KnownSites) -> None:
        self._service = service
        self._sites = sites
        self._guests: set[Guest] = set()
        self._from: Counter[str | None] = Counter()
        self._sockets = 0
        self._is_closing = False
        self._moved: dict[Guest, None] = {}  # those who are still to look where they are, in order
        self.most_sockets = min(MOST_SOCKETS, _descriptors() - FILES_KEPT)
        self.readings = asyncio.Semaphore(MOST_READINGS)

    @contextmanager
    def place(self, address: str) -> Iterator[None]:
        """Room for one socket. Raises `TooMany` or `Unavailable`."""
        wider = around(address)
        if (
            self._from[address] >= MOST_FROM_ONE_ADDRESS
            or self._from[wider] >= MOST_FROM_ONE_ADDRESS * AROUND
        ):
            raise TooMany("address")
        if self._is_closing:
            raise Unavailable("stopping")
        if self._sockets >= self.most_sockets:
            raise Unavailable("full")
        counted = [address] if wider is None else [address, wider]
        self._from.update(counted)
        self._sockets += 1
        self._service.metrics.sockets(self._sockets)
        try:
            yield
        finally:
            self._sockets -= 1
            self._service.metrics.sockets(self._sockets)
            for one in counted:
                self._from[one] -= 1
                if not self._from[one]:
                    del self._from[one]

    @contextmanager
    def entered(self, guest: Guest) -> Iterator[None]:
        """A page is open, and hears of what concerns all. Raises `Unavailable` once nobody would
        tell it that the service stops."""
        if self._is_closing:
            raise Unavailable("stopping")
        self._guests.add(guest)
        try:
            yield
        finally:
            self._guests.discard(guest)
            self._moved.pop(guest, None)

    async def send_away(self, visit_id: UUID, reason: Reason, code: int) -> None:
        """Close all the pages of a session."""
        here = [guest for guest in self._guests if guest.visit_id == visit_id]
        await asyncio.gather(*(guest.leave(reason, code) for guest in here))

    async def stop(self, _: web.Application) -> None:
        """The service stops: everybody is told, and comes back to the next one."""
        self._is_closing = True
        leaving = [
            asyncio.create_task(guest.leave("restarting", 1012)) for guest in list(self._guests)
        ]
        if leaving:
            await asyncio.wait(leaving, timeout=LAST_WORDS_WITHIN_S)

    async def looking(self, _: web.Application) -> AsyncIterator[None]:
        """While the application runs: notice what no conversation announces."""
        tasks = [asyncio.create_task(self._look()), asyncio.create_task(self._look_at_sites())]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _look_at_sites(self) -> None:
        """Those who are on a site that may not any more are shown out."""
        while True:
            await asyncio.sleep(LOOKS_EVERY_S)
            try:
                allowed = {OWN, *await self._sites.listed()}
            except Unavailable:
                continue
            denied = [guest for guest in self._guests if guest.origin not in allowed]
            await asyncio.gather(
                *(guest.leave("forbidden", STAY_AWAY) for guest in denied), return_exceptions=True
            )

    async def _look(self) -> None:
        watch = self._service.live.watch_tickets()
        try:
            while True:
                await asyncio.sleep(LOOKS_EVERY_S)
                has_queue_moved = any(map(_is_of_a_ticket, watch.taken()))
                phase = self._service.assistant.phase
                changed = [g for g in self._guests if g.phase not in (None, phase)]
                if has_queue_moved:
                    self._moved |= dict.fromkeys(g for g in self._guests if g.is_queued)
                for guest in list(self._moved)[:MOST_MOVED]:
                    del self._moved[guest]
                    guest.look_again()
                await asyncio.gather(
                    *(guest.hear_phase(phase) for guest in changed), return_exceptions=True
                )
        finally:
            self._service.live.unwatch(watch)


def _is_of_a_ticket(announced: str) -> bool:
    """And not of a conversation in which somebody only wrote."""
    return len(announced) < len(str(UUID(int=0)))


def _descriptors() -> int:
    """How many files and sockets this process may have open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_SOCKETS + FILES_KEPT if soft == resource.RLIM_INFINITY else soft
