"""GeoReport v2 (https://wiki.open311.org/GeoReport_v2) as values: who may ask what, what is
published of services and requests, and in which shape. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from bot.errors import Invalid
from bot.places.rules import Commune
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
class Published:
    """The codes of the services that anybody may see, for most communes and for those that have
    services of their own."""

    everywhere: frozenset[str]
    of_communes: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, catalogue: Catalogue) -> Published:
        return cls(
            frozenset(service.code for service in published_services(catalogue, None)),
            {
                insee: frozenset(service.code for service in published_services(catalogue, insee))
                for insee in catalogue.of_communes
            },
        )

    def has(self, code: str) -> bool:
        """Whether it is published for any commune."""
        return code in self.everywhere or any(code in own for own in self.of_communes.values())


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


@dataclass(frozen=True)
class Document:
    """An answer: `root` names it in XML, `content` is its JSON."""

    root: str
    content: Any


# -- what is published ------------------------------------------------------------------------


def published_services(catalogue: Catalogue, commune: str | None) -> tuple[Service, ...]:
    """What a commune offers and is not sensitive."""
    return tuple(service for service in catalogue.offered(commune) if not service.sensitive)


def statuses_of(word: str) -> frozenset[Status] | None:
    """Our states that the standard calls `open` or `closed`; None for any other word."""
    return {"open": frozenset(Status) - CLOSED, "closed": CLOSED}.get(word)


def status_of(status: Status) -> str:
    return "closed" if status in CLOSED else "open"


# -- services ---------------------------------------------------------------------------------

DATATYPES = {
    FieldKind.TEXT: "text",
    FieldKind.CHOICE: "singlevaluelist",
    FieldKind.YES_NO: "singlevaluelist",
    FieldKind.DATE: "datetime",
    FieldKind.CONTACT: "string",
    FieldKind.NUMBER: "number",
}
"""Places and photos are no attributes: the standard has parameters of its own for them."""

_YES_NO = ((YES, Text("Oui", "Yes")), (NO, Text("Non", "No")))


def attributes_of(service: Service) -> tuple[ServiceField, ...]:
    return tuple(asked for asked in service.fields if asked.kind in DATATYPES)


def datatype_of(asked: ServiceField) -> str:
    is_short = asked.max_length is not None and asked.max_length <= LONGEST_STRING
    return "string" if asked.kind is FieldKind.TEXT and is_short else DATATYPES[asked.kind]


def values_of(asked: ServiceField) -> tuple[tuple[str, Text], ...]:
    """The keys and names of a list's values."""
    if asked.kind is FieldKind.YES_NO:
        return _YES_NO
    return tuple((choice.code, choice.label) for choice in asked.choices)


def service_list(services: Iterable[Service], language: str) -> Document:
    return Document(
        "services",
        [
            {
                "service_code": service.code,
                "service_name": service.label.in_(language),
                "description": service.description.in_(language),
                "metadata": bool(attributes_of(service)),
                "type": "realtime",
                "keywords": service.short_label.in_(language),
                "group": service.group,
            }
            for service in services
        ],
    )


def definition(service: Service, language: str) -> Document:
    return Document(
        "service_definition",
        {
            "service_code": service.code,
            "attributes": [
                {
                    "variable": True,
                    "code": asked.code,
                    "datatype": datatype_of(asked),
                    "required": asked.required,
                    "datatype_description": None if not asked.hint else asked.hint.in_(language),
                    "order": order,
                    "description": asked.question.in_(language),
                    "values": [
                        {"key": key, "name": name.in_(language)} for key, name in values_of(asked)
                    ],
                }
                for order, asked in enumerate(attributes_of(service), start=1)
            ],
        },
    )


# -- requests ---------------------------------------------------------------------------------


def request_list(
    requests: Sequence[PublishedRequest],
    catalogue: Catalogue,
    communes: Mapping[str, Commune],
    notes: Mapping[Status, str],
    language: str,
) -> Document:
    """`notes`: what each state is called. No request of a service that `catalogue` lacks."""
    return Document(
        "service_requests",
        [
            _request(
                request,
                catalogue.service(request.service, request.commune),
                catalogue,
                communes.get(request.commune),
                notes[request.status],
                language,
            )
            for request in requests
        ],
    )


def _request(
    request: PublishedRequest,
    service: Service,
    catalogue: Catalogue,
    commune: Commune | None,
    note: str,
    language: str,
) -> dict[str, Any]:
    postcodes = commune.postcodes if commune else ()
    return {
        "service_request_id": request.reference,
        "status": status_of(request.status),
        "status_notes": note,
        "service_name": service.label.in_(language),
        "service_code": service.code,
        "description": request.description or None,
        "agency_responsible": catalogue.team(service.team).label.in_(language),
        "service_notice": service.next_steps.in_(language),
        "requested_datetime": w3c(request.filed_at),
        "updated_datetime": w3c(request.changed_at),
        "expected_datetime": None,
        "address": _address(request, commune),
        "address_id": None,
        "zipcode": postcodes[0] if len(postcodes) == 1 else None,
        "lat": request.latitude,
        "long": request.longitude,
        "media_url": None,  # a picture is not public before somebody has looked at it
    }


def _address(request: PublishedRequest, commune: Commune | None) -> str | None:
    town = commune.name if commune else None
    if request.address is None or request.is_ours:  # posted whole, with its town
        return request.address or town
    return f"{request.address}, {town}" if town else request.address


def accepted(reference: str, notice: str) -> Document:
    return Document(
        "service_requests",
        [{"service_request_id": reference, "service_notice": notice, "account_id": None}],
    )


def w3c(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


# -- the rest ---------------------------------------------------------------------------------


def refusal(status: int, description: str) -> Document:
    return Document("errors", [{"code": status, "description": description}])


def discovery(identity: Identity, url: str, language: str) -> Document:
    """`url`: where `services` and `requests` are."""
    return Document(
        "discovery",
        {
            "changeset": identity.changed,
            "contact": identity.contact.in_(language),
            "key_service": identity.key_service.in_(language),
            "endpoints": [
                {
                    "specification": "http://wiki.open311.org/GeoReport_v2",
                    "url": url,
                    "changeset": identity.changed,
                    "type": "production",
                    "formats": ["text/xml", "application/json"],
                }
            ],
        },
    )
