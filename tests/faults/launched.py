"""`./guichet run` with a hand on its steps: it dies, or kills its engine, where a test asks.

`python -m tests.faults.launched PORT`, with an engine of its own or, where the variables of
`tests/lent_engine.py` name one, with that, which is left alone: killing the service does not cost a
start of the engine.
A test arms one kill by writing `VICTIM STEP` (service, engine or database) into the file `armed` of
the state; the file is gone once the victim is. The steps are the worker's, and `receiving` (stored,
not committed), `accepted` (committed, not acknowledged), `acting` (an action is called).
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psutil

from actions.desk import Action, Desk, Event
from actions.table import ACTIONS
from bot.cli.running import run_async
from bot.conversations.operations import Accepted, Arrival
from bot.conversations.turn import Turn
from bot.engine.process import EngineProcess
from bot.parts import Service
from bot.service_requests.reading import Said
from bot.serving import serve
from bot.settings import Settings
from bot.storage.transaction import Transaction
from bot.web import exchange
from tests.borrowing import LentEngine
from tests.lent_engine import SOCKET


class Hand:
    """Kills whom the armed file names, at the step it names."""

    def __init__(self, armed: Path) -> None:
        self._armed = armed
        self.service: Service | None = None

    async def at(self, step: str) -> None:
        try:
            victim, wanted = self._armed.read_text().split()
        except FileNotFoundError:
            return
        if wanted != step:
            return
        if victim == "service":
            self._armed.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        if victim == "database":
            (server,) = [c for c in psutil.Process().children() if c.name() == "postgres"]
            server.kill()
            self._armed.unlink()
            return
        engine = self.service.engine if self.service is not None else None
        if engine is None or engine.child.pid is None:
            raise RuntimeError("there is no engine to kill")
        os.kill(engine.child.pid, signal.SIGKILL)
        await engine.child.wait()
        self._armed.unlink()


def observed(action: Action, hand: Hand) -> Action:
    async def act(turn: Turn, desk: Desk, said: Said) -> list[Event]:
        await hand.at("acting")
        return await action(turn, desk, said)

    return act


async def work() -> int:
    settings = Settings.from_environment(os.environ)
    hand = Hand(settings.state / "armed")
    receive, take = exchange.receive, exchange.take  # type: ignore[attr-defined]

    async def receiving(tx: Transaction, arrival: Arrival, now: Any) -> Accepted:
        accepted: Accepted = await receive(tx, arrival, now)
        await hand.at("receiving")
        return accepted

    async def taking(service: Service, arrival: Arrival) -> Accepted:
        accepted: Accepted = await take(service, arrival)
        await hand.at("accepted")
        return accepted

    with (
        patch.object(exchange, "receive", receiving),
        patch.object(exchange, "take", taking),
        patch.dict(ACTIONS, {name: observed(action, hand) for name, action in ACTIONS.items()}),
    ):
        engine_of = LentEngine if SOCKET in os.environ else EngineProcess
        port = int(sys.argv[1])
        async with serve(settings, port=port, engine_of=engine_of, on_step=hand.at) as service:
            hand.service = service
            await asyncio.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(run_async(work))
