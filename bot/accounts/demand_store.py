"""Which roles must have a second factor."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, exists, select
from sqlalchemy.dialects.postgresql import insert

from bot.accounts.rules import Role
from bot.accounts.tables import AgentAccount, DemandedFactor
from bot.storage.transaction import Transaction


async def demanded(tx: Transaction) -> frozenset[Role]:
    rows = await tx.scalars(select(DemandedFactor.role))
    return frozenset(Role(role) for role in rows)


async def demand(tx: Transaction, role: Role, now: datetime, *, is_demanded: bool) -> bool:
    """Returns whether it was not so before."""
    if is_demanded:
        asked = insert(DemandedFactor).values(role=role.value, since=now).on_conflict_do_nothing()
        changed = await tx.scalar(asked.returning(DemandedFactor.role))
    else:
        dropped = delete(DemandedFactor).where(DemandedFactor.role == role.value)
        changed = await tx.scalar(dropped.returning(DemandedFactor.role))
    return changed is not None


def is_owed() -> ColumnElement[bool]:
    """Whether an account's role demands a second factor that the account has not."""
    by_role = exists().where(DemandedFactor.role == AgentAccount.role)
    return and_(AgentAccount.totp_secret.is_(None), by_role)
