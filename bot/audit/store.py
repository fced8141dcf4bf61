"""Writing the audit log, in the transaction of what it tells, and reading it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, literal, or_, select

from bot.audit.rules import ONE_LOOK, Actor, Entry, Reader, Wanted
from bot.audit.tables import AuditEntry
from bot.errors import Forbidden
from bot.storage.transaction import Transaction

AT_ONCE = 5_000
MOST_READ = 100


async def record(
    tx: Transaction,
    actor: Actor,
    action: str,
    subject: str,
    now: datetime,
    *,
    commune: str | None = None,
) -> None:
    """Write a line."""
    await tx.execute(
        insert(AuditEntry).values(
            at=now,
            agent_id=actor.id,
            name=actor.name,
            action=action,
            subject=subject,
            commune=commune,
        )
    )


async def record_sight(
    tx: Transaction,
    actor: Actor,
    action: str,
    subject: str,
    now: datetime,
    *,
    commune: str | None = None,
) -> None:
    """Write that somebody saw something, unless that was written within `ONE_LOOK`."""
    columns = {
        "at": now,
        "agent_id": actor.id,
        "name": actor.name,
        "action": action,
        "subject": subject,
        "commune": commune,
    }
    known = exists().where(
        AuditEntry.agent_id == actor.id,
        AuditEntry.at > now - ONE_LOOK,
        AuditEntry.action == action,
        AuditEntry.subject == subject,
    )
    types = AuditEntry.__table__.c
    values = [literal(value, types[name].type) for name, value in columns.items()]
    await tx.execute(insert(AuditEntry).from_select(list(columns), select(*values).where(~known)))


async def entries(
    tx: Transaction, reader: Reader, wanted: Wanted, *, before: int | None = None
) -> list[Entry]:
    """What was done, newest first, at most `MOST_READ`; `before`: the last one that was read.

    Raises `Forbidden` for whoever does not read the log. What concerns no town, such as an
    account, is read by those who serve every one.
    """
    if not reader.audits:
        raise Forbidden("audit")
    conditions: list[ColumnElement[bool]] = []
    if reader.communes is not None:
        conditions.append(AuditEntry.commune.in_(reader.communes))
    if wanted.who:
        conditions.append(_holds(wanted.who))
    if wanted.subject:
        conditions.append(AuditEntry.subject == wanted.subject)
    if wanted.action:
        conditions.append(AuditEntry.action == wanted.action)
    if wanted.since is not None:
        conditions.append(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        conditions.append(AuditEntry.at < wanted.until)
    if before is not None:
        conditions.append(AuditEntry.id < before)
    result = await tx.execute(
        select(
            AuditEntry.id,
            AuditEntry.at,
            AuditEntry.name,
            AuditEntry.action,
            AuditEntry.subject,
            AuditEntry.commune,
        )
        .where(and_(*conditions) if conditions else literal(value=True))
        .order_by(AuditEntry.id.desc())
        .limit(MOST_READ)
    )
    return [Entry(row.id, row.at, row.name, row.action, row.subject, row.commune) for row in result]


async def drop_old(tx: Transaction, since: datetime) -> int:
    """Drop lines of that moment and before, at most `AT_ONCE`. Returns how many."""
    old = select(AuditEntry.id).where(AuditEntry.at <= since).limit(AT_ONCE)
    result = await tx.execute(
        delete(AuditEntry).where(AuditEntry.id.in_(old)).returning(AuditEntry.id)
    )
    return len(result.all())


def _holds(who: str) -> ColumnElement[bool]:
    """Plain words: what is a pattern to the database is none here."""
    found = func.strpos(func.lower(AuditEntry.name), who.lower()) > 0
    return or_(found, and_(AuditEntry.name == "", AuditEntry.subject == who.lower()))
