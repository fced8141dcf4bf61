"""What the address service and the outlines make of a place that was told."""

from __future__ import annotations

import pytest

from bot.places.outlines import Lies
from bot.places.rules import Candidate
from bot.service_requests import draft as drafts
from bot.service_requests.draft import Draft
from bot.service_requests.reading import FormReader, Reading, Said
from tests.actions.desks import WORDS, a_draft, a_locator, a_reader, something_said
from tests.places.addresses import (
    BRINDAS,
    LYON_2,
    LYON_3,
    OULLINS,
    PIERRE_BENITE,
    ScriptedGeocoder,
    an_address,
)

SURE = {"trou": "pothole"}
HERE = (45.7370, 4.9110)  # where `an_address` is
THREE_TOWNS = (an_address(**OULLINS), an_address(**LYON_2), an_address())


class Somewhere:
    """Outlines that say where every point lies."""

    def __init__(self, lies: Lies) -> None:
        self.lies = lies

    async def at(self, latitude: float, longitude: float) -> Lies:
        return self.lies


def reading_with(
    *found: Candidate, nearest: Candidate | None = None, lies: Lies | None = None
) -> tuple[FormReader, ScriptedGeocoder]:
    geocoder = ScriptedGeocoder(*found, nearest=nearest)
    return a_reader(SURE, a_locator(geocoder, Somewhere(lies or Lies()))), geocoder


def told(reading: Reading) -> str:
    lines = [WORDS.render(line, "fr") for line in reading.remarks]
    return "\n".join(lines).replace("\u00a0", " ")


def asked_where(**replaced: object) -> Draft:
    plain = {"address": None, "commune": None, "step": "location", "noted": True}
    return a_draft(**(plain | replaced))


async def test_a_house_gets_its_town_its_point_and_its_written_name() -> None:
    reader, geocoder = reading_with(an_address("Rue Pasteur", "12"))
    draft = (await reader.begin(something_said("trou 12 r Pasteur"), None)).draft
    assert (draft.address, draft.commune) == ("12 rue Pasteur", "69029")
    assert (draft.latitude, draft.longitude) == HERE
    assert geocoder.asked == [("12 r Pasteur", None, None)]


async def test_a_street_without_number_gets_its_town_and_no_point() -> None:
    reader, _ = reading_with(an_address("Rue Pasteur", None))
    draft = (await reader.begin(something_said("trou rue Pasteur"), None)).draft
    assert (draft.address, draft.commune, draft.latitude) == ("rue Pasteur", "69029", None)


async def test_a_number_that_the_service_does_not_know_is_kept_without_a_point() -> None:
    reader, _ = reading_with(an_address("Rue Pasteur", None))
    draft = (await reader.begin(something_said("trou 400 rue Pasteur"), None)).draft
    assert (draft.address, draft.commune, draft.latitude) == ("400 rue Pasteur", "69029", None)


async def test_a_town_that_was_found_is_said_when_the_place_was_asked() -> None:
    reader, _ = reading_with(an_address("Rue Pasteur", "12"))
    reading = await reader.read(asked_where(), something_said("12 rue Pasteur"))
    assert told(reading) == "Je retiens : 📍 12 rue Pasteur, Bron."


async def test_an_address_is_asked_about_once() -> None:
    reader, geocoder = reading_with(an_address("Rue Pasteur", "12"))
    draft = (await reader.begin(something_said("trou 12 rue Pasteur"), None)).draft
    for text in ("passer", "passer", "oui"):
        draft = (await reader.read(draft, something_said(text))).draft
    assert len(geocoder.asked) == 1


@pytest.mark.parametrize("is_away", [True, False])
async def test_without_an_answer_the_text_is_kept_and_the_town_asked(*, is_away: bool) -> None:
    reader, geocoder = reading_with()
    geocoder.is_away = is_away
    draft = (await reader.begin(something_said("trou 12 rue Pasteur"), None)).draft
    assert (draft.address, draft.commune, draft.step) == ("12 rue Pasteur", None, "commune")
    draft = (await reader.read(draft, something_said("Bron"))).draft
    assert (draft.address, draft.commune) == ("12 rue Pasteur", "69029")
    assert geocoder.asked == [("12 rue Pasteur", None, None), ("12 rue Pasteur", "69029", None)]


