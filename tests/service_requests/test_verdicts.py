"""Words that say that a problem is solved, or not."""

from __future__ import annotations

import pytest

from bot.service_requests.verdicts import names_solved, says_not_solved, says_solved


@pytest.mark.parametrize(
    "text",
    [
        "c'est réglé",
        "C’est bon c’est réparé, merci",
        "le lampadaire a été réparé ce matin",
        "ça y est c'est nettoyé",
        "2026-004217 est réglé",
        "finalement c'est résolu",
        "ils l'ont enlevé",
        "it's fixed",
        "plus de problème merci",
    ],
)
def test_solved(text: str) -> None:
    assert says_solved(text)
    assert names_solved(text)
    assert not says_not_solved(text)


@pytest.mark.parametrize(
    "text",
    [
        "c'est toujours pas réparé",
        "non le trou est toujours la",
        "ce n'est pas réglé",
        "pas du tout",
        "rien n'a été fait",
        "it is not fixed",
        "the hole is still there",
    ],
)
def test_not_solved(text: str) -> None:
    assert says_not_solved(text)
    assert not says_solved(text)


@pytest.mark.parametrize(
    "text",
    [
        "c'est réglé quand ?",
        "est-ce que c'est réparé ?",
        "ce sera réparé bientôt",
        "si c'est réparé dites-le moi",
        "un lampadaire en panne rue Pasteur",
        "il faut que ce soit réparé, je passe là tous les jours avec une poussette, merci d'agir",
        "",
    ],
)
def test_neither(text: str) -> None:
    assert not says_solved(text)
    assert not says_not_solved(text)


def test_a_bare_ok_names_nothing() -> None:
    assert says_solved("c'est bon")
    assert not names_solved("c'est bon")
