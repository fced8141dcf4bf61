"""Small real programs for these tests, and a way to wait for what processes do."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Self

from bot.supervision.child import ChildSpec
from bot.supervision.identity import Identity, Record, command_line, start_mark, write_record

ROOT = Path(__file__).resolve().parents[2]
STAYS = "import signal; print('up', flush=True); signal.pause()"
WILL_NOT_STOP = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + STAYS
GONE = Identity(2**22 + 1, "a process that is no more")


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def a_spec(folder: Path, code: str = STAYS, name: str = "child", **changes: object) -> ChildSpec:
    spec: dict[str, object] = {
        "name": name,
        "command": python(code),
        "run": folder / "run",
        "log": folder / "logs" / f"{name}.log",
        "stop_timeout_s": 0.3,
        **changes,
    }
    return ChildSpec(**spec)  # type: ignore[arg-type]


async def until(condition: Callable[[], bool], within_s: float = 10.0) -> None:
    """Wait for something that another process does; a `TimeoutError` fails the test."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110  (another process cannot set an event here)
            await asyncio.sleep(0.01)


def is_gone(pid: int) -> bool:
    return start_mark(pid) is None


def says_up(log: Path) -> Callable[[], bool]:
    return lambda: log.exists() and "up" in log.read_text()


class Stranger:
    """A process started by nobody we supervise; ended with the `with` block."""

    def __init__(self, code: str = STAYS) -> None:
        self._process = subprocess.Popen(
            python(code), stdout=subprocess.PIPE, start_new_session=True
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"up\n"
        self.pid = self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def identity(self) -> Identity:
        found = Identity.of(self.pid)
        assert found is not None
        return found

    def record(self, path: Path, owner: Identity = GONE, **changes: object) -> None:
        """Write this process down as a child of `owner`."""
        process = changes.get("process", self.identity())
        commands = changes.get("commands", (command_line(self.pid),))
        write_record(path, Record(process, owner, commands))  # type: ignore[arg-type]


def us() -> Identity:
    found = Identity.of(os.getpid())
    assert found is not None
    return found
