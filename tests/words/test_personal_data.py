"""Numbers that prove themselves are found, others are left alone."""

from __future__ import annotations

import pytest

from bot.words.personal_data import HIDDEN, Kind, checked, formed, is_social_security, without


def found(text: str) -> list[tuple[Kind, str]]:
    return [(one.kind, text[one.start : one.end]) for one in checked(text)]


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [
        ("ma carte 4111 1111 1111 1111 expire", Kind.CARD, "4111 1111 1111 1111"),
        ("4111111111111111", Kind.CARD, "4111111111111111"),
        (
            "virez sur FR76 3000 6000 0112 3456 7890 189 merci",
            Kind.IBAN,
            "FR76 3000 6000 0112 3456 7890 189",
        ),
        ("fr7630006000011234567890189.", Kind.IBAN, "fr7630006000011234567890189"),
        ("sécu : 2 55 08 14 168 025 38", Kind.SOCIAL_SECURITY, "2 55 08 14 168 025 38"),
        ("255081416802538", Kind.SOCIAL_SECURITY, "255081416802538"),
    ],
)
def test_a_number_with_the_right_key_is_found(text: str, kind: Kind, number: str) -> None:
    assert found(text) == [(kind, number)]


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1112",
        "FR76 3000 6000 0112 3456 7890 188",
        "2 55 08 14 168 025 39",
        "0000 0000 0000 0000",
        "ma demande 2026-004217 du 12 novembre, 06 12 34 56 78",
    ],
)
def test_another_number_is_none(text: str) -> None:
    assert found(text) == []


def test_corsica_counts_as_nineteen_and_eighteen() -> None:
    key = 97 - 1850519004123 % 97
    assert is_social_security(f"185052A004123{key:02d}")
    assert not is_social_security(f"185052B004123{key:02d}")


def test_ways_to_reach_somebody_have_a_form() -> None:
    text = "camille@exemple.fr 06 12 34 56 78 AB-123-CD né le 03/04/1980 https://a.fr/x"
    kinds = [one.kind for one in formed(text)]
    assert kinds == [Kind.EMAIL, Kind.PHONE, Kind.PLATE, Kind.DATE, Kind.LINK]


def test_words_are_hidden_wherever_they_stand_the_longest_first() -> None:
    text = "Paul Durand, dit Paul"
    assert without(text, ("Paul", "Paul Durand")) == f"{HIDDEN}, dit {HIDDEN}"
