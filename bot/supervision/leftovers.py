"""What a killed run left behind: found by its records and ended, and nothing else touched."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

from bot.supervision.child import kill_session
from bot.supervision.identity import Record, read_record, remove_record

WAIT_S = 10.0
LOOK_EVERY_S = 0.02


def clean_leftovers(run: Path, wait_s: float = WAIT_S) -> list[str]:
    """End the children recorded in `run` whose owner is gone; returns their names.

    A child of a living owner is left alone, as is any process that is not exactly the recorded
    one. Records that cannot be read are removed.
    """
    cleaned = []
    for path in sorted(run.glob("*.json")) if run.is_dir() else []:
        record = read_record(path)
        if record is not None and record.owner.is_alive:
            continue
        if record is not None and record.is_running:
            end(record, wait_s)
            cleaned.append(path.stem)
        remove_record(path)
    return cleaned


def end(record: Record, wait_s: float = WAIT_S) -> None:
    """End a recorded process: asked first, then by force with all of its session. Blocks."""
    if not record.is_running:
        return
    pid = record.process.pid
    for signum in (record.stop_signal, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signum)
        deadline = time.monotonic() + wait_s
        while record.process.is_alive and time.monotonic() < deadline:
            time.sleep(LOOK_EVERY_S)
        if not record.process.is_alive:
            break
    kill_session(pid)