async def test_another_street_of_the_service_is_not_taken() -> None:
    reader, _ = reading_with(an_address("Rue Berthelot", "12"))
    draft = (await reader.begin(something_said("trou 12 rue Pasteur"), None)).draft
    assert (draft.address, draft.step) == ("12 rue Pasteur", "commune")


async def test_a_crossing_is_no_address_to_search() -> None:
    reader, geocoder = reading_with(an_address("Rue Pasteur", "12"))
    said = something_said("trou à l'angle de la rue Pasteur et de la rue Hugo")
    draft = (await reader.begin(said, None)).draft
    assert draft.step == "commune"
    assert geocoder.asked == []


async def test_a_town_named_outside_the_metropolis_is_said() -> None:
    reader, _ = reading_with(an_address("Rue Pasteur", "12", **(BRINDAS | {"city": "Chaponnay"})))
    reading = await reader.read(asked_where(), something_said("12 rue Pasteur à Chaponnay"))
    assert "Chaponnay ne fait pas partie" in told(reading)
    assert (reading.draft.address, reading.draft.step) == (None, "location")


async def test_a_street_elsewhere_does_not_move_who_did_not_name_that_town() -> None:
    reader, _ = reading_with(an_address("Rue Pasteur", "12", **BRINDAS))
    reading = await reader.read(asked_where(), something_said("12 rue Pasteur"))
    assert (reading.draft.address, reading.draft.step) == ("12 rue Pasteur", "commune")


async def ambiguous() -> tuple[FormReader, ScriptedGeocoder, Draft]:
    reader, geocoder = reading_with(*THREE_TOWNS)
    said = something_said("trou 12 rue de la République")
    return reader, geocoder, (await reader.begin(said, None)).draft


async def test_an_address_of_several_towns_is_shown_as_choices() -> None:
    _, _, draft = await ambiguous()
    assert draft.step == "which_place"
    assert [c.title for c in draft.place_choices] == ["Oullins-Pierre-Bénite", "Lyon 2e", "Bron"]


@pytest.mark.parametrize(
    ("answer", "address", "commune"),
    [
        ("bron", "12 rue de la République", "69029"),
        ("celle d'Oullins", "12 rue de la République", "69149"),
        ("oullins-pierre-bénite", "12 rue de la République", "69149"),
        ("lyon", "12 rue de la République (2e)", "69123"),
        ("le 2e arrondissement", "12 rue de la République (2e)", "69123"),
        ("la 3", "12 rue de la République", "69029"),
        ("1", "12 rue de la République", "69149"),
    ],
)
async def test_a_typed_answer_picks_one(answer: str, address: str, commune: str) -> None:
    reader, geocoder, draft = await ambiguous()
    draft = (await reader.read(draft, something_said(answer))).draft
    assert (draft.address, draft.commune) == (address, commune)
    assert draft.latitude is not None
    assert draft.step not in ("which_place", "commune")
    assert len(geocoder.asked) == 1


async def test_a_number_that_may_be_a_part_of_town_is_asked_again() -> None:
    reader, _, draft = await ambiguous()
    reading = await reader.read(draft, something_said("2"))
    assert reading.draft.step == "which_place"
    assert reading.draft.misses == 1


def pressing(value: str) -> Said:
    return something_said(press={"field": "which_place", "value": value}, intent="structured_input")


async def test_a_tap_picks_one_and_back_shows_them_again() -> None:
    reader, _, draft = await ambiguous()
    picked = (await reader.read(draft, pressing("Lyon 2e"))).draft
    assert (picked.address, picked.commune) == ("12 rue de la République (2e)", "69123")
    back = (await reader.read(picked, something_said("retour"))).draft
    assert (back.step, back.address) == ("which_place", "12 rue de la République")
    assert back.place_choices == draft.place_choices


@pytest.mark.parametrize("answer", ["autre", "aucune", "non", "je sais pas"])
async def test_none_of_them_asks_the_town(answer: str) -> None:
    reader, _, draft = await ambiguous()
    draft = (await reader.read(draft, something_said(answer))).draft
    assert (draft.address, draft.step) == ("12 rue de la République", "commune")


async def test_a_town_beside_the_choices_is_taken_and_searched() -> None:
    reader, geocoder, draft = await ambiguous()
    draft = (await reader.read(draft, something_said("à Villeurbanne"))).draft
    assert (draft.address, draft.commune) == ("12 rue de la République", "69266")
    assert geocoder.asked[-1] == ("12 rue de la République", "69266", None)


