"""A real Redmine on loopback, from Debian's packages: made once by `redmine.sh`, then copied.

Marked `system_package`: it needs apt, and root where apt's lists were never fetched.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bot.supervision import launcher
from tests.running import free_port

MADE_WITHIN_S = 600
STARTS_WITHIN_S = 60
SCRIPT = Path(__file__).with_name("redmine.sh")


class RedmineServer:
    """A copy of the made one, with a database of its own, served at `url`. `keys`: API keys by
    login: guichet, julie, marc."""

    def __init__(self, made: Path, folder: Path) -> None:
        self._made = made
        self._folder = folder
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._instance = made / "app" / "instances" / f"tests-{os.getpid()}"
        self.url = f"http://127.0.0.1:{self._port}"
        template = made / "app" / "instances" / "template"
        self.keys: Mapping[str, str] = json.loads((template / "keys.json").read_text())
        copy = folder / "instance"
        shutil.copytree(template, copy)
        (copy / "config" / "database.yml").write_text(
            f"production:\n  adapter: sqlite3\n  database: {copy / 'redmine.sqlite3'}\n"
        )
        self._instance.unlink(missing_ok=True)
        self._instance.symlink_to(copy)

    def serve(self) -> None:
        """Answer at `url`, again after `fall_silent`. It dies with us, even when we are killed."""
        dying = f"{os.getpid()}:{signal.SIGKILL.value}::"
        programs = self._made / "root" / "usr" / "bin"
        bound = ["--bind", f"tcp://127.0.0.1:{self._port}", "--threads", "1:4"]
        command = [programs / "ruby", programs / "puma", *bound, "config.ru"]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, launcher.__file__, dying, *map(str, command)],
                cwd=self._made / "app",
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + STARTS_WITHIN_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError((self._folder / "log").read_text()[-2000:])
            time.sleep(0.1)  # another process

    def fall_silent(self) -> None:
        """End the server, as an outage does; its database stays."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def stop(self) -> None:
        self.fall_silent()
        self._instance.unlink(missing_ok=True)

    def _environment(self) -> dict[str, str]:
        lines = (self._made / "environment").read_text().splitlines()
        ours = dict(line.split("=", 1) for line in lines)
        return {**os.environ, **ours, "X_DEBIAN_SITEID": self._instance.name}

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/issue_statuses.json", timeout=20) as answer:
                return bool(answer.status == 200)
        except urllib.error.HTTPError:
            return True  # it speaks, and wants a key
        except OSError:
            return False


def made_redmine(state: Path) -> Path:
    """Where Redmine is, made if it is not there. Raises `AssertionError` naming what is missing."""
    state.mkdir(parents=True, exist_ok=True)
    made = state / "redmine"
    with (state / "redmine.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another worker of these tests may be making it
        done = subprocess.run(
            ["bash", str(SCRIPT), str(made)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=MADE_WITHIN_S,
        )
    if done.returncode != 0:
        raise AssertionError(done.stderr[-2000:])
    return made


@contextmanager
def running_redmine(state: Path, folder: Path) -> Iterator[RedmineServer]:
    """One that answers, ended with the context whatever happens. `state`: where it is kept made."""
    server = RedmineServer(made_redmine(state), folder)
    try:
        server.serve()
        yield server
    finally:
        server.stop()
