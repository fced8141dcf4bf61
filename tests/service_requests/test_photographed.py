"""Photos in a report: how many are kept, and whether it is where they were taken."""

from __future__ import annotations

import pytest

from bot.service_requests.draft import Draft, from_json, to_json
from bot.service_requests.photographed import with_photos
from bot.service_requests.rules import MOST_PHOTOS
from tests.actions.desks import WORDS, a_draft, a_reader, something_said
from tests.files.builders import OULLINS

NOWHERE = {"address": None, "commune": None}


def an_offer(**replaced: object) -> Draft:
    """A pothole whose photo says where it was taken."""
    plain = {"step": "photo_place", "taken_at": OULLINS, "photos": ("1",)}
    return a_draft(**(NOWHERE | plain | replaced))


def test_more_photos_than_a_report_holds_are_said_and_not_kept() -> None:
    draft, told = with_photos(Draft(photos=("1", "2")), ["2", "3"], None)
    assert (draft.photos, told) == (("1", "2", "3"), ())
    draft, told = with_photos(draft, ["4", "5", "6", "7"], None)
    assert draft.photos == ("1", "2", "3", "4", "5")
    assert str(MOST_PHOTOS) in WORDS.render(told[0], "fr")


async def test_photos_beside_words_are_counted_too() -> None:
    draft = a_draft(step="photo", photos=("1", "2", "3", "4", "5"))
    said = something_said("encore une", photos=("6",))
    reading = await a_reader().read(draft, said)
    assert len(reading.draft.photos) == MOST_PHOTOS
    assert "suffisent" in WORDS.render(reading.remarks[0], "fr")


async def test_a_photo_s_place_is_offered_before_the_address_is_asked() -> None:
    draft = a_draft(**NOWHERE, step="location")
    said = something_said(photos=("1",), taken_at=OULLINS)
    reading = await a_reader().read(draft, said)
    assert reading.draft.step == "photo_place"
    assert from_json(to_json(reading.draft)).taken_at == OULLINS


async def test_it_is_offered_as_soon_as_the_service_is_known() -> None:
    reading = await a_reader({"trou": "pothole"}).begin(
        something_said("un trou ici", photos=("1",), taken_at=OULLINS), None
    )
    assert reading.draft.step == "photo_place"


async def test_words_beside_a_photo_that_name_no_place_leave_the_offer() -> None:
    draft = a_draft(**NOWHERE, step="location")
    said = something_said("voilà", photos=("1",), taken_at=OULLINS)
    reading = await a_reader().read(draft, said)
    assert (reading.draft.step, reading.draft.misses) == ("photo_place", 0)


async def test_a_report_that_has_its_place_is_offered_no_other() -> None:
    draft = a_draft(step="photo")
    said = something_said(photos=("1",), taken_at=OULLINS)
    reading = await a_reader().read(draft, said)
    assert reading.draft.taken_at is None
    assert reading.draft.step != "photo_place"


@pytest.mark.parametrize(
    "yes", [{"text": "oui"}, {"press": {"field": "photo_place", "value": True}}]
)
async def test_a_yes_takes_the_point_and_keeps_it_nowhere_else(yes: dict[str, object]) -> None:
    text = str(yes.pop("text", ""))
    reading = await a_reader().read(an_offer(), something_said(text, **yes))
    draft = reading.draft
    assert (draft.latitude, draft.longitude) == OULLINS
    assert "69149" in draft.commune_choices
    assert draft.taken_at is None


@pytest.mark.parametrize(
    "no", [{"text": "non"}, {"press": {"field": "photo_place", "value": False}}]
)
async def test_a_no_forgets_it_and_asks_the_address(no: dict[str, object]) -> None:
    text = str(no.pop("text", ""))
    reading = await a_reader().read(an_offer(), something_said(text, **no))
    assert not reading.draft.has_place
    assert (reading.draft.taken_at, reading.draft.step) == (None, "location")


async def test_another_place_in_words_wins() -> None:
    reading = await a_reader().read(an_offer(), something_said("non, au 14 rue Pasteur à Bron"))
    assert reading.draft.address == "14 rue Pasteur"
    assert (reading.draft.latitude, reading.draft.taken_at) == (None, None)


async def test_a_question_in_between_is_no_answer() -> None:
    asked = something_said(
        "la mairie est ouverte demain ?", intent="ask_information", confidence=0.9
    )
    reading = await a_reader().read(an_offer(), asked)
    assert reading.passed_on
    assert reading.draft.taken_at == OULLINS


async def test_going_back_does_not_bring_the_offer_again() -> None:
    answered = (await a_reader().read(an_offer(), something_said("non"))).draft
    assert "photo_place" not in answered.trail
