"""Automations at work: beside the other sweeps, each ticket in a transaction of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from bot.audit import store as audit
from bot.audit.rules import SERVICE, Action
from bot.automations import store
from bot.automations.conditions import ANYBODY, MOST_FAILURES, Automation, Seen, fires, goes_on
from bot.automations.store import Kept, Run
from bot.conversations.commit import tell_in
from bot.errors import Conflict, DomainError
from bot.handover import answering, passing, tagging
from bot.handover import store as handover
from bot.handover.counter import Counter
from bot.handover.rules import SWEEP_EVERY, Automatic
from bot.services.opening import hours_of
from bot.storage.transaction import Database, Transaction
from bot.supervision.looking import look_every
from bot.teams import assigning
from bot.words.phrases import Reply

logger = logging.getLogger(__name__)
RATED_LATELY = timedelta(days=30)
"""How long after its end a ticket's rating may still set something off."""


@dataclass(frozen=True)
class Runner:
    """Looks at tickets for those automations that are switched on."""

    database: Database
    counter: Counter
    clock: Callable[[], datetime]

    async def run(self) -> None:
        """Look every few seconds, until cancelled."""
        await look_every(SWEEP_EVERY.total_seconds(), self.look, logger, "automations")

    async def look(self) -> int:
        """Do what is due now. Returns to how many tickets something was done."""
        now = self.clock()
        async with self.database.transaction() as tx:
            working = await store.working(tx)
            warned = await store.warned(tx)
            due = await self._due(tx, working, now) if working else []
        count = 0
        for kept, seen in due:
            count += await self._see_to(kept, seen, now)
        for run, automation in warned:
            count += await self._end(run, automation, now)
        return count

    async def _due(
        self, tx: Transaction, working: list[Kept], now: datetime
    ) -> list[tuple[Kept, Seen]]:
        """All looked at before anything is done: none sees what another does."""
        tickets = await store.seen_now(tx, now - RATED_LATELY)
        touched = await store.touched(tx, now - RATED_LATELY)
        due = []
        for kept in working:
            done = await store.done(tx, kept)
            for seen in tickets:
                if seen.reference in done or kept.on_since is None:
                    continue
                hours = hours_of(self.counter.team(seen.team))
                at = touched.get(seen.reference)
                if fires(kept.automation, seen, hours, kept.on_since, at, now):
                    due.append((kept, seen))
        return due

    async def _see_to(self, kept: Kept, seen: Seen, now: datetime) -> bool:
        try:
            async with self.database.transaction() as tx:
                state = "done" if kept.automation.then.closing is None else "warned"
                if not await store.begin_run(tx, kept, seen.reference, state, now):
                    return False
                await perform(tx, kept, seen, self.counter, now)
                await store.count_success(tx, kept.id)
        except Conflict as error:  # it changed meanwhile: no fault of the automation's
            logger.info("ticket %s: %s", seen.reference, error.code)
            return False
        except Exception as error:  # the next ticket is seen to all the same
            code = error.code if isinstance(error, DomainError) else type(error).__name__
            logger.exception("automation %s, ticket %s", kept.id, seen.reference)
            await self._failed(kept, seen.reference, code, now)
            return False
        return True

    async def _failed(self, kept: Kept, reference: str, code: str, now: datetime) -> None:
        async with self.database.transaction() as tx:
            if not await store.begin_run(tx, kept, reference, "failed", now, code):
                return
            if await store.count_failure(tx, kept.id, MOST_FAILURES, now):
                title = kept.automation.title
                await audit.record(tx, SERVICE, Action.AUTOMATION_STOPPED, title, now)

    async def _end(self, run: Run, automation: Automation, now: datetime) -> bool:
        """What somebody was warned of: closed after its days, unless anybody said something."""
        closing = automation.then.closing
        if closing is None:
            return False
        try:
            async with self.database.transaction() as tx:
                seen = await store.seen_one(tx, run.reference)
                if goes_on(run.at, seen):
                    await store.end_run(tx, run, "ended", now)
                    return False
                if now - run.at < timedelta(days=closing.after_days):
                    return False
                # Asked again under the ticket's lock: they may be writing now.
                await handover.hold(tx, Automatic(automation.title), run.reference)
                seen = await store.seen_one(tx, run.reference)
                if goes_on(run.at, seen) or not await store.end_run(tx, run, "done", now):
                    return False
                await answering.close(
                    tx,
                    Automatic(automation.title),
                    run.reference,
                    self.counter,
                    now,
                    sentence=closing.sentence,
                )
        except DomainError as error:  # it changed meanwhile
            logger.info("ticket %s: %s", run.reference, error.code)
            return False
        except Exception:  # the others are seen to all the same
            logger.exception("ticket %s", run.reference)
            return False
        return True


async def perform(tx: Transaction, kept: Kept, seen: Seen, counter: Counter, now: datetime) -> None:
    """Every deed of a version, all or none. Raises what they raise: `Conflict` when the ticket
    changed meanwhile."""
    then, reference = kept.automation.then, seen.reference
    author = Automatic(kept.automation.title)
    key = f"automation:{kept.id}:{kept.version}"
    if then.note is not None:
        await answering.note(tx, author, reference, then.note, key, now)
    if not seen.is_open:
        return
    if then.priority is not None:
        await passing.prioritise(
            tx, author, reference, then.priority, now, external_id=f"{key}:priority"
        )
    if then.team is not None:
        await passing.transfer(
            tx, author, reference, then.team, counter, now, external_id=f"{key}:team"
        )
    if then.tags:
        await tagging.tag(tx, author, reference, then.tags, (), now, external_id=f"{key}:tag")
    if then.assign is not None:
        await _assign(tx, author, reference, then.assign, counter, now)
    if then.closing is not None:
        held = await handover.hold(tx, author, reference)
        told = [Reply((then.closing.warning,))]
        await tell_in(tx, held.conversation, told, counter.words, now)


async def _assign(
    tx: Transaction, author: Automatic, reference: str, to: str, counter: Counter, now: datetime
) -> None:
    held = await handover.hold(tx, author, reference)
    if to != ANYBODY:
        await passing.assign(tx, author, reference, UUID(to), counter, now)
    elif held.hands.name is None:
        language = held.conversation["language"]
        await assigning.assign(tx, reference, language, now, asks_team=False)
