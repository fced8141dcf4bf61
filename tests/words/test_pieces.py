"""Texts cut into pieces, and spelt as they sound."""

from __future__ import annotations

import numpy as np
import pytest

from bot.words.pieces import Pieces, cut, matrix
from bot.words.sounds import sounded, written


def test_words_are_cut_in_runs_of_letters_with_their_edges() -> None:
    assert set(cut("rat")["w"]) == {
        *(" r", "ra", "at", "t "),
        *(" ra", "rat", "at "),
        *(" rat", "rat "),
        " rat ",
    }


def test_words_and_pairs_of_words_are_pieces_too() -> None:
    assert set(cut("le gros rat")["W"]) == {"le", "gros", "rat", "le gros", "gros rat"}


def test_each_view_of_a_text_has_length_one() -> None:
    pieces = Pieces.of_texts(["un gros rat", "un chat gros", "un rat"])
    _, weights = pieces.weigh("un rat")
    assert float((weights**2).sum()) == pytest.approx(4)


def test_a_text_of_unknown_pieces_weighs_nothing() -> None:
    columns, weights = Pieces.of_texts(["rat", "rat"]).weigh("ô")
    assert (len(columns), len(weights)) == (0, 0)


def test_what_is_kept_reads_back_alike() -> None:
    texts = ["un gros rat", "un chat", "un rat"]
    pieces = Pieces.of_texts(texts)
    again = Pieces.from_arrays(pieces.arrays())
    assert np.array_equal(matrix(pieces, texts).toarray(), matrix(again, texts).toarray())


@pytest.mark.parametrize(
    ("by_ear", "by_the_book"),
    [
        ("koi", "quoi"),
        ("sa fé", "ça fait"),
        ("ses ki", "c’est qui"),
        ("il et tombé", "il est tomber"),
        ("lampadère cassé", "lampadaires cassée"),
    ],
)
def test_what_sounds_alike_is_alike(by_ear: str, by_the_book: str) -> None:
    assert sounded(by_ear) == sounded(by_the_book)


def test_questions_and_cries_are_kept() -> None:
    assert written("Ça brûle ?!") == "ca brule ?!"
