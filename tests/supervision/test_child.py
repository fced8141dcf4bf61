from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from bot.supervision.child import Child, ChildFailed
from bot.supervision.identity import read_record
from bot.supervision.leftovers import clean_leftovers
from tests.supervision.processes import (
    ROOT,
    STAYS,
    WILL_NOT_STOP,
    a_spec,
    is_gone,
    python,
    says_up,
    until,
)

PARENT = """
import asyncio, sys
from pathlib import Path
from bot.supervision.child import Child
from tests.supervision.processes import a_spec, says_up, until

async def main():
    spec = a_spec(Path(sys.argv[1]))
    child = Child(spec)
    await child.start()
    await until(says_up(spec.log))
    print(child.pid, flush=True)
    await child.wait()

asyncio.run(main())
"""


async def test_a_child_is_started_when_it_says_it_is_ready(tmp_path: Path) -> None:
    spec = a_spec(tmp_path)
    answers: list[bool] = []

    async def ready() -> bool:
        answers.append(says_up(spec.log)())
        return answers[-1]

    child = Child(a_spec(tmp_path, ready=ready))
    await child.start()
    assert answers[-1]
    assert child.is_running
    await child.stop()


async def test_a_child_leads_a_session_of_its_own(tmp_path: Path) -> None:
    child = Child(a_spec(tmp_path))
    await child.start()
    assert child.pid is not None
    assert os.getsid(child.pid) == child.pid != os.getsid(0)
    await child.stop()


async def test_stopping_ends_a_child_that_will_not_and_its_own_children(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys; "
        f"print(subprocess.Popen([sys.executable, '-c', {WILL_NOT_STOP!r}]).pid, flush=True); "
        + WILL_NOT_STOP
    )
    spec = a_spec(tmp_path, code)
    child = Child(spec)
    await child.start()
    pid = child.pid
    assert pid is not None
    await until(lambda: spec.log.read_text().count("up") == 2)
    grandchild = next(int(line) for line in spec.log.read_text().split() if line.isdigit())
    await child.stop()
    assert is_gone(pid)
    await until(lambda: is_gone(grandchild))
    assert not spec.record.exists()


async def test_stopping_twice_or_before_any_start_is_harmless(tmp_path: Path) -> None:
    child = Child(a_spec(tmp_path))
    await child.stop()
    await child.start()
    await child.stop()
    await child.stop()
    assert not child.is_running


async def test_a_child_that_ends_at_once_is_told_with_its_last_words(tmp_path: Path) -> None:
    async def never() -> bool:
        return False

    child = Child(a_spec(tmp_path, "print('no such model'); raise SystemExit(3)", ready=never))
    with pytest.raises(ChildFailed, match=r"code 3: no such model \(log: .*child.log\)"):
        await child.start()


async def test_a_program_that_does_not_exist_is_told(tmp_path: Path) -> None:
    async def never() -> bool:
        return False

    child = Child(a_spec(tmp_path, command=("/nowhere/engine",), ready=never))
    with pytest.raises(ChildFailed, match="/nowhere/engine: No such file"):
        await child.start()


async def test_a_child_that_is_never_ready_is_ended(tmp_path: Path) -> None:
    pids: list[int] = []

    async def never() -> bool:
        assert child.pid is not None
        pids.append(child.pid)
        raise ConnectionRefusedError

    child = Child(a_spec(tmp_path, ready=never, ready_timeout_s=0.2))
    with pytest.raises(ChildFailed, match="not ready after"):
        await child.start()
    assert is_gone(pids[0])


async def test_a_cancelled_start_leaves_no_process(tmp_path: Path) -> None:
    asked = asyncio.Event()

    async def never() -> bool:
        asked.set()
        return False

    child = Child(a_spec(tmp_path, ready=never))
    starting = asyncio.create_task(child.start())
    await asked.wait()
    pid = child.pid
    assert pid is not None
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert is_gone(pid)


async def test_a_start_cancelled_while_the_process_is_made_leaves_none(tmp_path: Path) -> None:
    child = Child(a_spec(tmp_path))
    starting = asyncio.create_task(child.start())
    await asyncio.sleep(0)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert not child.is_running
    assert [each for each in psutil.Process().children() if str(tmp_path) in each.cmdline()] == []


async def test_a_cancelled_stop_still_leaves_no_process(tmp_path: Path) -> None:
    spec = a_spec(tmp_path, WILL_NOT_STOP, stop_timeout_s=60.0)
    child = Child(spec)
    await child.start()
    await until(says_up(spec.log))
    pid = child.pid
    assert pid is not None
    stopping = asyncio.create_task(child.stop())
    await asyncio.sleep(0)
    stopping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopping
    assert is_gone(pid)


async def test_a_program_can_be_run_to_its_end(tmp_path: Path) -> None:
    child = Child(a_spec(tmp_path, "print('done'); raise SystemExit(4)"))
    assert await child.run(timeout_s=20) == 4
    assert child.last_words() == "done"


async def test_the_record_names_the_child_and_its_owner(tmp_path: Path) -> None:
    spec = a_spec(tmp_path)
    child = Child(spec)
    await child.start()
    await until(says_up(spec.log))
    record = read_record(spec.record)
    assert record is not None
    assert record.process.pid == child.pid
    assert record.owner.pid == os.getpid()
    assert record.is_running
    await child.stop()


async def test_a_child_goes_when_we_are_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [*python(PARENT), str(tmp_path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert not is_gone(pid)
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    if sys.platform != "linux":  # elsewhere no kernel tells it: the next start does
        clean_leftovers(tmp_path / "run")
    await until(lambda: is_gone(pid))


async def test_a_log_that_has_grown_too_long_is_put_aside(tmp_path: Path) -> None:
    spec = a_spec(tmp_path, STAYS)
    spec.log.parent.mkdir()
    with spec.log.open("wb") as log:
        log.truncate(10_000_001)
    child = Child(spec)
    await child.start()
    await until(says_up(spec.log))
    await child.stop()
    assert spec.log.with_name("child.log.1").stat().st_size == 10_000_001
