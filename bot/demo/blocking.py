"""Transactions for a process that does nothing else: its one story at a time waits for each answer
anyway, and going through the event loop for it took more than half of the time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Any, Protocol, cast

from sqlalchemy import Connection, Engine, create_engine

from bot.storage.transaction import Transaction


class Transactions(Protocol):
    """Opens transactions, as `Database` does."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]: ...


@contextmanager
def blocking(url: str) -> Iterator[Transactions]:
    """A database whose statements block the process. Never in a service: nobody else would be
    served meanwhile."""
    engine = create_engine(url, hide_parameters=True, connect_args={"connect_timeout": 5})
    try:
        yield _Blocking(engine)
    finally:
        engine.dispose()


class _Blocking:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        with self._engine.begin() as connection:
            yield cast("Transaction", _Statements(connection))


class _Statements:
    """What stores and operations ask of a transaction, answered at once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def execute(self, statement: Any, parameters: Any = None) -> Any:
        return self._connection.execute(statement, parameters)

    async def scalar(self, statement: Any, parameters: Any = None) -> Any:
        return self._connection.scalar(statement, parameters)

    async def scalars(self, statement: Any, parameters: Any = None) -> Any:
        return self._connection.scalars(statement, parameters)

    @asynccontextmanager
    async def begin_nested(self) -> AsyncIterator[None]:
        with self._connection.begin_nested():
            yield
