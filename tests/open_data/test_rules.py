"""What may be seen of a request."""

from __future__ import annotations

import math

import pytest

from bot.open_data.rules import STEPS, Published, Step, cell_degrees, cell_of_view, is_public
from bot.places.addresses import public_address
from bot.places.rules import Box
from bot.service_requests.rules import CLOSED, Status
from bot.services.rules import Procedure, Text
from tests.open311.builders import a_catalogue, a_service


def test_a_sensitive_service_is_published_nowhere_it_is_sensitive() -> None:
    catalogue = a_catalogue(
        a_service(),
        a_service("hidden", sensitive=True),
        insee_69149=a_service(sensitive=True),
        insee_69266=a_service("own"),
    )
    assert Published.of(catalogue) == Published(
        frozenset({"pothole"}),
        {"69149": frozenset(), "69266": frozenset({"pothole", "own"})},
    )


def test_a_demand_of_one_s_own_is_nobody_else_s_business() -> None:
    assert not is_public(a_service("permit", procedure=Procedure(Text("", ""))))


@pytest.mark.parametrize(
    ("told", "public"),
    [
        ("12 rue de la République", "rue de la République"),
        ("41-43 rue Garibaldi", "rue Garibaldi"),
        ("rue Hugo n° 14 bis", "rue Hugo"),
        ("rue Paul Bert, face au 12", "rue Paul Bert"),
        ("bd du 11 novembre 1918", "bd du 11 novembre 1918"),
        ("12 rue Hugo, chez Mme Dupont, code 1234A", "rue Hugo"),
        ("chez Madame Dupont", None),
        ("je suis au téléphone avec le 0612345678", None),
        (None, None),
    ],
)
def test_only_the_street_of_a_told_address_is_public(told: str | None, public: str | None) -> None:
    assert public_address(told) == public


@pytest.mark.parametrize("status", Status)
def test_a_step_is_said_of_every_state(status: Status) -> None:
    assert (STEPS[status] in (Step.SOLVED, Step.STOPPED)) == (status in CLOSED)


@pytest.mark.parametrize("zoom", [9, 13, 18])
def test_a_cell_is_a_square_on_the_ground_and_half_as_wide_a_zoom_nearer(zoom: int) -> None:
    high, wide = cell_degrees(zoom, 45.7)
    assert high == pytest.approx(wide * math.cos(math.radians(45.7)))
    assert cell_degrees(zoom + 1, 45.7)[1] == pytest.approx(wide / 2)


def test_a_view_has_so_many_cells_a_side_at_most_whatever_its_zoom() -> None:
    wide_open = Box(45.0, 4.0, 46.0, 6.0)
    assert cell_of_view(19, wide_open) == (1 / 64, 2 / 64)
    screen = Box(45.75, 4.83, 45.752, 4.832)
    assert cell_of_view(19, screen) == cell_degrees(19, 45.751)
