"""What goes through the doors that put the place of a request right, as JSON."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from bot.service_requests.placing import LONGEST_ADDRESS
from bot.web.agent.shapes import ClientId, Reference, Text
from bot.web.shapes import Given, Latitude, Longitude, Told

LONGEST_WRITTEN = LONGEST_ADDRESS + 100
"""An address that the service wrote out may be longer than what was typed."""


class PostedWhere(Given):
    """Where a request may be: words, a town (INSEE code), a point in degrees; one of them at
    least."""

    request: Reference
    address: Text = Field("", max_length=LONGEST_ADDRESS)
    commune: Text | None = Field(None, max_length=10)
    latitude: Latitude | None = None
    longitude: Longitude | None = None


class Likely(Told):
    """An open request at a place that may be the same problem. `metres`: how far, None at the very
    address."""

    reference: str
    label: str
    address: str | None
    state: str
    filed_at: datetime
    metres: int | None


class FoundPlace(Told):
    """A place that may be meant. `leaves`: its town is not one of the agent's; `has_service`: its
    town deals with such requests."""

    address: str | None
    latitude: float | None
    longitude: float | None
    commune: str
    town: str
    leaves: bool
    has_service: bool
    likely: list[Likely]


class FoundPlaces(Told):
    """`keeps`: what an outside system that has the request already goes on with, in words."""

    places: list[FoundPlace]
    keeps: str | None


class PostedMove(Given):
    """`request` goes to one of the places that were found. `leaves`: the agent confirms that it
    goes to a town that is not theirs; `joins`: an open request that it is handled with."""

    id: ClientId
    request: Reference
    address: Text | None = Field(None, max_length=LONGEST_WRITTEN)
    commune: Text = Field(max_length=10)
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    leaves: bool = False
    joins: Reference | None = None
