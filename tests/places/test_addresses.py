"""Addresses and landmarks found in what people write."""

from __future__ import annotations

import pytest

from bot.places.addresses import correct_number, corrected_number, find_address, without_town
from bot.places.rules import Address

REPUBLIQUE = Address("12 rue de la République", "12", "rue de la République", None, (0, 23))


@pytest.mark.parametrize(
    ("text", "number", "street"),
    [
        ("12 rue de la République", "12", "rue de la République"),
        ("12bis av jean jaurès", "12bis", "av jean jaurès"),
        ("devant le 7 ter, quai Perrache", "7 ter", "quai Perrache"),
        ("rue de la rép", None, "rue de la rép"),
        ("trou bd du 11 novembre 1918", None, "bd du 11 novembre 1918"),
        ("rue Hugo au 14", "14", "rue Hugo"),
        ("rue Hugo n° 14 bis", "14 bis", "rue Hugo"),
        ("au 12 de la rue Paul Bert", "12", "rue Paul Bert"),
        ("Grande Rue, trou", None, "Grande Rue"),
        ("41-43 rue Garibaldi", "41-43", "rue Garibaldi"),
        ("rue Pierre et Marie Curie", None, "rue Pierre et Marie Curie"),
        ("montée de la grande côte", None, "montée de la grande côte"),
        ("av. J. Jaurès", None, "av. J. Jaurès"),
        ("12 Main street", "12", "Main street"),
        ("angle rue X / rue Y", None, "rue X / rue Y"),
        ("coin de la rue Ney et du cours Vitton", None, "rue Ney / cours Vitton"),
    ],
)
def test_a_street_is_read_with_its_number(text: str, number: str | None, street: str) -> None:
    found = find_address(text)
    assert found is not None
    assert (found.number, found.street) == (number, street)


@pytest.mark.parametrize(
    "rest",
    [
        " un lampadaire est cassé",
        ", un cycliste est tombé",
        " depuis lundi",
        " hier soir",
        " à Oullins",
        " lampadaire éteint",
        " des poubelles partout",
        " ya des rats",
        " 69600",
        " since monday",
        " svp",
        "\nmerci",
    ],
)
def test_a_street_ends_where_the_sentence_goes_on(rest: str) -> None:
    found = find_address(f"trou rue victor hugo{rest}")
    assert found is not None
    assert (found.text, found.span) == ("rue victor hugo", (5, 20))


@pytest.mark.parametrize(
    "text",
    [
        "devant l’école Jean Macé",
        "en face de la gare",
        "derrière le gymnase",
        "près du métro Cusset",
        "arrêt de bus Cusset",
        "in front of the school",
        "dans le parc de la Tête d’Or",
    ],
)
def test_a_landmark_is_a_place_without_street(text: str) -> None:
    found = find_address(f"{text}, il y a un trou")
    assert found is not None
    assert (found.text, found.landmark, found.street) == (text, text, None)


@pytest.mark.parametrize(
    "text",
    [
        "12 personnes attendent",
        "depuis 3 jours",
        "le 12 mars",
        "route barrée",
        "dans ma rue",
        "la route est abîmée",
        "chemin de terre boueux",
        "place de parking occupée",
        "travaux en cours depuis 3 mois",
        "un câble traverse la rue",
        "mise en place d’un ralentisseur",
        "devant chez moi",
        "devant ma porte",
        "le passage piéton est effacé",
        "un cours d’eau pollué",
        "au 14",
        "",
        "🎉",
    ],
)
def test_what_names_no_place_is_no_address(text: str) -> None:
    assert find_address(text) is None


def test_the_street_of_the_matter_wins_over_the_author_s_own() -> None:
    found = find_address("j’habite 3 rue des Lilas, le trou est rue Pasteur")
    assert found is not None
    assert found.text == "rue Pasteur"


@pytest.mark.parametrize("text", ["12 rue Hugo Bron", "12 rue hugo bron"])
def test_a_street_s_name_does_not_run_into_a_known_town(text: str) -> None:
    town = (12, 16)
    known = find_address(text, town)
    unknown = find_address(text)
    assert known is not None
    assert unknown is not None
    assert known.text == without_town(unknown, town).text == text[:11]


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("non, c’est au 14", "14"),
        ("au 14 bis", "14 bis"),
        ("14", "14"),
        ("c’est le 14 pas le 12", "14"),
        ("pas le 12, le 14", "14"),
        ("sorry, number 14", "14"),
    ],
)
def test_a_correction_changes_the_number_only(said: str, number: str) -> None:
    corrected = correct_number(REPUBLIQUE, said)
    assert corrected is not None
    assert (corrected.number, corrected.street) == (number, "rue de la République")
    assert corrected.text == f"{number} rue de la République"
    assert corrected_number(REPUBLIQUE.text, said) == corrected.text


def test_a_correction_may_give_another_street() -> None:
    corrected = correct_number(REPUBLIQUE, "plutôt rue Victor Hugo")
    assert corrected is not None
    assert (corrected.text, corrected.number) == ("rue Victor Hugo", None)


@pytest.mark.parametrize("said", ["depuis 3 jours", "oui", "à 14h", "il y a 2 trous", ""])
def test_what_gives_no_number_corrects_nothing(said: str) -> None:
    assert correct_number(REPUBLIQUE, said) is None
    assert corrected_number(REPUBLIQUE.text, said) is None


def test_a_landmark_has_no_number_to_correct() -> None:
    landmark = find_address("devant l’école Jean Macé")
    assert landmark is not None
    assert correct_number(landmark, "au 14") is None


@pytest.mark.parametrize("text", ["rue " * 2500, "devant le " * 1000, "rue hugo et " * 800])
def test_ten_thousand_characters_are_read(text: str) -> None:
    found = find_address(text)
    assert found is None or found.text.startswith("rue hugo")
