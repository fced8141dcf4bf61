"""What became of each turn is told to whoever keeps the figures."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest

from bot.conversations import rules, store
from bot.conversations.turn import Turn
from bot.conversations.worker import TurnAborted
from bot.errors import Unavailable
from bot.storage.transaction import Database
from tests.turn.scripted import Script, a_citizen, a_worker, file_each, now, said


@dataclass
class Watcher:
    ended: Counter[str] = field(default_factory=Counter)
    failed: int = 0

    def turn_ended(self, outcome: str, seconds: float) -> None:
        assert seconds >= 0
        self.ended[outcome] += 1

    def turn_failed(self) -> None:
        self.failed += 1


async def aborts(turn: Turn) -> None:
    raise TurnAborted("action_failed")


async def has_a_bug(turn: Turn) -> None:
    raise RuntimeError("a bug")


async def goes_away(turn: Turn) -> None:
    raise Unavailable("engine")


@pytest.mark.parametrize(
    ("script", "outcome", "failures"),
    [
        (file_each, "answered", 0),
        (aborts, "failed", 1),
        (has_a_bug, "failed", 1),
        (goes_away, "put_back", 0),
    ],
)
async def test_a_turn_is_told_with_its_outcome(
    database: Database, script: Script, outcome: str, failures: int
) -> None:
    watcher = Watcher()
    worker, _ = a_worker(database, script, watcher=watcher)
    conversation = (await said(database, await a_citizen(database), "trou")).conversation_id
    await worker.answer(conversation, await leased(database, conversation))
    assert watcher == Watcher(Counter({outcome: 1}), failures)


async def test_a_fenced_turn_is_told_as_fenced(database: Database) -> None:
    async def taken_over(turn: Turn) -> None:
        async with database.transaction() as tx:
            await store.change(tx, turn.speaker.conversation_id, lease_attempt=UUID(int=1))

    watcher = Watcher()
    worker, _ = a_worker(database, taken_over, watcher=watcher)
    conversation = (await said(database, await a_citizen(database), "trou")).conversation_id
    await worker.answer(conversation, await leased(database, conversation))
    assert watcher == Watcher(Counter({"fenced": 1}))


async def leased(database: Database, conversation: UUID) -> UUID:
    attempt = uuid4()
    async with database.transaction() as tx:
        await store.change(tx, conversation, lease_attempt=attempt, lease_until=now() + rules.LEASE)
    return attempt
