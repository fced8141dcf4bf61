"""What makes an address more precise, in what people write."""

from __future__ import annotations

import pytest

from bot.places.addresses import find_address
from bot.places.precision import LONGEST, find_precision, joined, of_another_number


@pytest.mark.parametrize(
    ("text", "precision"),
    [
        ("12 rue Pasteur, côté impair", "côté impair"),
        ("12 rue Pasteur devant l’école, côté impair", "devant l’école, côté impair"),
        ("trou 12 rue Pasteur, du côté des numéros pairs", "côté des numéros pairs"),
        ("12 rue Pasteur 3e étage", "3e étage"),
        ("12 rue Pasteur, bât. B, 2ème étage", "bât. B, 2ème étage"),
        ("en face du 12 rue Pasteur", "en face du 12"),
        ("rue Pasteur entre le 12 et le 14", "entre le 12 et le 14"),
        ("12 rue Pasteur, trottoir d’en face", "trottoir d’en face"),
        ("12 rue Pasteur au rez-de-chaussée", "rez-de-chaussée"),
        ("12 rue Pasteur, allée C", "allée C"),
        ("12 Main Street, third floor", "third floor"),
        ("the left side of 12 Main Street", "left side"),
    ],
)
def test_a_precision_is_kept_in_the_citizen_s_words(text: str, precision: str) -> None:
    found = find_precision(text, find_address(text))
    assert found is not None
    assert found.text == precision


@pytest.mark.parametrize(
    "text",
    [
        "un trou gros comme ça 12 rue Pasteur",
        "12 rue Pasteur depuis 3 jours",
        "12 rue Pasteur, ma porte est bloquée",
        "12 rue Pasteur, un immeuble 5 étages",
        "12 rue Pasteur, le hall à côté",
        "le panneau en face du 12 mètres de haut",
        "12 rue Pasteur, mes enfants vont à l’école Jean Macé",
        "12 rue Pasteur le lampadaire clignote toute la nuit depuis lundi et la gare est loin",
        "",
    ],
)
def test_what_says_nothing_of_the_place_is_no_precision(text: str) -> None:
    assert find_precision(text, find_address(text)) is None


@pytest.mark.parametrize(
    ("text", "is_all"),
    [
        ("c’est devant l’école, côté impair", True),
        ("au 3e étage", True),
        ("3e étage, et ça coule sur le palier", False),
    ],
)
def test_a_message_that_says_more_is_known(text: str, is_all: bool) -> None:
    found = find_precision(text, None)
    assert found is not None
    assert found.is_all is is_all


def test_precisions_are_put_together_each_once_and_never_too_long() -> None:
    assert joined("côté impair", "3e étage", "côté impair") == "côté impair, 3e étage"
    assert len(joined(None, *[f"devant l’école numéro {n}" for n in range(50)])) <= LONGEST


def test_what_was_told_by_the_old_number_goes_with_it() -> None:
    assert of_another_number("en face du 12, côté impair, 3e étage") == "côté impair, 3e étage"
    assert of_another_number("en face du 12") is None
