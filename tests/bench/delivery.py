"""From a message stored to its reply delivered, on a whole service over HTTP."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from tests.running import RunningService, Visitor, state_for_tests

REPORTS = 12
FIRST = "il y a un trou dans la chaussée devant le {number} rue de la République à Oullins"


def stored_to_delivered() -> dict[str, float]:
    """Median and 95th percentile, in ms: pressed buttons (nothing waits) and typed messages
    (which wait for a quiet moment, `conversations.rules.QUIET`)."""
    with tempfile.TemporaryDirectory() as folder:
        service = RunningService(state_for_tests(Path(folder) / "state"))
        service.start()
        try:
            service.wait()
            typed, pressed = _talk(service.url)
        finally:
            service.stop()
    return {
        "press_to_delivered_p50": statistics.median(pressed),
        "press_to_delivered_p95": statistics.quantiles(pressed, n=20)[18],
        "text_to_delivered_p50": statistics.median(typed),
        "text_to_delivered_p95": statistics.quantiles(typed, n=20)[18],
    }


def _talk(url: str) -> tuple[list[float], list[float]]:
    typed: list[float] = []
    pressed: list[float] = []
    for number in range(1, REPORTS + 1):
        visitor = Visitor(url)
        _timed(typed, visitor, text=FIRST.format(number=number))
        for title in ("Passer", "Passer", "Modifier"):
            _timed(pressed, visitor, payload=visitor.buttons[title])
        _timed(typed, visitor, text=f"plutôt au {number + 1}")
    return typed, pressed


def _timed(taken: list[float], visitor: Visitor, **message: object) -> None:
    visitor.post(**message)
    stored = time.perf_counter()
    visitor.hear()
    taken.append((time.perf_counter() - stored) * 1000)
