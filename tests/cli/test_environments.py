"""What `./guichet` does when an environment is missing, short of building a real one."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli import environments

ROOT = Path(__file__).resolve().parents[2]


def a_workshop(folder: Path) -> environments.Workshop:
    (folder / "logs").mkdir()
    return environments.Workshop(ROOT, folder)


def test_a_shim_that_fails_is_no_interpreter(tmp_path: Path) -> None:
    shim = tmp_path / "python3.12"
    shim.write_text("#!/bin/sh\necho 'command not found' >&2\nexit 127\n")
    shim.chmod(0o755)
    assert environments.probe(str(shim)) is None
    assert environments.probe(str(tmp_path / "nothing")) is None


def test_a_real_interpreter_is_known_by_its_version() -> None:
    found = environments.probe(sys.executable)
    assert found is not None
    assert found[0] == f"{sys.version_info.major}.{sys.version_info.minor}"


def test_an_interpreter_is_found_under_a_version_manager(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = tmp_path / "versions" / "9.8.7" / "bin" / "python9.8"
    real.parent.mkdir(parents=True)
    real.write_text("")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    assert str(real) in environments.candidates("9.8")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("error: No space left on device (os error 28)", "the disk is full"),
        ("error: failed\n  cause: dns error", "the package index cannot be reached"),
        ("error: Hash mismatch for numpy", "a downloaded package is not the one that was locked"),
        ("working\nerror: unsupported wheel\n", "error: unsupported wheel"),
        ("", "it failed without a word"),
    ],
)
def test_a_failure_is_said_in_plain_words(tmp_path: Path, said: str, meant: str) -> None:
    log = tmp_path / "setup.log"
    log.write_text(said)
    assert environments.reason_in(log) == meant


def test_a_failed_step_names_its_log(tmp_path: Path) -> None:
    workshop = a_workshop(tmp_path)
    log = environments.fresh_log(workshop, "service")
    with pytest.raises(environments.SetupFailed) as told:
        workshop.run("service environment", ["sh", "-c", "echo 'error: broken'; exit 2"], log)
    assert str(told.value) == f"service environment: error: broken (log: {log})"


def test_an_environment_is_ready_only_when_made_from_the_lock_of_today(tmp_path: Path) -> None:
    workshop = a_workshop(tmp_path)
    place = tmp_path / "envs" / "service"
    (place / "bin").mkdir(parents=True)
    (place / "bin" / "python").symlink_to(sys.executable)
    assert not environments.is_ready(workshop, "service")
    (place / "made-from.txt").write_text("aiohttp==1\n")
    assert not environments.is_ready(workshop, "service")
    (place / "made-from.txt").write_bytes((ROOT / "requirements.txt").read_bytes())
    assert environments.is_ready(workshop, "service")
    (place / "bin" / "python").unlink()
    (place / "bin" / "python").symlink_to(tmp_path / "an interpreter that was removed")
    assert not environments.is_ready(workshop, "service")


def test_a_missing_interpreter_is_told_in_one_line(tmp_path: Path) -> None:
    """A machine with one Python 3 of another version, and a uv that may not download."""
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "uv").write_text(
        '#!/bin/sh\n[ "$1" = --version ] && exit 0\necho "error: dns error"; exit 2\n'
    )
    (tools / "uv").chmod(0o755)
    checkout = tmp_path / "checkout"
    shutil.copytree(ROOT / "bot" / "cli", checkout / "bot" / "cli")
    (checkout / "nlu").mkdir()
    (checkout / "nlu" / "requirements.txt").write_text("rasa==3.6.21\n")
    code = (
        "import sys; sys.argv = ['environments.py', 'engine', '--', 'true']\n"
        "sys.path.insert(0, sys.path[0] + '/bot/cli')\n"
        "import environments\n"
        "environments.candidates = lambda version: iter(())\n"
        "sys.exit(environments.main(sys.argv[1:]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
        env={
            "PATH": f"{tools}:/usr/bin:/bin",
            "HOME": str(tmp_path),
            "PYTHONPATH": str(checkout / "bot" / "cli"),
            "GUICHET_ROOT": str(checkout),
            "GUICHET_STATE": str(tmp_path / "state"),
        },
    )
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("guichet: Python 3.10 is missing and could not be downloaded")
    assert "Traceback" not in done.stderr
