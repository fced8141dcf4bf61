"""Records as files."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bot.open_data.formats import (
    CSV_FIELDS,
    Csv,
    FileFormat,
    GeoJson,
    Names,
    harmless,
    map_view,
)
from bot.open_data.rules import Drawn, Group, Record
from bot.places.rules import Box
from bot.service_requests.rules import Status
from bot.services.rules import Text
from tests.open311.builders import TOWN, a_catalogue, a_service

NAMES = Names(
    a_catalogue(), {TOWN.insee: TOWN}, {status: f"« {status} »" for status in Status}, "fr"
)
RECORD = Record(
    "2026-000001",
    "pothole",
    "69123",
    Status.PLANNED,
    date(2026, 11, 20),
    date(2026, 11, 25),
    "rue de la République",
    (45.7578, 4.832),
)


def whole(kind: FileFormat, *parts: list[Record], names: Names = NAMES) -> str:
    made = [kind.part(part, names, is_first=number == 0) for number, part in enumerate(parts)]
    return kind.head() + "".join(made) + kind.foot()


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_feature_says_everything_that_is_published_and_no_more() -> None:
    (feature,) = json.loads(whole(GeoJson(), [RECORD]))["features"]
    assert feature == {
        "type": "Feature",
        "id": "2026-000001",
        "geometry": {"type": "Point", "coordinates": [4.832, 45.7578]},
        "properties": {
            "service_request_id": "2026-000001",
            "service_code": "pothole",
            "service_name": "Nid-de-poule",
            "service_group": "voirie",
            "status": "open",
            "state": "planned",
            "state_name": "« planned »",
            "step": "in_hand",
            "requested_on": "2026-11-20",
            "updated_on": "2026-11-25",
            "commune_code": "69123",
            "commune_name": "Lyon",
            "street": "rue de la République",
        },
    }


def test_a_row_says_what_a_feature_says() -> None:
    (row,) = rows(whole(Csv(), [RECORD]))
    feature = json.loads(whole(GeoJson(), [RECORD]))["features"][0]
    assert tuple(row) == CSV_FIELDS
    assert (row.pop("latitude"), row.pop("longitude")) == ("45.7578", "4.832")
    assert row == feature["properties"]


@pytest.mark.parametrize("parts", [[[]], [[RECORD]], [[RECORD], [RECORD]], [[RECORD], []]])
def test_parts_make_one_file(parts: list[list[Record]]) -> None:
    count = sum(map(len, parts))
    collection = json.loads(whole(GeoJson(), *parts))
    assert len(collection["features"]) == count
    assert collection["license"].startswith("Licence Ouverte")
    assert len(rows(whole(Csv(), *parts))) == count


def test_without_a_point_there_is_no_geometry() -> None:
    placeless = replace(RECORD, point=None, street=None)
    assert json.loads(whole(GeoJson(), [placeless]))["features"][0]["geometry"] is None
    (row,) = rows(whole(Csv(), [placeless]))
    assert (row["latitude"], row["longitude"], row["street"]) == ("", "", "")


def test_lines_end_as_the_standard_says_and_commas_are_quoted() -> None:
    text = whole(Csv(), [replace(RECORD, street='rue "X", bis')])
    assert text.count("\r\n") == text.count("\n") == 2
    assert '"rue ""X"", bis"' in text


def test_the_mark_stands_before_everything_when_it_is_asked_for() -> None:
    assert whole(Csv(has_mark=True), []).startswith("\ufeffservice_request_id,")
    assert whole(Csv(), []).startswith("service_request_id,")


@pytest.mark.parametrize("text", ["=1+1", "+33", "-2", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert harmless(text) == f"'{text}"
    (row,) = rows(whole(Csv(), [replace(RECORD, street=text)]))
    assert row["street"].startswith("'")


def test_a_text_is_left_as_it_is() -> None:
    assert harmless("rue du 8-mai") == "rue du 8-mai"
    assert harmless(None) is None


def test_names_are_those_of_the_town_and_of_the_language() -> None:
    own = a_service(label=Text("Trou d’ici", "Hole of here"))
    names = replace(NAMES, catalogue=a_catalogue(insee_69123=own), language="en")
    assert names.properties(RECORD)["service_name"] == "Hole of here"


def test_a_view_of_the_map_holds_records_or_groups() -> None:
    group = Group(12, 7, (45.75, 4.85), Box(45.7, 4.8, 45.8, 4.9))
    few: dict[str, Any] = map_view(Drawn(records=(RECORD,)), NAMES)
    many: dict[str, Any] = map_view(Drawn(groups=(group,)), NAMES)
    assert (few["grouped"], few["count"]) == (False, 1)
    assert (many["grouped"], many["count"]) == (True, 12)
    assert many["features"] == [
        {
            "type": "Feature",
            "bbox": [4.8, 45.7, 4.9, 45.8],
            "geometry": {"type": "Point", "coordinates": [4.85, 45.75]},
            "properties": {"count": 12, "open": 7},
        }
    ]
