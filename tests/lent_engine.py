"""One engine for every service that a run of the tests starts: its start takes twenty seconds, and
it keeps nothing between two questions. Tests of the engine itself, and of `./guichet run` as a
person has it, start their own.

`python -m tests.lent_engine FOLDER` keeps one there until no process of the run is left, whatever
became of them; the first test that wants it starts it.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from bot.engine.model import Recipe, model_path
from bot.settings import Settings

FOLDER = "GUICHET_TESTS_ENGINE"
SOCKET = "GUICHET_TESTS_ENGINE_SOCKET"
SECRET = "GUICHET_TESTS_ENGINE_SECRET"

_held: list[IO[str]] = []
"""The locks by which this process says that it is still there."""


def begin() -> None:
    """At the start of the run and of each of its workers."""
    if FOLDER not in os.environ:
        folder = Path(tempfile.mkdtemp(prefix="guichet-tests-"))
        (folder / "secret").write_text(secrets.token_hex(16))
        os.environ[FOLDER] = str(folder)
        atexit.register(_end, folder)
    users = (Path(os.environ[FOLDER]) / "users").open("w")
    fcntl.flock(users, fcntl.LOCK_SH)
    _held.append(users)


def _end(folder: Path) -> None:
    """Whoever keeps an engine takes the folder away at its end; nobody else does."""
    if not (folder / "log").exists():
        shutil.rmtree(folder, ignore_errors=True)


def lent() -> Mapping[str, str]:
    """The variables of a service that borrows the engine, which may still be warming up; none
    where nobody lends one, as in a benchmark."""
    if FOLDER not in os.environ:
        return {}
    folder = Path(os.environ[FOLDER])
    with (folder / "beginning").open("w") as beginning:
        fcntl.flock(beginning, fcntl.LOCK_EX)
        if not (folder / "log").exists():
            with (folder / "log").open("ab") as log:
                subprocess.run(
                    [sys.executable, "-m", "tests.lent_engine", str(folder)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    check=True,
                )
    return {SOCKET: str(_socket(folder)), SECRET: (folder / "secret").read_text()}


@contextmanager
def an_engine(settings: Settings, socket: Path, secret: str, log: IO[bytes]) -> Iterator[None]:
    """The real engine, at that socket."""
    engine = subprocess.Popen(
        [
            str(settings.python("engine")),
            str(settings.root / "nlu" / "engine.py"),
            "--model",
            str(model_path(settings, Recipe.ours(settings))),
            "--socket",
            str(socket),
        ],
        env={
            **{k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
            "GUICHET_ENGINE_SECRET": secret,
            "OMP_NUM_THREADS": "1",
        },
        stdout=log,
        stderr=log,
    )
    try:
        yield
    finally:
        engine.terminate()
        engine.wait(20)


def _socket(folder: Path) -> Path:
    return folder / "engine.sock"


def _keep(folder: Path) -> int:
    settings = Settings.from_environment(os.environ)
    with (folder / "log").open("ab") as log, (folder / "users").open("w") as users:
        secret = (folder / "secret").read_text()
        with an_engine(settings, _socket(folder), secret, log):
            fcntl.flock(users, fcntl.LOCK_EX)  # once nobody of the run is left
    shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    if os.fork():  # nobody's child: whoever started it may end first
        os._exit(0)
    os.setsid()
    sys.exit(_keep(Path(sys.argv[1])))
