"""Records as GeoJSON (RFC 7946) and as CSV (RFC 4180), in parts that follow one another. Pure."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bot.open_data.rules import LICENCE, LICENCE_URL, STEPS, Drawn, Group, Record, status_of
from bot.places.rules import Commune
from bot.service_requests.rules import Status
from bot.services.rules import Catalogue

FIELDS = (
    "service_request_id",
    "service_code",
    "service_name",
    "service_group",
    "status",
    "state",
    "state_name",
    "step",
    "requested_on",
    "updated_on",
    "commune_code",
    "commune_name",
    "street",
)
"""The first ones are named as GeoReport v2 names them, and hold the same."""
CSV_FIELDS = (*FIELDS, "latitude", "longitude")
BYTE_ORDER_MARK = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Names:
    """What codes are called. `states`: the words of each state in `language`."""

    catalogue: Catalogue
    communes: Mapping[str, Commune]
    states: Mapping[Status, str]
    language: str

    def properties(self, record: Record) -> dict[str, str | None]:
        """`FIELDS` of a record. Raises `NotFound` for a service that the catalogue lacks."""
        service = self.catalogue.service(record.service, record.commune)
        commune = self.communes.get(record.commune)
        values = (
            record.reference,
            service.code,
            service.label.in_(self.language),
            service.group,
            status_of(record.status),
            record.status.value,
            self.states[record.status],
            STEPS[record.status].value,
            record.filed_on.isoformat(),
            record.changed_on.isoformat(),
            record.commune,
            commune.name if commune else None,
            record.street,
        )
        return dict(zip(FIELDS, values, strict=True))


class FileFormat(Protocol):
    """A file made of a head, parts and a foot, so that no more than a part is in memory."""

    media: str
    name: str

    def head(self) -> str: ...

    def part(self, records: Sequence[Record], names: Names, *, is_first: bool) -> str: ...

    def foot(self) -> str: ...


class GeoJson:
    """A FeatureCollection, a feature a line. A request without a point has no geometry."""

    media = "application/geo+json"
    name = "signalements.geojson"

    def head(self) -> str:
        licence = f'"license":{json.dumps(LICENCE)},"license_url":{json.dumps(LICENCE_URL)}'
        return f'{{"type":"FeatureCollection",{licence},"features":[\n'

    def part(self, records: Sequence[Record], names: Names, *, is_first: bool) -> str:
        lines = ",\n".join(_dumped(feature(record, names)) for record in records)
        return lines if is_first or not lines else f",\n{lines}"

    def foot(self) -> str:
        return "\n]}\n"


@dataclass(frozen=True)
class Csv:
    """Commas, quotes where they are needed, UTF-8. `has_mark`: with the mark by which spreadsheets
    know UTF-8."""

    has_mark: bool = False
    media = "text/csv"
    name = "signalements.csv"

    def head(self) -> str:
        return (BYTE_ORDER_MARK if self.has_mark else "") + _rows([CSV_FIELDS])

    def part(self, records: Sequence[Record], names: Names, *, is_first: bool) -> str:
        del is_first  # every line ends by itself
        return _rows(
            [
                *(harmless(value) for value in names.properties(record).values()),
                *(record.point or (None, None)),
            ]
            for record in records
        )

    def foot(self) -> str:
        return ""


def feature(record: Record, names: Names) -> dict[str, Any]:
    """A record as GeoJSON."""
    return {
        "type": "Feature",
        "id": record.reference,
        "geometry": None if record.point is None else _point(record.point),
        "properties": names.properties(record),
    }


def map_view(drawn: Drawn, names: Names) -> dict[str, Any]:
    """What a map shows, as GeoJSON: records, or groups with their boxes."""
    return {
        "type": "FeatureCollection",
        "grouped": bool(drawn.groups),
        "count": drawn.count,
        "features": [
            *(feature(record, names) for record in drawn.records),
            *(_group(group) for group in drawn.groups),
        ],
    }


def harmless(value: str | None) -> str | None:
    """A text that no spreadsheet takes for a formula (OWASP, "CSV injection")."""
    return f"'{value}" if value and value.startswith(_FORMULA) else value


def _group(group: Group) -> dict[str, Any]:
    box = group.box
    return {
        "type": "Feature",
        "bbox": [box.west, box.south, box.east, box.north],
        "geometry": _point(group.point),
        "properties": {"count": group.count, "open": group.still_open},
    }


def _point(point: tuple[float, float]) -> dict[str, Any]:
    latitude, longitude = point
    return {"type": "Point", "coordinates": [longitude, latitude]}


def _rows(rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
