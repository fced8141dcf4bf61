"""A child process that never outlives us, with a record so that a killed run can be cleaned."""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

_PR_SET_PDEATHSIG = 1


class ChildFailed(Exception):
    """The child could not start or become ready; the message is one line for a person."""


def _die_with_parent(user: int | None, group: int | None) -> Callable[[], None]:
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

    def prepare() -> None:
        if user is not None and group is not None:
            os.setgroups([])
            os.setgid(group)
            os.setuid(user)
        if libc is not None:  # after setuid, which clears it
            libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

    return prepare


class Child:
    """One supervised process. `record` remembers pid, start time and command for `clean`."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        record: Path,
        environment: Mapping[str, str] | None = None,
        user: tuple[int, int] | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self._command = list(command)
        self._log = log
        self._record = record
        self._environment = environment
        self._user = user
        self._stop_signal = stop_signal
        self._process: asyncio.subprocess.Process | None = None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    async def start(self) -> None:
        """Start it. Raises `ChildFailed` when it cannot be executed."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        user, group = self._user or (None, None)
        try:
            with self._log.open("wb") as log:
                self._process = await asyncio.create_subprocess_exec(
                    *self._command,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    env=None if self._environment is None else dict(self._environment),
                    cwd="/" if self._user else None,
                    preexec_fn=_die_with_parent(user, group),
                )
            started = psutil.Process(self._process.pid).create_time()
            self._record.write_text(
                json.dumps({"pid": self._process.pid, "started": started, "run": self._command})
            )
        except (OSError, psutil.Error) as error:
            raise ChildFailed(f"{Path(self._command[0]).name} cannot start: {error}") from error

    async def wait_ready(self, ready: Callable[[], Awaitable[bool]], timeout_s: float) -> None:
        """Wait until `ready()`. Raises `ChildFailed` when it ends or is late."""
        deadline = asyncio.get_running_loop().time() + timeout_s
        while not await ready():
            if not self.is_running:
                raise ChildFailed(self.last_line())
            if asyncio.get_running_loop().time() > deadline:
                raise ChildFailed(f"{Path(self._command[0]).name} is not ready after {timeout_s:.0f} s")
            await asyncio.sleep(0.05)

    def last_line(self) -> str:
        """The last line of its log: what it died of."""
        lines = self._log.read_text(errors="replace").strip().splitlines()
        return lines[-1][:300] if lines else f"{Path(self._command[0]).name} ended without a word"

    async def wait(self) -> int:
        """Wait for its end."""
        if self._process is None:
            return 0
        return await self._process.wait()

    async def stop(self, timeout_s: float = 8) -> None:
        """End it, politely and then not."""
        process = self._process
        if process is None:
            return
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.send_signal(self._stop_signal)
            try:
                async with asyncio.timeout(timeout_s):
                    await process.wait()
            except TimeoutError:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        self._record.unlink(missing_ok=True)


def clean(record: Path) -> bool:
    """End what a killed run left behind. Only when pid, start time and command all agree.

    Returns whether something was ended. A truncated record is dropped.
    """
    try:
        data = json.loads(record.read_text())
        process = psutil.Process(int(data["pid"]))
        same = (
            abs(process.create_time() - float(data["started"])) < 1.0
            and process.cmdline()[: len(data["run"])] == data["run"]
        )
        if same:
            process.kill()
            process.wait(5)
        record.unlink(missing_ok=True)
        return same
    except FileNotFoundError:
        return False
    except (ValueError, KeyError, TypeError, psutil.Error):
        record.unlink(missing_ok=True)
        return False
