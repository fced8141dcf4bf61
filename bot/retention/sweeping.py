"""The sweep: forgets everything that was kept long enough, every hour or when asked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched
from typing import Self
from uuid import UUID

from bot.attachments.keeping import AttachmentFiles
from bot.errors import Conflict
from bot.files.port import FileStore
from bot.retention import operations
from bot.retention.rules import AT_ONCE, FIRST_SWEEP_AFTER, SWEEP_EVERY, Kind, kept_since
from bot.service_requests.photos import PhotoFiles
from bot.storage.transaction import Database, Transaction, is_alone

logger = logging.getLogger(__name__)
LOCK = 7_146_002
FILES_AT_ONCE = 1000
Counts = dict[Kind, int]
FindStray = Callable[[Transaction, Sequence[UUID]], Awaitable[list[UUID]]]


@dataclass(frozen=True)
class Stored:
    """Everything that lies in the file store and is swept."""

    photos: PhotoFiles
    attachments: AttachmentFiles

    @classmethod
    def of(cls, files: FileStore) -> Self:
        return cls(PhotoFiles(files), AttachmentFiles(files))

    @property
    def kinds(self) -> tuple[tuple[PhotoFiles | AttachmentFiles, FindStray], ...]:
        """Each kind of file, and what finds those that no row names."""
        return (
            (self.photos, operations.stray_photos),
            (self.attachments, operations.stray_attachments),
        )


async def sweep(database: Database, files: Stored, now: datetime) -> Counts:
    """Forget now, in short transactions. Returns how many of each kind.

    Raises `Conflict` when another service is at it.
    """
    counts = Counts.fromkeys(Kind, 0)
    for kind, forget in operations.FORGET.items():
        is_done = False
        while not is_done:
            async with database.transaction() as tx:
                await _take_turn(tx)
                forgotten = await forget(tx, now)
            counts[kind] += forgotten
            is_done = forgotten < AT_ONCE
    for kept, find_stray in files.kinds:
        for some in batched(await _old_files(kept, now), FILES_AT_ONCE):
            async with database.transaction() as tx:
                await _take_turn(tx)
                stray = await find_stray(tx, some)
            await kept.remove(stray)
            counts[Kind.STRAY_FILE] += len(stray)
    return counts


class _TakenBack(Exception):
    """Rolls a rehearsal back."""


async def rehearse(database: Database, files: Stored, now: datetime) -> Counts:
    """What `sweep` would forget: all of it done in one transaction, and taken back.

    Raises `Conflict` like `sweep`.
    """
    counts = Counts.fromkeys(Kind, 0)
    old = [(await _old_files(kept, now), find_stray) for kept, find_stray in files.kinds]
    with suppress(_TakenBack):
        async with database.transaction() as tx:
            await _take_turn(tx)
            for kind, forget in operations.FORGET.items():
                is_done = False
                while not is_done:
                    forgotten = await forget(tx, now)
                    counts[kind] += forgotten
                    is_done = forgotten < AT_ONCE
            for stored, find_stray in old:
                for some in batched(stored, FILES_AT_ONCE):
                    counts[Kind.STRAY_FILE] += len(await find_stray(tx, some))
            raise _TakenBack
    return counts


async def _take_turn(tx: Transaction) -> None:
    if not await is_alone(tx, LOCK):
        raise Conflict("retention")


async def _old_files(files: PhotoFiles | AttachmentFiles, now: datetime) -> list[UUID]:
    return await files.stored_before(kept_since(Kind.STRAY_FILE, now))


async def keep_sweeping(
    database: Database,
    files: Stored,
    clock: Callable[[], datetime],
    *,
    first_after: timedelta = FIRST_SWEEP_AFTER,
    every: timedelta = SWEEP_EVERY,
) -> None:
    """Sweep until cancelled; what fails is tried again next time."""
    await asyncio.sleep(first_after.total_seconds())
    while True:
        try:
            counts = await sweep(database, files, clock())
            if any(counts.values()):
                told = ", ".join(f"{kind} {n}" for kind, n in counts.items() if n)
                logger.info("retention: %s", told)
        except Conflict:
            logger.info("retention: another service is at it")
        except Exception:  # a task's edge: the database may be away for a while
            logger.exception("retention")
        await asyncio.sleep(every.total_seconds())
