"""What can be asked of the outlines: keep one."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from bot.places import store
from bot.places.outline_files import Contour
from bot.storage.transaction import Transaction


class Kept(StrEnum):
    """What became of an outline."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "unchanged"


async def keep_outline(tx: Transaction, contour: Contour, source: str, now: datetime) -> Kept:
    """Store the outline of a commune, unless that very one is there."""
    known = await store.digest_of(tx, contour.insee)
    if known == contour.digest:
        return Kept.SAME
    await store.keep(tx, contour.insee, contour.name, contour.wkb, contour.digest, source, now)
    return Kept.NEW if known is None else Kept.CHANGED
