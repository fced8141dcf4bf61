"""One deed on several tickets: rehearsed on each, then done on each in a transaction of its own, so
that what one refuses stops no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.engine import RowMapping

from bot.accounts.rules import Agent
from bot.errors import DomainError
from bot.handover import answering, passing, snoozing, store, tagging, unclosing
from bot.handover.counter import Counter
from bot.handover.rules import Taken
from bot.storage.transaction import Database, Transaction
from bot.tickets import store as tickets
from bot.tickets.rules import Priority

MOST = 100
"""Tickets at once."""


@dataclass(frozen=True)
class Assign:
    """`to`: an agent, or None for the queue."""

    to: UUID | None


@dataclass(frozen=True)
class Transfer:
    team: str


@dataclass(frozen=True)
class Prioritise:
    priority: Priority


@dataclass(frozen=True)
class Tag:
    add: Sequence[str] = ()
    remove: Sequence[str] = ()


@dataclass(frozen=True)
class Snooze:
    """`until`: None takes it back."""

    until: datetime | None


@dataclass(frozen=True)
class Close:
    """`seen`: the last message of each that was on screen."""

    seen: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Unclose:
    """Takes the closing of that key back, where nobody has touched the ticket since."""

    closing: str


Deed = Assign | Transfer | Prioritise | Tag | Snooze | Close | Unclose


@dataclass(frozen=True)
class Outcome:
    """What became, or would become, of one ticket. `refused`: the code of why not, `by`: who has it
    where that is why. `before` and `after`: the columns that differ. `undo`: the deed that takes
    it back, where there is one."""

    reference: str
    refused: str | None = None
    by: str | None = None
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    undo: Deed | None = None


class _Rehearsed(Exception):
    pass


@dataclass(frozen=True)
class Bulk:
    """`deed` by an agent, at `now`. `key`: of the whole; a repeat of it changes nothing twice."""

    agent: Agent
    deed: Deed
    key: str
    counter: Counter
    now: datetime

    async def rehearse(self, database: Database, references: Sequence[str]) -> list[Outcome]:
        """What would change and what would be refused: done, and rolled back."""
        return [await self._try(database, one, is_kept=False) for one in references]

    async def perform(self, database: Database, references: Sequence[str]) -> list[Outcome]:
        """Do it; each ticket commits by itself."""
        return [await self._try(database, one, is_kept=True) for one in references]

    async def _try(self, database: Database, reference: str, *, is_kept: bool) -> Outcome:
        outcome = Outcome(reference)
        try:
            async with database.transaction() as tx:
                outcome = await self._do(tx, reference)
                if not is_kept:
                    raise _Rehearsed
        except _Rehearsed:
            pass
        except Taken as taken:
            return Outcome(reference, refused=taken.code, by=taken.name)
        except DomainError as error:
            return Outcome(reference, refused=error.code)
        return outcome

    async def _do(self, tx: Transaction, reference: str) -> Outcome:
        before = await store.check_visible(tx, self.agent, reference)
        key = f"bulk:{self.key}"
        await self._perform(tx, reference, key)
        after = await tickets.by_reference(tx, reference)
        differ = [name for name in _SHOWN if before[name] != after[name]]
        return Outcome(
            reference,
            before={name: before[name] for name in differ},
            after={name: after[name] for name in differ},
            undo=self._undo(before, after) if differ else None,
        )

    async def _perform(self, tx: Transaction, reference: str, key: str) -> None:
        agent, counter, now = self.agent, self.counter, self.now
        match self.deed:
            case Assign(to) if to == agent.id:
                await passing.take(tx, agent, reference, counter, now, external_id=key)
            case Assign(to):
                await passing.assign(tx, agent, reference, to, counter, now, external_id=key)
            case Transfer(team):
                await passing.transfer(tx, agent, reference, team, counter, now, external_id=key)
            case Prioritise(priority):
                await passing.prioritise(tx, agent, reference, priority, now, external_id=key)
            case Tag(add, remove):
                await tagging.tag(tx, agent, reference, add, remove, now, external_id=key)
            case Snooze(until):
                await snoozing.snooze(tx, agent, reference, until, now, external_id=key)
            case Close(seen):
                through = seen.get(reference)
                await answering.close(
                    tx, agent, reference, counter, now, external_id=key, seen_through=through
                )
            case Unclose(closing):
                await unclosing.unclose(
                    tx, agent, reference, f"bulk:{closing}", counter, now, external_id=key
                )

    def _undo(self, before: RowMapping, after: RowMapping) -> Deed | None:
        """What is said to the citizen cannot be taken back: a team that was named has none, and an
        end is followed by a word that it goes on."""
        match self.deed:
            case Assign() if before["assignee_name"] is None or before["assignee"] is not None:
                return Assign(before["assignee"])
            case Prioritise():
                return Prioritise(Priority(before["priority"]))
            case Tag():
                was, now = before["tags"], after["tags"]
                return Tag([t for t in was if t not in now], [t for t in now if t not in was])
            case Snooze():
                return Snooze(before["snoozed_until"])
            case Close():
                return Unclose(self.key)
            case _:
                return None


_SHOWN = ("assignee_name", "team", "priority", "tags", "snoozed_until", "status")
