"""A real OpenID Connect provider on loopback: `oidc-provider-mock`, in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.supervision import launcher
from tests.running import free_port

STARTS_WITHIN_S = 60


class OidcProvider:
    """`url` is its issuer."""

    def __init__(self, log: Path) -> None:
        self._port = free_port()
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"http://127.0.0.1:{self._port}"

    def serve(self) -> None:
        """Raises `AssertionError` with what it printed."""
        dying = f"{os.getpid()}:{signal.SIGKILL.value}::"  # with us, even when we are killed
        command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, launcher.__file__, dying),
                    *(*command, "--port", str(self._port)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        ends_at = time.monotonic() + STARTS_WITHIN_S
        while not self._answers():
            if time.monotonic() > ends_at or self._process.poll() is not None:
                raise AssertionError(self._log.read_text())
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/jwks", timeout=2):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def knows(self, sub: str, **claims: object) -> None:
        """Have somebody who can sign in there."""
        asked = urllib.request.Request(
            f"{self.url}/users/{sub}",
            json.dumps(claims).encode(),
            {"Content-Type": "application/json"},
            method="PUT",
        )
        with urllib.request.urlopen(asked, timeout=10):
            pass

    def end(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(timeout=30)


@contextmanager
def running_oidc_provider(folder: Path) -> Iterator[OidcProvider]:
    provider = OidcProvider(folder / "oidc-provider.log")
    provider.serve()
    try:
        yield provider
    finally:
        provider.end()
