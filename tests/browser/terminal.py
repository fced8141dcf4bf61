"""A citizen whose messages may be of any kind: the terminal's door, without a loop of its own."""

from __future__ import annotations

import http.client
import json
import socket
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from tests.running import RunningService


class _Private(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("guichet", timeout=60)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self._path)


@dataclass
class AtTerminal:
    service: RunningService
    address: str = field(default_factory=lambda: uuid4().hex)

    def sends(self, kind: str, text: str = "", content: dict[str, Any] | None = None) -> str:
        """The id of the message."""
        known = {"address": self.address, "id": uuid4().hex, "commune": "Oullins"}
        message = {**known, "kind": kind, "text": text, "content": content or {}}
        self._ask("POST", "/internal/terminal/messages", json.dumps(message))
        return known["id"]

    def hears(self, timeout_s: float = 40) -> list[dict[str, Any]]:
        """All that was said, once nothing waits any more."""
        path = f"/internal/terminal/events?address={self.address}&after=0&wait=0"
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            answer = self._ask("GET", path)
            if answer["events"] and not answer["thinking"]:
                events: list[dict[str, Any]] = answer["events"]
                return events
            time.sleep(0.1)  # the door is asked again: nobody waits at it here
        raise AssertionError("no answer")

    def _ask(self, method: str, path: str, body: str | None = None) -> Any:
        note = json.loads((self.service.state / "run" / "service.door").read_text("utf-8"))
        door = _Private(note["socket"])
        headers = {"X-Guichet-Secret": note["secret"], "Content-Type": "application/json"}
        try:
            door.request(method, path, body, headers)
            with door.getresponse() as response:
                assert response.status == 200, response.status
                return json.loads(response.read())
        finally:
            door.close()
