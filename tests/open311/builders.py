"""Services and requests as values, with plain defaults."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bot.open311.rules import Identity, PublishedRequest
from bot.places.rules import Commune
from bot.service_requests.rules import Status
from bot.services.rules import (
    Catalogue,
    FieldKind,
    Phrases,
    Service,
    ServiceField,
    Team,
    Text,
)
from tests.services.catalogue_builders import a_choice, a_field

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
IDENTITY = Identity("metropolis", "2026-11-25T00:00:00Z", Text("Écrivez", "Write"), Text("?", "?"))
TOWN = Commune("69123", "Lyon", (), ("69001", "69002"), 500_000, 2023, (45.758, 4.835))
YES_NO = {"yes": "oui", "no": "non"}
ALL_KINDS = (
    a_field(FieldKind.LOCATION, code="location", required=True),
    a_field(
        FieldKind.CHOICE,
        code="size",
        required=True,
        choices=(a_choice("small", "Petit", "Small"), a_choice("large", "Grand", "Large")),
    ),
    a_field(FieldKind.YES_NO, code="blocked"),
    a_field(FieldKind.TEXT, code="plate", max_length=20),
    a_field(FieldKind.TEXT, code="details"),
    a_field(FieldKind.DATE, code="since", past_only=True),
    a_field(FieldKind.NUMBER, code="depth", minimum=1, maximum=200),
    a_field(FieldKind.CONTACT, code="contact"),
    a_field(FieldKind.PHOTO, code="photo"),
)


def a_service(
    code: str = "pothole", fields: tuple[ServiceField, ...] = (), **replaced: Any
) -> Service:
    plain: dict[str, Any] = {
        "group": "voirie",
        "label": Text("Nid-de-poule", "Pothole"),
        "short_label": Text("trou", "hole"),
        "description": Text("Trou.", "Hole."),
        "phrases": Phrases((), ()),
        "team": "roads",
        "target_delay_days": 5,
        "next_steps": Text("L’équipe passe.", "The team comes."),
    }
    return Service(code=code, fields=fields, **(plain | replaced))


def a_catalogue(*services: Service, **of_communes: Service) -> Catalogue:
    """`of_communes`: `insee_69149=service`."""
    return Catalogue(
        {service.code: service for service in services or (a_service(),)},
        {name.removeprefix("insee_"): {s.code: s} for name, s in of_communes.items()},
        {"roads": Team("roads", Text("équipe voirie", "roads team"), Text("", ""))},
    )


def a_request(**replaced: Any) -> PublishedRequest:
    plain: dict[str, Any] = {
        "reference": "2026-000001",
        "service": "pothole",
        "commune": "69123",
        "status": Status.NEW,
        "filed_at": NOW,
        "changed_at": NOW,
        "address": "12 rue de la République",
        "latitude": 45.7,
        "longitude": 4.8,
        "description": "",
        "is_ours": False,
    }
    return PublishedRequest(**(plain | replaced))
