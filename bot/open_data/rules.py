"""What anybody may see of a request, by whatever door: GeoReport, files, map. Pure.

A request says where somebody was and when, so it is published without what would tell who:

- services about a person stay out: the `sensitive` ones, and every formal demand (its place is
  the home of whoever asks);
- no words of a citizen, no landmark ("chez Mme Dupont"), no photo before somebody has looked at it;
- the street without the number (`public_address` of the places);
- the day without the hour;
- the point on the grid of `places.rules.public_point`. Filters look at that point too: asked with
  ever smaller boxes, the stored one would be found.

Of what was posted through Open311, GeoReport shows words, number and point as well, since its
author knows that they are public. The files and the map make no such difference.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from bot.places.rules import Box
from bot.service_requests.rules import CLOSED, Status
from bot.services.rules import Catalogue, Service

LICENCE = "Licence Ouverte / Open Licence 2.0"
LICENCE_URL = "https://www.etalab.gouv.fr/licence-ouverte-open-licence/"
MOST_A_PAGE = 1000
MOST_POINTS = 1000
"""On one view of the map; more are drawn as groups."""
CELL_PX = 120
"""A group's side on the screen: two fingers' breadth, so that two can be told apart."""
MOST_CELLS_A_SIDE = 64
"""Of a view: a screen of 7680 pixels has that many groups beside each other."""
METROPOLIS = Box(45.4, 4.5, 46.1, 5.3)
"""What a view without a box shows: around the communes of the metropolis, with room to spare."""
TILE_PX = 256
LAST_ZOOM = 19


@dataclass(frozen=True)
class Published:
    """The codes of the services whose requests anybody may see, for most communes and for those
    that have services of their own."""

    everywhere: frozenset[str]
    of_communes: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, catalogue: Catalogue) -> Published:
        def codes(commune: str | None) -> frozenset[str]:
            return frozenset(s.code for s in catalogue.offered(commune) if is_public(s))

        return cls(codes(None), {insee: codes(insee) for insee in catalogue.of_communes})


def is_public(service: Service) -> bool:
    """Whether its requests are of public space, and of nobody's own affairs."""
    return not service.sensitive and service.procedure is None


class Step(StrEnum):
    """How far a request has come, for whoever looks from outside. `STOPPED`: closed, and nobody
    says that it was repaired."""

    RECEIVED = "received"
    IN_HAND = "in_hand"
    SOLVED = "solved"
    STOPPED = "stopped"


STEPS: Mapping[Status, Step] = {
    Status.NEW: Step.RECEIVED,
    Status.FORWARDED: Step.RECEIVED,
    Status.FORWARD_FAILED: Step.RECEIVED,
    Status.REOPENED: Step.RECEIVED,
    Status.WAITING_CITIZEN: Step.IN_HAND,
    Status.IN_PROGRESS: Step.IN_HAND,
    Status.PLANNED: Step.IN_HAND,
    Status.MONITORING: Step.IN_HAND,
    Status.RESOLVED: Step.SOLVED,
    Status.REJECTED: Step.STOPPED,
    Status.WITHDRAWN: Step.STOPPED,
    Status.ARCHIVED: Step.STOPPED,
}


def status_of(status: Status) -> str:
    """`open` or `closed`, the two states of the standard."""
    return "closed" if status in CLOSED else "open"


@dataclass(frozen=True)
class Record:
    """A request as it is published. `point`: latitude, longitude."""

    reference: str
    service: str
    commune: str
    status: Status
    filed_on: date
    changed_on: date
    street: str | None
    point: tuple[float, float] | None


@dataclass(frozen=True)
class Wanted:
    """Which requests are asked for. `services`: their codes, None for all. `since` and `until`: the
    days on which they were filed, both included."""

    commune: str | None = None
    services: frozenset[str] | None = None
    is_open: bool | None = None
    since: date | None = None
    until: date | None = None
    box: Box | None = None


@dataclass(frozen=True)
class Page:
    """Records that follow one another, newest first. `after`: what to ask for next, None when these
    are the last."""

    records: tuple[Record, ...]
    after: str | None


@dataclass(frozen=True)
class Group:
    """Requests of one cell of the map's grid: how many, in the middle of their points, and the box
    that holds them."""

    count: int
    still_open: int
    point: tuple[float, float]
    box: Box


@dataclass(frozen=True)
class Drawn:
    """What a view of the map shows: each request, or groups of them when there are too many."""

    records: tuple[Record, ...] = ()
    groups: tuple[Group, ...] = ()

    @property
    def count(self) -> int:
        return len(self.records) + sum(group.count for group in self.groups)


def cell_degrees(zoom: float, latitude: float) -> tuple[float, float]:
    """Height and width in degrees of a square cell of `CELL_PX` at a zoom of a web map."""
    wide = 360 / 2**zoom * CELL_PX / TILE_PX
    return wide * math.cos(math.radians(latitude)), wide


def cell_of_view(zoom: float, box: Box) -> tuple[float, float]:
    """The same for what is shown of `box`: no smaller than its `MOST_CELLS_A_SIDE`th part. Whoever
    asks for all of the metropolis with the zoom of a doorstep gets groups, not every point."""
    high, wide = cell_degrees(zoom, (box.south + box.north) / 2)
    return (
        max(high, (box.north - box.south) / MOST_CELLS_A_SIDE),
        max(wide, (box.east - box.west) / MOST_CELLS_A_SIDE),
    )
