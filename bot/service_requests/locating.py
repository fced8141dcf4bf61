"""What the address service and the outlines know of a place that a citizen told.

Asked between the reading of a message and the next question, in no transaction. What does not
answer changes nothing: the text is kept as told, and the town is asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from bot.errors import Unavailable
from bot.places import candidates
from bot.places.addresses import find_address
from bot.places.communes import Gazetteer
from bot.places.geocoder import Geocoder
from bot.places.outlines import PointFinder
from bot.places.rules import Address, Candidate, distance_km
from bot.service_requests.draft import Draft, PlaceChoice

BESIDE_M = 60
"""An address that far from a shared position is where somebody stands; further, it is not said."""
SAME_TOWN_M = 300
"""The nearest address tells the town of a position up to there, where no outline does."""
NEAR_TOWNS = 3
_PART = re.compile(r"\s*\((\d{1,2})(?:er|e)\)$")


@dataclass(frozen=True)
class Spot:
    """A shared position. `commune` is None when it has to be asked, among `near`."""

    latitude: float
    longitude: float
    is_outside: bool = False
    commune: str | None = None
    near: tuple[str, ...] = ()
    address: str | None = None


@dataclass(frozen=True)
class Settled:
    """A draft after the address service was asked. `outside`: the town, outside the metropolis,
    that the citizen named and that the address is in."""

    draft: Draft
    outside: str | None = None


class Locator:
    """Asks the address service and the outlines about places."""

    def __init__(self, geocoder: Geocoder, outlines: PointFinder, gazetteer: Gazetteer) -> None:
        self._geocoder = geocoder
        self._outlines = outlines
        self._gazetteer = gazetteer

    async def spot(self, latitude: float, longitude: float) -> Spot:
        """Town and address of a shared position in degrees: the town by its outline, else by the
        nearest address, else to be asked among the nearest."""
        lies = await self._outlines.at(latitude, longitude)
        known = lies.commune is not None
        if lies.outside or not (known or self._gazetteer.is_around(latitude, longitude)):
            return Spot(latitude, longitude, is_outside=True)
        near = tuple(
            commune.insee
            for commune in self._gazetteer.nearest(latitude, longitude, count=NEAR_TOWNS)
        )
        try:
            nearest = await self._geocoder.reverse(latitude, longitude)
        except Unavailable:
            nearest = None
        if nearest is None or nearest.commune is None:
            return Spot(latitude, longitude, commune=lies.commune, near=near)
        away_m = 1000 * distance_km((latitude, longitude), (nearest.latitude, nearest.longitude))
        commune = lies.commune or (nearest.commune if away_m <= SAME_TOWN_M else None)
        is_there = nearest.commune == commune and away_m <= BESIDE_M
        address = _written(nearest, nearest.number) if is_there else None
        return Spot(latitude, longitude, commune=commune, near=near, address=address)

    async def settle(self, draft: Draft, text: str) -> Settled:
        """The draft with what the address service knows of its typed address: the street's name,
        the point when there is a house number, the town when it was unknown, or the places to
        choose from. `text` is the message that told it."""
        part = _PART.search(draft.address or "")
        told = find_address((draft.address or "")[: part.start() if part else None])
        if told is None or told.street is None or "/" in told.street:
            return Settled(draft)  # a crossing has no address
        arrondissement = int(part[1]) if part else None
        try:
            found = await self._geocoder.search(
                _query(told),
                near=self._near(draft.commune),
                insee=draft.commune,
                arrondissement=arrondissement,
            )
        except Unavailable:
            return Settled(draft)
        meant = candidates.chosen(
            told.street, told.number, found, one_town=draft.commune is not None
        )
        inside = [
            candidate
            for candidate in meant
            if candidate.commune is not None
            and draft.commune in (None, candidate.commune)
            and arrondissement in (None, candidate.arrondissement)
        ]
        words = f"{draft.description}\n{text}"
        named = [c for c in inside if c.district and candidates.names(words, c.district)]
        inside = named or inside
        if not inside:
            return Settled(draft, None if draft.commune else _named_outside(meant, text))
        options = candidates.options(inside, self._town)
        choices = tuple(_choice(option, told.number) for option in options)
        if len(choices) == 1:
            return Settled(replace(draft.at_choice(choices[0]), place_choices=()))
        return Settled(replace(draft, commune=None, commune_choices=(), place_choices=choices))

    def _near(self, insee: str | None) -> tuple[float, float]:
        return self._gazetteer.heart if insee is None else self._gazetteer.by_insee(insee).centre

    def _town(self, insee: str) -> str:
        return self._gazetteer.by_insee(insee).name


def _query(told: Address) -> str:
    """The words to search; of `41-43`, the first number."""
    number = re.match(r"\d+\s?(?:bis|ter|quater|[a-d])?", told.number or "", re.IGNORECASE)
    return f"{number[0]} {told.street}" if number else str(told.street)


def _written(candidate: Candidate, number: str | None) -> str:
    """Its address as drafts have it, with the part of a divided town."""
    address = candidates.shown(candidate, number)
    if candidate.arrondissement:
        return f"{address} ({candidates.rank(candidate.arrondissement)})"
    return address


def _choice(option: candidates.Option, number: str | None) -> PlaceChoice:
    """A street's middle is no point: two reports in one long street would be in one place."""
    candidate = option.candidate
    has_point = candidates.has_number(candidate, number)
    return PlaceChoice(
        option.title,
        _written(candidate, number),
        candidate.latitude if has_point else None,
        candidate.longitude if has_point else None,
        str(candidate.commune),
    )


def _named_outside(meant: tuple[Candidate, ...], text: str) -> str | None:
    """The town outside that the message names and that has such an address."""
    for candidate in meant:
        if candidate.commune is None and candidates.names(text, candidate.city):
            return candidate.city
    return None
