"""The steps of the demonstration's stories, played in the order of their times."""

from __future__ import annotations

import heapq
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from bot.demo.blocking import Transactions
from bot.demo.stage import Stage
from bot.errors import Conflict, Forbidden, NotFound
from bot.storage.transaction import Transaction

STEPS_A_TRANSACTION = 20
"""Few enough that a running service never waits long for the series of references."""
TOLD_EVERY = 400
OVERTAKEN = (Conflict, NotFound, Forbidden)
"""What a step meets when another story was there before: as in life, it is then left out."""


@dataclass(frozen=True)
class Step:
    """Something that happens at a time. What it returns happens later. `alone`: it concerns its
    citizen only, so that nobody can have been there before and nobody else has news of it."""

    at: datetime
    play: Callable[[Stage, Transaction], Awaitable[Iterable[Step]]]
    alone: bool = False


@dataclass
class Timeline:
    """What is still to happen, until `until`: what would come after it does not."""

    until: datetime
    _waiting: list[tuple[datetime, int, Step]] = field(default_factory=list)
    _order: count[int] = field(default_factory=count)

    def add(self, steps: Iterable[Step]) -> None:
        for step in steps:
            if step.at <= self.until:
                heapq.heappush(self._waiting, (step.at, next(self._order), step))

    async def play(self, stage: Stage, database: Transactions, tell: Callable[[str], None]) -> int:
        """Play all of it, in short transactions. Returns how many steps that were."""
        played = 0
        while self._waiting:
            async with database.transaction() as tx:
                for _ in range(min(STEPS_A_TRANSACTION, len(self._waiting))):
                    _, _, step = heapq.heappop(self._waiting)
                    await self._play(stage, tx, step)
                    played += 1
                await stage.deliver(tx)
            if played // TOLD_EVERY > (played - STEPS_A_TRANSACTION) // TOLD_EVERY:
                tell(f"{stage.now:%d.%m. %H:%M} ({played})")
        return played

    async def _play(self, stage: Stage, tx: Transaction, step: Step) -> None:
        stage.now = step.at
        if step.alone:
            self.add(list(await step.play(stage, tx)))
            return
        try:
            async with tx.begin_nested():
                following = list(await step.play(stage, tx))
                await stage.tell(tx)
        except OVERTAKEN:
            return
        self.add(following)
