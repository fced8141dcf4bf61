"""Which of an address service's answers are what was said."""

from __future__ import annotations

import pytest

from bot.places.candidates import chosen, is_meant, options, shown
from tests.places.addresses import (
    BRINDAS,
    BRON,
    LYON_2,
    LYON_3,
    OULLINS,
    PIERRE_BENITE,
    an_address,
)

TOWNS = {"69029": "Bron", "69123": "Lyon", "69149": "Oullins-Pierre-Bénite"}


@pytest.mark.parametrize(
    ("said", "street"),
    [
        ("rue de la rép", "Rue de la République"),
        ("av jean jaures", "Avenue Jean Jaurès"),
        ("av. J. Jaurès", "Avenue Jean Jaurès"),
        ("bd du 11 novembre 1918", "Boulevard du 11 Novembre 1918"),
        ("rue pasteur", "Rue Louis Pasteur"),
        ("rue garibladi", "Rue Garibaldi"),
        ("Grande Rue", "Grande Rue"),
        ("chemin des pivoines", "Chemin des Pivoines"),
    ],
)
def test_a_street_is_known_by_its_words_short_or_misspelt(said: str, street: str) -> None:
    assert is_meant(said, an_address(street))


@pytest.mark.parametrize(
    ("said", "street"),
    [
        ("rue de la République", "Place de la République"),
        ("rue marius bertrand", "Rue Marius Berliet"),
        ("rue du 8 mai 1945", "Rue du 11 Novembre 1918"),
        ("rue victor hugo", "Rue Hugo"),
        ("rue de la gare", "Rue de la République"),
    ],
)
def test_another_street_is_not_taken_for_it(said: str, street: str) -> None:
    assert not is_meant(said, an_address(street))


def test_a_town_is_no_street() -> None:
    assert not is_meant("Bron", an_address("Bron", None, kind="municipality"))


def test_in_a_known_town_the_very_name_and_the_very_number_win() -> None:
    very = an_address("Rue Pasteur", "12")
    others = [
        an_address("Rue Louis Pasteur", "12", score=0.9),
        an_address("Rue Pasteur", None, score=0.9),
    ]
    assert chosen("rue pasteur", "12 bis", [*others, very], one_town=True) == (very,)


def test_in_an_unknown_town_a_missing_number_rules_no_town_out() -> None:
    here = an_address("Rue Pasteur", "12")
    there = an_address("Rue Pasteur", None, **OULLINS)
    assert set(chosen("rue pasteur", "12", [there, here], one_town=False)) == {here, there}


def test_every_part_of_the_metropolis_is_one_option() -> None:
    found = [
        an_address(**OULLINS),
        an_address(**LYON_2),
        an_address(**LYON_3),
        an_address(number="14", **OULLINS),
        an_address(**BRINDAS),
    ]
    titles = [option.title for option in options(found, TOWNS.__getitem__)]
    assert titles == ["Oullins-Pierre-Bénite", "Lyon 2e", "Lyon 3e"]


def test_a_street_twice_in_a_merged_town_is_told_apart_by_the_former_ones() -> None:
    found = [an_address(**OULLINS), an_address(**PIERRE_BENITE), an_address(**BRON)]
    titles = [option.title for option in options(found, TOWNS.__getitem__)]
    assert titles == ["Oullins", "Pierre-Bénite", "Bron"]


@pytest.mark.parametrize(
    ("street", "number", "written"),
    [
        ("Rue de la République", "12", "12 rue de la République"),
        ("Rue de la République", None, "rue de la République"),
        ("Grande Rue", "3 bis", "3 bis Grande Rue"),
    ],
)
def test_an_address_is_written_as_in_a_sentence(
    street: str, number: str | None, written: str
) -> None:
    assert shown(an_address(street), number) == written
