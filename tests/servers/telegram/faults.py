"""What to answer instead: refusals, broken answers, silence, a connection that is cut."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from tests.servers.telegram.checking import Request
from tests.servers.telegram.refusals import BLOCKED, NOT_MODIFIED, Refused, too_many


@dataclass(frozen=True)
class Answer:
    """A body of any kind. `takes_effect`: the call was carried out all the same."""

    status: int
    body: str
    takes_effect: bool = False


@dataclass(frozen=True)
class Silence:
    """No answer for that long (without end: until the client gives up), then a cut."""

    seconds: float | None = None
    takes_effect: bool = False


@dataclass(frozen=True)
class Cut:
    """The connection ends without an answer; `takes_effect`: after the call was carried out."""

    takes_effect: bool


Outcome = Refused | Answer | Silence | Cut


@dataclass(eq=False)
class Fault:
    """`left`: how many calls it still meets; None: all of them until `lift`."""

    outcome: Outcome
    method: str | None
    chat_id: int | None
    when: Callable[[Request], bool] | None
    left: int | None
    met: int = 0

    def lift(self) -> None:
        self.left = 0

    def meets(self, request: Request) -> bool:
        return (
            self.left != 0
            and self.method in {None, request.method}
            and self.chat_id in {None, request.chat_id}
            and (self.when is None or self.when(request))
        )


class Faults:
    """The oldest fault that meets a call is what it gets.

    Everywhere: `method` and `chat_id` narrow it, so does `when`; `times` None is until lifted.
    getUpdates is only met when it is named.
    """

    def __init__(self, lock: threading.Condition) -> None:
        self._lock = lock
        self._faults: list[Fault] = []

    def add(
        self,
        outcome: Outcome,
        method: str | None = None,
        *,
        chat_id: int | None = None,
        times: int | None = 1,
        when: Callable[[Request], bool] | None = None,
    ) -> Fault:
        fault = Fault(outcome, method, chat_id, when, times)
        with self._lock:
            self._faults.append(fault)
        return fault

    def too_many(
        self,
        method: str | None = None,
        *,
        retry_after_s: int = 1,
        chat_id: int | None = None,
        times: int | None = 1,
    ) -> Fault:
        return self.add(too_many(retry_after_s), method, chat_id=chat_id, times=times)

    def breaks(
        self,
        method: str | None = None,
        *,
        status: int = 502,
        body: str = "<html><h1>502 Bad Gateway</h1></html>",
        takes_effect: bool = False,
        chat_id: int | None = None,
        times: int | None = 1,
    ) -> Fault:
        """An answer of a proxy in between: not even JSON."""
        outcome = Answer(status, body, takes_effect)
        return self.add(outcome, method, chat_id=chat_id, times=times)

    def fails(
        self,
        method: str | None = None,
        *,
        status: int = 500,
        description: str = "Internal Server Error",
        chat_id: int | None = None,
        times: int | None = 1,
    ) -> Fault:
        """Telegram's own answer of a failure, as JSON."""
        return self.add(Refused(status, description), method, chat_id=chat_id, times=times)

    def hangs(
        self,
        method: str | None = None,
        *,
        seconds: float | None = None,
        takes_effect: bool = False,
        chat_id: int | None = None,
        times: int | None = 1,
    ) -> Fault:
        return self.add(Silence(seconds, takes_effect), method, chat_id=chat_id, times=times)

    def loses_answer(
        self, method: str | None = None, *, chat_id: int | None = None, times: int | None = 1
    ) -> Fault:
        """Accepted, but whoever asked never learns it."""
        return self.add(Cut(takes_effect=True), method, chat_id=chat_id, times=times)

    def cuts(
        self, method: str | None = None, *, chat_id: int | None = None, times: int | None = 1
    ) -> Fault:
        """The connection ends before the call was even read."""
        return self.add(Cut(takes_effect=False), method, chat_id=chat_id, times=times)

    def blocked(
        self, method: str | None = None, *, chat_id: int | None = None, times: int | None = 1
    ) -> Fault:
        return self.add(BLOCKED, method, chat_id=chat_id, times=times)

    def not_modified(
        self,
        method: str | None = "editMessageText",
        *,
        chat_id: int | None = None,
        times: int | None = 1,
    ) -> Fault:
        return self.add(NOT_MODIFIED, method, chat_id=chat_id, times=times)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def meet(self, request: Request) -> Outcome | None:
        """What this call gets instead of its answer, which counts. The lock is held."""
        for fault in self._faults:
            is_poll = request.method == "getUpdates" and fault.method is None
            if is_poll or not fault.meets(request):
                continue
            fault.met += 1
            if fault.left is not None:
                fault.left -= 1
            return fault.outcome
        return None
