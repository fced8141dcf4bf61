"""The engine as a supervised child of this process."""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from bot.engine.client import EngineClient
from bot.settings import Settings
from bot.supervision.child import Child, ChildSpec
from bot.supervision.keeping import Phase, Report, keep

logger = logging.getLogger(__name__)
READY_TIMEOUT_S = 120


class EngineProcess:
    """Starts the engine on a private socket and brings it back when it goes."""

    def __init__(
        self, settings: Settings, model: Path, callback_socket: Path, callback_secret: str
    ) -> None:
        socket = settings.sockets() / f"engine-{os.getpid()}.sock"
        secret = secrets.token_urlsafe(32)
        self.client = EngineClient(socket, secret, callback_socket, callback_secret)
        self._socket = socket
        environment = {
            **os.environ,
            "GUICHET_ENGINE_SECRET": secret,
            "RASA_TELEMETRY_ENABLED": "false",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        environment.pop("PYTHONPATH", None)
        environment.pop("DATABASE_URL", None)
        self.child = Child(
            ChildSpec(
                name=f"engine-{os.getpid()}",
                command=(
                    str(settings.python("engine")),
                    str(settings.root / "nlu" / "engine.py"),
                    "--model",
                    str(model),
                    "--socket",
                    str(socket),
                ),
                run=settings.run,
                log=settings.logs / "engine.log",
                ready=self.client.health,
                ready_timeout_s=READY_TIMEOUT_S,
                environment=environment,
            )
        )

    async def keep(self, tell: Callable[[Report], None]) -> None:
        """Own it until cancelled; `tell` hears of every change."""

        def heard(report: Report) -> None:
            self.client.ready = report.phase is Phase.READY
            if report.why:
                logger.warning("engine: %s", report.why)
            tell(report)

        try:
            await keep(self.child, tell=heard)
        finally:
            self.client.ready = False
            await self.client.close()
            self._socket.unlink(missing_ok=True)
