"""Towns and addresses as values: what the readers of this folder return. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

EARTH_RADIUS_KM = 6371.0

PUBLIC_DECIMALS = 4
"""Of a degree: 11 m from south to north, 8 m from west to east at 45.7°. A device's position is
good to 3 m: enough to tell in which doorway somebody stood, and a hole in the road needs less."""


def public_point(latitude: float, longitude: float) -> tuple[float, float]:
    """A point as anybody may know it: on a grid."""
    return round(latitude, PUBLIC_DECIMALS), round(longitude, PUBLIC_DECIMALS)


@dataclass(frozen=True)
class Commune:
    """A town. `other_names` holds former and short names; `centre` is (latitude, longitude)."""

    insee: str
    name: str
    other_names: tuple[str, ...]
    postcodes: tuple[str, ...]
    population: int
    population_year: int
    centre: tuple[float, float]


@dataclass(frozen=True)
class CommuneMention:
    """A town named in a text, `text[slice(*span)]`, as its author wrote it.

    One candidate: that is the town. Several: the author must be asked. None: `is_outside`, a place
    that is known not to be in the metropolis.
    """

    candidates: tuple[Commune, ...]
    arrondissement: int | None
    span: tuple[int, int]
    text: str

    @property
    def commune(self) -> Commune | None:
        """The town, when there is only one that it can be."""
        return self.candidates[0] if len(self.candidates) == 1 else None

    @property
    def is_outside(self) -> bool:
        """Whether the place named is not in the metropolis."""
        return not self.candidates

    @property
    def name(self) -> str:
        """What to call it: the town's own name when it is known, else the author's words."""
        return self.commune.name if self.commune else self.text


@dataclass(frozen=True)
class Address:
    """A place in words, to show (`text`) or to geocode (`number`, `street`).

    `span` is where it stood in the message; a part that was not said is None.
    """

    text: str
    number: str | None
    street: str | None
    landmark: str | None
    span: tuple[int, int]


@dataclass(frozen=True)
class Box:
    """What lies between two latitudes and two longitudes, in degrees."""

    south: float
    west: float
    north: float
    east: float


@dataclass(frozen=True)
class Candidate:
    """An address that an address service knows.

    `kind` is the service's own word: housenumber, street, locality, municipality. `name` is what
    to show, without the town; `street` and `number` are None where there are none. `commune` is
    an INSEE code of the metropolis, None for an address outside it, whose town is `city`.
    `district` tells parts of a town apart: a former commune, when the service names one.
    `score` is the service's own, from 0 to 1; points are in degrees.
    """

    name: str
    street: str | None
    number: str | None
    kind: str
    city: str
    commune: str | None
    arrondissement: int | None
    district: str | None
    latitude: float
    longitude: float
    score: float


def distance_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Great-circle distance of two (latitude, longitude) points in degrees, in kilometres."""
    lat1, lon1, lat2, lon2 = map(math.radians, (*one, *other))
    half = (
        math.sin((lat2 - lat1) / 2) ** 2
        + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(half))
