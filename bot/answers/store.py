"""Queries on what agents have at hand. Rights are asked here: by town, always."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, insert, or_, select, true, update
from sqlalchemy.engine import RowMapping

from bot.accounts.rules import Agent
from bot.answers.rules import Kind, may_edit, may_read
from bot.answers.tables import CannedEntry, CannedVersion
from bot.errors import Conflict, Forbidden, Invalid, NotFound
from bot.storage.transaction import Transaction

LOADING = 7_146_009
"""The lock of whoever adds: two services that start together do not both write."""
EVERYWHERE = ""
"""The town of what is for all, as it is stored."""
MOST_LISTED = 500


@dataclass(frozen=True)
class Entry:
    """`commune`: INSEE code of the town that it is for, None for all."""

    id: int
    kind: Kind
    code: str
    commune: str | None
    content: Mapping[str, Any]
    version: int
    is_retired: bool
    is_by_hand: bool
    uses: int


def _entry(row: RowMapping) -> Entry:
    return Entry(
        **{**row, "kind": Kind(row["kind"]), "commune": row["commune"] or None},
    )


def _readable(agent: Agent) -> ColumnElement[bool]:
    if agent.communes is None:
        return true()
    return or_(CannedEntry.commune == EVERYWHERE, CannedEntry.commune.in_(agent.communes))


async def lock_adding(tx: Transaction) -> None:
    """Wait for another that adds; the lock ends with the transaction."""
    await tx.execute(select(func.pg_advisory_xact_lock(LOADING)))


async def listed(tx: Transaction, agent: Agent, kind: Kind) -> list[Entry]:
    """Those that an agent may read, retired ones too."""
    rows = await tx.execute(
        select(CannedEntry.__table__)
        .where(CannedEntry.kind == kind.value, _readable(agent))
        .order_by(CannedEntry.code, CannedEntry.commune)
        .limit(MOST_LISTED)
    )
    return [_entry(row) for row in rows.mappings()]


async def usable(tx: Transaction, kind: Kind, commune: str | None) -> list[Entry]:
    """What is at hand for a ticket of that town: its own replaces what is for all."""
    rows = await tx.execute(
        select(CannedEntry.__table__)
        .where(
            CannedEntry.kind == kind.value,
            CannedEntry.commune.in_((EVERYWHERE, commune or EVERYWHERE)),
        )
        .order_by(CannedEntry.commune)  # the town's own after what is for all
        .limit(MOST_LISTED)
    )
    by_code = {row["code"]: _entry(row) for row in rows.mappings()}
    return [entry for entry in by_code.values() if not entry.is_retired]


async def one(tx: Transaction, agent: Agent, kind: Kind, entry_id: int) -> Entry:
    """Raises `NotFound` for one of a town that is none of theirs."""
    rows = await tx.execute(
        select(CannedEntry.__table__).where(
            CannedEntry.id == entry_id, CannedEntry.kind == kind.value
        )
    )
    row = rows.mappings().one_or_none()
    if row is None or not may_read(agent, row["commune"] or None):
        raise NotFound("canned")
    return _entry(row)


async def for_change(tx: Transaction, agent: Agent, kind: Kind, entry_id: int) -> Entry:
    """One to be changed, locked. Raises `NotFound`, or `Forbidden` for who may only read it."""
    seen = await one(tx, agent, kind, entry_id)
    if not may_edit(agent, seen.commune):
        raise Forbidden("canned")
    await tx.execute(select(CannedEntry.id).where(CannedEntry.id == entry_id).with_for_update())
    return await one(tx, agent, kind, entry_id)


async def all_of_files(tx: Transaction) -> dict[tuple[str, str], Entry]:
    """What is for all, by kind and code."""
    rows = await tx.execute(select(CannedEntry.__table__).where(CannedEntry.commune == EVERYWHERE))
    return {(row["kind"], row["code"]): _entry(row) for row in rows.mappings()}


async def add(
    tx: Transaction,
    agent: Agent | None,
    kind: Kind,
    code: str,
    commune: str | None,
    content: Mapping[str, Any],
    now: datetime,
) -> int:
    """Store a new one; without an `agent`, of a file. Raises `Forbidden` for a town that is not
    theirs to edit, `Invalid` for a code that the town has already."""
    if agent is not None and not may_edit(agent, commune):
        raise Forbidden("canned")
    town = commune or EVERYWHERE
    taken = await tx.execute(
        select(CannedEntry.id).where(
            CannedEntry.kind == kind.value, CannedEntry.code == code, CannedEntry.commune == town
        )
    )
    if taken.first() is not None:
        raise Invalid("code", "there is one of that code", reason="taken")
    made = await tx.execute(
        insert(CannedEntry)
        .values(
            kind=kind.value,
            code=code,
            commune=town,
            content=dict(content),
            version=1,
            is_retired=False,
            is_by_hand=agent is not None,
            uses=0,
        )
        .returning(CannedEntry.id)
    )
    entry_id = int(made.scalar_one())
    await _keep_version(tx, agent, entry_id, 1, content, now, is_retired=False)
    return entry_id


async def change(
    tx: Transaction,
    agent: Agent | None,
    entry: Entry,
    content: Mapping[str, Any],
    now: datetime,
    *,
    is_retired: bool,
) -> int:
    """Write its next version, whose number is returned. Raises `Conflict` when somebody else has
    written that one."""
    changed = await tx.execute(
        update(CannedEntry)
        .where(CannedEntry.id == entry.id, CannedEntry.version == entry.version)
        .values(
            content=dict(content),
            version=entry.version + 1,
            is_retired=is_retired,
            is_by_hand=agent is not None,
        )
        .returning(CannedEntry.version)
    )
    version = changed.scalar_one_or_none()
    if version is None:
        raise Conflict("it was changed meanwhile")
    await _keep_version(tx, agent, entry.id, version, content, now, is_retired=is_retired)
    return version


async def _keep_version(
    tx: Transaction,
    agent: Agent | None,
    entry_id: int,
    version: int,
    content: Mapping[str, Any],
    now: datetime,
    *,
    is_retired: bool,
) -> None:
    await tx.execute(
        insert(CannedVersion).values(
            entry_id=entry_id,
            version=version,
            at=now,
            agent_id=None if agent is None else agent.id,
            author=None if agent is None else agent.name,
            content=dict(content),
            is_retired=is_retired,
        )
    )


async def versions(tx: Transaction, entry_id: int) -> Sequence[RowMapping]:
    """Newest first."""
    rows = await tx.execute(
        select(CannedVersion.__table__)
        .where(CannedVersion.entry_id == entry_id)
        .order_by(CannedVersion.version.desc())
        .limit(MOST_LISTED)
    )
    return rows.mappings().all()


async def count_use(tx: Transaction, entry_id: int) -> None:
    """One more time that it was chosen."""
    await tx.execute(
        update(CannedEntry).where(CannedEntry.id == entry_id).values(uses=CannedEntry.uses + 1)
    )
