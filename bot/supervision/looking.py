"""Loops of tasks that look again and again at what is due, and outlive what fails meanwhile."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable


async def look_every(
    every_s: float, look: Callable[[], Awaitable[object]], logger: logging.Logger, what: str
) -> None:
    """Look until cancelled; what fails is logged as `what`, and the next look goes on."""
    while True:
        try:
            await look()
        except Exception:  # a task's edge: the database may be away for a while
            logger.exception(what)
        await asyncio.sleep(every_s)


async def look_when_woken(
    wake: asyncio.Event,
    every_s: float,
    one: Callable[[], Awaitable[object]],
    logger: logging.Logger,
    what: str,
) -> None:
    """Do one thing after the other while `one` finds any; then wait for `wake`, or for `every_s`
    at most. Until cancelled; what fails is logged as `what`."""
    while True:
        wake.clear()
        try:
            while await one():
                pass
        except Exception:  # a task's edge: the database may be away for a while
            logger.exception(what)
        try:
            async with asyncio.timeout(every_s):
                await wake.wait()
        except TimeoutError:
            pass
