"""Commands of `./guichet`, each in a process of its own that begins with the imports made.

Three seconds of imports for a command of a few milliseconds were most of what the tests of commands
cost. One server a worker imports once and forks for every command; the commands that are tests of
the start itself (`tests/cli/test_command_line.py`) start as a person starts them.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.cli.__main__ import main

ENDS_WITHIN_S = 100
IMPORTED = [
    "tests.commands",
    "bot.cli.admin",
    *(f"bot.cli.subjects.{name}" for name in ("open311", "photos", "requests", "tickets", "users")),
]
"""What the server of forks imports: most of what any command of an operator wants."""

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(IMPORTED)


def perform(
    arguments: Sequence[str], environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end: its exit code and what it said on both of its outputs."""
    with tempfile.TemporaryDirectory() as folder:
        said, complained = Path(folder) / "stdout", Path(folder) / "stderr"
        process = FORKS.Process(
            target=_perform, args=(list(arguments), dict(environment), said, complained)
        )
        process.start()
        process.join(ENDS_WITHIN_S)
        code = process.exitcode
        if code is None:
            process.kill()
            process.join()
            raise AssertionError(f"{arguments} has not ended after {ENDS_WITHIN_S} s")
        process.close()
        return subprocess.CompletedProcess(
            list(arguments), code, said.read_text("utf-8"), complained.read_text("utf-8")
        )


def _perform(
    arguments: list[str], environment: dict[str, str], said: Path, complained: Path
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    for path, output in ((said, 1), (complained, 2)):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
        os.dup2(descriptor, output)
        os.close(descriptor)
    sys.exit(main(arguments))
