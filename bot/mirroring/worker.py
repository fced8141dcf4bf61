"""Tells the outside backend what is new of our tickets, and reads what its people did, until
cancelled. Nothing is held while it is asked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.attachments.keeping import AttachmentFiles
from bot.attachments.rules import saved_as
from bot.errors import DomainError, Invalid, NotFound, Unavailable
from bot.files.pictures import MAX_BYTES
from bot.mirroring import operations, store, wording
from bot.mirroring.operations import (
    Attempt,
    Busy,
    Create,
    Hand,
    Kept,
    Mirroring,
    Move,
    Part,
    Say,
    Several,
    Show,
)
from bot.mirroring.rules import (
    POLLED_AT_MOST,
    READING_AT_MOST,
    SENDING_AT_MOST,
    SWEEP_EVERY,
    polled_again_after,
)
from bot.service_requests.photos import PhotoFiles
from bot.storage.transaction import Database
from bot.tickets.backends.port import (
    Attached,
    CannotKeepSecret,
    Comment,
    File,
    News,
    NotNow,
    Page,
    Refused,
    Seen,
    TicketBackend,
)
from bot.tickets.backends.rules import State

logger = logging.getLogger(__name__)
PICTURES = ("image/jpeg", "image/png", "image/webp")
PHOTO_NAME = "photo.jpg"
TOO_LARGE = (413, 422)
"""What an outside backend answers to a file that it does not take."""


@dataclass
class Mirror:
    """Both directions of one backend. `poll_every`: between two questions for news."""

    database: Database
    backend: TicketBackend
    mirroring: Mirroring
    photos: PhotoFiles
    attachments: AttachmentFiles
    clock: Callable[[], datetime]
    poll_every: timedelta
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _quiet: int = 0

    def wake(self) -> None:
        """Somebody says that there are news."""
        self._woken.set()

    @property
    def is_woken(self) -> bool:
        """Whether somebody said so and it was not looked at yet."""
        return self._woken.is_set()

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep(self.send_due, self._pause))
            group.create_task(self._keep(self._read, self._rest))

    async def _keep(
        self, work: Callable[[], Awaitable[object]], rest: Callable[[], Awaitable[None]]
    ) -> None:
        while True:
            try:
                await work()
            except Exception:  # a task's edge: the next round goes on where this one stopped
                logger.exception("mirroring to %s", self.backend.name)
            await rest()

    async def _pause(self) -> None:
        await asyncio.sleep(SWEEP_EVERY.total_seconds())

    async def _rest(self) -> None:
        """Until somebody says that there are news, or it is time to look."""
        try:
            async with asyncio.timeout(self.poll_every.total_seconds()):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _read(self) -> None:
        is_asked = self._woken.is_set()
        self._woken.clear()
        await self.read_due(is_asked=is_asked)

    # -- ours to them -------------------------------------------------------------------------

    async def send_due(self) -> int:
        """Tell what is new, until they do not answer. Returns how many things arrived."""
        arrived = 0
        while True:
            async with self.database.transaction() as tx:
                attempt = await operations.begin(tx, self.mirroring, self.clock())
            if attempt is None:
                return arrived
            outcome = await self._send(attempt)
            logger.info("mirroring: %s of %s", outcome, attempt.reference)
            if outcome == "failed":
                return arrived  # it is down: the others keep their attempts for later
            arrived += outcome == "sent"

    async def _send(self, attempt: Attempt) -> str:
        """One attempt, and its end written down. Returns its outcome."""
        try:
            async with asyncio.timeout(SENDING_AT_MOST.total_seconds()):
                await self._tell(attempt)
        except CannotKeepSecret as error:
            async with self.database.transaction() as tx:
                await operations.withheld(tx, attempt, str(error), self.clock())
            return "withheld"
        except Refused as error:
            await self._failed(attempt, str(error))
            return "refused"
        except NotNow as error:
            await self._failed(attempt, str(error), error)
            return "failed"
        except (Unavailable, TimeoutError):
            await self._failed(attempt, "it did not answer in time")
            return "failed"
        except Exception as error:  # our own mistake: it must not keep the others waiting
            logger.exception("mirroring: %s", attempt.reference)
            await self._failed(attempt, f"our own mistake ({type(error).__name__})")
            return "broken"
        return "sent"

    async def _failed(self, attempt: Attempt, why: str, error: NotNow | None = None) -> None:
        now = self.clock()
        wait_s = None if error is None else error.retry_after_s
        async with self.database.transaction() as tx:
            await operations.failed(
                tx,
                attempt,
                why,
                now,
                is_unsent=error is not None and error.is_unsent,
                not_before=None if wait_s is None else now + timedelta(seconds=wait_s),
            )

    async def _tell(self, attempt: Attempt) -> None:
        """By the way that cannot tell it twice: after a doubt they are asked first."""
        step, backend = attempt.step, self.backend
        if isinstance(step, Create):
            found = await backend.find(attempt.reference) if attempt.in_doubt else None
            remote = found or await backend.create(step.opening)
            async with self.database.transaction() as tx:
                await operations.created(tx, attempt, remote, self.clock())
            return
        if isinstance(step, Move):
            after: State = await backend.update(attempt.remote_id, step.wanted, step.before)
            async with self.database.transaction() as tx:
                await operations.moved(tx, attempt, after, self.clock())
            return
        parts = step.parts if isinstance(step, Several) else (step,)
        told = 0
        for part in parts:
            key = part.comment.key if isinstance(part, Say) else part.key
            if attempt.in_doubt and await backend.holds(attempt.remote_id, key):
                continue
            try:
                await self._add(attempt.remote_id, part)
            except NotNow as error:
                is_unsent = error.is_unsent and not told
                raise NotNow(
                    str(error), retry_after_s=error.retry_after_s, is_unsent=is_unsent
                ) from error
            told += 1
        async with self.database.transaction() as tx:
            await operations.arrived(tx, attempt, self.clock())

    async def _add(self, remote_id: str, part: Part) -> None:
        if isinstance(part, Say):
            await self.backend.comment(remote_id, part.comment)
        elif isinstance(part, Show):
            await self._show(remote_id, part)
        else:
            await self._hand(remote_id, part)

    async def _hand(self, remote_id: str, part: Hand) -> None:
        """Attach a file, or say in its place that it is gone, or that they do not take it."""
        file, words = part.file, self.mirroring.counter.words
        try:
            data = await self.attachments.read(file.id)
            await self.backend.attach(remote_id, File(part.key, saved_as(file), file.mime, data))
        except NotFound:
            await self.backend.comment(remote_id, Comment(part.key, "", wording.file_gone(words)))
        except Refused as error:
            if error.status not in TOO_LARGE:
                raise
            said = wording.too_large(file, words)
            await self.backend.comment(remote_id, Comment(part.key, "", said))

    async def _show(self, remote_id: str, step: Show) -> None:
        """Attach a photo, or say in its place that it is no longer kept."""
        try:
            data = await self.photos.read(step.photo)
        except NotFound:
            gone = wording.gone(self.mirroring.counter.words)
            await self.backend.comment(remote_id, Comment(step.key, "", gone))
        else:
            await self.backend.attach(remote_id, File(step.key, PHOTO_NAME, "image/jpeg", data))

    # -- theirs to us -------------------------------------------------------------------------

    async def read_due(self, *, is_asked: bool = False) -> int | None:
        """Read what is new when it is time, or `is_asked`. Returns how many things changed here;
        None when it was not due."""
        began = self.clock()
        async with self.database.transaction() as tx:
            taken = await store.take_pull(
                tx, self.backend.name, began, began + READING_AT_MOST, is_asked=is_asked
            )
        if taken is None:
            return None
        changed = 0
        try:
            changed = await self._read_from(taken[0])
        except Busy:
            after = timedelta(seconds=1)
        except (Unavailable, Refused) as error:
            why, now = str(error), self.clock()
            async with self.database.transaction() as tx:
                is_new = await operations.read_failed(tx, self.backend.name, why, now)
            level = logging.WARNING if is_new else logging.INFO
            logger.log(level, "mirroring: the news of %s: %s", self.backend.name, why)
            self._quiet += 1
            after = polled_again_after(self.poll_every, self._quiet)
        else:
            self._quiet = 0 if changed else self._quiet + 1
            after = await self._until_next()
        async with self.database.transaction() as tx:
            await operations.due_again(tx, self.backend.name, self.clock(), after)
        return changed

    async def _until_next(self) -> timedelta:
        """While tickets are open their citizens wait: only silence of all of them slows us."""
        async with self.database.transaction() as tx:
            is_open = await store.has_open(tx, self.backend.name)
        return polled_again_after(self.poll_every, self._quiet // 20) if is_open else POLLED_AT_MOST

    async def _read_from(self, cursor: str | None) -> int:
        changed = 0
        while True:
            began = self.clock()
            page: Page = await self.backend.changes(cursor)
            for news in page.news:
                changed += await self._apply(news, began)
            cursor = page.cursor
            async with self.database.transaction() as tx:
                await operations.read_through(tx, self.backend.name, cursor, self.clock())
            if page.is_last:
                return changed

    async def _apply(self, news: News, began: datetime) -> bool:
        """One thing that somebody did there. What our own rules refuse is noted, not repeated."""
        kept = await self._picture(news) if isinstance(news, Attached) else None
        now = self.clock()
        try:
            async with self.database.transaction() as tx:
                if isinstance(news, Seen):
                    return bool(await operations.see(tx, self.mirroring, news, began, now))
                return await operations.hear(tx, self.mirroring, news, kept, now)
        except Busy:
            raise
        except DomainError as error:
            logger.warning("mirroring: news of %s refused: %s", news.remote_id, error.code)
            async with self.database.transaction() as tx:
                await operations.refused_here(tx, self.backend.name, news.remote_id, error.code)
            return False

    async def _picture(self, news: Attached) -> Kept | None:
        """An attachment that the citizen can be shown; None for any other."""
        if news.mime not in PICTURES or news.size > MAX_BYTES:
            return None
        async with self.database.transaction() as tx:
            if not await operations.is_awaited(tx, self.backend.name, news):
                return None
        try:
            raw = await self.backend.fetch(news.handle, MAX_BYTES)
            return Kept(*await self.photos.keep(raw))
        except (Invalid, Refused):
            return None
