"""Standard input is read whatever it is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running import ROOT

PROGRAM = """
import asyncio
from bot.cli.lines import lines
async def main():
    async for line in lines():
        print(line)
asyncio.run(main())
"""


def run(stdin: int) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        stdin=stdin,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    return done.stdout


@pytest.mark.parametrize("text", ["", "un\ndeux\n", "sans fin", "x\n" * 300])
def test_a_file_is_read_to_its_end(tmp_path: Path, text: str) -> None:
    path = tmp_path / "said.txt"
    path.write_text(text, "utf-8")
    with path.open("rb") as stdin:
        assert run(stdin.fileno()).splitlines() == text.splitlines()


def test_nothing_to_read_ends_at_once() -> None:
    assert run(subprocess.DEVNULL) == ""
