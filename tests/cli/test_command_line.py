"""The one command, run as a person runs it."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TABLE = (ROOT / "bot/cli/commands.tsv").read_text("utf-8")
COMMANDS = [line.split("\t")[0] for line in TABLE.splitlines()]
PRESENT = [name for name in COMMANDS if (ROOT / f"bot/cli/{name}.py").exists()]


def dispatch(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The dispatcher alone, in this environment."""
    return run([sys.executable, "-P", "-m", "bot.cli", *arguments])


def run(command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )


def one_line(told: str) -> bool:
    return told.startswith("guichet: ") and told.count("\n") == 1


@pytest.mark.parametrize("asked", [[], ["--help"], ["-h"]])
def test_the_commands_are_listed(asked: list[str]) -> None:
    done = run([str(ROOT / "guichet"), *asked])
    assert done.returncode == 0
    assert [
        line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")
    ] == PRESENT


def test_every_subject_of_the_operator_is_named() -> None:
    table = (ROOT / "bot/cli/subjects/subjects.tsv").read_text("utf-8")
    (about,) = [line.split("\t")[2] for line in TABLE.splitlines() if line.startswith("admin")]
    assert about.split(", ") == [line.split("\t")[0] for line in table.splitlines()]


def test_the_words_that_a_command_takes_are_in_its_help() -> None:
    states = dispatch("admin", "requests", "set", "--help").stdout
    assert {"planned", "resolved", "waiting_citizen"} <= set(re.findall(r"\w+", states))
    accounts = dispatch("admin", "users", "add", "--help").stdout
    assert {"supervisor", "voirie", "accueil"} <= set(re.findall(r"\w+", accounts))


def test_an_unknown_command_is_told_in_one_line() -> None:
    for done in (run([str(ROOT / "guichet"), "dance"]), dispatch("dance")):
        assert done.returncode == 2
        assert one_line(done.stderr)
        assert "dance" in done.stderr


@pytest.mark.parametrize("name", PRESENT)
def test_every_command_has_help(name: str) -> None:
    done = dispatch(name, "--help")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"usage: ./guichet {name}")


def test_a_wrong_argument_is_told_in_one_line() -> None:
    done = dispatch("setup", "--colour", "blue")
    assert done.returncode == 2
    assert one_line(done.stderr)
    assert "--colour" in done.stderr


def test_a_reader_that_leaves_is_no_error() -> None:
    done = run(
        ["bash", "-o", "pipefail", "-c", f"'{sys.executable}' -P -m bot.cli --help | true; true"]
    )
    assert done.stderr == ""


def test_the_wrapper_adds_little_when_all_is_ready(tmp_path: Path) -> None:
    for name, lock in (("service", "requirements.txt"), ("engine", "nlu/requirements.txt")):
        environment = tmp_path / "envs" / name
        (environment / "bin").mkdir(parents=True)
        (environment / "bin" / "python").symlink_to("/bin/true")
        (environment / "made-from.txt").write_bytes((ROOT / lock).read_bytes())
    took = []
    for _ in range(5):
        before = processor_s()
        done = run([str(ROOT / "guichet"), "run"], GUICHET_STATE=str(tmp_path))
        took.append(processor_s() - before)
        assert done.returncode == 0, done.stderr
    assert min(took) < 0.1


def processor_s() -> float:
    """Seconds of the processor that commands have used until now; what else runs does not count."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_a_full_disk_is_told_in_one_line() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "bot.cli", "--help"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
    assert done.returncode == 1
    assert done.stderr == "guichet: the disk is full\n"
