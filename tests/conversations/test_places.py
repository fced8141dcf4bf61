"""Places in a conversation, with a real address service and imported outlines.

One service and one addok for the whole file; the last test ends addok and starts it again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.places.outlines import a_commune, as_bytes
from tests.running import RunningService, Visitor, state_for_tests
from tests.servers.addok_server import AddressServer
from tests.servers.streets import STEP

pytestmark = pytest.mark.xdist_group("places")

TWELVE = (45.7160 + 3 * STEP, 4.8080)  # rue de la République, Oullins
MOST_QUESTIONS = 6
POTHOLE = "trou dans la chaussée 12 rue de la République"


@pytest.fixture(scope="module")
def located(
    tmp_path_factory: pytest.TempPathFactory, address_server: AddressServer
) -> Iterator[RunningService]:
    """A service that asks the address server, with the outlines of Oullins (around the street)
    and Bron."""
    folder = tmp_path_factory.mktemp("located")
    running = RunningService(
        state_for_tests(folder / "state"), {"GUICHET_GEOCODER_URL": address_server.url}
    )
    file = folder / "communes.json"
    oullins = ("69149", "Oullins-Pierre-Bénite", 4.80)
    bron = ("69029", "Bron", 4.90)
    file.write_bytes(as_bytes(a_commune(oullins, contour=around_oullins()), a_commune(bron)))
    running.start()
    try:
        running.wait()
        running.admin("communes", "import", "--from", str(file))
        yield running
    finally:
        running.stop()


def around_oullins() -> dict[str, Any]:
    west, south, east, north = 4.80, 45.70, 4.83, 45.73
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


@pytest.fixture
def citizen(located: RunningService) -> Visitor:
    return Visitor(located.url)


def texts(answers: list[dict[str, Any]]) -> str:
    return "\n".join(str(a["text"]) for a in answers).replace("\u00a0", " ")


def titles(answers: list[dict[str, Any]]) -> list[str]:
    return [button["title"] for button in answers[-1]["buttons"]]


def at(visitor: Visitor, point: tuple[float, float]) -> list[dict[str, Any]]:
    visitor.post(location=list(point))
    return visitor.hear()


def summary(visitor: Visitor, answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Pass what may be passed, up to the confirmation."""
    for _ in range(MOST_QUESTIONS):
        if answers[-1]["expects"] == "confirm":
            break
        answers = visitor.say("passer")
    assert answers[-1]["expects"] == "confirm", answers[-1]["text"]
    return answers


def test_an_ambiguous_address_is_one_tap(citizen: Visitor) -> None:
    answers = citizen.say(POTHOLE)
    assert "12 rue de la République : " in texts(answers)
    assert set(titles(answers)) == {"Lyon 2e", "Oullins-Pierre-Bénite", "Bron", "Autre"}
    answers = summary(citizen, citizen.press("Lyon 2e"))
    assert "Lieu : 12 rue de la République (2e), Lyon" in texts(answers)


def test_an_ambiguous_address_is_answered_in_words(citizen: Visitor) -> None:
    citizen.say(POTHOLE)
    answers = summary(citizen, citizen.say("celle d'Oullins"))
    assert "Lieu : 12 rue de la République, Oullins-Pierre-Bénite" in texts(answers)


def test_a_house_number_gets_the_point_by_which_another_finds_it(
    located: RunningService, citizen: Visitor
) -> None:
    summary(citizen, citizen.say("trou dans la chaussée 1 chemin des Pivoines"))
    citizen.say("oui")
    other = Visitor(located.url)
    answers = other.say("gros trou dans la chaussée 2 chemin des pivoines")
    assert "à moins de 25 m (chemin des Pivoines)" in texts(answers)


def test_a_shared_position_has_its_address_and_town_and_is_corrected_in_words(
    citizen: Visitor,
) -> None:
    citizen.say("il y a un trou dans la chaussée")
    assert "📍 12 rue de la République, Oullins-Pierre-Bénite" in texts(at(citizen, TWELVE))
    answers = summary(citizen, citizen.say("non, c'est au 14"))
    assert "Lieu : 14 rue de la République, Oullins-Pierre-Bénite" in texts(answers)


def test_a_position_before_any_word_is_kept_for_the_report(citizen: Visitor) -> None:
    assert "📍 12 rue de la République, Oullins" in texts(at(citizen, TWELVE))
    answers = summary(citizen, citizen.say("un trou dans la chaussée"))
    assert "Lieu : 12 rue de la République, Oullins-Pierre-Bénite" in texts(answers)


def test_a_position_is_of_the_town_whose_outline_is_around_it(citizen: Visitor) -> None:
    citizen.say("il y a un trou dans la chaussée")
    answers = summary(citizen, at(citizen, (45.7390, 4.9190)))  # no house is near
    assert "Lieu : position partagée, Bron" in texts(answers)


def test_what_is_precise_is_kept_for_the_desk_and_not_shown_to_others(
    located: RunningService, citizen: Visitor
) -> None:
    told = "trou dans la chaussée 27 rue Garibaldi, devant l'école, côté impair"
    answers = summary(citizen, citizen.say(told))
    assert "27 rue Garibaldi (3e), Lyon (devant l'école, côté impair)" in texts(answers)
    reference = str(citizen.say("oui")[-1]["reference"])
    cases = located.admin("requests", "list").splitlines()
    case = next(line for line in cases if line.startswith(reference))
    assert "27 rue Garibaldi (3e) (devant l'école, côté impair)" in case
    shown = texts(Visitor(located.url).say("trou dans la chaussée 27 rue Garibaldi Lyon 3"))
    assert "27 rue Garibaldi" in shown
    assert "impair" not in shown
    assert "école" not in shown


def test_when_the_address_service_goes_away_the_text_is_kept_and_the_town_asked(
    citizen: Visitor, address_server: AddressServer
) -> None:
    citizen.say("il y a un trou dans la chaussée")
    address_server.fall_silent()
    try:
        answers = citizen.say("14 cours Lafayette")
        assert "Dans quelle commune" in texts(answers)
        answers = summary(citizen, citizen.say("Lyon 3e"))
        assert "Lieu : 14 cours Lafayette (3e), Lyon" in texts(answers)
    finally:
        address_server.serve()
