"""Sends what waits and reads what is new, system by system, until cancelled.

Nothing is held while a system is asked: an attempt begins in one short transaction and ends in
another. A system that hangs delays itself only.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import aiohttp
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.errors import Unavailable
from bot.forwarding import operations
from bot.forwarding.client import NotReached, OutsideTown, Refused, Taken, Unsure, sessions
from bot.forwarding.form import form
from bot.forwarding.operations import Attempt
from bot.forwarding.pulling import Report, pull
from bot.forwarding.rules import SENDING_AT_MOST, SWEEP_EVERY, System
from bot.places.communes import Gazetteer
from bot.services.rules import Catalogue
from bot.storage.transaction import Database
from bot.words.catalogues import Words

logger = logging.getLogger(__name__)
KEPT_AGAIN_AFTER_S = (0.2, 1.0, 5.0, 15.0, 30.0)
"""Together less than what a lease lasts beyond an attempt."""


class ForwardingWatcher(Protocol):
    """Whoever keeps the figures of forwarding."""

    def forwarded(self, system: str, outcome: str) -> None: ...

    def heard(self, system: str, outcome: str, count: int) -> None: ...


class NoReferenceYet(Unavailable):
    """Their token has not become a reference."""


@dataclass(frozen=True)
class Forwarder:
    """Works for every system. `keys`: the values of the variables that their files name."""

    database: Database
    systems: Mapping[str, System]
    keys: Mapping[str, str]
    catalogue: Catalogue
    gazetteer: Gazetteer
    words: Words
    clock: Callable[[], datetime]
    watcher: ForwardingWatcher

    async def run(self) -> None:
        """Work until cancelled; without a system there is nothing to do."""
        if not self.systems:
            return
        async with sessions() as session, asyncio.TaskGroup() as group:
            for system in self.systems.values():
                group.create_task(self._keep(system, session, self.send_due))
                group.create_task(self._keep(system, session, self.pull_due))

    async def _keep(
        self,
        system: System,
        session: aiohttp.ClientSession,
        work: Callable[[System, aiohttp.ClientSession], Awaitable[object]],
    ) -> None:
        while True:
            try:
                await work(system, session)
            except Exception:  # a task's edge: the next round goes on where this one stopped
                logger.exception("forwarding to system %s", system.commune)
            await asyncio.sleep(SWEEP_EVERY.total_seconds())

    # -- sending ------------------------------------------------------------------------------

    async def send_due(self, system: System, session: aiohttp.ClientSession) -> int:
        """Queue what is new and send what is due, until the system does not answer. Returns how
        many arrived."""
        async with self.database.transaction() as tx:
            await operations.queue(tx, system, self.clock())
        arrived = 0
        while True:
            async with self.database.transaction() as tx:
                attempt = await operations.begin(tx, system, self.clock())
            if attempt is None:
                return arrived
            outcome = await self._send(system, session, attempt)
            self.watcher.forwarded(system.commune, outcome)
            logger.info(
                "forwarding: %s to system %s: %s", attempt.reference, system.commune, outcome
            )
            arrived += outcome == "sent"
            if outcome == "failed":
                return arrived  # it is down: the others keep their attempts for later

    async def _send(self, system: System, session: aiohttp.ClientSession, attempt: Attempt) -> str:
        """One attempt, and its end written down. Returns its outcome."""
        try:
            async with asyncio.timeout(SENDING_AT_MOST.total_seconds()):
                taken = await self._deliver(self._town(system, session), system, attempt)
        except Refused as error:
            async with self.database.transaction() as tx:
                await operations.refused(tx, attempt, str(error), self.clock())
            return "refused"
        except (Unavailable, TimeoutError) as error:
            await self._failed(attempt, error)
            return "no_reference_yet" if isinstance(error, NoReferenceYet) else "failed"
        except Exception as error:  # our own mistake: it must not keep the others waiting
            logger.exception("forwarding: %s", attempt.reference)
            await self._failed(attempt, Unavailable(f"our own mistake ({type(error).__name__})"))
            return "broken"
        await self._keep_word(attempt, taken)
        return "promised" if taken.remote_id is None else "sent"

    async def _keep_word(self, attempt: Attempt, taken: Taken) -> None:
        """Write down that they took it, through a deadlock or a database that is away for a moment:
        a word that is lost is a request that some systems would get twice. Doing it again changes
        nothing."""
        for wait_s in (*KEPT_AGAIN_AFTER_S, None):
            try:
                async with self.database.transaction() as tx:
                    if taken.remote_id is not None:
                        await operations.accepted(tx, attempt, taken.remote_id, self.clock())
                    else:
                        await operations.promised(tx, attempt, taken.token or "", self.clock())
                return
            except (DBAPIError, PoolTimeout, OSError) as error:
                if wait_s is None:
                    raise
                logger.warning("forwarding: %s: %s", attempt.reference, type(error).__name__)
                await asyncio.sleep(wait_s)

    async def _failed(self, attempt: Attempt, error: Exception) -> None:
        now = self.clock()
        wait_s = error.retry_after_s if isinstance(error, Unsure) else None
        async with self.database.transaction() as tx:
            await operations.failed(
                tx,
                attempt,
                str(error) or "it did not answer in time",
                now,
                is_unsent=isinstance(error, NotReached),
                not_before=None if wait_s is None else now + timedelta(seconds=wait_s),
            )

    async def _deliver(self, town: OutsideTown, system: System, attempt: Attempt) -> Taken:
        """Their reference or their token, by the way that cannot send it twice if they tell us."""
        due = attempt.due
        theirs = system.services[due.told.service]
        if due.token is not None:
            return Taken(await self._redeemed(town, due.token))
        if due.in_doubt:
            found = await town.find(attempt.reference, theirs.code, attempt.first_at, self.clock())
            if found is not None:
                return Taken(found)
        service = self.catalogue.find(due.told.service, due.told.commune)
        name = self.gazetteer.by_insee(due.told.commune).name
        told = form(due.told, service, name, system, self.words)
        return await town.send(told, attempt.reference)

    async def _redeemed(self, town: OutsideTown, token: str) -> str:
        try:
            found = await town.reference_of(token)
        except Refused as error:
            raise NoReferenceYet(f"their token is refused: {error}") from error
        if found is None:
            raise NoReferenceYet("their token has no reference yet")
        return found

    # -- news ---------------------------------------------------------------------------------

    async def pull_due(
        self, system: System, session: aiohttp.ClientSession, *, is_asked: bool = False
    ) -> Report | None:
        """Read the system's news when it is time, or `is_asked` by a person."""
        try:
            town = self._town(system, session)
        except NotReached:
            return None  # what is sent says so
        report = await pull(self.database, system, town, self.clock, is_asked=is_asked)
        if report is not None:
            for outcome, count in report.counts().items():
                self.watcher.heard(system.commune, outcome, count)
            if report.why is not None:
                self.watcher.heard(system.commune, "failed", 1)
                logger.warning("forwarding: system %s: %s", system.commune, report.why)
        return report

    def _town(self, system: System, session: aiohttp.ClientSession) -> OutsideTown:
        """Raises `NotReached` while its key is not in the environment."""
        if system.key_variable is None:
            return OutsideTown(session, system, None)
        key = self.keys.get(system.key_variable)
        if not key:
            raise NotReached(f"{system.key_variable} is not set")
        return OutsideTown(session, system, key)
