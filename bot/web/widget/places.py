"""Which place somebody sent, in a few words beside its point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.parts import Service


@dataclass(frozen=True)
class Point:
    """What the message with that number points at, in degrees."""

    seq: int
    latitude: float
    longitude: float


async def names_of(service: Service, points: Sequence[Point]) -> dict[int, str]:
    """By number, the town in which each lies; where no outline says so, the point itself. Asked
    outside of any transaction: outlines that have changed are read anew."""
    return {point.seq: await _name(service, point) for point in points}


async def _name(service: Service, point: Point) -> str:
    lies = await service.outlines.at(point.latitude, point.longitude)
    if lies.commune is not None:
        return service.gazetteer.by_insee(lies.commune).name
    return f"{point.latitude:.5f}, {point.longitude:.5f}"
