"""Towns found in what people write, and never guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.places.communes import Gazetteer, load_gazetteer

A_TOWN = """
population_year: 2023
communes:
  - insee: "69029"
    name: Bron
    postcodes: ["69500"]
    population: 42982
    centre: [45.735, 4.912]
"""


def _names(gazetteer: Gazetteer, text: str) -> list[str]:
    mention = gazetteer.mention(text)
    return [c.name for c in mention.candidates] if mention else []


def test_the_metropolis_has_58_communes_with_facts(gazetteer: Gazetteer) -> None:
    assert len(gazetteer.communes) == 58
    assert len({c.insee for c in gazetteer.communes}) == 58
    assert sum(c.population for c in gazetteer.communes) > 1_400_000
    assert {c.population_year for c in gazetteer.communes} == {2023}
    for commune in gazetteer.communes:
        assert 45.5 < commune.centre[0] < 46.0
        assert 4.6 < commune.centre[1] < 5.2


def test_every_commune_is_found_by_its_own_name(gazetteer: Gazetteer) -> None:
    for commune in gazetteer.communes:
        assert commune in gazetteer.named(commune.name)
        assert _names(gazetteer, f"un trou à {commune.name.upper()}.") == [commune.name]


@pytest.mark.parametrize(
    ("text", "insee"),
    [
        ("oulins", "69149"),
        ("un trou à Pierre Bénite", "69149"),
        ("69310", "69149"),
        ("Oullins-Pierre-Bénite", "69149"),
        ("à vaulx", "69256"),
        ("Veaulx en velin", "69256"),
        ("vileurbane", "69266"),
        ("venisieux", "69259"),
        ("meizieu", "69282"),
        ("St. Priest", "69290"),
        ("st-prieste", "69290"),
        ("stpriest", "69290"),
        ("ste foy les lyon", "69202"),
        ("St Germain au mont dor", "69207"),
        ("Fontaines s/ Saône", "69088"),
        ("écuilly", "69081"),
        ("tassin la demi lune", "69244"),
        ("caluir", "69034"),
        ("Crépieux", "69286"),
        ("in the town of Saint Priest", "69290"),
        ("à Charly", "69046"),
        ("Mulatière", "69142"),
    ],
)
def test_former_names_short_names_and_slips_are_understood(
    gazetteer: Gazetteer, text: str, insee: str
) -> None:
    mention = gazetteer.mention(text)
    assert mention is not None
    assert mention.commune == gazetteer.by_insee(insee)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Lyon 3", 3),
        ("lyon 3e", 3),
        ("lyon3", 3),
        ("LYON 03", 3),
        ("Lyon 1er", 1),
        ("lyon 7ème arrondissement", 7),
        ("Lyon VIII", 8),
        ("Lyon cedex 03", 3),
        ("3eme arrondissement", 3),
        ("dans le neuvième arrondissement", 9),
        ("un trou dans le 8e", 8),
        ("dans le septième le toit de l'abribus est fendu", 7),
        ("dans le 3e il y a un trou", 3),
        ("69003", 3),
        ("69 006 Lyon", 6),
        ("69387", 7),
        ("in the 3rd arrondissement", 3),
    ],
)
def test_an_arrondissement_is_lyon_with_its_number(
    gazetteer: Gazetteer, text: str, number: int
) -> None:
    mention = gazetteer.mention(text)
    assert mention is not None
    assert mention.commune == gazetteer.by_insee("69123")
    assert mention.arrondissement == number


@pytest.mark.parametrize("text", ["dans le troisième tiroir", "dans le second la lampe clignote"])
def test_a_rank_is_not_always_an_arrondissement(gazetteer: Gazetteer, text: str) -> None:
    assert gazetteer.mention(text) is None


@pytest.mark.parametrize(
    "text", ["à Lyon, 3 rue Hugo", "lyon 3 rue Hugo", "lyon 3 lampadaires cassés", "lyon 12"]
)
def test_a_number_after_lyon_is_not_always_an_arrondissement(
    gazetteer: Gazetteer, text: str
) -> None:
    mention = gazetteer.mention(text)
    assert mention is not None
    assert mention.arrondissement is None


@pytest.mark.parametrize(
    "text",
    [
        "les bronzés font du ski",
        "une statue en bronze",
        "des millions de trous",
        "le bassin est sale",
        "panneau solaire cassé",
        "les collines",
        "devant le collège",
        "j’ai bu du champagne",
        "des cailloux partout",
        "la tour est éteinte",
        "je suis charly et je me plains",
        "a nice bench",
        "rue de Lyon",
        "avenue de Vénissieux",
        "12 place Saint-Priest",
        "le Grand Lyon ne fait rien",
        "la métropole de Lyon",
        "le poteau n° 69100",
        "référence 2026-004217",
        "",
        "🎉🎉",
        "/restart",
    ],
)
def test_ordinary_words_streets_and_numbers_are_no_town(gazetteer: Gazetteer, text: str) -> None:
    assert gazetteer.mention(text) is None


@pytest.mark.parametrize(
    "text",
    ["à Grenoble", "Villefranche", "Paris", "st etienne", "à Vienne", "38000 Grenoble", "69400"],
)
def test_a_town_outside_is_said_to_be_outside(gazetteer: Gazetteer, text: str) -> None:
    mention = gazetteer.mention(text)
    assert mention is not None
    assert mention.is_outside
    assert mention.commune is None
    assert gazetteer.named(text) == ()


@pytest.mark.parametrize(
    ("text", "insee"),
    [
        ("fontaines", {"69087", "69088"}),
        ("Sathonay", {"69292", "69293"}),
        ("à Saint-Genis", {"69204", "69205"}),
        ("69660", {"69063"}),
        ("69290", {"69069", "69205"}),
        ("entre Bron et Villeurbanne", {"69029", "69266"}),
        ("69100 Bron", {"69266", "69029"}),
    ],
)
def test_what_may_be_several_towns_is_never_guessed(
    gazetteer: Gazetteer, text: str, insee: set[str]
) -> None:
    mention = gazetteer.mention(text)
    assert mention is not None
    assert {c.insee for c in mention.candidates} == insee
    assert (mention.commune is None) == (len(insee) > 1)


def test_a_postcode_tells_two_towns_of_one_name_apart(gazetteer: Gazetteer) -> None:
    assert _names(gazetteer, "69230 Saint-Genis") == ["Saint-Genis-Laval"]


def test_the_place_of_the_matter_wins_over_the_town_of_the_author(gazetteer: Gazetteer) -> None:
    assert _names(gazetteer, "j’habite à Bron mais le trou est à Villeurbanne") == ["Villeurbanne"]
    assert _names(gazetteer, "route coupée à Givors direction Vienne") == ["Givors"]


def test_a_span_is_where_the_name_stands_in_the_original(gazetteer: Gazetteer) -> None:
    text = "Œuf écrasé à Écully 🎉"
    mention = gazetteer.mention(text)
    assert mention is not None
    assert text[slice(*mention.span)] == mention.text == "Écully"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("c'est à Bron", ["Bron"]),
        ("69500", ["Bron"]),
        ("euh charly", ["Charly"]),
        ("à oulins svp", ["Oullins-Pierre-Bénite"]),
        ("il y a un trou à Bron", []),
        ("je ne sais pas", []),
        ("Trifouilly", []),
    ],
)
def test_a_whole_answer_names_a_town(gazetteer: Gazetteer, text: str, names: list[str]) -> None:
    assert [c.name for c in gazetteer.named(text)] == names


def test_the_nearest_communes_of_a_point_come_with_their_distance(gazetteer: Gazetteer) -> None:
    commune, km = gazetteer.distances(45.735, 4.912)[0]
    assert (commune.name, round(km)) == ("Bron", 0)
    assert [c.name for c in gazetteer.nearest(45.735, 4.912, 1)] == ["Bron"]


def test_only_points_around_the_metropolis_are_accepted(gazetteer: Gazetteer) -> None:
    assert gazetteer.is_around(45.76, 4.84)
    assert not gazetteer.is_around(48.86, 2.35)


def test_an_unknown_code_is_an_error(gazetteer: Gazetteer) -> None:
    with pytest.raises(KeyError):
        gazetteer.by_insee("75056")


@pytest.mark.parametrize("text", ["rue " * 2500, "1-" * 5000, "Ab " * 3300, "12345 " * 1600])
def test_ten_thousand_characters_are_read(gazetteer: Gazetteer, text: str) -> None:
    assert gazetteer.mention(text) is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("69029", "690"), "`insee`"),
        (("name: Bron", "name: ''"), "`name`"),
        (("69500", "6950"), "`postcodes`"),
        (("42982", "many"), "`population`"),
        (("[45.735, 4.912]", "[4.9]"), "`centre`"),
        (("population_year: 2023", ""), "`population_year`"),
        (("communes:", "towns:"), "`communes`"),
    ],
)
def test_bad_data_is_refused_with_its_reason(
    tmp_path: Path, change: tuple[str, str], said: str
) -> None:
    path = tmp_path / "communes.yml"
    path.write_text(A_TOWN.replace(*change), encoding="utf-8")
    with pytest.raises(ValueError, match=said):
        load_gazetteer(path)


def test_a_small_gazetteer_of_ones_own_is_enough(tmp_path: Path) -> None:
    path = tmp_path / "communes.yml"
    path.write_text(A_TOWN, encoding="utf-8")
    small = load_gazetteer(path)
    assert _names(small, "à bron") == ["Bron"]
    assert small.mention("dans le 3e") is None
