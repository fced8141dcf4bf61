"""A request as their system is sent it: GeoReport v2's form. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.forwarding.rules import System, TheirService
from bot.open311.formats import sayable
from bot.open311.rules import LONGEST_DESCRIPTION, MEDIA_URL, NO, YES
from bot.service_requests.draft import Answer, Draft
from bot.service_requests.reading import shown_answers
from bot.services.rules import FieldKind, Service, ServiceField
from bot.words.catalogues import Words
from bot.words.phrases import say

LANGUAGE = "fr"
"""Whoever reads it works for a French town."""

Form = list[tuple[str, str]]


@dataclass(frozen=True)
class Told:
    """What was filed, as far as others may know it."""

    reference: str
    service: str
    commune: str
    description: str
    answers: Mapping[str, Any]
    address: str | None
    latitude: float | None
    longitude: float | None
    dangerous: bool


def form(told: Told, service: Service | None, town: str, system: System, words: Words) -> Form:
    """What is posted, less the key. `service` is None when it left the catalogue since.

    Contacts are left out unless the system's file says otherwise; photos are never public.
    """
    theirs = system.services[told.service]
    pairs: Form = [("service_code", theirs.code)]
    if system.jurisdiction is not None:
        pairs.append(("jurisdiction_id", system.jurisdiction))
    if told.latitude is not None and told.longitude is not None:
        pairs += [("lat", f"{told.latitude:.6f}"), ("long", f"{told.longitude:.6f}")]
    pairs.append(("address_string", _address(told, town)))
    pairs.append(("description", _description(told, service, theirs, words)))
    if isinstance(link := told.answers.get(MEDIA_URL), str):
        pairs.append((MEDIA_URL, link))
    pairs += [(f"attribute[{code}]", value) for code, value in theirs.fixed.items()]
    pairs += _attributes(told, service, theirs)
    if system.sends_contact and service is not None:
        pairs += _contacts(told, service)
    if system.reference_attribute is not None:
        pairs.append((f"attribute[{system.reference_attribute}]", told.reference))
    return [(name, sayable(value)) for name, value in pairs]


def _address(told: Told, town: str) -> str:
    if told.address is None:
        return town
    return told.address if town.casefold() in told.address.casefold() else f"{told.address}, {town}"


def _attributes(told: Told, service: Service | None, theirs: TheirService) -> Form:
    pairs = []
    for asked in service.fields if service is not None else ():
        attribute = theirs.attributes.get(asked.code)
        if attribute is not None and asked.code in told.answers:
            value = _key(asked, told.answers[asked.code])
            pairs.append((f"attribute[{attribute.code}]", attribute.values.get(value, value)))
    return pairs


def _key(asked: ServiceField, value: Any) -> str:
    if asked.kind is FieldKind.YES_NO:
        return YES if value else NO
    return str(value)


def _contacts(told: Told, service: Service) -> Form:
    given = [
        str(told.answers[asked.code])
        for asked in service.fields
        if asked.kind is FieldKind.CONTACT and asked.code in told.answers
    ]
    return [("email" if "@" in contact else "phone", contact) for contact in given]


def _description(told: Told, service: Service | None, theirs: TheirService, words: Words) -> str:
    """The citizen's words, then what they answered and no attribute carries, then our reference:
    it is looked for when nobody knows whether they got it."""
    lines = []
    if service is not None:
        given = Draft(answers={code: Answer(value) for code, value in told.answers.items()})
        lines += [
            f"{asked.question.in_(LANGUAGE)} {words.render(line, LANGUAGE)}"
            for asked, line in shown_answers(given, service)
            if asked.code not in theirs.attributes and asked.kind is not FieldKind.CONTACT
        ]
    if told.dangerous:
        lines.append(words.render(say("forwarding.dangerous"), LANGUAGE))
    lines.append(words.render(say("forwarding.reference", reference=told.reference), LANGUAGE))
    ending = "\n".join(lines)[-LONGEST_DESCRIPTION // 2 :]
    room = LONGEST_DESCRIPTION - len(ending) - 1
    own = told.description.strip()
    return f"{own if len(own) <= room else own[: room - 1] + '…'}\n{ending}".strip()
