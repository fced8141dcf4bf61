"""One short transaction per door; operations and stores never commit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

Transaction = AsyncConnection
"""What stores and operations receive: an open transaction that its door will commit."""


class Database:
    """The connection pool, and the count of open transactions that tests look at."""

    def __init__(self, url: str, pool_size: int = 12) -> None:
        self.url = url
        self.open_transactions = 0
        self._engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=4,
            pool_timeout=5,
            pool_pre_ping=False,
            hide_parameters=True,  # an error in the log must not repeat a citizen's words
            connect_args={
                "connect_timeout": 5,
                # What is asked for is mostly in memory, and no disk has a head to move any more.
                "options": "-c statement_timeout=10000 -c random_page_cost=1.1",
            },
        )

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """A transaction: committed at the end, rolled back by any exception."""
        async with self._engine.begin() as connection:
            self.open_transactions += 1
            try:
                yield connection
            finally:
                self.open_transactions -= 1

    async def close(self) -> None:
        await self._engine.dispose()


async def is_alone(tx: Transaction, lock: int) -> bool:
    """Take an advisory lock until the transaction ends; False when somebody else has it."""
    result = await tx.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": lock})
    return bool(result.scalar_one())
