"""What the form makes of a message: an answer, a correction, or a question of its own."""

from __future__ import annotations

import pytest

from bot.service_requests.draft import Place
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
