"""Reads where something is: an address, a town, a position, a choice, and what is more precise.

The address service is not asked here: see `locating.py`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Protocol

from bot.places.addresses import find_address
from bot.places.candidates import names, rank
from bot.places.communes import Gazetteer
from bot.places.landmarks import is_beside
from bot.places.precision import Precision, find_precision, joined
from bot.places.rules import Address, CommuneMention
from bot.service_requests.draft import Draft, Place, PlaceChoice
from bot.service_requests.locating import Spot
from bot.service_requests.pointing import means_same_place
from bot.services.replies import plain
from bot.words.phrases import Line, say

_NTH = re.compile(r"(?:(?:le|la|number|numero|n) )?([1-9])")
_PART = re.compile(r"\s*\(\d{1,2}(?:er|e)\)$")


class Told(Protocol):
    """What a message says of places beside its words."""

    @property
    def spot(self) -> Spot | None: ...
    @property
    def earlier(self) -> Place | None: ...
    @property
    def at_earlier(self) -> bool: ...


class PlaceReader:
    """Reads places against the communes, and says them back."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer

    def place(self, draft: Draft) -> Line:
        """The place as it is said back: address, town, and what makes it more precise."""
        where: Line = draft.address or say("form.position_shared")
        if draft.commune is not None:
            where = say("form.place", address=where, town=self.town(draft.commune))
        if draft.precision:
            where = say("form.place_precise", place=where, precision=draft.precision)
        return where

    def town(self, insee: str | None) -> str:
        return "" if insee is None else self._gazetteer.by_insee(insee).name

    def take(
        self,
        draft: Draft,
        said: Told,
        text: str,
        mention: CommuneMention | None = None,
        *,
        instead: bool = False,
    ) -> tuple[Draft, tuple[Line, ...]]:
        """Address, town and precision of a text. An unknown or ambiguous town is asked, never
        guessed. `instead`: a landmark replaces the street, else it makes it more precise."""
        if said.spot is not None:
            precise = find_precision(text, None)
            if precise is not None:
                draft = replace(draft, precision=joined(draft.precision, precise.text))
            return self.take_point(draft, said.spot)
        found = mention or self._gazetteer.mention(text)
        town = found.span if found is not None else None
        address = find_address(text, town)
        names_none = found is None and (address is None or address.street is None)
        if names_none and (said.at_earlier or means_same_place(text)):
            return self._take_earlier(draft, said.earlier, find_precision(text, None))
        if address is not None and not instead and _is_beside(draft, address):
            address = None
        precise = find_precision(text, address, town)
        if address is not None:
            draft = _at_address(draft, address, precise)
        elif precise is not None:
            draft = replace(draft, precision=joined(draft.precision, precise.text))
        if found is None:
            only = precise if address is None and draft.step is not None else None
            return self.with_detail(draft, text, only)
        if found.is_outside:
            outside = replace(draft, commune=None, address=None if address else draft.address)
            return outside, (say("form.outside", town=found.name),)
        if found.commune is None:
            choices = tuple(c.insee for c in found.candidates[:4])
            return replace(draft.in_town(None), commune_choices=choices), ()
        draft = draft.in_town(found.commune.insee)
        if found.arrondissement and draft.address and "Lyon" not in draft.address:
            draft = _in_part(draft, rank(found.arrondissement))
        return draft, ()

    def with_detail(
        self, draft: Draft, text: str, precise: Precision | None
    ) -> tuple[Draft, tuple[Line, ...]]:
        """A precision of the place that is known already: said back, and whatever was told
        beside it is kept."""
        if precise is None or not draft.has_place:
            return draft, ()
        if not precise.is_all and text not in draft.description:
            draft = replace(draft, description=f"{draft.description}\n{text}".strip()[:4000])
        return draft, (say("form.precision_noted", place=self.place(draft)),)

    def _take_earlier(
        self, draft: Draft, earlier: Place | None, precise: Precision | None
    ) -> tuple[Draft, tuple[Line, ...]]:
        """The place of the citizen's latest report: said, so that it can be corrected."""
        if earlier is None:
            return draft, (say("form.no_earlier_place"),)
        address = None if earlier.address is None else find_address(earlier.address)
        placed = replace(
            draft,
            address=earlier.address,
            is_landmark=address is None or address.street is None,
            latitude=earlier.latitude,
            longitude=earlier.longitude,
            commune=earlier.commune,
            commune_choices=(),
            place_choices=(),
            precision=joined(earlier.precision, precise.text if precise else "") or None,
            is_settled=earlier.latitude is not None,
        )
        return placed, (say("form.same_place", place=self.place(placed)),)

    def take_point(self, draft: Draft, spot: Spot) -> tuple[Draft, tuple[Line, ...]]:
        """A shared position, with the town and the address that are known of it. A street that
        only the citizen knows stays; a landmark makes the address more precise."""
        if spot.is_outside:
            return draft, (say("form.point_outside"),)
        if draft.is_settled:
            draft = replace(draft, address=None, is_settled=False)
        commune = spot.commune or (draft.commune if draft.commune in spot.near else None)
        placed = replace(
            draft,
            latitude=spot.latitude,
            longitude=spot.longitude,
            commune=commune,
            commune_choices=() if commune else spot.near,
            place_choices=(),
        )
        if spot.address is None or (draft.address is not None and not draft.is_landmark):
            return placed, ()
        placed = replace(
            placed,
            address=spot.address,
            is_landmark=False,
            is_settled=True,
            precision=joined(draft.address, draft.precision or "") or None,
        )
        remark = say("form.position_found", place=self.place(placed))
        return placed, (remark,) if draft.noted else ()

    def choice_said(self, draft: Draft, text: str) -> PlaceChoice | None:
        """The one choice that a text names; None for none, for several, for another street."""
        address = find_address(text)
        if address is not None and address.street is not None:
            return None
        titled = [choice for choice in draft.place_choices if names(text, choice.title)]
        if len(titled) == 1:
            return titled[0]
        number = _NTH.fullmatch(plain(text))
        if number is not None and 1 <= int(number[1]) <= len(draft.place_choices):
            is_part = any(f"({rank(int(number[1]))})" in c.address for c in draft.place_choices)
            return None if is_part else draft.place_choices[int(number[1]) - 1]
        found = self._gazetteer.mention(text) or self._gazetteer.mention(f"à {text}")
        if found is None or found.commune is None:
            return None
        there = [c for c in draft.place_choices if c.commune == found.commune.insee]
        if found.arrondissement is not None:
            there = [c for c in there if c.address.endswith(f"({rank(found.arrondissement)})")]
        return there[0] if len(there) == 1 else None


def _is_beside(draft: Draft, address: Address) -> bool:
    """Whether what reads as a landmark is said of a street or a point that is known:
    `"devant l’école"`."""
    is_known = draft.has_place and not draft.is_landmark
    return is_known and address.street is None and is_beside(address.text)


def _in_part(draft: Draft, part: str) -> Draft:
    """The draft with the part of a divided town behind its address, instead of another part."""
    address = f"{_PART.sub('', draft.address or '')} ({part})"
    if address == draft.address or not draft.is_settled:
        return replace(draft, address=address)
    return replace(draft, address=address, latitude=None, longitude=None, is_settled=False)


def _at_address(draft: Draft, address: Address, precise: Precision | None) -> Draft:
    """The draft at an address just told. What stands beside a street is a precision of it; the
    former address's own is forgotten."""
    parts = [precise.text] if precise is not None else []
    text = address.text
    if address.street is not None and address.landmark is not None:
        text = f"{address.number} {address.street}" if address.number else address.street
        parts.insert(0, address.landmark)
    return replace(
        draft,
        address=text,
        is_landmark=address.street is None,
        precision=joined(draft.precision if draft.address is None else None, *parts) or None,
        is_settled=False,
        place_choices=(),
        latitude=None,
        longitude=None,
    )
