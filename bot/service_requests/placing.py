"""The places that somebody at a desk may mean by an address, a town or a point on the map.

Asked in no transaction. What the address service does not know stays as it was written.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import Invalid
from bot.places.addresses import find_address, without_town
from bot.places.candidates import rank
from bot.places.communes import Gazetteer
from bot.places.outlines import PointFinder
from bot.service_requests.draft import Draft, Place
from bot.service_requests.locating import Locator

LONGEST_ADDRESS = 200


@dataclass(frozen=True)
class Meant:
    """What was written and pointed at. `commune`: INSEE code, where it was chosen; `point`:
    latitude and longitude in degrees."""

    address: str = ""
    commune: str | None = None
    point: tuple[float, float] | None = None


@dataclass(frozen=True)
class Placer:
    """Finds them. Every refusal is `Invalid` with a reason: `empty`, `unknown` (a code of no town),
    `outside` (of the metropolis), `town` (which one has to be said)."""

    locator: Locator
    outlines: PointFinder
    gazetteer: Gazetteer

    async def places(self, meant: Meant) -> tuple[Place, ...]:
        """The likeliest first; more than one where somebody has to choose. A point is of the town
        whose outline is around it, whatever was chosen."""
        address = " ".join(meant.address.split())
        if len(address) > LONGEST_ADDRESS:
            raise Invalid("address", f"at most {LONGEST_ADDRESS} characters", reason="too_long")
        self._check_town(meant.commune)
        if meant.point is not None:
            return await self._around(meant.point, address, meant.commune)
        if address:
            return await self._called(address, meant.commune)
        if meant.commune is None:
            raise Invalid("address", "nothing tells a place", reason="empty")
        return (Place(None, None, None, meant.commune),)

    async def _around(
        self, point: tuple[float, float], address: str, commune: str | None
    ) -> tuple[Place, ...]:
        spot = await self.locator.spot(*point)
        if spot.is_outside:
            raise Invalid("point", "in no town of ours", reason="outside")
        told = address or spot.address
        towns = [spot.commune] if spot.commune else [commune] if commune else list(spot.near)
        return tuple(Place(told, *point, town) for town in towns)

    async def _called(self, words: str, commune: str | None) -> tuple[Place, ...]:
        mention = self.gazetteer.mention(words)
        address, town = words, commune
        if mention is not None:
            if mention.is_outside and commune is None:
                raise Invalid("address", "in no town of ours", reason="outside")
            named = None if mention.commune is None else mention.commune.insee
            town = commune or named
            told = find_address(words, mention.span)
            if told is not None and named in (None, town):
                address = without_town(told, mention.span).text
            if mention.arrondissement is not None and named == town:
                address = f"{address} ({rank(mention.arrondissement)})"
        settled = await self.locator.settle(Draft(address=address, commune=town), words)
        if settled.outside is not None:
            raise Invalid("address", "in no town of ours", reason="outside")
        draft = settled.draft
        if draft.place_choices:
            return tuple(
                Place(one.address, one.latitude, one.longitude, one.commune)
                for one in draft.place_choices
            )
        if draft.commune is None:
            raise Invalid("commune", "the town has to be said", reason="town")
        return (Place(draft.address, draft.latitude, draft.longitude, draft.commune),)

    async def check(self, place: Place) -> None:
        """Raises `Invalid` for what is no place of ours: of no town, outside, or a bare point in
        another town (`elsewhere`). A house's town is as its address says: near a border the
        outlines, which are simplified, may differ."""
        if place.commune is None:
            raise Invalid("commune", "a town is needed", reason="town")
        self._check_town(place.commune)
        if place.latitude is None or place.longitude is None:
            return
        lies = await self.outlines.at(place.latitude, place.longitude)
        is_around = self.gazetteer.is_around(place.latitude, place.longitude)
        if lies.outside or not (lies.commune or is_around):
            raise Invalid("point", "in no town of ours", reason="outside")
        if not place.address and lies.commune not in (None, place.commune):
            raise Invalid("commune", "the point is in another one", reason="elsewhere")

    def _check_town(self, commune: str | None) -> None:
        if commune is not None and commune not in {one.insee for one in self.gazetteer.communes}:
            raise Invalid("commune", "no town of ours", reason="unknown")
