"""Where a photo was taken is offered before an address is asked, on the running service."""

from __future__ import annotations

import pytest

from bot.files.pictures import Point
from tests.conversations.test_pointing import filed, texts
from tests.files.builders import OULLINS, PARIS, a_photo
from tests.running import Visitor

POTHOLE = "il y a un trou dans la chaussée"
OFFER = "où elle a été prise"


def test_a_yes_to_the_photo_s_place_is_a_report_without_an_address(visitor: Visitor) -> None:
    visitor.say(POTHOLE)
    offered = visitor.photo(a_photo(OULLINS))
    assert OFFER in texts(offered)
    assert "Oullins-Pierre-Bénite" in texts(offered)
    assert offered[-1]["expects"] == "choice"
    visitor.press("Oui")
    answers = visitor.press("Oullins-Pierre-Bénite")
    assert filed(visitor, answers) not in ("", "None")


def test_after_a_no_the_address_is_asked(visitor: Visitor) -> None:
    visitor.say(POTHOLE)
    visitor.photo(a_photo(OULLINS))
    assert visitor.press("Non")[-1]["expects"] == "location"


@pytest.mark.parametrize("taken_at", [PARIS, None])
def test_a_photo_from_elsewhere_or_nowhere_offers_nothing(
    visitor: Visitor, taken_at: Point | None
) -> None:
    visitor.say(POTHOLE)
    answers = visitor.photo(a_photo(taken_at))
    assert OFFER not in texts(answers)
    assert answers[-1]["expects"] == "location"
