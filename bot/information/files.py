"""Reads the articles of `catalogue/`: the metropolis' and the communes' own."""

from __future__ import annotations

from pathlib import Path

from bot.information.checks import of_article
from bot.information.rules import METROPOLIS, Article
from bot.information.schema import ArticleFile
from bot.services.content_files import (
    CatalogueError,
    ContentFile,
    Problem,
    read_files,
    validated,
)


def load_articles(root: Path) -> tuple[Article, ...]:
    """Read `articles/*.yml` and `communes/<insee>/articles/*.yml` under `root`.

    A commune's article replaces the metropolis' of the same code there, whole. Raises
    `CatalogueError` with every problem found.
    """
    problems: list[Problem] = []
    articles = _of_folder(root, "articles", METROPOLIS, problems)
    for folder in sorted(root.glob("communes/*/articles")):
        insee = folder.parent.name
        articles += _of_folder(root, f"communes/{insee}/articles", insee, problems)
    if problems:
        raise CatalogueError(problems)
    return tuple(articles)


def _of_folder(root: Path, folder: str, commune: str, problems: list[Problem]) -> list[Article]:
    """The articles of one folder. A question stands under one article only: two that claim it
    would each be half right."""
    articles = []
    asked: dict[str, str] = {}
    for file in read_files(root, f"{folder}/*.yml", problems):
        read = validated(ArticleFile, file, problems)
        if read is None:
            continue
        article = read.article(commune)
        facts = [(fact.fact, fact.source) for fact in read.facts]
        problems.extend(file.problem(*found) for found in of_article(article, facts, file.stem))
        problems.extend(_asked_twice(file, article, asked))
        articles.append(article)
    return articles


def _asked_twice(file: ContentFile, article: Article, asked: dict[str, str]) -> list[Problem]:
    problems = []
    for language in ("fr", "en"):
        for index, question in enumerate(article.questions.in_(language)):
            other = asked.setdefault(question.strip().lower(), article.code)
            is_repeated = (
                other != article.code or question in article.questions.in_(language)[:index]
            )
            if is_repeated:
                where = ("questions", language, index)
                problems.append(file.problem(where, f"{question!r} is also asked of {other}"))
    return problems
