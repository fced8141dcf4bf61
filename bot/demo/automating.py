"""The automations of the demonstration, and what they do over its month to its own tickets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from uuid import UUID

from sqlalchemy import and_, or_, select

from bot.accounts.rules import Role
from bot.automations import operations, store
from bot.automations.conditions import Automation, Known, Seen, fires
from bot.automations.running import perform
from bot.automations.store import Kept
from bot.demo.content import Planned
from bot.demo.rules import DAYS, FIRST, LAST
from bot.demo.stage import Stage
from bot.demo.timeline import Step
from bot.errors import Conflict
from bot.handover.counter import Counter
from bot.services.opening import hours_of
from bot.storage.transaction import Transaction
from bot.tickets.tables import Ticket

MADE_AFTER, CHANGED_AFTER = timedelta(days=2), timedelta(days=7)
"""The month's beginning."""
HELD_BEFORE = timedelta(days=1)
"""The month's end: they were held for a day."""
LOOKS = (time(9, 30), time(15, 30))
"""Besides the looks at what has just come."""
MINUTE = timedelta(minutes=1)
SOON = timedelta(minutes=2)
LATELY = timedelta(days=2)
WAITED = timedelta(hours=8)


def automations(stage: Stage, until: datetime, opened: Sequence[datetime]) -> list[Step]:
    """They are made, changed, look and are switched on at the month's end, from when on only what
    comes sets them off: a service that runs meanwhile finds none to run. `opened`: when tickets
    come."""
    first = until - timedelta(days=DAYS)
    made, end = first + MADE_AFTER, until - HELD_BEFORE
    automated = Automated(stage.content.automations, made)
    days = [(first + timedelta(days=n)).date() for n in range(DAYS + 1)]
    grid = [datetime.combine(day, at, until.tzinfo) for day in days for at in LOOKS]
    looks = [at for at in sorted([*grid, *(one + SOON for one in opened)]) if made < at < end]
    return [
        Step(made, automated.make),
        Step(first + CHANGED_AFTER, automated.change),
        *(Step(at, automated.look, alone=True) for at in looks),
        Step(until, automated.settle),
    ]


@dataclass
class Automated:
    """Those that were made, as they work in the story. `since`: when they were made; `looked_at`:
    the last time."""

    planned: Sequence[Planned]
    since: datetime
    kept: list[Kept] = field(default_factory=list)
    looked_at: datetime | None = None
    done: set[tuple[UUID, int, str]] = field(default_factory=set)

    async def make(self, stage: Stage, tx: Transaction) -> Iterable[Step]:
        for number, one in enumerate(self.planned):
            at = stage.now + number * MINUTE  # that is their order on the page
            self.kept.append(await self._save(stage, tx, None, 1, one.versions[0], at))
        return []

    async def change(self, stage: Stage, tx: Transaction) -> Iterable[Step]:
        """Those that have one more version get it."""
        for number, (kept, one) in enumerate(zip(self.kept, self.planned, strict=True)):
            for chosen in one.versions[1:]:
                saved = await self._save(stage, tx, kept.id, kept.version + 1, chosen, stage.now)
                self.kept[number] = saved
        return []

    async def _save(
        self,
        stage: Stage,
        tx: Transaction,
        id_: UUID | None,
        version: int,
        chosen: Automation,
        at: datetime,
    ) -> Kept:
        author = stage.agent_of(Role.METROPOLIS_ADMINISTRATOR)
        saved = await operations.save(tx, author, id_, chosen, _known(stage.counter), at)
        return Kept(saved, version, chosen, self.since, 0, None)

    async def look(self, stage: Stage, tx: Transaction) -> Iterable[Step]:
        """As `running.Runner` looks, but at the demonstration's tickets only."""
        now = stage.now
        tickets = [await store.seen_one(tx, one) for one in await self._looked_at(tx, now)]
        self.looked_at = now
        touched = await store.touched(tx, self.since) if tickets else {}
        for kept in self.kept:
            for seen in tickets:
                hours = hours_of(stage.counter.team(seen.team))
                at = touched.get(seen.reference)
                if fires(kept.automation, seen, hours, self.since, at, now):
                    await self._act(stage, tx, kept, seen)
        return []

    async def _looked_at(self, tx: Transaction, now: datetime) -> list[str]:
        """What is new, waits for its first answer or was rated lately."""
        of_interest = or_(
            Ticket.opened_at > (self.looked_at or self.since),
            and_(
                Ticket.status == "open",
                Ticket.first_reply_at.is_(None),
                Ticket.opened_at < now - WAITED,
            ),
            and_(Ticket.score == "bad", Ticket.closed_at > now - LATELY),
        )
        own = Ticket.citizen_id.between(FIRST, LAST)
        found = select(Ticket.reference).where(own, of_interest).order_by(Ticket.opened_at)
        return list(await tx.scalars(found))

    async def _act(self, stage: Stage, tx: Transaction, kept: Kept, seen: Seen) -> None:
        if (deed := (kept.id, kept.version, seen.reference)) in self.done:
            return
        self.done.add(deed)
        try:
            async with tx.begin_nested():
                if await store.begin_run(tx, kept, seen.reference, "done", stage.now):
                    await perform(tx, kept, seen, stage.counter, stage.now)
        except Conflict:  # it changed meanwhile: left out, as the service does
            return

    async def settle(self, stage: Stage, tx: Transaction) -> Iterable[Step]:
        """On since they were made, held for a day, and now on again where they are to be."""
        author = stage.agent_of(Role.METROPOLIS_ADMINISTRATOR)
        held = stage.until - HELD_BEFORE
        for kept, one in zip(self.kept, self.planned, strict=True):
            await operations.switch(tx, author, kept.id, self.since, is_on=True)
            await operations.switch(tx, author, kept.id, held, is_on=False)
            if one.is_on:
                await operations.switch(tx, author, kept.id, stage.until, is_on=True)
        return []


def _known(counter: Counter) -> Known:
    catalogue = counter.catalogue
    return Known(
        frozenset(one.insee for one in counter.gazetteer.communes),
        frozenset(catalogue.teams),
        frozenset(one.code for one in catalogue.every_variant()),
        frozenset(),
        frozenset(counter.words.tongues),
    )
