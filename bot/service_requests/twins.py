"""Requests that a new one may repeat: how near, and in which order they are shown. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from rapidfuzz import fuzz

from bot.places.rules import PUBLIC_DECIMALS, Box, distance_km
from bot.service_requests.draft import Draft
from bot.service_requests.rules import Status
from bot.words.folding import fold

SHOWN = 3
YOUNGER_THAN = timedelta(days=120)
"""An open request that is older was forgotten by somebody: a new one is better."""
ALIKE = 0.55
"""Likeness of two descriptions, from 0 to 1, from which two services of a family may mean one
thing."""
FEWEST_WORDS = 3
SAID_STEP_M = 25
METRES_A_DEGREE = 111_195.0
WEIGHTS = {"distance": 0.45, "service": 0.25, "likeness": 0.2, "age": 0.1}


@dataclass(frozen=True)
class Twin:
    """A stored request near a draft. `distance_m`: from the point that anybody may know, unless the
    same citizen filed it; None when only the address is the same."""

    reference: str
    service: str
    commune: str
    address: str | None
    description: str
    status: Status
    filed_at: datetime
    distance_m: float | None
    is_own: bool = False  # the same citizen filed it
    planned_on: date | None = None  # the day given for it


def box_around(latitude: float, longitude: float, radius_m: float) -> Box:
    """A box that holds every point whose place on the public grid is in the circle: asked with one
    report after another, its edges would find the stored point."""
    cell = 10.0**-PUBLIC_DECIMALS
    high = radius_m / METRES_A_DEGREE
    wide = high / max(0.01, math.cos(math.radians(latitude))) + cell
    high += cell
    return Box(latitude - high, longitude - wide, latitude + high, longitude + wide)


def place_key(address: str | None) -> str | None:
    """An address as it is compared: `"12, Rue Hugo"` and `"12 rue hugo"` are one."""
    words = "".join(c if c.isalnum() else " " for c in fold(address or "")).split()
    return " ".join(words) or None


def metres(draft: Draft, latitude: float | None, longitude: float | None) -> float | None:
    """From the draft's point to another; None when one of them has none."""
    if draft.latitude is None or draft.longitude is None or latitude is None or longitude is None:
        return None
    return 1000 * distance_km((draft.latitude, draft.longitude), (latitude, longitude))


def likeness(one: str, other: str) -> float:
    """Of two descriptions, from 0 to 1. A word or two are like anything that holds them: they mean
    nothing, and would tell whether somebody wrote them."""
    if min(len(one.split()), len(other.split())) < FEWEST_WORDS:
        return 0.0
    return float(fuzz.token_set_ratio(fold(one), fold(other))) / 100


def said_metres(distance_m: float) -> int:
    """A distance as it is said: less than that, in steps."""
    return SAID_STEP_M * (int(distance_m // SAID_STEP_M) + 1)


def ranked(
    draft: Draft, candidates: Iterable[Twin], radius_m: float, now: datetime
) -> tuple[Twin, ...]:
    """Those that may be the same problem, likeliest first, `SHOWN` at most: inside the radius, of
    the same service or told in like words."""
    scored = []
    for twin in candidates:
        if twin.distance_m is not None and twin.distance_m > radius_m:
            continue
        alike = likeness(draft.description, twin.description)
        is_same_service = twin.service == draft.service
        if not is_same_service and alike < ALIKE:
            continue
        parts = {
            "distance": 1 - (twin.distance_m or 0) / radius_m,
            "service": float(is_same_service),
            "likeness": alike,
            "age": max(0.0, 1 - (now - twin.filed_at) / YOUNGER_THAN),
        }
        score = sum(WEIGHTS[name] * part for name, part in parts.items())
        scored.append((-score, twin.reference, twin))
    return tuple(twin for _, _, twin in sorted(scored, key=lambda s: s[:2])[:SHOWN])
