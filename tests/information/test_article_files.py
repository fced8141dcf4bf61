"""The articles' files: what is read, and what is said when they are wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.information.files import load_articles
from bot.information.rules import LONGEST_BODY, METROPOLIS
from bot.services.content_files import CatalogueError
from tests.information.builders import READ, URL, a_file, write_articles
from tests.services.catalogue_builders import write

DELIVERED = Path(__file__).parents[2] / "catalogue"


def problems_of(root: Path) -> list[str]:
    with pytest.raises(CatalogueError) as raised:
        load_articles(root)
    return [str(problem) for problem in raised.value.problems]


def test_a_right_file_is_read_whole(tmp_path: Path) -> None:
    [article] = load_articles(write_articles(tmp_path, a_file("glass")))
    assert (article.code, article.commune) == ("glass", METROPOLIS)
    assert article.body.in_("en") == "Glass goes to the bank."
    assert article.source is not None
    assert article.source.read == READ


def text(fr: str = "Le verre va au silo.", en: str = "Glass goes to the bank.") -> dict[str, str]:
    return {"fr": fr, "en": en}


@pytest.mark.parametrize(
    ("replaced", "expected"),
    [
        ({"review_by": None}, "1: review_by: is missing"),
        ({"review_by": "2027-05-24"}, "19: review_by: must be a date"),
        ({"title": {"fr": "Le verre"}}, "3: title.en: is missing"),
        ({"colour": "red"}, "21: colour: is not a key we know here"),
        ({"body": text(fr="x" * (LONGEST_BODY + 1))}, "12: body.fr: has 601 characters"),
        ({"body": text(fr="Triez, c’est facile !")}, "12: body.fr: has an exclamation mark"),
        ({"body": text(fr="Pense à tes bocaux.")}, "12: body.fr: 'tes': citizens are called vous"),
        ({"body": text(fr="Ouvert à 9 h.")}, "12: body.fr: no fact with its source states '9'"),
        ({"body": text(en="Open at 9.")}, "13: body.en: no fact with its source states '9'"),
        ({"body": text(fr="La loi de 1901.")}, "12: body.fr: no fact with its source states '190"),
        ({"questions": {"fr": ["où"], "en": []}}, "9: questions.en: at least one question"),
        ({"questions": {"fr": ["a", "a"], "en": ["b"]}}, "9: questions.fr[1]: 'a' is also asked"),
        ({"facts": [{"fact": "9 h", "source": "mairie"}]}, "22: facts[0].source: must be a web a"),
    ],
)
def test_a_mistake_is_told_with_its_line(
    tmp_path: Path, replaced: dict[str, Any], expected: str
) -> None:
    found = problems_of(write_articles(tmp_path, a_file("glass", **replaced)))
    assert any(one.startswith(f"catalogue/articles/glass.yml:{expected}") for one in found), found


def test_a_figure_is_allowed_once_a_fact_states_it_with_its_source(tmp_path: Path) -> None:
    facts = [{"fact": "Ouvert de 9 h à 12 h", "source": URL}]
    body = text(fr="Ouvert de 9 h à 12 h.", en="Open from 9.00 to 12.00.")
    assert load_articles(write_articles(tmp_path, a_file("glass", body=body, facts=facts)))


def test_the_code_is_the_name_of_the_file(tmp_path: Path) -> None:
    root = write_articles(tmp_path)
    write(root / "articles/bottle.yml", a_file("glass"))
    assert "'glass' is in a file named 'bottle'" in problems_of(root)[0]


def test_a_question_stands_under_one_article_only(tmp_path: Path) -> None:
    questions = {"fr": ["où va le verre"], "en": ["where"]}
    root = write_articles(
        tmp_path, a_file("bottle", questions=questions), a_file("glass", questions=questions)
    )
    assert any("also asked of bottle" in one for one in problems_of(root))


def test_a_commune_has_its_own_version(tmp_path: Path) -> None:
    write_articles(tmp_path, a_file("glass"))
    root = write_articles(tmp_path, a_file("glass"), commune="69266")
    assert {a.commune for a in load_articles(root)} == {METROPOLIS, "69266"}


def test_a_mistake_in_a_commune_s_article_names_its_file(tmp_path: Path) -> None:
    root = write_articles(tmp_path, a_file("glass", review_by=None), commune="69266")
    assert problems_of(root) == [
        "catalogue/communes/69266/articles/glass.yml:1: review_by: is missing"
    ]


def test_at_least_sixty_articles_are_delivered() -> None:
    articles = [a for a in load_articles(DELIVERED) if a.commune == METROPOLIS]
    assert len(articles) >= 60
    assert all(len(a.questions.fr) >= 5 for a in articles)
