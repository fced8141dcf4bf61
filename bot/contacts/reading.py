"""Reads what an agent wrote down, by the rules of the conversation's form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from bot.contacts.rules import LONGEST_NAME, Person
from bot.errors import Invalid, Unavailable
from bot.mail.rules import check_address
from bot.service_requests.draft import Answer, Draft, location_field
from bot.service_requests.reading import FormReader, Said
from bot.services.answers import read_answer, read_contact
from bot.services.matcher import ServiceMatcher
from bot.services.rules import Catalogue, FieldKind, Service, ServiceField

SUGGESTED = 3
LONGEST_ADDRESS = 200
"""Characters of a place in words."""
NOT_TYPED = frozenset({FieldKind.LOCATION, FieldKind.PHOTO, FieldKind.CONTACT})
"""Questions that the page does not put by themselves: it has the place and the person anyway."""


@dataclass(frozen=True)
class Noted:
    """What the page sends, as it was typed. `service`: a code, "" for a question or something
    else; `place`: the title of one of the places that the address may be."""

    words: str
    commune: str
    service: str = ""
    address: str = ""
    place: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Understood:
    """`suggested`: the likeliest services, best first, the first one `is_sure` where the form
    would take it unasked. `problems`: what cannot be filed yet, as field -> reason (`missing`,
    `unreadable`, `outside`, `which`)."""

    draft: Draft
    service: Service | None
    suggested: tuple[Service, ...]
    is_sure: bool
    problems: Mapping[str, str]


class ContactReader:
    """Holds what an agent typed against the catalogue, the communes and the address service."""

    def __init__(self, catalogue: Catalogue, reader: FormReader, matcher: ServiceMatcher) -> None:
        self._catalogue = catalogue
        self._reader = reader
        self._matcher = matcher

    async def read(self, noted: Noted, person: Person, today: date) -> Understood:
        """The draft that can be filed, or what it lacks. In no transaction: it asks outside."""
        press = {"service": noted.service} if noted.service else {}
        began = await self._reader.begin(_said(noted.words, today, press), noted.commune)
        draft, problems = replace(began.draft, description=noted.words, also="", step=None), {}
        if noted.address and noted.address != draft.address:
            told = await self._reader.at_place(draft, _said(noted.address, today, {}))
            draft = replace(told, description=noted.words, step=None)
        if noted.place:
            chosen = next((c for c in draft.place_choices if c.title == noted.place), None)
            draft = draft if chosen is None else draft.at_choice(chosen)
        if draft.commune is None and not draft.place_choices:
            problems["address"] = "outside"
        is_sure = bool(draft.service) and not noted.service
        service = self._catalogue.find(draft.service or "", draft.commune or noted.commune)
        if service is not None:
            draft, lacking = _answered(draft, service, noted.answers, person, today)
            problems |= lacking
        if draft.commune is None and draft.place_choices:
            problems["place"] = "which"
        suggested = await self._suggested(noted, service if is_sure else None)
        return Understood(draft, service, suggested, is_sure, problems)

    async def _suggested(self, noted: Noted, sure: Service | None) -> tuple[Service, ...]:
        try:
            scores = await self._matcher.match(noted.words, noted.commune, SUGGESTED)
        except Unavailable:
            scores = ()
        codes = dict.fromkeys([*([sure.code] if sure else []), *(score.code for score in scores)])
        found = (self._catalogue.find(code, noted.commune) for code in codes)
        return tuple(service for service in found if service is not None)[:SUGGESTED]


def read_person(name: str, phone: str, email: str) -> Person:
    """Who it was. Raises `Invalid` ("name", "phone", "email") for what cannot be read."""
    if len(name) > LONGEST_NAME:
        raise Invalid("name", f"at most {LONGEST_NAME} characters", "too_long")
    known = Person(name.strip() or None)
    if phone.strip():
        read = read_contact(phone)
        if read is None or "@" in str(read.value):
            raise Invalid("phone", "no telephone number", "unreadable")
        known = replace(known, phone=str(read.value))
    if email.strip():
        read = read_contact(email)
        if read is None or "@" not in str(read.value):
            raise Invalid("email", "no e-mail address", "unreadable")
        check_address("email", str(read.value))
        known = replace(known, email=str(read.value))
    return known


def asked_fields(service: Service) -> tuple[ServiceField, ...]:
    """The service's questions that the page puts by themselves."""
    return tuple(asked for asked in service.fields if asked.kind not in NOT_TYPED)


def _answered(
    draft: Draft, service: Service, typed: Mapping[str, str], person: Person, today: date
) -> tuple[Draft, dict[str, str]]:
    """The draft with the answers typed, and what is missing or cannot be read."""
    problems: dict[str, str] = {}
    place = location_field(service)
    if place is not None and place.required and not draft.has_place:
        problems["address"] = "missing"
    for asked in service.fields:
        said = typed.get(asked.code, "").strip()
        if asked.kind is FieldKind.CONTACT:
            if person.reached_at is not None:
                draft = draft.with_answer(asked.code, Answer(person.reached_at, person.reached_at))
            elif asked.required:
                problems["phone"] = "missing"
        elif asked.kind in NOT_TYPED:
            continue
        elif said:
            answer = _answer(asked, said, today)
            if answer is None:
                problems[asked.code] = "unreadable"
            else:
                draft = draft.with_answer(asked.code, answer)
        elif asked.required and asked.code not in draft.answers:
            problems[asked.code] = "missing"
    return draft, problems


def _answer(asked: ServiceField, said: str, today: date) -> Answer | None:
    if any(said == choice.code for choice in asked.choices):  # chosen in a list
        return Answer(said)
    read = read_answer(asked, said, today)
    return None if read is None else Answer(read.value, read.display)


def _said(text: str, today: date, press: Mapping[str, str]) -> Said:
    return Said(
        text=text,
        intent="file_request",
        confidence=1.0,
        press=press,
        stale=False,
        location=None,
        photos=(),
        contact=None,
        today=today,
        language="fr",
    )