async def test_another_street_instead_of_a_choice_is_taken() -> None:
    reader, geocoder, draft = await ambiguous()
    geocoder.found = (an_address("Rue Pasteur", "3"),)
    draft = (await reader.read(draft, something_said("3 rue Pasteur à Bron"))).draft
    assert (draft.address, draft.commune, draft.latitude) == ("3 rue Pasteur", "69029", HERE[0])


async def test_a_divided_town_asks_which_part_and_then_no_more() -> None:
    reader, _ = reading_with(an_address(**LYON_2), an_address(**LYON_3))
    said = something_said("trou 12 rue de la République à Lyon")
    draft = (await reader.begin(said, None)).draft
    assert [choice.title for choice in draft.place_choices] == ["Lyon 2e", "Lyon 3e"]
    nowhere = (await reader.read(draft, pressing("other"))).draft
    assert (nowhere.commune, nowhere.latitude) == ("69123", None)
    assert nowhere.step not in ("which_place", "commune")


async def test_a_part_that_was_said_is_not_asked() -> None:
    reader, geocoder = reading_with(an_address(**LYON_2), an_address(**LYON_3))
    said = something_said("trou 12 rue de la République Lyon 3e")
    draft = (await reader.begin(said, None)).draft
    assert draft.address == "12 rue de la République (3e)"
    assert geocoder.asked == [("12 rue de la République", "69123", 3)]


async def test_a_former_town_that_was_said_is_not_asked() -> None:
    reader, _ = reading_with(an_address(**OULLINS), an_address(latitude=45.70, **PIERRE_BENITE))
    said = something_said("trou 12 rue de la République à Pierre-Bénite")
    draft = (await reader.begin(said, None)).draft
    assert (draft.commune, draft.latitude, draft.place_choices) == ("69149", 45.70, ())


async def test_a_corrected_number_gets_its_own_point() -> None:
    reader, geocoder = reading_with(an_address("Rue Pasteur", "12"))
    draft = (await reader.begin(something_said("trou 12 rue Pasteur"), None)).draft
    geocoder.found = (an_address("Rue Pasteur", "14", latitude=45.7372),)
    corrected = await reader.read(draft, something_said("non, c'est au 14"))
    assert (corrected.draft.address, corrected.draft.latitude) == ("14 rue Pasteur", 45.7372)
    geocoder.is_away = True
    again = await reader.read(corrected.draft, something_said("non, c'est au 16"))
    assert (again.draft.address, again.draft.latitude) == ("16 rue Pasteur", None)


async def test_another_town_takes_the_point_away() -> None:
    reader, _ = reading_with(an_address("Rue Pasteur", "12"))
    draft = (await reader.begin(something_said("trou 12 rue Pasteur"), None)).draft
    draft = draft.asking(drafts.MODIFY)
    moved = (await reader.read(draft, something_said("c'est à Villeurbanne"))).draft
    assert (moved.address, moved.commune, moved.latitude) == ("12 rue Pasteur", "69266", None)


# -- positions


def shared(point: tuple[float, float] = HERE, text: str = "") -> Said:
    return something_said(text, location=point, intent="structured_input")


async def test_a_position_has_its_address_said_and_can_be_corrected() -> None:
    reader, _ = reading_with(nearest=an_address(), lies=Lies("69029"))
    reading = await reader.read(asked_where(), shared())
    assert "Votre position : 📍 12 rue de la République, Bron." in told(reading)
    assert (reading.draft.latitude, reading.draft.longitude) == HERE
    corrected = await reader.read(reading.draft, something_said("non, c'est au 14"))
    assert corrected.draft.address == "14 rue de la République"


async def test_the_outline_decides_on_the_town_of_a_position() -> None:
    reader, _ = reading_with(nearest=an_address(), lies=Lies("69266"))
    draft = (await reader.read(asked_where(), shared())).draft
    assert (draft.commune, draft.address) == ("69266", None)  # the nearest house is next door


async def test_a_position_outside_all_outlines_is_refused() -> None:
    reader, geocoder = reading_with(nearest=an_address(), lies=Lies(outside=True))
    reading = await reader.read(asked_where(), shared())
    assert told(reading) == "Cette position est en dehors de la Métropole de Lyon."
    assert reading.draft.step == "location"
    assert geocoder.asked == []


