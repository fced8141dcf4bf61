"""Reads the outlines of communes as the public geographic API gives them. Pure.

Two forms are read: the API's array of communes, each with a GeoJSON geometry `contour`
(`/epcis/<siren>/communes?fields=code,nom,contour`, https://geo.api.gouv.fr), and a GeoJSON
FeatureCollection whose properties hold `code` and `nom`, as its `format=geojson` gives.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry import MultiPolygon, Polygon, shape
from shapely.geometry.base import BaseGeometry

from bot.errors import Invalid

WORLD = (-180.0, -90.0, 180.0, 90.0)
EXPECTED = "an array of communes with `code`, `nom` and `contour`, or a GeoJSON FeatureCollection"


@dataclass(frozen=True)
class Contour:
    """The outline of a commune, ready to be stored. `digest` is of the geometry as given;
    `is_repaired`: it crossed itself, and was put right."""

    insee: str
    name: str
    wkb: bytes
    digest: str
    is_repaired: bool


@dataclass(frozen=True)
class Unusable:
    """A commune of the file whose outline cannot be used, and why."""

    name: str
    why: str


def read_contours(raw: bytes) -> list[Contour | Unusable]:
    """Every commune of a file, in its order. Raises `Invalid` for what is no such file."""
    try:
        data: object = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Invalid("file", f"it is not JSON; needed: {EXPECTED}") from error
    rows = list(_rows(data))
    if not rows:
        raise Invalid("file", f"it holds no commune; needed: {EXPECTED}")
    if not any(row.get("contour") for row in rows):
        raise Invalid(
            "file", "no commune has an outline; ask the API for it with `fields=code,nom,contour`"
        )
    return [_contour(row, position) for position, row in enumerate(rows, start=1)]


def _rows(data: object) -> Iterator[Mapping[str, Any]]:
    """Each commune as the API's array has it."""
    if isinstance(data, Mapping) and data.get("type") == "FeatureCollection":
        features = data.get("features")
        for feature in features if isinstance(features, list) else ():
            if isinstance(feature, Mapping):
                told = feature.get("properties")
                yield {
                    **(told if isinstance(told, Mapping) else {}),
                    "contour": feature.get("geometry"),
                }
        return
    if not isinstance(data, list):
        raise Invalid("file", f"something else was found; needed: {EXPECTED}")
    for row in data:
        if not isinstance(row, Mapping):
            raise Invalid("file", f"the array holds something else; needed: {EXPECTED}")
        yield row


def _contour(row: Mapping[str, Any], position: int) -> Contour | Unusable:
    code, name = row.get("code"), row.get("nom")
    shown = " ".join(str(one) for one in (code, name) if one) or f"entry {position}"
    if not isinstance(code, str) or not isinstance(name, str) or not code or not name:
        return Unusable(shown, "`code` and `nom` are needed")
    given = row.get("contour")
    if not isinstance(given, Mapping) or given.get("type") not in ("Polygon", "MultiPolygon"):
        return Unusable(shown, "no outline: a Polygon or a MultiPolygon is needed")
    try:
        geometry = shapely.force_2d(shape(given))
        is_valid = bool(shapely.is_valid(geometry))
        outline = _surface(geometry if is_valid else shapely.make_valid(geometry))
    except (shapely.errors.ShapelyError, ValueError, TypeError, IndexError, KeyError):
        return Unusable(shown, "its outline cannot be read")
    if outline.is_empty:
        return Unusable(shown, "its outline has no surface")
    west, south, east, north = outline.bounds
    if west < WORLD[0] or south < WORLD[1] or east > WORLD[2] or north > WORLD[3]:
        return Unusable(shown, "its outline is not in degrees of longitude and latitude")
    canonical = json.dumps(given, sort_keys=True, separators=(",", ":"))
    return Contour(
        code,
        name,
        shapely.to_wkb(outline),
        hashlib.sha256(canonical.encode()).hexdigest(),
        not is_valid,
    )


def _surface(geometry: BaseGeometry) -> MultiPolygon:
    """The polygons of a geometry; a repair may leave lines and points beside them."""
    parts = getattr(geometry, "geoms", [geometry])
    surfaces: list[Polygon] = []
    for part in parts:
        if isinstance(part, Polygon) and not part.is_empty:
            surfaces.append(part)
        elif isinstance(part, MultiPolygon):
            surfaces.extend(part.geoms)
    return MultiPolygon(surfaces)
