"""The catalogue that is delivered."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.services.answers import read_answer
from bot.services.catalogue_files import load_catalogue
from bot.services.rules import Catalogue, FieldKind

ROOT = Path(__file__).parents[2] / "catalogue"

GROUPS = {
    "voirie": "pothole sidewalk_damage road_marking road_sign traffic_light bike_lane roadworks "
    "obstruction snow_ice abandoned_vehicle",
    "proprete": "illegal_dumping overflowing_bin glass_container missed_collection dirty_street "
    "graffiti posters dead_animal pests public_toilet",
    "eclairage": "street_light_out street_light_day street_light_damaged",
    "eau": "water_leak blocked_drain standing_water manhole drinking_fountain",
    "espaces_verts": "dangerous_tree overgrown_vegetation playground stray_animal",
    "mobilier": "street_furniture bollard bus_shelter parking_meter",
    "cadre_de_vie": "noise air_odour",
    "autre": "other",
}
CODES = [(group, code) for group, codes in GROUPS.items() for code in codes.split()]
WITH_A_QUESTION_OF_THEIR_OWN = 25


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(ROOT)


def test_there_are_39_contract_codes() -> None:
    assert len(CODES) == 39


@pytest.mark.parametrize(("group", "code"), CODES)
def test_the_metropolis_offers_each_code_of_the_contract(
    catalogue: Catalogue, group: str, code: str
) -> None:
    assert catalogue.service(code).group == group


def test_the_metropolis_offers_nothing_else(catalogue: Catalogue) -> None:
    assert set(catalogue.services) == {code for _, code in CODES}


def test_most_services_ask_a_question_of_their_own(catalogue: Catalogue) -> None:
    generic = {FieldKind.LOCATION, FieldKind.PHOTO}
    asking = [
        service.code
        for service in catalogue.services.values()
        if any(field.kind not in generic for field in service.fields)
    ]
    assert len(asking) >= WITH_A_QUESTION_OF_THEIR_OWN


def test_no_question_is_boilerplate(catalogue: Catalogue) -> None:
    questions = [
        field.question.fr
        for service in catalogue.services.values()
        for field in service.fields
        if field.kind not in (FieldKind.LOCATION, FieldKind.PHOTO)
    ]
    assert len(set(questions)) >= WITH_A_QUESTION_OF_THEIR_OWN


def test_every_choice_can_be_answered_by_its_own_label(catalogue: Catalogue) -> None:

    today = date(2026, 11, 24)
    for service in catalogue.every_variant():
        for field in service.fields:
            for choice in field.choices:
                for label in (choice.label.fr, choice.label.en):
                    answer = read_answer(field, label, today)
                    assert answer is not None, (service.code, field.code, label)
                    assert answer.value == choice.code, (service.code, field.code, label)


def test_no_report_of_the_metropolis_is_a_formal_demand(catalogue: Catalogue) -> None:
    assert all(service.procedure is None for service in catalogue.services.values())


def test_a_permit_is_a_formal_demand(catalogue: Catalogue) -> None:
    assert catalogue.service("parking_permit", "69149").procedure is not None


def test_a_formal_demand_asks_who_makes_it_and_where_to_write(catalogue: Catalogue) -> None:
    for service in catalogue.every_variant():
        if service.procedure is not None:
            asked = {field.kind for field in service.fields if field.required}
            assert {FieldKind.LOCATION, FieldKind.CONTACT} <= asked, service.code
            assert any(f.code == "name" and f.required for f in service.fields), service.code
            assert service.duplicate_radius_m == 0, service.code
