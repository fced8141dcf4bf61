"""The rows of recovery codes: hashes only."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update

from bot.accounts.recovery_codes import bare
from bot.accounts.tables import RecoveryCode
from bot.accounts.tokens import hash_of
from bot.storage.transaction import Transaction


async def replace(tx: Transaction, agent: UUID, codes: Iterable[str], now: datetime) -> None:
    """These are an agent's, and no others any more."""
    await forget(tx, agent)
    rows = [{"code_hash": hash_of(bare(code)), "agent_id": agent, "made_at": now} for code in codes]
    await tx.execute(insert(RecoveryCode), rows)


async def forget(tx: Transaction, agent: UUID) -> None:
    """An agent's serve no more."""
    await tx.execute(delete(RecoveryCode).where(RecoveryCode.agent_id == agent))


async def use(tx: Transaction, agent: UUID, typed: str, now: datetime) -> bool:
    """Use a code up; False when it is not the agent's, or has served."""
    used = await tx.scalar(
        update(RecoveryCode)
        .where(
            RecoveryCode.code_hash == hash_of(bare(typed)),
            RecoveryCode.agent_id == agent,
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
        .returning(RecoveryCode.agent_id)
    )
    return used is not None


async def left(tx: Transaction, agent: UUID) -> int:
    """How many have not served yet."""
    unused = select(func.count()).where(
        RecoveryCode.agent_id == agent, RecoveryCode.used_at.is_(None)
    )
    return int(await tx.scalar(unused) or 0)
