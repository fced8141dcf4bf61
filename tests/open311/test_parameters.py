"""What clients send, read by the names of the standard."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import NotFound
from bot.open311 import parameters
from bot.open311.parameters import Parameters
from bot.open311.placing import commune_of
from bot.open311.rules import BadParameter, Filters, Posted, Problem
from bot.places.communes import Gazetteer, load_gazetteer
from bot.places.outlines import Lies
from tests.open311.builders import ALL_KINDS, IDENTITY, NOW, a_service
from tests.running import ROOT

OFFERED = frozenset({"pothole"})
SERVICE = a_service(fields=ALL_KINDS)
PLACE = {"lat": "45.75", "long": "4.85"}


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return load_gazetteer(ROOT / "catalogue" / "places" / "communes.yml")


def posted(**form: str) -> Posted:
    return parameters.posted(Parameters({"service_code": "pothole", **PLACE, **form}.items()), None)


def filters(**query: str) -> Filters:
    return parameters.filters(Parameters(query.items()), None, OFFERED, NOW)


def answers(**attributes: str) -> dict[str, object]:
    form = {f"attribute[{code}]": value for code, value in {"size": "small", **attributes}.items()}
    read = parameters.answers(posted(**form), SERVICE, NOW)
    return {code: answer.value for code, answer in read.items()}


def test_a_post_is_read() -> None:
    read = posted(
        description=" un trou\x00 ",
        address_string="1 rue X",
        email="a@b.fr",
        phone="+33 6 12 34 56 78",
        first_name="Ana",
        last_name="",
        media_url="https://pictures.example/1.jpg?a=b",
        **{"attribute[size]": "small", "attribute[external_id]": "A-1"},
    )
    assert read == Posted(
        "pothole",
        "un trou\ufffd",
        "1 rue X",
        45.75,
        4.85,
        {"size": ("small",)},
        "https://pictures.example/1.jpg?a=b",
        "a@b.fr",
        "A-1",
    )


@pytest.mark.parametrize(
    ("form", "name", "problem"),
    [
        ({"service_code": ""}, "service_code", Problem.MISSING),
        ({"lat": ""}, "lat", Problem.MISSING),
        ({"long": ""}, "long", Problem.MISSING),
        ({"lat": "", "long": ""}, "lat", Problem.NO_PLACE),
        ({"lat": "quelque part"}, "lat", Problem.BAD),
        ({"lat": "nan"}, "lat", Problem.BAD),
        ({"lat": "91"}, "lat", Problem.BAD),
        ({"long": "181"}, "long", Problem.BAD),
        ({"description": "x" * 4001}, "description", Problem.TOO_LONG),
        ({"email": "nobody"}, "email", Problem.BAD),
        ({"phone": "call me"}, "phone", Problem.BAD),
        ({"last_name": "x" * 201}, "last_name", Problem.TOO_LONG),
        ({"media_url": "javascript:alert(1)"}, "media_url", Problem.BAD),
        ({"media_url": "https://"}, "media_url", Problem.BAD),
        ({"media_url": "https://[::1"}, "media_url", Problem.BAD),
        ({"media_url": "https://me:pass@pictures.example/"}, "media_url", Problem.BAD),
        ({"media_url": "https://pictures.example/a b"}, "media_url", Problem.BAD),
        ({"attribute[external_id]": "x" * 501}, "external_id", Problem.TOO_LONG),
    ],
)
def test_a_bad_parameter_of_a_post_is_named(
    form: dict[str, str], name: str, problem: Problem
) -> None:
    with pytest.raises(BadParameter) as refused:
        posted(**form)
    assert (refused.value.field, refused.value.problem) == (name, problem)


def test_two_different_values_are_not_chosen_from() -> None:
    with pytest.raises(BadParameter, match="repeated"):
        Parameters([("lat", "1"), ("lat", "2")]).one("lat")
    assert Parameters([("lat", "1"), ("lat", "1"), ("lat", "")]).one("lat") == "1"


def test_the_own_id_of_the_client_wins_over_the_header() -> None:
    form = [("service_code", "pothole"), *PLACE.items()]
    assert parameters.posted(Parameters(form), "header").external_id == "header"
    form.append(("attribute[external_id]", "own"))
    assert parameters.posted(Parameters(form), "header").external_id == "own"


def test_attributes_are_the_answers_of_the_fields() -> None:
    assert answers(
        blocked="no",
        plate="AB-123-CD",
        since="2026-11-20T08:00:00+01:00",
        depth="12.0",
        contact="a@Example.fr",
    ) == {
        "size": "small",
        "blocked": False,
        "plate": "AB-123-CD",
        "since": "2026-11-20",
        "depth": 12,
        "contact": "a@example.fr",
    }


@pytest.mark.parametrize(
    ("code", "value", "problem"),
    [
        ("size", "", Problem.MISSING),
        ("size", "Petit", Problem.BAD),
        ("blocked", "true", Problem.BAD),
        ("plate", "x" * 21, Problem.TOO_LONG),
        ("since", "hier", Problem.BAD),
        ("since", "2026-11-26", Problem.BAD),
        ("since", "0001-01-01T00:00:00+14:00", Problem.BAD),
        ("depth", "0", Problem.BAD),
        ("depth", "1e2", Problem.BAD),
        ("contact", "nobody", Problem.BAD),
        ("photo", "https://pictures.example", Problem.BAD),
        ("unknown", "x", Problem.BAD),
    ],
)
def test_a_bad_attribute_is_named(code: str, value: str, problem: Problem) -> None:
    with pytest.raises(BadParameter) as refused:
        answers(**{code: value})
    assert (refused.value.field, refused.value.problem) == (f"attribute[{code}]", problem)


def test_a_contact_answers_the_question_for_one_and_is_else_not_kept() -> None:
    given = posted(email="a@b.fr", **{"attribute[size]": "small"})
    assert parameters.answers(given, SERVICE, NOW)["contact"].value == "a@b.fr"
    assert parameters.answers(posted(email="a@b.fr"), a_service(), NOW) == {}


def test_a_picture_s_address_is_kept_with_the_answers() -> None:
    given = posted(media_url="https://pictures.example/1")
    read = parameters.answers(given, a_service(), NOW)
    assert read["media_url"].value == "https://pictures.example/1"


@pytest.mark.parametrize(
    ("query", "start", "end"),
    [
        ({}, NOW - timedelta(days=90), NOW),
        ({"start_date": "2026-01-01"}, datetime(2026, 1, 1, tzinfo=UTC), None),
        ({"end_date": "2026-05-01T10:00:00Z"}, None, datetime(2026, 5, 1, 10, tzinfo=UTC)),
        (
            {"start_date": "2026-05-01T10:00:00 02:00", "end_date": "2026-05-02"},
            datetime(2026, 5, 1, 8, tzinfo=UTC),
            datetime(2026, 5, 2, tzinfo=UTC),
        ),
    ],
)
def test_the_span_is_ninety_days_unless_both_ends_are_given(
    query: dict[str, str], start: datetime | None, end: datetime | None
) -> None:
    read = filters(**query)
    assert read.start is not None
    assert read.end is not None
    assert read.start == start or start is None
    assert read.end == end or end is None
    assert ("end_date" in query and "start_date" in query) or read.end - read.start == timedelta(90)


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"start_date": "demain"}, "start_date"),
        ({"end_date": "9999-12-31"}, "end_date"),
        ({"start_date": "2026-02-01", "end_date": "2026-01-01"}, "start_date"),
        ({"start_date": "2026-01-01", "end_date": "2026-05-01"}, "start_date"),
        ({"status": "new"}, "status"),
        ({"status": "open,new"}, "status"),
        ({"page": "0"}, "page"),
        ({"page": "99999999999999999999"}, "page"),
        ({"page_size": "1001"}, "page_size"),
        ({"page_size": "-1"}, "page_size"),
    ],
)
def test_a_bad_filter_is_named(query: dict[str, str], name: str) -> None:
    with pytest.raises(BadParameter) as refused:
        filters(**query)
    assert refused.value.field == name


def test_references_leave_the_other_filters_aside() -> None:
    read = filters(service_request_id="2026-000001, 2026-000002,'; --", status="new")
    assert read == Filters(references=("2026-000001", "2026-000002"))
    assert filters(service_request_id="'; --").references == ("none",)


def test_an_unknown_service_is_not_found() -> None:
    with pytest.raises(NotFound):
        filters(service_code="pothole,noise\x00")


def test_a_jurisdiction_is_the_metropolis_or_a_town() -> None:
    def asked(value: str) -> str | None:
        given = Parameters([("jurisdiction_id", value)])
        return parameters.commune_asked(given, IDENTITY, ["69123"])

    assert asked("") is None
    assert asked("metropolis") is None
    assert asked("69123") == "69123"
    with pytest.raises(NotFound):
        asked("75056")


@pytest.mark.parametrize(
    ("address", "point", "preferred", "commune"),
    [
        ("12 rue de la République, Oullins", None, None, "69149"),
        ("12 rue de la République, Oullins", None, "69123", "69149"),
        (None, (45.735, 4.912), None, "69029"),
        (None, (45.735, 4.912), "69271", "69271"),  # a neighbour: its centre is near enough
        (None, (45.735, 4.912), "69003", "69029"),  # at the other end
        ("12 rue de la République", (45.735, 4.912), None, "69029"),
        ("12 rue de la République", None, "69149", "69149"),
        ("Fontaines", (45.825, 4.85), None, "69088"),
        ("Fontaines", None, "69087", "69087"),
    ],
)
def test_the_town_is_named_or_near(
    gazetteer: Gazetteer,
    address: str | None,
    point: tuple[float, float] | None,
    preferred: str | None,
    commune: str,
) -> None:
    latitude, longitude = point or (None, None)
    place = Posted("pothole", address=address, latitude=latitude, longitude=longitude)
    assert commune_of(gazetteer, place, preferred) == commune


@pytest.mark.parametrize(
    ("address", "point", "problem"),
    [
        ("12 rue de la République, Villefranche-sur-Saône", None, Problem.OUTSIDE),
        (None, (48.85, 2.35), Problem.OUTSIDE),
        ("Lyon", (48.85, 2.35), Problem.OUTSIDE),
        ("12 rue de la République", None, Problem.AMBIGUOUS_PLACE),
        ("Fontaines", None, Problem.AMBIGUOUS_PLACE),
    ],
)
def test_a_place_that_is_nowhere_or_anywhere_is_refused(
    gazetteer: Gazetteer, address: str | None, point: tuple[float, float] | None, problem: Problem
) -> None:
    latitude, longitude = point or (None, None)
    with pytest.raises(BadParameter) as refused:
        commune_of(gazetteer, Posted("pothole", "", address, latitude, longitude), None)
    assert refused.value.problem is problem


def test_the_town_whose_outline_is_around_the_point_is_taken_before_the_nearest(
    gazetteer: Gazetteer,
) -> None:
    point = Posted("pothole", latitude=45.7578, longitude=4.8320)
    assert commune_of(gazetteer, point, None) == "69123"
    assert commune_of(gazetteer, point, "69123", Lies("69266")) == "69266"
    named = Posted("pothole", address="Bron", latitude=45.7578, longitude=4.8320)
    assert commune_of(gazetteer, named, None, Lies("69266")) == "69029"
    with pytest.raises(BadParameter) as refused:
        commune_of(gazetteer, point, None, Lies(outside=True))
    assert refused.value.problem is Problem.OUTSIDE
