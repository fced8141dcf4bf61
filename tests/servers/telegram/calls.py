"""What the bot asked of the server, and what it was told."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.servers.telegram.checking import Upload
from tests.servers.telegram.faults import Outcome
from tests.servers.telegram.refusals import Refused


@dataclass(frozen=True)
class Call:
    """`error`: what refused it; `fault`: what a test let it meet. `result` is there when it took
    effect, even when its answer was lost."""

    at: float
    method: str
    chat_id: int | None
    payload: dict[str, Any]
    files: Mapping[str, Upload]
    result: Any = None
    error: Refused | None = None
    fault: Outcome | None = None
    is_webhook_answer: bool = False

    @property
    def took_effect(self) -> bool:
        return self.result is not None


class Calls:
    """All of them in order; tests wait here for what should come."""

    def __init__(self, lock: threading.Condition) -> None:
        self._lock = lock
        self._calls: list[Call] = []
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    def all(self) -> list[Call]:
        with self._lock:
            return list(self._calls)

    def note(self, call: Call) -> None:
        with self._lock:
            self._calls.append(call)
            self.tell()

    def tell(self) -> None:
        """Let whoever waits look again."""
        with self._lock:
            self._lock.notify_all()
            for loop, event in self._waiting:
                loop.call_soon_threadsafe(event.set)

    def wait[T](self, found: Callable[[list[Call]], T], timeout_s: float) -> T:
        """What `found` gives once it is true. Raises `AssertionError` with what was asked."""
        deadline = time.monotonic() + timeout_s
        with self._lock:
            while not (value := found(list(self._calls))):
                left_s = deadline - time.monotonic()
                if left_s <= 0:
                    raise self._late()
                self._lock.wait(left_s)
            return value

    async def wait_for[T](self, found: Callable[[list[Call]], T], timeout_s: float) -> T:
        event = asyncio.Event()
        waiting = (asyncio.get_running_loop(), event)
        with self._lock:
            self._waiting.append(waiting)
        try:
            async with asyncio.timeout(timeout_s):
                while not (value := found(self.all())):
                    await event.wait()
                    event.clear()
                return value
        except TimeoutError:
            raise self._late() from None
        finally:
            with self._lock:
                self._waiting.remove(waiting)

    def _late(self) -> AssertionError:
        asked = [f"{call.method} {call.payload}" for call in self.all()[-10:]]
        return AssertionError("it did not come; the last calls:\n" + "\n".join(asked))
