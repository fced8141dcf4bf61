"""A child process that we start, wait for, watch and end, and that never outlives us."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import psutil

from bot.errors import Unavailable
from bot.supervision import launcher
from bot.supervision.identity import (
    Identity,
    Record,
    command_line,
    remove_record,
    start_mark,
    write_record,
)

READY_EVERY_S = 0.05
READY_ANSWER_S = 5.0
LOG_LIMIT_BYTES = 10_000_000


class ChildFailed(Unavailable):
    """A child did not start, or ended when it should not have; the message says which and why."""


@dataclass(frozen=True)
class Account:
    """The Unix account that a child runs as when we are root."""

    uid: int
    gid: int
    name: str


async def always_ready() -> bool:
    return True


@dataclass(frozen=True)
class ChildSpec:
    """What to run and how to treat it.

    `name` is for logs, errors and the record's file. `environment` replaces ours when given.
    `ready` is asked every 50 ms until it says yes, for `ready_timeout_s` at most; an `OSError`
    from it, or no answer within 5 s, is a no. `death_signal` is what
    the kernel sends it when we die without a word (Linux).
    """

    name: str
    command: tuple[str, ...]
    run: Path
    log: Path
    ready: Callable[[], Awaitable[bool]] = always_ready
    ready_timeout_s: float = 60.0
    environment: Mapping[str, str] | None = None
    cwd: Path | None = None
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout_s: float = 10.0
    death_signal: signal.Signals = signal.SIGKILL

    @property
    def record(self) -> Path:
        return self.run / f"{self.name}.json"


class Child:
    """One process at a time; `start` may be called again once it has ended.

    The kernel ties the child to the *thread* that starts it, so call `start` from a thread that
    lives as long as the process (the event loop's, when that is the main one).
    """

    def __init__(self, spec: ChildSpec) -> None:
        self.spec = spec
        self._process: asyncio.subprocess.Process | None = None
        self._identity: Identity | None = None
        self._log_from = 0

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process is not None and self.is_running else None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start it and wait until it is ready.

        Raises `ChildFailed` when it cannot be run, ends early or is not ready in time; then, and
        when cancelled, no process is left.
        """
        if self.is_running:
            raise ChildFailed(f"{self.spec.name} already runs")
        try:
            await self._spawn()
            await self._wait_until_ready()
            self._write_record()
        except BaseException:
            await finish(self.stop())
            raise

    async def run(self, timeout_s: float) -> int:
        """Run it to its end and return its exit code; `ChildFailed` when it takes longer."""
        try:
            await self._spawn()
            async with asyncio.timeout(timeout_s):
                return await self.wait()
        except TimeoutError as error:
            raise ChildFailed(
                f"{self.spec.name} took more than {timeout_s:.0f} s (log: {self.spec.log})"
            ) from error
        finally:
            await finish(self.stop())

    async def wait(self) -> int:
        """Wait for its end and return its exit code (negative: the signal that ended it)."""
        if self._process is None:
            raise ChildFailed(f"{self.spec.name} was never started")
        return await self._process.wait()

    async def stop(self) -> None:
        """Ask it to end, then force it and all of its group; returns when nothing is left.

        Safe to call at any time, twice, or when it never started. When cancelled, the force comes
        at once.
        """
        process = self._process
        if process is None:
            return
        try:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.send_signal(self.spec.stop_signal)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self.spec.stop_timeout_s):
                        await process.wait()
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            await finish(self._wait_and_sweep(process))
            remove_record(self.spec.record)

    async def _wait_and_sweep(self, process: asyncio.subprocess.Process) -> None:
        await process.wait()
        kill_session(process.pid)

    def last_words(self, lines: int = 3) -> str:
        """The end of what this start wrote to the log."""
        try:
            with self.spec.log.open("rb") as log:
                log.seek(self._log_from)
                text = log.read()[-20_000:].decode("utf-8", "replace")
        except OSError:
            return ""
        return " / ".join([line.strip() for line in text.splitlines() if line.strip()][-lines:])

    def log_of_this_start(self) -> str:
        """All that this start wrote to the log (its last megabyte)."""
        with contextlib.suppress(OSError), self.spec.log.open("rb") as log:
            log.seek(self._log_from)
            return log.read()[-1_000_000:].decode("utf-8", "replace")
        return ""

    async def _spawn(self) -> None:
        spec = self.spec
        self._process = None
        spec.run.mkdir(parents=True, exist_ok=True)
        spec.log.parent.mkdir(parents=True, exist_ok=True)
        _turn_over(spec.log)
        with spec.log.open("ab") as log:
            self._log_from = log.tell()
            # To its end even when cancelled, so that no process escapes us.
            await finish(self._fork(log))

    async def _fork(self, log: BinaryIO) -> None:
        spec = self.spec
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._launch_command(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=None if spec.environment is None else dict(spec.environment),
                cwd=spec.cwd,
                start_new_session=True,
            )
        except OSError as error:
            raise ChildFailed(f"{spec.name} cannot be started: {error.strerror}") from error
        self._identity = Identity.of(self._process.pid)
        self._write_record()

    def _launch_command(self) -> tuple[str, ...]:
        account = self.spec.account
        who = f"{account.uid}:{account.gid}" if account is not None else ":"
        spec = f"{os.getpid()}:{int(self.spec.death_signal)}:{who}"
        program = Path(launcher.__file__)
        return (sys.executable, "-I", "-S", str(program), spec, *self.spec.command)

    def _write_record(self) -> None:
        owner = Identity.of(os.getpid())
        if self._identity is None or owner is None:
            return
        commands = [self._launch_command(), self.spec.command, command_line(self._identity.pid)]
        known = tuple(dict.fromkeys(command for command in commands if command))
        write_record(self.spec.record, Record(self._identity, owner, known, self.spec.stop_signal))

    async def _wait_until_ready(self) -> None:
        spec = self.spec
        deadline = time.monotonic() + spec.ready_timeout_s
        while True:
            if not self.is_running:
                raise self._ended_early()
            # A slow or refused answer is only "not yet"; the child's end must still be seen.
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(READY_ANSWER_S):
                    if await spec.ready():
                        break
            if time.monotonic() > deadline:
                raise ChildFailed(
                    f"{spec.name} was not ready after {spec.ready_timeout_s:.0f} s"
                    f" (log: {spec.log})"
                )
            await asyncio.sleep(READY_EVERY_S)
        if not self.is_running:
            raise self._ended_early()

    def _ended_early(self) -> ChildFailed:
        code = self._process.returncode if self._process is not None else None
        words = self.last_words()
        return ChildFailed(
            f"{self.spec.name} ended at its start with code {code}"
            f"{': ' + words if words else ''} (log: {self.spec.log})"
        )


def kill_session(leader: int) -> None:
    """Kill whatever a dead leader left of its session (`start_new_session` made it one).

    The kernel gives the leader's pid to nobody else while its session has members, so a living
    process of that pid means that none is left.
    """
    if start_mark(leader) is not None:
        return
    for process in psutil.process_iter():
        with contextlib.suppress(OSError):
            if process.pid != leader and os.getsid(process.pid) == leader:
                os.kill(process.pid, signal.SIGKILL)


async def finish[T](work: Coroutine[Any, Any, T]) -> T:
    """Await something to its end even when we are cancelled; the cancellation comes after."""
    task = asyncio.ensure_future(work)
    cancelled = False
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        with contextlib.suppress(Exception):
            task.result()
        raise asyncio.CancelledError
    return task.result()


def _turn_over(log: Path) -> None:
    """Keep one old log, so that logs never fill the disk."""
    with contextlib.suppress(OSError):
        if log.stat().st_size > LOG_LIMIT_BYTES:
            log.replace(log.with_name(f"{log.name}.1"))
