"""Failed sign-ins, counted across processes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert

from bot.accounts.tables import SignInAttempt
from bot.storage.transaction import Transaction


async def lock(tx: Transaction, keys: Sequence[str]) -> None:
    """Let one try at a time be counted for each key, until the transaction ends."""
    for key in sorted(keys):  # one order for all, so that none waits for the other
        await tx.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key}
        )


async def failures(tx: Transaction, key: str, since: datetime) -> list[datetime]:
    """When they were, in their order."""
    rows = await tx.scalars(
        select(SignInAttempt.at)
        .where(SignInAttempt.key == key, SignInAttempt.at > since)
        .order_by(SignInAttempt.at)
    )
    return list(rows)


async def record(tx: Transaction, keys: Sequence[str], now: datetime) -> list[int]:
    """Count a try as failed. Returns what takes it back."""
    rows = await tx.scalars(
        insert(SignInAttempt)
        .values([{"key": key, "at": now} for key in keys])
        .returning(SignInAttempt.id)
    )
    return list(rows)


async def take_back(tx: Transaction, ids: Sequence[int]) -> None:
    await tx.execute(delete(SignInAttempt).where(SignInAttempt.id.in_(ids)))


async def clear(tx: Transaction, key: str) -> None:
    await tx.execute(delete(SignInAttempt).where(SignInAttempt.key == key))


async def drop_old(tx: Transaction, until: datetime) -> int:
    """Forget old ones. Returns how many."""
    result = await tx.execute(delete(SignInAttempt).where(SignInAttempt.at <= until))
    return int(result.rowcount)
