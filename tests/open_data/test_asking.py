"""Filters, read by their names."""

from __future__ import annotations

from datetime import date

import pytest

from bot.errors import Invalid
from bot.open_data import asking
from bot.open_data.asking import Vocabulary
from bot.open_data.rules import Wanted
from bot.places.rules import Box
from tests.open311.builders import TOWN, a_catalogue, a_service

TODAY = date(2026, 11, 25)
KNOWN = Vocabulary.of(
    a_catalogue(
        a_service(),
        a_service("tree", group="parks"),
        a_service("hidden", sensitive=True),
        insee_69266=a_service("lane"),
    ),
    (TOWN,),
)


def wanted(**query: str) -> Wanted:
    return asking.wanted(query, KNOWN, TODAY)


def test_nothing_said_is_everything() -> None:
    assert wanted() == wanted(commune="", kind=" ", state="all", other="x") == Wanted()


def test_each_filter_is_read() -> None:
    assert wanted(
        commune="69123",
        kind="tree",
        state="closed",
        since="2026-01-31",
        until="2026-01-31",
        bbox="4.5,45.25,5,46",
    ) == Wanted(
        "69123",
        frozenset({"tree"}),
        is_open=False,
        since=date(2026, 1, 31),
        until=date(2026, 1, 31),
        box=Box(45.25, 4.5, 46, 5),
    )


def test_a_kind_is_a_service_or_a_group_of_them() -> None:
    assert wanted(kind="voirie").services == frozenset({"pothole", "lane"})
    assert wanted(kind="pothole, parks").services == frozenset({"pothole", "tree"})


def test_a_period_ends_today() -> None:
    assert wanted(period="30") == Wanted(since=date(2026, 10, 26))


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"commune": "75056"}, "commune"),
        ({"kind": "hidden"}, "kind"),
        ({"kind": "pothole,"}, "kind"),
        ({"state": "new"}, "state"),
        ({"since": "hier"}, "since"),
        ({"since": "0001-01-01"}, "since"),
        ({"until": "2026-02-30"}, "until"),
        ({"since": "2026-02-02", "until": "2026-02-01"}, "until"),
        ({"period": "0"}, "period"),
        ({"period": "٣"}, "period"),
        ({"period": "99999"}, "period"),
        ({"period": "7", "since": "2026-02-02"}, "period"),
        ({"bbox": "4,45,5"}, "bbox"),
        ({"bbox": "4,45,5,nan"}, "bbox"),
        ({"bbox": "5,45,4,46"}, "bbox"),
        ({"bbox": "4,45,5,91"}, "bbox"),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_name(query: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        wanted(**query)
    assert refused.value.field == field


@pytest.mark.parametrize("text", ["0", "1001", "-1", "x", "1e3"])
def test_a_page_has_one_to_a_thousand_records(text: str) -> None:
    assert asking.page_size({"limit": "1000"}) == 1000
    assert asking.page_size({}) is None
    with pytest.raises(Invalid):
        asking.page_size({"limit": text})


def test_a_cursor_looks_like_a_reference() -> None:
    assert asking.cursor({"after": "2026-000017"}) == "2026-000017"
    with pytest.raises(Invalid):
        asking.cursor({"after": "2026-1' OR"})


def test_a_map_says_its_zoom() -> None:
    assert asking.zoom({"zoom": "13"}) == 13
    for query in ({}, {"zoom": "20"}, {"zoom": "13.5"}):
        with pytest.raises(Invalid):
            asking.zoom(query)
