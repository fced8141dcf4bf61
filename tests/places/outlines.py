"""Small outlines of our own: squares around the middle of two towns, side by side."""

from __future__ import annotations

import json
from typing import Any

BRON = ("69029", "Bron", 4.90)
CALUIRE = ("69034", "Caluire-et-Cuire", 4.92)
SIDE = 0.02


def square(west: float, south: float = 45.72, side: float = SIDE) -> dict[str, Any]:
    """A GeoJSON square of that many degrees."""
    east, north = west + side, south + side
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def a_commune(town: tuple[str, str, float] = BRON, **replaced: Any) -> dict[str, Any]:
    """As the API's array has it."""
    code, name, west = town
    plain = {"code": code, "nom": name, "population": 1, "contour": square(west)}
    return plain | replaced


def as_bytes(*communes: object) -> bytes:
    return json.dumps(list(communes)).encode()


def as_collection(*communes: dict[str, Any]) -> bytes:
    """The same as GeoJSON."""
    features = [
        {
            "type": "Feature",
            "properties": {k: v for k, v in one.items() if k != "contour"},
            "geometry": one["contour"],
        }
        for one in communes
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()
