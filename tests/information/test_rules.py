"""When an article is said, when titles are offered, when a person is."""

from __future__ import annotations

from datetime import date

import pytest

from bot.information.rules import (
    WITH_MEANING,
    WORDS_ALONE,
    Finding,
    Match,
    ShownArticle,
    close_second,
    judge,
    worth_offering,
)
from bot.services.rules import Text

TODAY = date(2026, 11, 24)


def found(*scores: float, meaning: float | None = 0.9) -> list[Match]:
    return [Match(an_article(f"a{n}"), score, 0.0, meaning) for n, score in enumerate(scores)]


def an_article(code: str = "glass", review_by: date = TODAY) -> ShownArticle:
    return ShownArticle(code, "", Text("Verre", "Glass"), Text(".", "."), None, None, review_by)


SURE, WEAK = WITH_MEANING.answer + 5, WITH_MEANING.offer + 0.5


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ((), Finding.NOTHING),
        ((WITH_MEANING.offer - 0.1,), Finding.NOTHING),
        ((WEAK,), Finding.DOUBT),
        ((SURE,), Finding.ANSWER),
        ((SURE, WEAK), Finding.ANSWER),
        ((SURE, SURE), Finding.DOUBT),
    ],
)
def test_an_article_is_said_when_it_is_near_and_alone(
    scores: tuple[float, ...], expected: Finding
) -> None:
    assert judge(found(*scores)) is expected


def test_without_vectors_words_have_their_own_thresholds() -> None:
    between = (WORDS_ALONE.answer + WITH_MEANING.answer) / 2
    assert judge(found(between, meaning=None)) is Finding.ANSWER
    assert judge(found(between)) is Finding.DOUBT


def test_only_what_may_fit_is_offered() -> None:
    assert len(worth_offering(found(SURE, WEAK, 0.1))) == 2
    assert len(worth_offering(found(SURE, SURE, SURE, SURE))) == 3


def test_a_second_article_is_offered_when_it_is_close() -> None:
    assert close_second(found(SURE, SURE - WITH_MEANING.close)) is not None
    assert close_second(found(SURE, SURE - WITH_MEANING.close - 0.1)) is None
    assert close_second(found(SURE)) is None


def test_an_article_is_overdue_after_its_day_of_review() -> None:
    assert not an_article(review_by=TODAY).is_overdue(TODAY)
    assert an_article(review_by=date(2026, 11, 23)).is_overdue(TODAY)
