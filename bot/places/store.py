"""Queries on the outlines of the communes: public data, which everybody may read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from bot.places.tables import CommuneOutline
from bot.storage.transaction import Transaction


@dataclass(frozen=True)
class OutlineRow:
    """An imported outline, without its points."""

    insee: str
    name: str
    source: str
    imported_at: datetime
    size_bytes: int


Edition = tuple[int, datetime | None]
"""How many outlines there are, and when the newest came: differs after every import."""


async def edition(tx: Transaction) -> Edition:
    """Which outlines are stored, in short."""
    result = await tx.execute(select(func.count(), func.max(CommuneOutline.imported_at)))
    count, newest = result.one()
    return int(count), newest


async def outlines(tx: Transaction) -> dict[str, bytes]:
    """Every outline by INSEE code, as WKB."""
    result = await tx.execute(select(CommuneOutline.insee, CommuneOutline.outline))
    return {row.insee: bytes(row.outline) for row in result}


async def listed(tx: Transaction) -> list[OutlineRow]:
    """What is imported, by INSEE code."""
    result = await tx.execute(
        select(
            CommuneOutline.insee,
            CommuneOutline.name,
            CommuneOutline.source,
            CommuneOutline.imported_at,
            func.length(CommuneOutline.outline),
        ).order_by(CommuneOutline.insee)
    )
    return [OutlineRow(*row) for row in result]


async def digest_of(tx: Transaction, insee: str) -> str | None:
    """The digest of a commune's outline; None when it has none."""
    result = await tx.execute(select(CommuneOutline.digest).where(CommuneOutline.insee == insee))
    return result.scalar_one_or_none()


async def keep(
    tx: Transaction,
    insee: str,
    name: str,
    outline: bytes,
    digest: str,
    source: str,
    now: datetime,
) -> None:
    """Store a commune's outline instead of the one it had."""
    values = {
        "name": name,
        "outline": outline,
        "digest": digest,
        "source": source,
        "imported_at": now,
    }
    await tx.execute(
        insert(CommuneOutline)
        .values(insee=insee, **values)
        .on_conflict_do_update(index_elements=["insee"], set_=values)
    )
