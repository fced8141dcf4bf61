"""An engine that follows a script on the real Turn: what the worker does around it is real."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

from bot.accounts import store as accounts
from bot.conversations.operations import Accepted, Arrival, receive
from bot.conversations.turn import Turn
from bot.conversations.worker import (
    EngineMessage,
    OnStep,
    OpenTurns,
    TurnWatcher,
    TurnWorker,
)
from bot.service_requests.draft import Draft
from bot.service_requests.operations import FileRequest
from bot.services.rules import Team, Text
from bot.storage.transaction import Database
from bot.words.catalogues import Words
from bot.words.phrases import Outcome, say

WORDS = Words.load()
RECEPTION = Team("accueil", Text("équipe accueil", "reception team"), Text("ici", "here"))
Script = Callable[[Turn], Awaitable[None]]


def now() -> datetime:
    return datetime.now(UTC)


class ScriptedEngine:
    """Runs `script` on the turn of each attempt, and counts in the state how often it was kept."""

    def __init__(self, open_turns: OpenTurns, script: Script) -> None:
        self.open_turns = open_turns
        self.script = script
        self.ready = True
        self.asked: Counter[UUID] = Counter()  # by citizen: other tests' messages may wait too

    def is_ready(self) -> bool:
        return self.ready

    async def answer(
        self, state: dict[str, object] | None, message: EngineMessage, attempt: UUID
    ) -> dict[str, object]:
        turn = self.open_turns.get(attempt)
        assert turn is not None
        self.asked[turn.speaker.citizen_id] += 1
        await self.script(turn)
        before = (state or {}).get("turns", 0)
        assert isinstance(before, int)
        return {"turns": before + 1}


async def file_each(turn: Turn) -> None:
    """Files one request a turn, and says its reference and the messages that it answers."""
    number = turn.note(
        FileRequest(Draft(service="pothole", commune="69123", description=turn.text))
    )
    reference = Outcome(number, "reference")
    turn.say(say("report.filed", reference=reference), turn.text, reference=reference)


def a_worker(
    database: Database,
    script: Script = file_each,
    on_step: OnStep | None = None,
    watcher: TurnWatcher | None = None,
) -> tuple[TurnWorker, ScriptedEngine]:
    open_turns = OpenTurns()
    engine = ScriptedEngine(open_turns, script)
    worker = TurnWorker(
        database,
        engine,
        WORDS,
        RECEPTION,
        now,
        open_turns,
        on_step=on_step,
        watcher=watcher,
    )
    return worker, engine


async def a_citizen(database: Database) -> UUID:
    async with database.transaction() as tx:
        return await accounts.new_citizen(tx, now())


async def said(
    database: Database, citizen: UUID, text: str, external_id: str | None = None
) -> Accepted:
    async with database.transaction() as tx:
        return await receive(
            tx,
            Arrival("web", str(citizen), citizen, external_id or uuid4().hex, "text", text),
            now(),
        )


async def until(condition: Callable[[], Awaitable[bool]], timeout_s: float = 20) -> None:
    """Wait for a condition of the database, which another process or task makes true."""
    async with asyncio.timeout(timeout_s):
        while not await condition():  # noqa: ASYNC110  (the database cannot set an event)
            await asyncio.sleep(0.02)
