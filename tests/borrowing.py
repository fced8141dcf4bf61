"""`python -m tests.borrowing PORT`: `./guichet run` with the engine that the tests lend
(`tests/lent_engine.py`), so that a service starts in seconds and may be killed without it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

from bot.cli import run
from bot.cli.__main__ import main
from bot.engine.client import EngineClient
from bot.engine.process import EngineProcess
from bot.serving import serve
from bot.settings import Settings
from bot.supervision.keeping import Phase, Report
from tests.lent_engine import SECRET, SOCKET


class LentEngine(EngineProcess):
    """An engine that somebody else started, and that outlives us."""

    def __init__(self, settings: Settings, model: Path, callback: Path, secret: str) -> None:
        super().__init__(settings, model, callback, secret)
        self.client = EngineClient(Path(os.environ[SOCKET]), os.environ[SECRET], callback, secret)

    async def keep(self, tell: Callable[[Report], None]) -> None:
        while not await self.client.health():  # noqa: ASYNC110  (another process sets no event)
            await asyncio.sleep(0.05)
        self.client.ready = True
        tell(Report(Phase.READY))
        try:
            await asyncio.Event().wait()
        finally:
            await self.client.close()


if __name__ == "__main__":
    with patch.object(run, "serve", lambda *where: serve(*where, engine_of=LentEngine)):
        sys.exit(main(["run", "--port", sys.argv[1]]))
