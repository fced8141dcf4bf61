"""Queries on what may be learnt. Who reviews what is asked here: leads, of their towns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, false, func, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import RowMapping

from bot.accounts.rules import Agent
from bot.audit import store as audit
from bot.audit.rules import Action
from bot.errors import Conflict, Forbidden, NotFound
from bot.learning.rules import Meant, Status
from bot.learning.tables import TrainingCandidate
from bot.storage.transaction import Transaction

MOST_REVIEWED = 200


def _of(agent: Agent) -> ColumnElement[bool]:
    """Raises `Forbidden` for whoever leads nobody."""
    if not agent.leads:
        raise Forbidden("learning")
    if agent.communes is None:
        return true()
    return TrainingCandidate.commune.in_(sorted(agent.communes)) if agent.communes else false()


async def propose(
    tx: Transaction,
    conversation_id: UUID,
    seq: int,
    text: str,
    meant: Meant,
    **values: Any,
) -> int:
    """Keep a candidate; of the same message the last word counts while nobody has decided. Returns
    its number. Raises `Conflict` once somebody has."""
    said = {
        "text": text,
        "intent": meant.intent,
        "service": meant.service,
        "place": meant.place,
        "status": Status.PENDING.value,
        **values,
    }
    result = await tx.execute(
        insert(TrainingCandidate)
        .values(conversation_id=conversation_id, seq=seq, **said)
        .on_conflict_do_update(
            index_elements=["conversation_id", "seq"],
            set_=said,
            where=TrainingCandidate.status == Status.PENDING.value,
        )
        .returning(TrainingCandidate.id)
    )
    number = result.scalar_one_or_none()
    if number is None:
        raise Conflict("somebody has decided on it")
    return int(number)


async def proposed_in(tx: Transaction, conversation_id: UUID) -> dict[int, str]:
    """What became of the messages of a conversation that were explained, by number."""
    result = await tx.execute(
        select(TrainingCandidate.seq, TrainingCandidate.status).where(
            TrainingCandidate.conversation_id == conversation_id
        )
    )
    return {int(row.seq): str(row.status) for row in result}


async def listed(tx: Transaction, agent: Agent, status: Status, now: datetime) -> list[RowMapping]:
    """Those of their towns, newest first; that they were seen is written down. Raises
    `Forbidden`."""
    result = await tx.execute(
        select(TrainingCandidate.__table__)
        .where(_of(agent), TrainingCandidate.status == status.value)
        .order_by(TrainingCandidate.id.desc())
        .limit(MOST_REVIEWED)
    )
    await audit.record_sight(
        tx, agent.actor, Action.LIST_SEEN, f"training:{status}", now, commune=agent.only_town
    )
    return list(result.mappings())


async def counts(tx: Transaction, agent: Agent) -> dict[str, int]:
    """How many of each state, and how many were added. Raises `Forbidden`."""
    columns = [
        func.count().filter(TrainingCandidate.status == status.value).label(status.value)
        for status in Status
    ]
    added = func.count(TrainingCandidate.added_at).label("added")
    row = (await tx.execute(select(*columns, added).where(_of(agent)))).one()
    return {name: int(value) for name, value in row._asdict().items()}


async def locked(tx: Transaction, agent: Agent, number: int) -> RowMapping:
    """One of their towns, locked. Raises `Forbidden`, `NotFound`."""
    result = await tx.execute(
        select(TrainingCandidate.__table__)
        .where(and_(_of(agent), TrainingCandidate.id == number))
        .with_for_update()
    )
    row = result.mappings().one_or_none()
    if row is None:
        raise NotFound("candidate")
    return row


async def change(tx: Transaction, number: int, **values: Any) -> None:
    """Set columns of one."""
    await tx.execute(
        update(TrainingCandidate).where(TrainingCandidate.id == number).values(**values)
    )


async def accepted(tx: Transaction) -> list[RowMapping]:
    """Every accepted one, oldest first: for the operator, who serves every town."""
    result = await tx.execute(
        select(TrainingCandidate.__table__)
        .where(TrainingCandidate.status == Status.ACCEPTED.value)
        .order_by(TrainingCandidate.id)
    )
    return list(result.mappings())


async def totals(tx: Transaction) -> dict[str, int]:
    """The same counts for the operator."""
    result = await tx.execute(
        select(TrainingCandidate.status, func.count()).group_by(TrainingCandidate.status)
    )
    return {status: int(count) for status, count in result}


async def added(tx: Transaction, numbers: Sequence[int], now: datetime) -> None:
    """They stand in the training data now."""
    await tx.execute(
        update(TrainingCandidate)
        .where(TrainingCandidate.id.in_(numbers), TrainingCandidate.added_at.is_(None))
        .values(added_at=now)
    )


async def drop_refused(tx: Transaction, before: datetime) -> int:
    """Forget what was refused by that time. Returns how many."""
    result = await tx.execute(
        delete(TrainingCandidate).where(
            TrainingCandidate.status == Status.REFUSED.value,
            TrainingCandidate.decided_at <= before,
        )
    )
    return int(result.rowcount)


async def drop_old(tx: Transaction, before: datetime) -> int:
    """Forget what was proposed by that time. Returns how many."""
    result = await tx.execute(delete(TrainingCandidate).where(TrainingCandidate.at <= before))
    return int(result.rowcount)


async def drop_of(tx: Transaction, conversation_id: UUID) -> None:
    """Forget what came from a conversation, whose citizen erases it."""
    await tx.execute(
        delete(TrainingCandidate).where(TrainingCandidate.conversation_id == conversation_id)
    )
