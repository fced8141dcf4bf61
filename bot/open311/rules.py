"""GeoReport v2 (https://wiki.open311.org/GeoReport_v2) as values: who may ask what, what is
published of services and requests. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from bot.errors import Invalid
from bot.service_requests.rules import CLOSED, Status
from bot.services.rules import Catalogue, FieldKind, Service, ServiceField, Text

CHANNEL = "open311"
MEDIA_URL = "media_url"
EXTERNAL_ID = "external_id"
DEFAULT_SPAN = timedelta(days=90)
"""The standard's default and its longest."""
MOST_RESULTS = 1000
LONGEST_DESCRIPTION = 4000
LONGEST_STRING = 200
"""Characters up to which a text answer is a one-line `string` for clients."""
YES, NO = "yes", "no"


class Problem(StrEnum):
    """What is wrong with a parameter; `georeport.…` in the words of people."""

    MISSING = "missing"
    BAD = "bad"
    TOO_LONG = "too_long"
    REPEATED = "repeated"
    SPAN = "span"
    NO_PLACE = "no_place"
    OUTSIDE = "outside"
    AMBIGUOUS_PLACE = "ambiguous_place"
    OTHER_TOWN = "other_town"
    FILE = "file"


class BadParameter(Invalid):
    """A parameter of the standard that cannot be accepted."""

    def __init__(self, name: str, problem: Problem) -> None:
        super().__init__(name, problem.value)
        self.problem = problem


@dataclass(frozen=True)
class Identity:
    """How we present ourselves: `catalogue/open311.yml`. `jurisdiction` is the metropolis'."""

    jurisdiction: str
    changed: str
    contact: Text
    key_service: Text


@dataclass(frozen=True)
class Key:
    """Whoever posts. `commune`: the INSEE code that the key is for, empty for all."""

    id: UUID
    name: str
    commune: str
    citizen_id: UUID

    def serves(self, commune: str) -> bool:
        return self.commune in ("", commune)


@dataclass(frozen=True)
class ListedKey:
    """A key as its operator sees it."""

    name: str
    commune: str
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True)
class Filters:
    """Which requests are asked for. `references` given, the standard ignores the other filters."""

    commune: str | None = None
    references: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    start: datetime | None = None
    end: datetime | None = None
    statuses: frozenset[Status] | None = None
    page: int = 1
    page_size: int = MOST_RESULTS


@dataclass(frozen=True)
class Posted:
    """A request as a client posts it. `attributes`: code → values, not yet read."""

    service: str
    description: str = ""
    address: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    media_url: str | None = None
    contact: str | None = None
    external_id: str | None = None


@dataclass(frozen=True)
class PublishedRequest:
    """What anybody may see of a request. `description`: only of those posted here, whose authors
    know that it is public."""

    reference: str
    service: str
    commune: str
    status: Status
    filed_at: datetime
    changed_at: datetime
    address: str | None
    latitude: float | None
    longitude: float | None
    description: str
    is_ours: bool
    photo: UUID | None = None  # the first of those that were published
    due_on: date | None = None  # the last day of its objective, or the day planned


def offered_services(catalogue: Catalogue, commune: str | None) -> tuple[Service, ...]:
    """What can be asked of a commune here: what it offers and is not sensitive. Whether anybody
    sees such a request afterwards is `open_data.rules.is_public`."""
    return tuple(service for service in catalogue.offered(commune) if not service.sensitive)


def codes_offered(catalogue: Catalogue) -> frozenset[str]:
    """The codes of the services that some commune offers here."""
    communes = (None, *catalogue.of_communes)
    return frozenset(s.code for commune in communes for s in offered_services(catalogue, commune))


def statuses_of(word: str) -> frozenset[Status] | None:
    """Our states that the standard calls `open` or `closed`; None for any other word."""
    return {"open": frozenset(Status) - CLOSED, "closed": CLOSED}.get(word)


DATATYPES = {
    FieldKind.TEXT: "text",
    FieldKind.CHOICE: "singlevaluelist",
    FieldKind.YES_NO: "singlevaluelist",
    FieldKind.DATE: "datetime",
    FieldKind.CONTACT: "string",
    FieldKind.NUMBER: "number",
}
"""Places and photos are no attributes: the standard has parameters of its own for them."""


def attributes_of(service: Service) -> tuple[ServiceField, ...]:
    return tuple(asked for asked in service.fields if asked.kind in DATATYPES)


def datatype_of(asked: ServiceField) -> str:
    is_short = asked.max_length is not None and asked.max_length <= LONGEST_STRING
    return "string" if asked.kind is FieldKind.TEXT and is_short else DATATYPES[asked.kind]


def keys_of(asked: ServiceField) -> tuple[str, ...]:
    """The keys of a list's values."""
    if asked.kind is FieldKind.YES_NO:
        return (YES, NO)
    return tuple(choice.code for choice in asked.choices)
