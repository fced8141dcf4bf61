"""Reads one system's news: some requests at a time, page by page, each applied by itself.

What could not be read is asked first next time, and counted.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched
from typing import Protocol

from bot.errors import DomainError, Unavailable
from bot.forwarding import operations, store
from bot.forwarding.client import Refused
from bot.forwarding.reading import Document, heard
from bot.forwarding.rules import (
    ASKED_A_PULL,
    ASKED_AT_ONCE,
    PAGES_AT_MOST,
    WHOLE_EVERY,
    WINDOW_OVERLAP,
    Heard,
    System,
    Verdict,
)
from bot.storage.transaction import Database

logger = logging.getLogger(__name__)
FAILURES_AT_MOST = 3
"""Questions without an answer, after which the rest waits for the next time."""


class Lister(Protocol):
    """Whoever asks the system; `client.OutsideTown` does."""

    async def listed(
        self, remote_ids: list[str], since: datetime | None, now: datetime, page: int
    ) -> Document: ...


@dataclass
class Report:
    """What a reading brought: how many of each verdict, and what went wrong.

    `missing` are requests that they do not list though they were asked about, `unread` items
    without a reference or a state, `undated` those without a date, `cut` answers that ended early.
    """

    asked: int = 0
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    missing: int = 0
    unread: int = 0
    undated: int = 0
    cut: int = 0
    why: str | None = None

    def counts(self) -> dict[str, int]:
        """All figures by name, without those that are nought."""
        odd = {n: getattr(self, n) for n in ("missing", "unread", "undated", "cut")}
        named = {str(verdict): self.verdicts[verdict] for verdict in Verdict} | odd
        return {name: count for name, count in named.items() if count}


@dataclass
class _Said:
    """What they said of some requests, one thing each: the latest."""

    of: dict[str, Heard] = field(default_factory=dict)
    is_whole: bool = True

    def add(self, one: Heard) -> None:
        before = self.of.get(one.remote_id)
        is_older = (
            before is not None and before.at is not None and (one.at is None or one.at < before.at)
        )
        if not is_older:
            self.of[one.remote_id] = one


async def pull(
    database: Database,
    system: System,
    town: Lister,
    clock: Callable[[], datetime],
    *,
    is_asked: bool = False,
) -> Report | None:
    """Read what is new. None when it is not due, unless `is_asked` by a person."""
    began = clock()
    async with database.transaction() as tx:
        before = await operations.next_pull(tx, system, began, is_asked=is_asked)
        if before is None:
            return None
        rows = await store.to_ask(tx, system.commune, began, ASKED_A_PULL)
    since = _since(system, before, began)
    report = Report(asked=len(rows))
    failures = 0
    for some in batched(rows, ASKED_AT_ONCE):
        try:
            said = await _ask(town, system, [theirs for _, theirs in some], since, clock, report)
        except (Unavailable, Refused) as error:
            report.why = str(error)
            failures += 1
            if failures == FAILURES_AT_MOST:
                break
            continue
        answered = []
        for reference, theirs in some:
            one = said.of.get(theirs)
            if one is not None:
                await _apply(database, system, reference, one, clock(), report)
            elif not said.is_whole:
                continue  # it may have been in what was cut: it is asked first next time
            elif since is None:
                report.missing += 1
            answered.append(reference)
        async with database.transaction() as tx:
            await store.mark_asked(tx, answered, clock())
        if not said.is_whole:
            report.why = "an answer ended early"
    async with database.transaction() as tx:
        await operations.pulled(tx, system, began, is_whole=since is None, why=report.why)
    return report


def _since(system: System, before: store.Pulled, now: datetime) -> datetime | None:
    """From when on changes are asked for; None to be told of every one of them."""
    if not system.knows_updated_after or before.until is None or before.whole_at is None:
        return None
    return before.until - WINDOW_OVERLAP if now - before.whole_at < WHOLE_EVERY else None


async def _ask(
    town: Lister,
    system: System,
    remote_ids: list[str],
    since: datetime | None,
    clock: Callable[[], datetime],
    report: Report,
) -> _Said:
    """What they say of these requests, on as many pages as it takes: a system that knows no pages
    answers the same again, and has nothing new."""
    said, wanted = _Said(), set(remote_ids)
    for page in range(1, PAGES_AT_MOST + 1):
        document = await town.listed(remote_ids, since, clock(), page)
        count = len(said.of)
        for item in document.items:
            one = heard(item, system.timezone)
            if one is None:
                report.unread += 1
            elif one.remote_id in wanted:
                report.undated += one.at is None and one.remote_id not in said.of
                said.add(one)
        if not document.is_whole:
            report.cut += 1
            said.is_whole = False
            break
        if said.of.keys() >= wanted or len(said.of) == count:
            break
    return said


async def _apply(
    database: Database,
    system: System,
    reference: str,
    one: Heard,
    now: datetime,
    report: Report,
) -> None:
    try:
        async with database.transaction() as tx:
            verdict = await operations.hear(tx, system, reference, one, now)
    except DomainError as error:  # one request must not keep the others from their news
        logger.warning("forwarding: the news of %s: %s", reference, error.code)
        verdict = Verdict.REFUSED
    if verdict in (Verdict.UNKNOWN, Verdict.REFUSED):
        logger.warning("forwarding: %s of system %s says %s", reference, system.commune, verdict)
    report.verdicts[verdict] += 1
