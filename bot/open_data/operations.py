"""What can be asked of the open data: pages of records, and what a view of the map shows."""

from __future__ import annotations

from bot.open_data import store
from bot.open_data.rules import (
    METROPOLIS,
    MOST_POINTS,
    Drawn,
    Page,
    Published,
    Wanted,
    cell_of_view,
)
from bot.storage.transaction import Transaction


async def page(
    tx: Transaction, published: Published, wanted: Wanted, size: int, after: str | None = None
) -> Page:
    """Records that follow the one of reference `after`, newest first. Raises `Invalid`."""
    found = await store.records(tx, published, wanted, size + 1, after)
    has_more = len(found) > size
    return Page(tuple(found[:size]), found[size - 1].reference if has_more else None)


async def drawn(tx: Transaction, published: Published, wanted: Wanted, zoom: int) -> Drawn:
    """What a view of the map shows: its records, or groups of them above `MOST_POINTS`."""
    many = await store.count(tx, published, wanted, MOST_POINTS + 1, on_the_map=True)
    if many <= MOST_POINTS:
        return Drawn(records=tuple(await store.records_with_a_point(tx, published, wanted)))
    cell = cell_of_view(zoom, wanted.box or METROPOLIS)
    return Drawn(groups=tuple(await store.groups(tx, published, wanted, cell)))
