"""Which process is which: a pid alone says nothing once it has been reused."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

ON_LINUX = sys.platform.startswith("linux")


@dataclass(frozen=True)
class Identity:
    """A process for good: `mark` is its start, unique together with the pid."""

    pid: int
    mark: str

    @classmethod
    def of(cls, pid: int) -> Identity | None:
        """The process that has this pid now; None when there is none, or only its remains."""
        mark = start_mark(pid)
        return cls(pid, mark) if mark is not None else None

    @property
    def is_alive(self) -> bool:
        return start_mark(self.pid) == self.mark


def start_mark(pid: int) -> str | None:
    """When a process started, exactly; None when it is gone or a zombie.

    On Linux the kernel's own ticks since this boot: psutil's date moves with the clock.
    """
    if ON_LINUX:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
            boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        except OSError:
            return None
        # The name, in brackets, may itself hold spaces and brackets (proc_pid_stat(5)).
        fields = stat[stat.rindex(")") + 2 :].split()
        return None if fields[0] in {"Z", "X"} else f"{boot}:{fields[19]}"
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else str(process.create_time())
    except psutil.Error:
        return None


def command_line(pid: int) -> tuple[str, ...]:
    """The arguments of a running process; empty when it is gone or hidden."""
    try:
        return tuple(psutil.Process(pid).cmdline())
    except psutil.Error:
        return ()


@dataclass(frozen=True)
class Record:
    """What we write down about a child, for whoever comes after us.

    `commands` are the command lines it may have: the launcher's until it becomes the program.
    `stop_signal` is how it is asked to end.
    """

    process: Identity
    owner: Identity
    commands: tuple[tuple[str, ...], ...]
    stop_signal: signal.Signals = signal.SIGTERM

    @property
    def is_running(self) -> bool:
        """Pid, start and command line all agree: this is that process and no other."""
        return self.process.is_alive and command_line(self.process.pid) in self.commands


def write_record(path: Path, record: Record) -> None:
    """Store a record whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "pid": record.process.pid,
        "started": record.process.mark,
        "owner_pid": record.owner.pid,
        "owner_started": record.owner.mark,
        "commands": record.commands,
        "stop_signal": int(record.stop_signal),
    }
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    fresh.write_text(json.dumps(content), "utf-8")
    fresh.replace(path)


def read_record(path: Path) -> Record | None:
    """The record at `path`; None when there is none or it cannot be trusted (cut, edited)."""
    try:
        content = json.loads(path.read_text("utf-8"))
        commands = tuple(_strings(command) for command in content["commands"])
        process = Identity(_number(content["pid"]), _string(content["started"]))
        owner = Identity(_number(content["owner_pid"]), _string(content["owner_started"]))
        stop_signal = signal.Signals(content["stop_signal"])
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return Record(process, owner, commands, stop_signal)


def remove_record(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value <= 1:
        raise ValueError(value)
    return value


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _strings(values: Sequence[object]) -> tuple[str, ...]:
    return tuple(_string(value) for value in values)
