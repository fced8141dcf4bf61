"""What is learnt says nothing of whoever wrote it."""

from __future__ import annotations

import pytest

from bot.learning.anonymising import anonymised
from bot.learning.placeholders import learnt

TOWNS = frozenset({"oullins", "pierre", "benite", "lyon", "bron"})


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (
            "je m'appelle karim benali et la lampe clignote",
            "je m'appelle ‹nom› et la lampe clignote",
        ),
        ("Madame Lefèvre m'a dit d'attendre", "Madame ‹nom› m'a dit d'attendre"),
        ("mon voisin Paul Durand jette tout", "mon voisin ‹nom› jette tout"),
        ("appelez le 06 12 34 56 78 svp", "appelez le ‹téléphone› svp"),
        ("écrivez à zoe.m@free.fr", "écrivez à ‹courriel›"),
        ("voiture AB-123-CD abandonnée", "voiture ‹plaque› abandonnée"),
        ("un trou devant le 12 rue Bossuet", "un trou devant le ‹adresse›"),
        ("ma référence 2026-004217 svp", "ma référence ‹numéro› svp"),
        ("carte 4111 1111 1111 1111 refusée", "carte ‹carte› refusée"),
        (
            "la déchèterie de Pierre-Bénite ferme quand",
            "la déchèterie de Pierre-Bénite ferme quand",
        ),
        ("Bonjour Monsieur, quand passe le camion", "Bonjour Monsieur, quand passe le camion"),
    ],
)
def test_what_is_personal_leaves_a_placeholder(said: str, kept: str) -> None:
    assert anonymised(said, TOWNS) == kept


def test_what_is_known_to_be_personal_goes_in_any_spelling() -> None:
    assert anonymised("c'est encore ZOULIKHA", known=["Zoulikha"]) == "c'est encore ‹nom›"


def test_the_reader_learns_whole_sentences_without_the_syntax_of_examples() -> None:
    assert learnt("- appelez [le] ‹téléphone›\nsvp {x}") == "appelez le 06 00 00 00 00 svp x"
