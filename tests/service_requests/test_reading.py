"""What the form makes of a message: an answer, a correction, or a question of its own."""

from __future__ import annotations

import pytest

from bot.service_requests.draft import Draft, Place, step_back
from bot.service_requests.reading import place_of_also
from tests.actions.desks import WORDS, a_draft, a_reader, something_said

SURE = {"trottoir": "sidewalk_damage", "trou": "pothole", "lampadaire": "street_light_damaged"}
ASKED = {"intent": "ask_information", "confidence": 0.9}
EARLIER = Place("12 rue Pasteur", None, None, "69149")


@pytest.mark.parametrize(
    ("service", "step", "question"),
    [
        ("noise", "since", "la mairie est ouverte demain ?"),
        ("graffiti", "insulting", "c'est gratuit de faire enlever un tag ?"),
        ("missed_collection", "bin", "quels papiers pour une carte d'identité ?"),
        ("abandoned_vehicle", "vehicle", "comment renouveler mon passeport ?"),
        ("pothole", "location", "la déchèterie d'Oullins est ouverte dimanche ?"),
        ("pothole", "photo", "à quelle heure ferme la piscine ?"),
    ],
)
async def test_a_new_question_is_no_answer_whatever_was_asked(
    service: str, step: str, question: str
) -> None:
    place = None if step == "location" else "12 rue Pasteur"
    draft = a_draft(service=service, address=place, step=step, noted=True)
    reading = await a_reader(SURE).read(draft, something_said(question, **ASKED))
    assert reading.passed_on
    assert reading.draft == draft


@pytest.mark.parametrize(
    ("text", "answer"),
    [("ouep", True), ("carrément", True), ("pas vraiment", False), ("bof non", False)],
)
async def test_a_familiar_yes_or_no_is_read(text: str, answer: bool) -> None:
    draft = a_draft(service="graffiti", step="insulting", noted=True)
    reading = await a_reader(SURE).read(draft, something_said(text))
    assert reading.draft.answers["insulting"].value is answer


async def test_rather_another_service_while_confirming_changes_it() -> None:
    draft = a_draft(step="confirm")
    reading = await a_reader(SURE).read(draft, something_said("non, plutôt le trottoir"))
    assert reading.draft.service == "sidewalk_damage"
    assert reading.draft.address == "12 rue Pasteur"
    assert not reading.is_confirmed


async def test_the_same_place_is_taken_and_said() -> None:
    draft = a_draft(address=None, commune=None, step="location")
    said = something_said("au même endroit", earlier=EARLIER)
    reading = await a_reader(SURE).read(draft, said)
    assert reading.draft.place == EARLIER
    remark = WORDS.render(reading.remarks[0], "fr")
    assert "12 rue Pasteur, Oullins" in remark
    corrected = await a_reader(SURE).read(reading.draft, something_said("non, c'est au 14"))
    assert corrected.draft.address == "14 rue Pasteur"


async def test_the_same_place_opens_a_report() -> None:
    said = something_said("un lampadaire cassé, même endroit", earlier=EARLIER)
    reading = await a_reader(SURE).begin(said, None)
    assert (reading.draft.service, reading.draft.place) == ("street_light_damaged", EARLIER)


async def test_an_address_beside_it_wins_over_the_same_place() -> None:
    said = something_said("trou au même endroit, 3 rue Pasteur à Bron", earlier=EARLIER)
    reading = await a_reader(SURE).begin(said, None)
    assert reading.draft.address == "3 rue Pasteur"
    assert reading.draft.commune != EARLIER.commune


async def test_without_an_earlier_place_it_is_asked() -> None:
    draft = a_draft(address=None, step="location")
    reading = await a_reader(SURE).read(draft, something_said("au même endroit"))
    assert reading.draft.step == "location"
    assert not reading.draft.has_place
    assert reading.remarks


TWO = "il y a un trou devant le 12 rue Pasteur à Bron et aussi un lampadaire cassé au 14"


async def test_the_first_of_two_problems_is_taken_and_the_second_kept_in_its_words() -> None:
    reading = await a_reader(SURE).begin(something_said(TWO), None)
    draft = reading.draft
    assert (draft.service, draft.address, draft.also) == (
        "pothole",
        "12 rue Pasteur",
        "un lampadaire cassé au 14",
    )
    place = place_of_also(draft)
    assert place is not None
    assert (place.address, place.commune) == ("14 rue Pasteur", draft.commune)


async def test_a_place_said_once_after_the_second_is_that_of_both() -> None:
    said = something_said("un trou et aussi un lampadaire cassé au 12 rue Pasteur à Bron")
    draft = (await a_reader(SURE).begin(said, None)).draft
    assert (draft.service, draft.address) == ("pothole", "12 rue Pasteur")
    assert draft.commune is not None
    assert place_of_also(draft) is None


@pytest.mark.parametrize(
    "text",
    [
        "un trou et aussi un bout de trou plus loin rue Pasteur à Bron",  # one and the same
        "un trou rue Pasteur à Bron et aussi un truc bizarre",  # the second is not sure
        "un trou et un lampadaire cassé rue Pasteur à Bron",  # nothing says where it is cut
        "il y a aussi un trou rue Pasteur à Bron",
        "un trou et aussi",
    ],
)
async def test_a_second_problem_is_never_guessed(text: str) -> None:
    draft = (await a_reader(SURE).begin(something_said(text), None)).draft
    assert draft.also == ""
    assert draft.description == text


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("moi aussi", "2026-000001"),
        ("c'est le même, oui", "2026-000001"),
        ("oui c'est ça", None),
        ("c'est le même endroit", None),
        ("at the same place", None),
    ],
)
async def test_only_who_says_so_joins_what_others_reported(text: str, joined: str | None) -> None:
    draft = a_draft(step="photo", twins=("2026-000001",))
    assert (await a_reader(SURE).read(draft, something_said(text))).joins == joined


def test_back_after_none_of_the_places_asks_where_again() -> None:
    draft = Draft(
        service="pothole",
        address="rue de la République",
        step="commune",
        trail=("location", "which_place"),
    )
    back = step_back(draft)
    assert back.step == "location"
    assert not back.has_place
