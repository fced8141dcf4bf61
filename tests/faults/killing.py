"""Processes that die where a test asks, and what a fresh one makes of it.

The process that dies is forked (an interpreter's start is not the subject), works on the real
database and kills itself.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from uuid import UUID

from bot.conversations import store
from bot.storage.transaction import Database
from tests.turn.scripted import Script, a_worker, until

TURN_STEPS = ["leased", "read", "asked", "committing", "committed"]
RESUMES_WITHIN_S = 5

Work = Callable[[Database], Coroutine[Any, Any, None]]


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def forked(url: str, work: Work) -> int:
    """A process of its own that does `work`."""
    pid = os.fork()
    if pid:
        return pid
    try:
        asyncio.run(work(Database(url, pool_size=4)))
    finally:
        os._exit(0)


def killed(url: str, work: Work) -> None:
    """Do `work` in a process that kills itself before its end."""
    _, status = os.waitpid(forked(url, work), 0)
    assert os.WIFSIGNALED(status), "it was never at that step"
    assert os.WTERMSIG(status) == signal.SIGKILL


def working(script: Script, step: str | None = None) -> Work:
    """The only service of its database: frees the leases of the dead, then answers."""

    async def at(name: str) -> None:
        if name == step:
            die()

    async def work(database: Database) -> None:
        async with database.transaction() as tx:
            await store.release_all_leases(tx)
        worker, _ = a_worker(database, script, at)
        await worker.run()

    return work


def ask[T](url: str, question: Callable[[Database], Awaitable[T]]) -> T:
    async def asked() -> T:
        database = Database(url, pool_size=2)
        try:
            return await question(database)
        finally:
            await database.close()

    return asyncio.run(asked())


def answered(url: str, conversation: UUID, script: Script) -> None:
    """A fresh worker answers all that waits there, soon enough."""

    async def is_answered(database: Database) -> None:
        async def nothing_waits() -> bool:
            async with database.transaction() as tx:
                return (await store.by_id(tx, conversation))["waiting_since"] is None

        await until(nothing_waits)

    pid = forked(url, working(script))
    began = time.monotonic()
    try:
        ask(url, is_answered)
        assert time.monotonic() - began < RESUMES_WITHIN_S
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
