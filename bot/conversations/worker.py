"""The turn's worker: leases a conversation, answers it, commits, and survives its own failures.

Nothing is held while the engine is asked: the turn is read in one short transaction and
committed in another, fenced by the attempt's id.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID, uuid4

from bot.conversations import commit, reading, rules, store
from bot.conversations.turn import Incoming, Turn
from bot.errors import DomainError, Unavailable
from bot.services.rules import Team
from bot.storage.transaction import Database
from bot.words.catalogues import Words

logger = logging.getLogger(__name__)

OnStep = Callable[[str], Awaitable[None]]
"""Observes the steps of turns: leased, read, asked, committing, committed."""

GIVE_BACK_EVERY = timedelta(milliseconds=300)

RERUNS_AT_MOST = 4
"""Readings of one turn under one lease: more came meanwhile, or the commit refused it."""


class DialogueEngine(Protocol):
    """The port to the dialogue engine."""

    def is_ready(self) -> bool: ...

    async def answer(
        self, state: dict[str, object] | None, message: EngineMessage, attempt: UUID
    ) -> dict[str, object]:
        """The new dialogue state. Raises `TurnAborted` or `Unavailable`."""
        ...


class TurnWatcher(Protocol):
    """Whoever keeps the figures of turns."""

    def turn_ended(self, outcome: str, seconds: float) -> None: ...

    def turn_failed(self) -> None: ...


@dataclass(frozen=True)
class EngineMessage:
    """What the engine is given: a text to understand, or an intent that is already certain."""

    text: str
    intent: str | None = None


class TurnAborted(Exception):
    """The engine or an action failed: the turn has no result and will run again."""


@dataclass
class OpenTurns:
    """The turns under way in this process, by attempt: where the engine's callbacks land."""

    turns: dict[UUID, Turn] = field(default_factory=dict)

    def get(self, attempt: UUID) -> Turn | None:
        return self.turns.get(attempt)


