"""What of a request leaves for a town's system."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.forwarding.form import Told, form
from bot.forwarding.rules import System, TheirAttribute, TheirService, names
from bot.open311.rules import LONGEST_DESCRIPTION
from tests.actions.desks import WORDS
from tests.forwarding.builders import a_system
from tests.open311.builders import ALL_KINDS, a_service

SERVICE = a_service(fields=ALL_KINDS)
REFERENCE = "2026-000123"


def sent(system: System | None = None, **told: Any) -> dict[str, str]:
    plain: dict[str, Any] = {
        "reference": REFERENCE,
        "service": "pothole",
        "commune": "69123",
        "description": "un trou",
        "answers": {},
        "address": "12 rue X",
        "latitude": 45.75,
        "longitude": 4.85,
        "dangerous": False,
    }
    pairs = form(Told(**(plain | told)), SERVICE, "Lyon", system or a_system(), WORDS)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def mapped(**attributes: TheirAttribute) -> dict[str, TheirService]:
    return {"pothole": TheirService("V12", attributes)}


def test_a_contact_leaves_only_where_the_town_s_file_says_so() -> None:
    for contact, name in (("moi@exemple.fr", "email"), ("06 12 34 56 78", "phone")):
        answers = {"contact": contact}
        assert contact not in str(sent(answers=answers))
        assert sent(a_system(sends_contact=True), answers=answers)[name] == contact


def test_answers_are_attributes_or_words_and_never_both() -> None:
    answers = {"size": "large", "blocked": True, "plate": "AB-123"}
    own = TheirAttribute
    system = a_system(services=mapped(size=own("T", {"large": "3"}), blocked=own("B")))
    told = sent(system, answers=answers)
    assert (told["attribute[T]"], told["attribute[B]"]) == ("3", "yes")
    assert "AB-123" in told["description"]
    assert "Grand" not in told["description"]
    assert "Grand" in sent(a_system(services=mapped()), answers=answers)["description"]


def test_a_place_is_told_with_its_town_once() -> None:
    assert sent()["address_string"] == "12 rue X, Lyon"
    assert sent(address="12 rue X, 69001 Lyon")["address_string"] == "12 rue X, 69001 Lyon"
    nowhere = sent(address=None, latitude=None, longitude=None)
    assert nowhere["address_string"] == "Lyon"
    assert "lat" not in nowhere


def test_a_link_to_a_picture_goes_along() -> None:
    link = "https://pictures.example/1.jpg"
    assert sent(answers={"media_url": link})["media_url"] == link


def test_our_reference_goes_where_their_file_says() -> None:
    assert sent()["attribute[external_id]"] == REFERENCE
    assert sent(a_system(reference_attribute="REF"))["attribute[REF]"] == REFERENCE
    assert "attribute" not in str(sent(a_system(reference_attribute=None)))


@given(st.text(max_size=5000), st.text(max_size=6000))
def test_whatever_was_said_it_fits_and_our_reference_is_in_it(own: str, details: str) -> None:
    description = sent(description=own, answers={"details": details})["description"]
    assert len(description) <= LONGEST_DESCRIPTION
    assert names(REFERENCE, description)
