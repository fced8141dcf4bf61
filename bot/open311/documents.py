"""Services and requests in the shapes of GeoReport v2, whatever the format. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

from bot.open311.rules import (
    Identity,
    PublishedRequest,
    attributes_of,
    datatype_of,
    keys_of,
)
from bot.open_data.rules import status_of
from bot.places.rules import Commune
from bot.service_requests.rules import CLOSED, Status
from bot.services.rules import Catalogue, FieldKind, Service, ServiceField
from bot.services.working_days import PARIS, due_date


@dataclass(frozen=True)
class Document:
    """An answer: `root` names it in XML, `content` is its JSON."""

    root: str
    content: Any


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


def definition(service: Service, yes_no: Mapping[str, str], language: str) -> Document:
    """`yes_no`: what the two keys of a yes or no are called."""
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
                        {"key": key, "name": _name(asked, key, yes_no, language)}
                        for key in keys_of(asked)
                    ],
                }
                for order, asked in enumerate(attributes_of(service), start=1)
            ],
        },
    )


def _name(asked: ServiceField, key: str, yes_no: Mapping[str, str], language: str) -> str:
    if asked.kind is FieldKind.YES_NO:
        return yes_no[key]
    return asked.choice(key).label.in_(language)


def request_list(
    requests: Sequence[PublishedRequest],
    catalogue: Catalogue,
    communes: Mapping[str, Commune],
    notes: Mapping[Status, str],
    photo_url: Callable[[UUID], str],
    language: str,
) -> Document:
    """`notes`: what each state is called; `photo_url`: where a published photo is. No request of
    a service that `catalogue` lacks."""
    return Document(
        "service_requests",
        [
            _request(
                request,
                catalogue.service(request.service, request.commune),
                catalogue,
                communes.get(request.commune),
                notes[request.status],
                photo_url,
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
    photo_url: Callable[[UUID], str],
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
        "expected_datetime": _expected(request, service),
        "address": _address(request, commune),
        "address_id": None,
        "zipcode": postcodes[0] if len(postcodes) == 1 else None,
        "lat": request.latitude,
        "long": request.longitude,
        "media_url": None if request.photo is None else photo_url(request.photo),
    }


def _expected(request: PublishedRequest, service: Service) -> str | None:
    """The end of the day by which it should be solved; none once it is closed."""
    if request.status in CLOSED:
        return None
    due = request.due_on or due_date(request.filed_at, service.target_delay_days)
    return w3c(datetime.combine(due, time(23, 59, 59), PARIS))


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
