from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from bot.supervision.child import Child
from bot.supervision.keeping import BackOff, Phase, Report, keep
from tests.supervision.processes import a_spec, is_gone, until

AT_ONCE = BackOff(first_s=0.01, longest_s=0.04, steady_s=60.0)


class Ear:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.heard: list[Report] = []

    def __call__(self, report: Report) -> None:
        self.heard.append(report)

    def count(self, phase: Phase) -> int:
        return sum(report.phase is phase for report in self.heard)


async def end(keeping: asyncio.Task[None]) -> None:
    keeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await keeping


async def test_a_killed_child_is_started_again(tmp_path: Path) -> None:
    ear = Ear()
    child = Child(a_spec(tmp_path))
    keeping = asyncio.create_task(keep(child, AT_ONCE, ear))
    await until(lambda: ear.count(Phase.READY) == 1)
    first = child.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await until(lambda: ear.count(Phase.READY) == 2)
    assert child.pid != first
    await end(keeping)
    assert not child.is_running


async def test_a_child_that_keeps_ending_is_tried_less_and_less_often(tmp_path: Path) -> None:
    ear = Ear()

    async def never() -> bool:
        return False

    child = Child(a_spec(tmp_path, "raise SystemExit('no model')", ready=never))
    keeping = asyncio.create_task(keep(child, AT_ONCE, ear))
    await until(lambda: ear.count(Phase.DOWN) == 4)
    await end(keeping)
    down = [report for report in ear.heard if report.phase is Phase.DOWN]
    assert [report.next_try_s for report in down[:4]] == [0.01, 0.02, 0.04, 0.04]
    assert "no model" in down[0].why


async def test_the_end_of_the_owner_is_the_end_of_the_child(tmp_path: Path) -> None:
    ear = Ear()
    child = Child(a_spec(tmp_path))
    keeping = asyncio.create_task(keep(child, AT_ONCE, ear))
    await until(lambda: ear.count(Phase.READY) == 1)
    pid = child.pid
    assert pid is not None
    await end(keeping)
    assert is_gone(pid)
    assert ear.heard[-1].phase is Phase.STOPPED
