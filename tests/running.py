"""A real service in a process of its own: the private database, the trained model, the doors."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import psutil

from bot.app import bring_up
from bot.parts import Service
from bot.settings import Settings
from tests.commands import perform
from tests.lent_engine import lent

ROOT = Path(__file__).resolve().parents[1]
READY_TIMEOUT_S = 240


def real_state() -> Path:
    """The state of this checkout, whose environments and trained model the tests share."""
    return Path(os.environ.get("GUICHET_STATE") or ROOT / ".guichet").absolute()


BUILT = ("envs", "models", "cache", "widget")
"""What of a checkout's state costs minutes to build: environments, models, phrase vectors, and
the widget's script."""


def state_for_tests(folder: Path, built: Sequence[str] = BUILT) -> Path:
    """A state of the test's own, with what the checkout has built; a test that writes one of
    these leaves it out of `built`."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    for shared in built:
        (real_state() / shared).mkdir(parents=True, exist_ok=True)
        if not (folder / shared).exists():
            (folder / shared).symlink_to(real_state() / shared)
    return folder


_held: list[socket.socket] = []


def free_port() -> int:
    """A port that nobody else is given while this process lives: it stays bound, not listening,
    and whoever sets SO_REUSEADDR too, as servers do, may listen there."""
    probe = socket.socket()
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    probe.bind(("127.0.0.1", 0))
    _held.append(probe)
    return int(probe.getsockname()[1])


@asynccontextmanager
async def reading_service(settings: Settings) -> AsyncIterator[Service]:
    """A service in this process, without its doors, ready to understand; its state is a scratch
    one with the environments and the model of `settings`."""
    with tempfile.TemporaryDirectory() as scratch:
        state = state_for_tests(Path(scratch) / "state")
        async with bring_up(replace(settings, state=state, database_url=None)) as service:
            async with asyncio.timeout(READY_TIMEOUT_S):
                await service.matcher.ready()
                while not service.is_ready():  # noqa: ASYNC110  (another process)
                    await asyncio.sleep(0.1)
            yield service


class RunningService:
    """`./guichet run`, as a person has it where it `has_own_engine`; the others borrow one."""

    def __init__(
        self,
        state: Path,
        settings: Mapping[str, str] | None = None,
        *,
        has_own_engine: bool = False,
    ) -> None:
        self.state = state
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        borrowed = {} if has_own_engine else lent()
        self.environment = {
            **os.environ,
            "GUICHET_ROOT": str(ROOT),
            "GUICHET_STATE": str(state),
            "PYTHONPATH": str(ROOT),
            **borrowed,
            **(settings or {}),
        }
        self.environment.pop("DATABASE_URL", None)
        run = ("tests.borrowing",) if borrowed else ("bot.cli", "run", "--port")
        self.command = [sys.executable, "-m", *run, str(self.port)]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.state / "run.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                env=self.environment,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )

    def wait(self, path: str = "/readyz", timeout_s: float = READY_TIMEOUT_S) -> None:
        """Wait for a door to answer 200; the state is asked again, since it is another process."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if self.process is not None and self.process.poll() is not None:
                raise AssertionError((self.state / "run.log").read_text()[-2000:])
            try:
                with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                pass
            time.sleep(0.1)
        raise AssertionError(f"{path} is not there after {timeout_s} s: {self.log()}")

    def admin(self, *arguments: str) -> str:
        """An operator's command beside the running service; what it printed."""
        done = perform(["admin", *arguments], self.environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def log(self) -> str:
        return (self.state / "run.log").read_text()[-2000:]

    def stop(self) -> int:
        """End it as a closed session does; returns its exit code."""
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)

    def family(self) -> list[psutil.Process]:
        """It and all that it started, at any depth."""
        if self.process is None:
            return []
        itself = psutil.Process(self.process.pid)
        return [itself, *itself.children(recursive=True)]

    def children(self) -> list[dict[str, Any]]:
        """The records of the processes it owns."""
        return [json.loads(p.read_text()) for p in (self.state / "run").glob("*.json")]

    def remove(self) -> None:
        shutil.rmtree(self.state, ignore_errors=True)


class Visitor:
    """A browser without a screen: a session, messages, answers."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._open = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(CookieJar())
        ).open
        self.seen = 0
        self.buttons: dict[str, str] = {}
        self.call("/api/session", {})

    def call(self, path: str, body: object = None, *, raw: bytes | None = None) -> Any:
        """One request, its JSON. Raises `HTTPError`."""
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data)
        if raw is not None:
            request.add_header("Content-Type", "image/jpeg")
            request.add_header("X-Message-Id", uuid.uuid4().hex)
        elif data is not None:
            request.add_header("Content-Type", "application/json")
        with self._open(request, timeout=60) as answer:
            return json.loads(answer.read())

    def post(self, **message: object) -> int:
        """Send without waiting for the answer; returns the number it was accepted under."""
        answer = self.call("/api/messages", {"id": uuid.uuid4().hex, **message})
        return int(answer["accepted"])

    def say(self, text: str) -> list[dict[str, Any]]:
        """Say something and read everything that is answered."""
        self.post(text=text)
        return self.hear()

    def press(self, title: str) -> list[dict[str, Any]]:
        self.post(payload=self.buttons[title])
        return self.hear()

    def photo(self, raw: bytes) -> list[dict[str, Any]]:
        self.call("/api/photos", raw=raw)
        return self.hear()

    def hear(self, timeout_s: float = 40) -> list[dict[str, Any]]:
        """What the assistant says until nothing waits any more."""
        heard: list[dict[str, Any]] = []
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            answer = self.call(f"/api/events?after={self.seen}")
            for event in answer["events"]:
                self.seen = event["seq"]
                if event["sender"] != "citizen":
                    heard.append(event)
                    for button in event["buttons"]:
                        self.buttons[button["title"]] = button["payload"]
            if not answer["thinking"] and (heard or not answer["events"]):
                return heard
        raise AssertionError(f"no answer after {timeout_s} s")
