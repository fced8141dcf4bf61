"""Questions with their expected article, asked of the real search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.conversations.language import detect_language
from bot.information.operations import ArticleSearch
from bot.information.rules import Finding, Match, judge, worth_offering

NONE = "-"


@dataclass(frozen=True)
class Asked:
    """A question, what should answer it (`NONE`: nothing), and what was found."""

    question: str
    expected: str
    matches: Sequence[Match]

    @property
    def finding(self) -> Finding:
        return judge(self.matches)

    @property
    def first(self) -> str:
        """The code of the best article, whether it is said or its title offered first."""
        return NONE if self.finding is Finding.NOTHING else self.matches[0].article.code

    @property
    def shown(self) -> list[str]:
        """What the citizen sees: the article said, or the titles offered."""
        match self.finding:
            case Finding.NOTHING:
                return []
            case Finding.ANSWER:
                return [self.matches[0].article.code]
            case Finding.DOUBT:
                return [m.article.code for m in worth_offering(self.matches)]


@dataclass(frozen=True)
class Figures:
    """Shares. `first`: of the answerable, the right article said or its title offered first;
    `told`: said at once; `shown`: said or offered; `wrong`: another one said.
    `abstains`: of the others, no article said; `silent`: not even titles."""

    first: float
    told: float
    shown: float
    wrong: float
    abstains: float
    silent: float


def questions_of(path: Path) -> list[tuple[str, str]]:
    """(question, code) of a file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [(question, code) for question, code in pairs]


async def ask_all(search: ArticleSearch, questions: Sequence[tuple[str, str]]) -> list[Asked]:
    return [
        Asked(
            question,
            expected,
            await search.find(question, detect_language(question, "fr"), None),
        )
        for question, expected in questions
    ]


def figures(asked: Sequence[Asked]) -> Figures:
    """Raises `ZeroDivisionError` without questions of both kinds."""
    known = [one for one in asked if one.expected != NONE]
    others = [one for one in asked if one.expected == NONE]

    def share(which: Sequence[Asked], right: Sequence[bool]) -> float:
        return round(sum(right) / len(which), 3)

    return Figures(
        first=share(known, [one.first == one.expected for one in known]),
        told=share(
            known,
            [one.finding is Finding.ANSWER and one.first == one.expected for one in known],
        ),
        shown=share(known, [one.expected in one.shown for one in known]),
        wrong=share(
            known,
            [one.finding is Finding.ANSWER and one.first != one.expected for one in known],
        ),
        abstains=share(others, [one.finding is not Finding.ANSWER for one in others]),
        silent=share(others, [one.finding is Finding.NOTHING for one in others]),
    )
