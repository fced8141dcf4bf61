"""What can be asked of sites: allow one, deny it, list them. The command line runs as the
operator."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from bot.errors import NotFound
from bot.sites.rules import Site, with_town
from bot.sites.tables import WidgetSite
from bot.storage.transaction import Transaction


async def allow(tx: Transaction, origin: str, commune: str | None, now: datetime) -> Site:
    """Let the assistant be opened from an origin: for one more town, or for all of them. Returns
    what it is for now."""
    known = (
        await tx.execute(
            select(WidgetSite.communes).where(WidgetSite.origin == origin).with_for_update()
        )
    ).one_or_none()
    if known is None:
        communes = with_town([], commune)
        await tx.execute(
            insert(WidgetSite).values(origin=origin, communes=communes, created_at=now)
        )
    else:
        communes = with_town(known.communes, commune)
        await tx.execute(
            update(WidgetSite).where(WidgetSite.origin == origin).values(communes=communes)
        )
    return _site(origin, communes)


async def deny(tx: Transaction, origin: str) -> None:
    """It may no longer be opened from there. Raises `NotFound` for one that was not listed."""
    result = await tx.execute(delete(WidgetSite).where(WidgetSite.origin == origin))
    if not result.rowcount:
        raise NotFound("site")


async def listed(tx: Transaction) -> list[Site]:
    """Those that are allowed, by name."""
    rows = await tx.execute(
        select(WidgetSite.origin, WidgetSite.communes).order_by(WidgetSite.origin)
    )
    return [_site(origin, communes) for origin, communes in rows]


def _site(origin: str, communes: list[str] | None) -> Site:
    return Site(origin, None if communes is None else tuple(communes))
