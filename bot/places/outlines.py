"""Which commune a point lies in, by the imported outlines, kept in memory."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import shapely

from bot.places import store
from bot.storage.transaction import Database

CHECKED_EVERY_S = 30.0
"""An import is noticed by a running service within that time."""
BORDER_M = 60.0
"""Simplified outlines leave gaps between neighbours; a point there is of the nearest."""
METRES_A_DEGREE = 111_195.0
DRAWN_WITHIN_DEGREES = 0.0004
"""Some 40 m: less than a pixel where the whole metropolis is on a screen."""
DRAWN_GRID_DEGREES = 0.00001


@dataclass(frozen=True)
class Lies:
    """Where a point lies: in a commune, `outside` of all, or unknown (neither)."""

    commune: str | None = None
    outside: bool = False


UNKNOWN = Lies()


class PointFinder(Protocol):
    """The port to whoever knows the outlines."""

    async def at(self, latitude: float, longitude: float) -> Lies:
        """Where a point in degrees lies."""
        ...


class DrawnOutlines(PointFinder, Protocol):
    """Outlines that a map can show as well."""

    async def drawn(self) -> dict[str, Any] | None:
        """What is known, as GeoJSON; None where nothing is."""
        ...


class NoOutlines:
    """Where nothing is imported: every point is unknown."""

    async def at(self, latitude: float, longitude: float) -> Lies:
        """Unknown."""
        return Lies()


class Outlines:
    """Some communes' outlines, searched through a tree. `expected`: the codes of all communes;
    while one is missing, a point in none of them may be in that one."""

    def __init__(self, outlines: Mapping[str, bytes], expected: frozenset[str]) -> None:
        self._codes = list(outlines)
        self._shapes = shapely.from_wkb(np.array(list(outlines.values()), dtype=object))
        self._tree = shapely.STRtree(self._shapes)
        self._is_whole = bool(expected) and expected <= set(outlines)
        self.drawn = self._draw()

    def at(self, latitude: float, longitude: float) -> Lies:
        """See `PointFinder.at`. A point on a border is of one of its two sides, always the
        same."""
        point = shapely.Point(longitude, latitude)
        inside = self._tree.query(point, predicate="intersects")
        if len(inside):
            return Lies(min(self._codes[position] for position in inside))
        reach = BORDER_M / (METRES_A_DEGREE * max(0.01, math.cos(math.radians(latitude))))
        near = self._tree.query(point, predicate="dwithin", distance=reach)
        if len(near):
            far = {self._codes[at]: shapely.distance(self._shapes[at], point) for at in near}
            return Lies(min(far, key=lambda code: (far[code], code)))
        return Lies(outside=self._is_whole)

    def _draw(self) -> dict[str, Any]:
        """As GeoJSON (RFC 7946), as fine as a map of the whole shows it: each town by its code."""
        simple = shapely.set_precision(
            shapely.simplify(self._shapes, DRAWN_WITHIN_DEGREES), DRAWN_GRID_DEGREES
        )
        return {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": {"insee": code},
                    "geometry": json.loads(shapely.to_geojson(shape)),
                }
                for code, shape in zip(self._codes, simple, strict=True)
            ],
        }


class ImportedOutlines:
    """The outlines of the database, read again when an import has changed them."""

    def __init__(
        self,
        database: Database,
        expected: frozenset[str],
        *,
        checked_every_s: float = CHECKED_EVERY_S,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._expected = expected
        self._checked_every_s = checked_every_s
        self._clock_s = clock_s
        self._edition: store.Edition = (0, None)
        self._outlines: Outlines | None = None
        self._next_check_s = -math.inf
        self._reading = asyncio.Lock()

    async def at(self, latitude: float, longitude: float) -> Lies:
        """See `PointFinder.at`. Reads the database in a short transaction of its own."""
        outlines = await self._current()
        return outlines.at(latitude, longitude) if outlines else Lies()

    async def drawn(self) -> dict[str, Any] | None:
        """See `DrawnOutlines.drawn`; reads as `at` does."""
        outlines = await self._current()
        return outlines.drawn if outlines else None

    async def _current(self) -> Outlines | None:
        async with self._reading:
            if self._clock_s() >= self._next_check_s:
                await self._refresh()
                self._next_check_s = self._clock_s() + self._checked_every_s
        return self._outlines

    async def _refresh(self) -> None:
        async with self._database.transaction() as tx:
            edition = await store.edition(tx)
            if edition == self._edition:
                return
            stored = await store.outlines(tx)
        # Tens of milliseconds for real outlines: not on the loop.
        self._outlines = await asyncio.to_thread(Outlines, stored, self._expected)
        self._edition = edition
