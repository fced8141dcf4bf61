"""Reads `catalogue/communes/<insee>/forwarding.yml`: where each town's requests go."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, StringConstraints

from bot.forwarding.rules import Meaning, System, TheirAttribute, TheirService
from bot.open311.rules import keys_of
from bot.places.communes import load_gazetteer
from bot.service_requests.rules import Status
from bot.services.catalogue_schema import Code, Strict, Words
from bot.services.content_files import (
    CatalogueError,
    ContentFile,
    Location,
    Problem,
    read_files,
    validated,
)
from bot.services.outside_addresses import wrong_address
from bot.services.rules import Catalogue, FieldKind, Service, ServiceField
from bot.settings import FORWARDING_KEY_PREFIX

EXAMPLE = "https://town.example/open311/v2"
LISTS = (FieldKind.CHOICE, FieldKind.YES_NO)
PARAMETERS = (FieldKind.LOCATION, FieldKind.PHOTO)

KeyVariable = Annotated[str, StringConstraints(pattern=rf"^{FORWARDING_KEY_PREFIX}[A-Z0-9_]+$")]
Becomes = Literal["open", "in_progress", "planned", "resolved", "rejected"]


class AttributeFile(Strict):
    code: Words
    values: dict[Words, Words] = Field(default_factory=dict)


class ServiceFile(Strict):
    code: Words
    attributes: dict[Code, AttributeFile] = Field(default_factory=dict)
    fixed: dict[Words, Words] = Field(default_factory=dict)


class MeaningFile(Strict):
    status: Words
    becomes: Becomes
    note: str = ""
    reason: Words | None = None

    def meaning(self) -> Meaning:
        becomes = None if self.becomes == "open" else Status(self.becomes)
        return Meaning(self.status, becomes, self.note, self.reason)


class ForwardingFile(Strict):
    """A town's outside system."""

    endpoint: Words
    services: Annotated[dict[Code, ServiceFile], Field(min_length=1)]
    jurisdiction_id: Words | None = None
    key_variable: KeyVariable | None = None
    format: Literal["json", "xml"] = "json"
    reference_attribute: Words | None = "external_id"
    pull_every_minutes: Annotated[int, Field(ge=1, le=1440)] = 15
    updated_after: bool = False
    timezone: Words = "Europe/Paris"
    send_contact: bool = False
    states: list[MeaningFile] = Field(default_factory=list)

    def system(self, commune: str) -> System:
        return System(
            commune=commune,
            endpoint=self.endpoint.rstrip("/"),
            services={
                code: TheirService(
                    theirs.code,
                    {
                        name: TheirAttribute(asked.code, asked.values)
                        for name, asked in theirs.attributes.items()
                    },
                    theirs.fixed,
                )
                for code, theirs in self.services.items()
            },
            timezone=ZoneInfo(self.timezone),
            jurisdiction=self.jurisdiction_id,
            key_variable=self.key_variable,
            ending=self.format,
            reference_attribute=self.reference_attribute,
            pull_every=timedelta(minutes=self.pull_every_minutes),
            knows_updated_after=self.updated_after,
            sends_contact=self.send_contact,
            meanings=tuple(one.meaning() for one in self.states),
        )


def load_systems(root: Path, catalogue: Catalogue) -> Mapping[str, System]:
    """Every town's system, by INSEE code. Raises `CatalogueError` with every problem found."""
    problems: list[Problem] = []
    systems = {}
    files = list(read_files(root, "communes/*/forwarding.yml", problems))
    communes = _communes(root) if files else frozenset()
    for file in files:
        commune = Path(file.path).parent.name
        read = validated(ForwardingFile, file, problems)
        if read is None:
            continue
        found = list(_wrong(read, file, commune, catalogue, communes))
        problems.extend(found)
        if not found:
            systems[commune] = read.system(commune)
    if problems:
        raise CatalogueError(problems)
    return systems


def _communes(root: Path) -> frozenset[str]:
    gazetteer = load_gazetteer(root / "places" / "communes.yml")
    return frozenset(commune.insee for commune in gazetteer.communes)


def _wrong(
    read: ForwardingFile,
    file: ContentFile,
    commune: str,
    catalogue: Catalogue,
    communes: Collection[str],
) -> Iterator[Problem]:
    if commune not in communes:
        yield file.problem((), f"no commune has the INSEE code {commune}")
    if (why := wrong_address(read.endpoint, EXAMPLE)) is not None:
        yield file.problem(("endpoint",), why)
    try:
        ZoneInfo(read.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        yield file.problem(("timezone",), "is no time zone (Europe/Paris is one)")
    for index, one in enumerate(read.states):
        if one.becomes == "rejected" and one.reason is None:
            where: Location = ("states", index)
            yield file.problem(where, "a rejection needs a reason, said when they give none")
    for code, theirs in read.services.items():
        service = catalogue.find(code, commune)
        if service is None:
            yield file.problem(("services", code), "is no service of this commune")
        elif service.sensitive:
            yield file.problem(("services", code), "is sensitive: it is sent to nobody")
        else:
            yield from _wrong_attributes(file, theirs, service, sends_contact=read.send_contact)


def _wrong_attributes(
    file: ContentFile, theirs: ServiceFile, service: Service, *, sends_contact: bool
) -> Iterator[Problem]:
    fields: dict[str, ServiceField] = {asked.code: asked for asked in service.fields}
    for name, attribute in theirs.attributes.items():
        where: Location = ("services", service.code, "attributes", name)
        asked = fields.get(name)
        if asked is None:
            yield file.problem(where, f"is no question of {service.code}")
        elif asked.kind in PARAMETERS:
            yield file.problem(where, "a place and a photo are no attributes")
        elif asked.kind is FieldKind.CONTACT and not sends_contact:
            yield file.problem(where, "a contact is sent only with send_contact: true")
        elif attribute.values and asked.kind not in LISTS:
            yield file.problem(where, "only choices, yes and no have values to translate")
        else:
            known = keys_of(asked) if asked.kind in LISTS else ()
            for value in attribute.values.keys() - set(known):
                yield file.problem(
                    (*where, "values", value), f"is none of its answers: {', '.join(known)}"
                )
