"""Articles, and when one answers a question. Pure.

An answer is an article's own words or nothing: no sentence is ever made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from bot.services.rules import Text

METROPOLIS = ""
"""The commune of an article that is the same everywhere."""

QUESTIONS_KEPT_FOR = timedelta(days=90)
"""Unanswered questions, for the town's administrators; conversations are kept as long."""

LONGEST_BODY = 600
"""Characters: a bubble that is read without scrolling."""

SHOWN = 3


@dataclass(frozen=True)
class Source:
    """Where an article's facts were read, and when."""

    name: str
    url: str
    read: date


@dataclass(frozen=True)
class Questions:
    """How citizens ask it; what the search knows it by, with the title and the body."""

    fr: tuple[str, ...]
    en: tuple[str, ...]

    def in_(self, language: str) -> tuple[str, ...]:
        return self.en if language == "en" else self.fr


@dataclass(frozen=True)
class Article:
    """One piece of local information. `commune` is an INSEE code, or `METROPOLIS`.

    `is_local`: each town has its own version of it, or should.
    """

    code: str
    commune: str
    topic: str
    title: Text
    questions: Questions
    body: Text
    is_local: bool
    source: Source | None
    review_by: date

    def texts(self, language: str) -> tuple[tuple[str, bool], ...]:
        """What it is found by, and whether that is its body."""
        asked = (*self.questions.in_(language), self.title.in_(language))
        return (*((said, False) for said in asked), (self.body.in_(language), True))


@dataclass(frozen=True)
class ShownArticle:
    """An article as it is said."""

    code: str
    commune: str
    title: Text
    body: Text
    source_name: str | None
    source_read: date | None
    review_by: date
    source_url: str | None = None

    def is_overdue(self, today: date) -> bool:
        """Its date of review has passed: what it says may have changed."""
        return today > self.review_by


@dataclass(frozen=True)
class Match:
    """An article found. `words` is the weight of the question's words that it holds, rare words
    counting more; `meaning` the nearness of its questions, title and body (0 to 1), None when it
    could not be measured; `score` joins them."""

    article: ShownArticle
    score: float
    words: float
    meaning: float | None


class Finding(StrEnum):
    ANSWER = "answer"  # the first article is said
    DOUBT = "doubt"  # titles are offered
    NOTHING = "nothing"  # nothing fits: a person


@dataclass(frozen=True)
class Thresholds:
    """Scores from which an article is said, and from which its title is offered. `margin`: how far
    before the second an article that is said must be."""

    answer: float
    offer: float
    margin: float
    close: float
    """A second article nearer than that is offered beside the answer."""


# Source of these figures: chosen on tests/information/questions.tsv, others.tsv and third.tsv (312
# questions, 98 without an answer), so that nineteen of twenty of those 98 get no article and one
# answer in a hundred is another's. What they give on questions that chose nothing: blind.tsv.
MEANING_WEIGHT = 450.0
MEANING_FLOOR = 0.85
"""Nearness of two texts that have nothing in common, in multilingual-e5-small."""
BODY_WORD_WEIGHT = 0.5
"""A word of the body counts half of one of the title or the questions."""
BEST_WEIGHTS = (0.6, 0.25, 0.15)
"""The three nearest questions of an article count together: one alone is near by chance."""
BODY_MEANING_WEIGHT = 0.5

WITH_MEANING = Thresholds(answer=17.0, offer=12.0, margin=5.0, close=8.0)
WORDS_ALONE = Thresholds(answer=8.0, offer=4.0, margin=1.0, close=2.0)


def judge(matches: Sequence[Match]) -> Finding:
    """What to do with what was found, best first."""
    if not matches:
        return Finding.NOTHING
    best = matches[0]
    limits = _limits(best)
    if best.score < limits.offer:
        return Finding.NOTHING
    second = matches[1].score if len(matches) > 1 else float("-inf")
    if best.score >= limits.answer and best.score - second >= limits.margin:
        return Finding.ANSWER
    return Finding.DOUBT


def worth_offering(matches: Sequence[Match]) -> tuple[Match, ...]:
    """The matches whose titles are offered when in doubt, best first."""
    return tuple(m for m in matches[:SHOWN] if m.score >= _limits(m).offer)


def close_second(matches: Sequence[Match]) -> Match | None:
    """The second article, when it may be the one that was meant."""
    if len(matches) < 2:
        return None
    second, limits = matches[1], _limits(matches[1])
    near = matches[0].score - second.score <= limits.close
    return second if near and second.score >= limits.offer else None


def _limits(match: Match) -> Thresholds:
    return WORDS_ALONE if match.meaning is None else WITH_MEANING
