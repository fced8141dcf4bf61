"""How often the right article is found, with the real embedder on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.information import operations
from bot.information.files import load_articles
from bot.information.operations import ArticleSearch
from bot.services.catalogue_files import load_catalogue
from bot.services.matcher import ServiceMatcher
from bot.storage.transaction import Database
from tests.information.measuring import NONE, ask_all, figures, questions_of
from tests.running import ROOT, real_state

HERE = Path(__file__).parent
MINE, OTHERS, THIRD, BLIND = (
    HERE / f"{name}.tsv" for name in ("questions", "others", "third", "blind")
)
pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("articles")]


@pytest.fixture
async def matcher() -> AsyncIterator[ServiceMatcher]:
    running = ServiceMatcher(
        load_catalogue(ROOT / "catalogue"), real_state() / "cache", timeout_s=60
    )
    async with running:
        await running.ready()
        yield running


@pytest.fixture
async def delivered(database: Database) -> AsyncIterator[Database]:
    async with database.transaction() as tx:
        await operations.load(tx, load_articles(ROOT / "catalogue"))
    yield database
    async with database.transaction() as tx:
        await operations.load(tx, ())


def test_the_questions_are_not_the_articles_own() -> None:
    own = {
        question.lower()
        for article in load_articles(ROOT / "catalogue")
        for question in (*article.questions.fr, *article.questions.en)
    }
    asked = [q for path in (MINE, OTHERS, THIRD, BLIND) for q in questions_of(path)]
    assert [question for question, _ in asked if question.lower() in own] == []
    codes = {article.code for article in load_articles(ROOT / "catalogue")}
    assert {code for _, code in asked} - codes == {NONE}


def test_there_are_enough_questions() -> None:
    codes = [code for _, code in questions_of(MINE)]
    assert len(codes) >= 60
    assert codes.count(NONE) >= 25


async def test_questions_in_other_words_find_their_article(
    delivered: Database, matcher: ServiceMatcher
) -> None:
    await operations.make_vectors(delivered, matcher)
    search = ArticleSearch(delivered, matcher, holds_vectors=True)
    mine = figures(await ask_all(search, questions_of(MINE)))
    others = figures(await ask_all(search, questions_of(OTHERS)))
    blind = figures(await ask_all(search, questions_of(BLIND)))
    assert mine.first >= 0.85, (mine, others)
    assert mine.shown >= 0.9, (mine, others)
    assert mine.wrong <= 0.05, (mine, others)
    assert mine.abstains >= 0.9, (mine, others)
    assert others.first >= 0.85, (mine, others)
    assert others.wrong <= 0.1, (mine, others)
    assert blind.first >= 0.8, blind
    assert blind.wrong <= 0.02, blind
    assert blind.abstains >= 0.95, blind


async def test_without_vectors_less_is_found_and_little_is_wrong(
    delivered: Database, matcher: ServiceMatcher
) -> None:
    search = ArticleSearch(delivered, matcher, holds_vectors=False)
    found = figures(await ask_all(search, questions_of(MINE)))
    assert found.first >= 0.7, found
    assert found.abstains >= 0.9, found
    assert found.wrong <= 0.1, found


async def test_the_matcher_embeds_and_still_matches(matcher: ServiceMatcher) -> None:
    if matcher.embedder is None:
        pytest.skip("no embedder runs on this machine")
    vector = await matcher.embed("où jeter le verre ?")
    assert vector is not None
    assert len(vector) == 384
    assert sum(value * value for value in vector) == pytest.approx(1, abs=1e-3)
    kept = await matcher.embed_all(["où jeter le verre ?"])
    assert kept is not None
    assert kept[0] == pytest.approx(vector)
    assert (await matcher.match("nid de poule", None))[0].code == "pothole"


async def test_a_matcher_without_vectors_says_none(tmp_path: Path) -> None:
    catalogue = load_catalogue(ROOT / "catalogue")
    async with ServiceMatcher(catalogue, tmp_path, with_vectors=False) as plain:
        await plain.ready()
        assert plain.embedder is None
        assert await plain.embed("où jeter le verre ?") is None
        assert await plain.embed_all(["où"]) is None