async def test_without_outlines_the_nearest_house_tells_the_town() -> None:
    reader, _ = reading_with(nearest=an_address())
    draft = (await reader.read(asked_where(), shared())).draft
    assert draft.commune == "69029"


@pytest.mark.parametrize("nearest", [None, an_address(latitude=HERE[0] + 0.01)])
async def test_without_both_the_town_is_asked_among_the_nearest(nearest: Candidate | None) -> None:
    reader, _ = reading_with(nearest=nearest)
    draft = (await reader.read(asked_where(), shared())).draft
    assert (draft.address, draft.commune, draft.step) == (None, None, "commune")
    assert draft.commune_choices[0] == "69029"


async def test_a_landmark_told_before_the_position_makes_it_more_precise() -> None:
    reader, _ = reading_with(nearest=an_address(), lies=Lies("69029"))
    draft = asked_where(address="devant l’école", is_landmark=True)
    placed = (await reader.read(draft, shared())).draft
    assert (placed.address, placed.precision) == ("12 rue de la République", "devant l’école")


async def test_a_landmark_told_after_the_position_leaves_it_where_it_is() -> None:
    draft = asked_where(latitude=HERE[0], longitude=HERE[1], commune="69029", step="photo")
    reading = await a_reader(SURE).read(draft, something_said("c'est devant l'école"))
    assert (reading.draft.latitude, reading.draft.precision) == (HERE[0], "devant l'école")


async def test_a_position_replaces_an_address_that_was_found() -> None:
    reader, _ = reading_with(an_address("Rue Pasteur", "3"), nearest=an_address())
    draft = (await reader.begin(something_said("trou 3 rue Pasteur"), None)).draft
    moved = (await reader.read(draft, shared((HERE[0] + 0.0001, HERE[1])))).draft
    assert (moved.address, moved.latitude) == ("12 rue de la République", HERE[0] + 0.0001)


# -- precision


async def test_a_precision_said_with_the_address_is_kept_beside_it() -> None:
    reader, _ = reading_with(an_address("Rue Pasteur", "12"))
    said = something_said("trou 12 rue Pasteur devant l'école, côté impair")
    draft = (await reader.begin(said, None)).draft
    assert (draft.address, draft.precision) == ("12 rue Pasteur", "devant l'école, côté impair")
    shown = WORDS.render(reader.place(draft), "fr")
    assert shown == "12 rue Pasteur, Bron (devant l'école, côté impair)"


async def test_a_precision_said_later_is_added_and_said_back() -> None:
    draft = a_draft(step="photo", skipped=("size",), noted=True, precision="côté impair")
    reading = await a_reader(SURE).read(draft, something_said("c'est devant l'école"))
    assert reading.draft.precision == "côté impair, devant l'école"
    assert reading.draft.address == "12 rue Pasteur"
    assert reading.draft.step == "photo"
    assert "devant l'école" in told(reading)


async def test_a_precision_is_no_wrong_answer_to_a_choice() -> None:
    draft = a_draft(step="size", noted=True)
    reading = await a_reader(SURE).read(draft, something_said("côté impair"))
    assert (reading.draft.precision, reading.draft.misses) == ("côté impair", 0)


async def test_what_is_told_beside_a_precision_is_not_lost() -> None:
    draft = a_draft(step="photo", skipped=("size",), noted=True)
    reading = await a_reader(SURE).read(draft, something_said("côté impair, et il y a du verre"))
    assert "il y a du verre" in reading.draft.description


async def test_instead_the_landmark_replaces_the_street() -> None:
    draft = a_draft(step="photo", skipped=("size",), noted=True)
    reading = await a_reader(SURE).read(draft, something_said("non, plutôt devant la gare"))
    assert (reading.draft.address, reading.draft.is_landmark) == ("devant la gare", True)


async def test_another_street_has_its_own_precision() -> None:
    draft = a_draft(step="photo", skipped=("size",), noted=True, precision="3e étage")
    reading = await a_reader(SURE).read(draft, something_said("plutôt 3 rue Hugo, côté pair"))
    assert (reading.draft.address, reading.draft.precision) == ("3 rue Hugo", "côté pair")


async def test_a_draft_is_stored_with_its_choices_and_its_precision() -> None:
    _, _, draft = await ambiguous()
    assert drafts.from_json(drafts.to_json(draft)) == draft
    older = drafts.to_json(draft)
    del older["place_choices"], older["precision"]
    assert drafts.from_json(older).place_choices == ()
