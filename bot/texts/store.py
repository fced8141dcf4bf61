"""Versions of sentences. Rights are asked here: by role and by town, always."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.engine import RowMapping

from bot.accounts.rules import Agent
from bot.errors import Conflict, Forbidden
from bot.storage.announcing import announce_settings
from bot.storage.transaction import Transaction
from bot.texts.rules import Text, check_edits
from bot.texts.tables import TextVersion
from bot.words.editions import EVERYWHERE

MOST_VERSIONS = 100


@dataclass(frozen=True)
class Version:
    """A sentence as somebody left it. `commune`: INSEE code, None for all; `text`: None where it
    was given up; `restored`: the version that it repeats, 0 for none of one's own."""

    key: str
    commune: str | None
    version: int
    at: datetime
    agent_id: UUID
    author: str
    text: Text | None
    restored: int | None


def _version(row: RowMapping) -> Version:
    return Version(
        row["key"],
        row["commune"] or None,
        row["version"],
        row["at"],
        row["agent_id"],
        row["author"],
        None if row["content"] is None else Text.from_json(row["content"]),
        row["restored"],
    )


async def _last(tx: Transaction, among: ColumnElement[bool]) -> list[Version]:
    rows = await tx.execute(
        select(TextVersion.__table__)
        .ext(distinct_on(TextVersion.commune, TextVersion.key))
        .where(among)
        .order_by(TextVersion.commune, TextVersion.key, TextVersion.version.desc())
    )
    return [version for version in map(_version, rows.mappings()) if version.text is not None]


async def in_force(tx: Transaction) -> list[Version]:
    """Every edition that holds, of every town: for the process, not for anybody."""
    return await _last(tx, true())


async def standing(tx: Transaction, agent: Agent) -> list[Version]:
    """The editions that an administrator may read: for all, and of their towns. Raises
    `Forbidden`."""
    if not agent.audits:
        raise Forbidden("texts")
    among: ColumnElement[bool] = true()
    if agent.communes is not None:
        among = or_(
            TextVersion.commune == EVERYWHERE, TextVersion.commune.in_(sorted(agent.communes))
        )
    return await _last(tx, among)


async def history(tx: Transaction, agent: Agent, key: str, commune: str | None) -> list[Version]:
    """The versions of a sentence, newest first. Raises `Forbidden`, `NotFound`."""
    check_edits(agent, commune)
    rows = await tx.execute(
        select(TextVersion.__table__)
        .where(TextVersion.key == key, TextVersion.commune == (commune or EVERYWHERE))
        .order_by(TextVersion.version.desc())
        .limit(MOST_VERSIONS)
    )
    return [_version(row) for row in rows.mappings()]


async def hold(tx: Transaction, agent: Agent, key: str, commune: str | None) -> Version | None:
    """The last version, to be followed by another; whoever else writes that sentence waits until
    this transaction ends. Raises as `history`."""
    check_edits(agent, commune)
    name = f"text:{commune or EVERYWHERE}:{key}"
    await tx.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))
    return next(iter(await history(tx, agent, key, commune)), None)


async def add(
    tx: Transaction,
    agent: Agent,
    key: str,
    commune: str | None,
    base: int,
    text: Text | None,
    now: datetime,
    restored: int | None = None,
) -> int:
    """Write the version after `base`; its number. Every process hears of it at the commit. Raises
    `Forbidden`, `NotFound`, and `Conflict` when there is another already."""
    check_edits(agent, commune)
    made = await tx.execute(
        insert(TextVersion)
        .values(
            key=key,
            commune=commune or EVERYWHERE,
            version=base + 1,
            at=now,
            agent_id=agent.id,
            author=agent.name,
            content=None if text is None else text.to_json(),
            restored=restored,
        )
        .on_conflict_do_nothing()
        .returning(TextVersion.version)
    )
    version = made.scalar_one_or_none()
    if version is None:
        raise Conflict("it was changed meanwhile")
    await announce_settings(tx)
    return version
