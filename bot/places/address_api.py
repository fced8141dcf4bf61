"""An address service that speaks the national address API's format.

`/search` and `/reverse` answer a GeoJSON FeatureCollection
(https://adresse.data.gouv.fr/outils/api-doc/adresse); the program behind it is addok. Nothing here
keeps or logs what citizens wrote.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Mapping
from typing import Any

import aiohttp

from bot.errors import Unavailable
from bot.places.communes import Gazetteer
from bot.places.rules import Candidate

TIMEOUT_S = 1.5
"""A citizen waits: after that the text is kept as told."""
MOST_CANDIDATES = 15
LONGEST_QUERY = 180
"""Characters; the API refuses more than 200."""
LARGEST_ANSWER = 1_000_000
"""Bytes. Fifteen addresses take about ten thousand."""
CHUNK = 65_536


class AddressApi:
    """The service at a base URL, over a session that whoever made it closes."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        gazetteer: Gazetteer,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._session = session
        self._url = url.rstrip("/")
        self._gazetteer = gazetteer
        self._timeout_s = timeout_s

    async def search(
        self,
        text: str,
        *,
        near: tuple[float, float] | None = None,
        insee: str | None = None,
        arrondissement: int | None = None,
    ) -> tuple[Candidate, ...]:
        """See `Geocoder.search`."""
        asked = {"q": text[:LONGEST_QUERY], "limit": str(MOST_CANDIDATES)}
        if near is not None:
            asked |= {"lat": f"{near[0]:.5f}", "lon": f"{near[1]:.5f}"}
        if insee is not None and self._gazetteer.is_divided(insee):
            # Its addresses bear the codes of its parts, never its own.
            part = arrondissement and self._gazetteer.part_postcode(insee, arrondissement)
            town = self._gazetteer.by_insee(insee).name
            asked |= {"postcode": part} if part else {"q": f"{asked['q']} {town}"}
        elif insee is not None:
            asked["citycode"] = insee
        return self._candidates(await self._ask("search", asked))

    async def reverse(self, latitude: float, longitude: float) -> Candidate | None:
        """See `Geocoder.reverse`."""
        asked = {"lat": f"{latitude:.6f}", "lon": f"{longitude:.6f}", "limit": "1"}
        found = self._candidates(await self._ask("reverse", asked))
        return found[0] if found else None

    async def _ask(self, door: str, asked: Mapping[str, str]) -> Any:
        """What the service answers, read as JSON. Raises `Unavailable`, without the words that
        were asked for in it."""
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                # What citizens wrote goes to the service that was set, and no further.
                self._session.get(
                    f"{self._url}/{door}", params=asked, allow_redirects=False
                ) as answer,
            ):
                if answer.status != 200:
                    raise Unavailable(f"the address service answered {answer.status}")
                raw = bytearray()
                async for chunk in answer.content.iter_chunked(CHUNK):
                    raw += chunk
                    if len(raw) > LARGEST_ANSWER:
                        raise Unavailable("the address service answered too much")
            return json.loads(raw)
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError, RecursionError) as error:
            raise Unavailable(f"the address service: {type(error).__name__}") from error

    def _candidates(self, answer: Any) -> tuple[Candidate, ...]:
        """The addresses of an answer; one that cannot be read is left out. Raises `Unavailable`
        for what is no answer of such a service."""
        features = answer.get("features") if isinstance(answer, dict) else None
        if not isinstance(features, list):
            raise Unavailable("the address service: no collection of addresses")
        found = (self._candidate(feature) for feature in features)
        return tuple(candidate for candidate in found if candidate is not None)

    def _candidate(self, feature: Any) -> Candidate | None:
        if not isinstance(feature, dict):
            return None
        told, geometry = feature.get("properties"), feature.get("geometry")
        if not isinstance(told, dict) or not isinstance(geometry, dict):
            return None
        point = _point(geometry.get("coordinates"))
        name, city = _words(told, "name"), _words(told, "city")
        if point is None or not name or not city:
            return None
        kind = _words(told, "type") or ""
        commune, arrondissement = self._town(told, city)
        street = _words(told, "street") or (name if kind == "street" else None)
        return Candidate(
            name=name,
            street=street,
            number=_words(told, "housenumber"),
            kind=kind,
            city=city,
            commune=commune,
            arrondissement=arrondissement,
            district=_words(told, "oldcity"),
            latitude=point[0],
            longitude=point[1],
            score=_number(told.get("score")) or 0.0,
        )

    def _town(self, told: Mapping[str, Any], city: str) -> tuple[str | None, int | None]:
        """The town by its code; by its name when the code is older than a merger."""
        by_code = self._gazetteer.by_code(_words(told, "citycode") or "")
        if by_code is not None:
            return by_code[0].insee, by_code[1]
        postcode = _words(told, "postcode") or ""
        named = self._gazetteer.named(f"{postcode} {city}".strip())
        return (named[0].insee if len(named) == 1 else None), None


def _point(coordinates: Any) -> tuple[float, float] | None:
    """(latitude, longitude) of a GeoJSON position."""
    if not isinstance(coordinates, list) or len(coordinates) < 2:
        return None
    longitude, latitude = _number(coordinates[0]), _number(coordinates[1])
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None
    return latitude, longitude


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _words(told: Mapping[str, Any], key: str) -> str | None:
    value = told.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return (value.strip()[:200] or None) if isinstance(value, str) else None
