"""The line that a town pastes, and what its colour is worth."""

from __future__ import annotations

import pytest

from bot.web.contrast import ratio
from bot.web.widget_line import BRAND, Choice, chosen

TOWNS = frozenset({"bron", "oullins-pierre-benite"})
SERVICE = "https://guichet.example"


def a_choice(**query: str) -> Choice:
    return chosen(query, TOWNS)


def test_what_is_left_alone_is_not_in_the_line() -> None:
    assert a_choice().line(SERVICE) == (
        '<script async src="https://guichet.example/widget.js"></script>'
    )


def test_every_choice_is_an_attribute() -> None:
    choice = a_choice(
        commune="bron",
        language="en",
        position="left",
        brand="#8A1C5C",
        radius="4",
        title="Ma ville",
        logo="https://bron.example/logo.svg",
    )
    assert choice.line(SERVICE) == (
        '<script async src="https://guichet.example/widget.js" data-commune="bron"'
        ' data-language="en" data-position="left" data-brand="#8a1c5c" data-radius="4"'
        ' data-title="Ma ville" data-logo="https://bron.example/logo.svg"></script>'
    )


def test_nothing_that_is_written_leaves_its_attribute() -> None:
    line = a_choice(title='"><script>alert(1)</script>').line(SERVICE)
    assert line.count("<script") == 1
    assert "&quot;&gt;&lt;script&gt;" in line


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("commune", "paris"),
        ("language", "de"),
        ("position", "top"),
        ("brand", "red;}"),
        ("radius", "99px"),
        ("logo", "javascript:alert(1)"),
        ("logo", "http://[broken"),
        ("site", "ftp://bron.example"),
    ],
)
def test_what_cannot_be_is_left_alone(name: str, value: str) -> None:
    assert a_choice(**{name: value}) == a_choice()


def test_a_site_is_named_by_its_origin() -> None:
    assert a_choice(site="https://www.Bron.example/page?x=1").site == "https://www.bron.example"


def test_the_policy_names_the_service_its_socket_and_the_logo() -> None:
    choice = a_choice(logo="https://img.example/a.svg")
    assert choice.policy(SERVICE) == (
        "script-src https://guichet.example; "
        "connect-src https://guichet.example wss://guichet.example; "
        "img-src https://guichet.example https://img.example"
    )


def test_the_policy_lets_the_map_s_tiles_in() -> None:
    policy = a_choice().policy(SERVICE, "https://*.tiles.example")
    assert policy.endswith("img-src https://guichet.example https://*.tiles.example")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#ffffff", 1.0),
        ("#777777", "#ffffff", 4.48),
    ],
)
def test_contrast_is_that_of_wcag(one: str, other: str, expected: float) -> None:
    assert ratio(one, other) == pytest.approx(expected, abs=0.01)
    assert ratio(other, one) == ratio(one, other)


def test_our_own_colour_can_be_read() -> None:
    assert a_choice(brand=BRAND).contrast_with_words > 4.5
    assert a_choice(brand=BRAND).contrast_with_ground > 4.5
    assert a_choice(brand="#ffcc00").contrast_with_ground < 4.5