class TurnWorker:
    """Answers waiting conversations, several at a time."""

    def __init__(  # noqa: PLR0913  (a worker has that many parts)
        self,
        database: Database,
        engine: DialogueEngine,
        words: Words,
        reception: Team,
        clock: Callable[[], datetime],
        open_turns: OpenTurns,
        *,
        concurrency: int = 4,
        on_step: OnStep | None = None,
        watcher: TurnWatcher | None = None,
    ) -> None:
        self._database = database
        self._engine = engine
        self._words = words
        self._reception = reception
        self._clock = clock
        self._open = open_turns
        self._concurrency = concurrency
        self._on_step = on_step
        self._watcher = watcher
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Something arrived: look now instead of at the next sweep."""
        self._wake.set()

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            slots = asyncio.Semaphore(self._concurrency)
            while True:
                await slots.acquire()
                leased = None
                try:
                    leased = await self._lease()
                except (OSError, DomainError) as error:
                    logger.warning("the inbox cannot be read: %s", error)
                except Exception:  # the worker's edge: a database restart must not end it
                    logger.exception("the inbox cannot be read")
                if leased is None:
                    slots.release()
                    await self._sleep()
                    continue
                group.create_task(self._one(*leased, slots))

    async def _sleep(self) -> None:
        wait_s = rules.SWEEP_EVERY.total_seconds()
        if self._engine.is_ready():
            try:
                async with self._database.transaction() as tx:
                    due = await store.next_due(tx)
                if due is not None:
                    wait_s = min(wait_s, max(0.01, (due - self._clock()).total_seconds()))
            except Exception:  # as above: the sweep tries again
                logger.exception("the inbox cannot be read")
        try:
            async with asyncio.timeout(wait_s):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()

    async def _lease(self) -> tuple[UUID, UUID] | None:
        if not self._engine.is_ready():
            return None
        attempt = uuid4()
        async with self._database.transaction() as tx:
            conversation_id = await store.lease_one(tx, attempt, self._clock(), rules.LEASE)
        return None if conversation_id is None else (conversation_id, attempt)

    async def _one(self, conversation_id: UUID, attempt: UUID, slots: asyncio.Semaphore) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                renewing = group.create_task(self._renew(conversation_id, attempt))
                try:
                    await self.answer(conversation_id, attempt)
                finally:
                    renewing.cancel()
        except* Exception:  # the worker's edge: the database went away in the middle
            logger.exception("turn %s of conversation %s", attempt, conversation_id)
            await self._give_back(conversation_id, attempt)
        finally:
            slots.release()
            self.wake()

    async def _give_back(self, conversation_id: UUID, attempt: UUID) -> None:
        """Free a conversation as soon as the database answers, before its lease runs out."""
        for _ in range(int(rules.LEASE / GIVE_BACK_EVERY)):
            await asyncio.sleep(GIVE_BACK_EVERY.total_seconds())
            try:
                async with self._database.transaction() as tx:
                    await commit.put_back(tx, conversation_id, attempt)
                return
            except Exception as error:  # noqa: BLE001  (as above; the lease runs out at worst)
                logger.warning("lease %s is not given back: %s", attempt, type(error).__name__)

    async def _renew(self, conversation_id: UUID, attempt: UUID) -> None:
        while True:
            await asyncio.sleep(rules.LEASE.total_seconds() / 3)
            async with self._database.transaction() as tx:
                if not await store.renew_lease(
                    tx, conversation_id, attempt, self._clock() + rules.LEASE
                ):
                    return

    async def _step(self, name: str) -> None:
        if self._on_step is not None:
            await self._on_step(name)

    async def answer(self, conversation_id: UUID, attempt: UUID) -> None:
        """One leased conversation: read, ask the engine, commit; a failure is recorded."""
        began = time.monotonic()
        outcome = await self._answer(conversation_id, attempt)
        if self._watcher is not None:
            self._watcher.turn_ended(outcome, time.monotonic() - began)

    async def _answer(self, conversation_id: UUID, attempt: UUID) -> str:
        """What became of the turn: a `commit.Result` in small letters, failed, put_back (the
        engine is away, or more keeps coming), or nothing (it was answered meanwhile)."""
        error: DomainError | None = None
        through = 0
        try:
            async with asyncio.timeout(rules.TURN_TIMEOUT.total_seconds()):
                for _ in range(RERUNS_AT_MOST):
                    await self._step("leased")
                    async with self._database.transaction() as tx:
                        read = await reading.read_turn(tx, conversation_id, attempt, self._clock())
                    if read is None:
                        return "nothing"
                    read.turn.error = error
                    through = read.through_seq
                    await self._step("read")
                    try:
                        state = await self._ask(read)
                    except Unavailable:  # the engine is away, which is not the message's fault
                        break
                    await self._step("asked")
                    try:
                        async with self._database.transaction() as tx:
                            done = await commit.commit_turn(
                                tx, read, state, self._words, self._clock()
                            )
                            await self._step("committing")
                    except DomainError as refused:
                        if error is not None:
                            raise
                        error = refused  # the turn reruns once, so that the assistant can say it
                        continue
                    if done is not commit.Result.SUPERSEDED:
                        await self._step("committed")
                        return done.name.lower()
            async with self._database.transaction() as tx:  # or more keeps coming: another lease
                await commit.put_back(tx, conversation_id, attempt)
            return "put_back"
        except (TurnAborted, DomainError, TimeoutError) as failure:
            await self._failed(conversation_id, attempt, through, failure)
            return "failed"
        except Exception as failure:  # any bug of an action or a commit counts as a failure
            logger.exception("turn %s", attempt)
            await self._failed(conversation_id, attempt, through, failure)
            return "failed"

    async def _failed(
        self, conversation_id: UUID, attempt: UUID, through: int, failure: Exception
    ) -> None:
        if self._watcher is not None:
            self._watcher.turn_failed()
        logger.warning("turn %s failed: %s: %s", attempt, type(failure).__name__, failure)
        async with self._database.transaction() as tx:
            await commit.record_failure(
                tx,
                conversation_id,
                attempt,
                through,
                f"{type(failure).__name__}: {failure}",
                self._words,
                self._reception,
                self._clock(),
            )

    async def _ask(self, read: reading.ReadTurn) -> dict[str, object] | None:
        """The engine's new state; None when the message needs no engine."""
        message = engine_message(read.turn.incoming)
        attempt = read.turn.attempt
        self._open.turns[attempt] = read.turn
        try:
            return await self._engine.answer(read.state, message, attempt)
        finally:
            del self._open.turns[attempt]


def engine_message(incoming: tuple[Incoming, ...]) -> EngineMessage:
    """What the engine reads of the messages: their text, or the certain intent of a press."""
    text = "\n".join(m.text for m in incoming if m.kind in rules.WORDED and m.text.strip())
    press = next((m for m in incoming if m.kind == "press"), None)
    if press is not None:
        stale = bool(press.content.get("stale"))
        intent = press.content["press"].get("intent", "structured_input")
        return EngineMessage(press.text, "structured_input" if stale else intent)
    if not text:
        return EngineMessage("", "structured_input")
    return EngineMessage(text[: rules.MAX_TEXT])
