"""Keeping a child alive: restarted when it ends, later and later when it keeps ending."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from bot.supervision.child import Child, ChildFailed


class Phase(StrEnum):
    STARTING = "starting"
    READY = "ready"
    DOWN = "down"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Report:
    """Where the child stands; `why` says what went wrong when it is down."""

    phase: Phase
    why: str = ""
    next_try_s: float = 0.0


@dataclass(frozen=True)
class BackOff:
    """Waits between restarts: `first_s`, doubled up to `longest_s`.

    Forgotten once the child has stayed up for `steady_s`.
    """

    first_s: float = 0.2
    longest_s: float = 30.0
    steady_s: float = 30.0


def ignore(_report: Report) -> None:
    return


async def keep(
    child: Child,
    back_off: BackOff = BackOff(),
    tell: Callable[[Report], None] = ignore,
) -> None:
    """Own a child until cancelled: start it, restart it when it ends, stop it at the end.

    Never returns by itself and never raises for what the child does: `tell` hears of it.
    """
    delay_s = back_off.first_s
    try:
        while True:
            tell(Report(Phase.STARTING))
            began = time.monotonic()
            try:
                await child.start()
                tell(Report(Phase.READY))
                code = await child.wait()
                why = f"{child.spec.name} ended with code {code}: {child.last_words()}"
            except ChildFailed as failure:
                why = str(failure)
            if time.monotonic() - began >= back_off.steady_s:
                delay_s = back_off.first_s
            tell(Report(Phase.DOWN, why, delay_s))
            await child.stop()
            await asyncio.sleep(delay_s)
            delay_s = min(delay_s * 2, back_off.longest_s)
    finally:
        await child.stop()
        tell(Report(Phase.STOPPED))
