"""The search on a real PostgreSQL, with an embedder that needs no model."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import delete, func, select, text
from sqlalchemy.exc import IntegrityError

from bot.conversations.turn import Speaker
from bot.information import operations, search, store
from bot.information.operations import ArticleSearch, KeepQuestion, NoteFeedback
from bot.information.rules import Article, Match
from bot.information.tables import (
    ArticleFeedback,
    ArticleQuestion,
    ArticleRow,
    UnansweredQuestion,
)
from bot.storage.transaction import Database
from tests.information.builders import WordEmbedder, an_article
from tests.turn.scripted import a_citizen, said

GLASS = an_article("glass", ["où jeter les bouteilles en verre", "silo à verre"])
LIBRARY = an_article("library", ["horaires de la médiathèque", "emprunter des livres"])
POOL = an_article("pool", ["horaires de la piscine"], questions_en=["swimming pool opening hours"])
EVERYWHERE = (GLASS, LIBRARY, POOL)
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
async def articles(database: Database) -> AsyncIterator[Database]:
    await loaded(database, EVERYWHERE)
    yield database
    await loaded(database, ())


async def loaded(database: Database, articles: Sequence[Article]) -> int:
    async with database.transaction() as tx:
        return await operations.load(tx, articles)


async def count(database: Database, table: type) -> int:
    async with database.transaction() as tx:
        return (await tx.execute(select(func.count()).select_from(table))).scalar_one()


def codes(matches: Sequence[Match]) -> list[str]:
    return [m.article.code for m in matches]


async def words(database: Database, question: str, **where: str) -> list[Match]:
    async with database.transaction() as tx:
        return await search.search(tx, question, where.get("language", "fr"), where.get("commune"))


async def test_the_rarest_words_decide(articles: Database) -> None:
    assert codes(await words(articles, "les horaires de la piscine"))[0] == "pool"
    assert codes(await words(articles, "horaire d'ouverture mediatheque"))[0] == "library"


@pytest.mark.parametrize("asked", ["mediatheque", "MÉDIATHÈQUES ?", "la médiathèque"])
async def test_accents_case_and_endings_do_not_count(articles: Database, asked: str) -> None:
    assert codes(await words(articles, asked)) == ["library"]


@pytest.mark.parametrize(
    "asked", ["", "?!", "🙂", "12 34", "xyzzy", "' OR 1=1 --", ":A & !b | '\\"]
)
async def test_what_holds_no_known_word_finds_nothing(articles: Database, asked: str) -> None:
    assert codes(await words(articles, asked)) == []


async def test_english_is_searched_in_english(articles: Database) -> None:
    assert codes(await words(articles, "opening hours of the swimming pools", language="en")) == [
        "pool"
    ]


async def test_meaning_finds_what_no_word_does(articles: Database) -> None:
    embedder = WordEmbedder(flacons="bouteilles")
    assert await operations.make_vectors(articles, embedder) > 0
    by_both = ArticleSearch(articles, embedder, holds_vectors=True)
    by_words = ArticleSearch(articles, embedder, holds_vectors=False)
    embedder.synonyms |= {"ou": "ou", "mettre": "jeter"}
    question = "où mettre les flacons en verre"
    assert codes(await by_both.find(question, "fr", None))[0] == "glass"
    [first, *_] = await by_both.find(question, "fr", None)
    assert first.meaning is not None
    assert (await by_words.find(question, "fr", None))[0].meaning is None


async def test_an_embedder_that_is_away_leaves_the_words(articles: Database) -> None:
    embedder = WordEmbedder()
    embedder.embedder = None
    found = await ArticleSearch(articles, embedder, holds_vectors=True).find("piscine", "fr", None)
    assert codes(found) == ["pool"]
    assert await operations.make_vectors(articles, embedder) == 0


async def test_vectors_are_made_a_few_at_a_time_and_once(articles: Database) -> None:
    embedder = WordEmbedder()
    made = await operations.make_vectors(articles, embedder)
    assert made == sum(embedder.batches)
    assert max(embedder.batches) <= operations.BATCH
    assert await operations.make_vectors(articles, embedder) == 0
    embedder.embedder = "another"
    assert await operations.make_vectors(articles, embedder) == made


async def test_what_is_measured_beforehand_is_all_that_a_first_start_asks(
    articles: Database,
) -> None:
    beforehand, at_start = WordEmbedder(), WordEmbedder()
    done = [count async for count in operations.measure(EVERYWHERE, beforehand)]
    assert await operations.make_vectors(articles, at_start) == done[-1]
    assert beforehand.kept == at_start.kept


async def test_a_start_knows_whether_every_text_has_its_vector(articles: Database) -> None:
    embedder = WordEmbedder()
    async with articles.transaction() as tx:
        assert not await operations.are_measured(tx, embedder)
    await operations.make_vectors(articles, embedder)
    async with articles.transaction() as tx:
        assert await operations.are_measured(tx, embedder)
    embedder.embedder = None
    async with articles.transaction() as tx:
        assert not await operations.are_measured(tx, embedder)


async def test_a_commune_s_article_hides_the_metropolis_s_there_only(articles: Database) -> None:
    own = an_article("pool", ["horaires du centre nautique"], commune="69266", body="Bron.")
    await loaded(articles, (*EVERYWHERE, own))
    assert (await words(articles, "piscine", commune="69266")) == []
    [there] = await words(articles, "centre nautique", commune="69266")
    assert there.article.body.fr == "Bron."
    assert codes(await words(articles, "piscine", commune="69029")) == ["pool"]
    assert await words(articles, "centre nautique") == []
    async with articles.transaction() as tx:
        [shown] = await search.of_codes(tx, ["pool", "gone"], "69266")
        assert shown.body.fr == "Bron."


async def test_only_what_changed_is_loaded_again(articles: Database) -> None:
    await operations.make_vectors(articles, WordEmbedder())
    assert await loaded(articles, EVERYWHERE) == 0
    changed = an_article("glass", ["conteneur à verre"])
    assert await loaded(articles, (changed, LIBRARY)) == 2  # one changed, one gone
    assert await count(articles, ArticleRow) == 2
    async with articles.transaction() as tx:
        left = set((await store.without_vector(tx, "words", 0, 100)).values())
    assert "conteneur à verre" in left
    assert "emprunter des livres" not in left


async def test_a_failed_load_leaves_the_old_articles(articles: Database) -> None:
    twice = (an_article("glass", ["autre"]), an_article("glass", ["encore"]))

    async def fail() -> None:
        async with articles.transaction() as tx:
            await operations.load(tx, (LIBRARY,))
            await store.add(tx, twice)  # one code twice: refused by the table

    with pytest.raises(IntegrityError):
        await fail()
    assert await count(articles, ArticleRow) == len(EVERYWHERE)


async def test_a_second_opinion_replaces_the_first(database: Database) -> None:
    citizen = await a_citizen(database)
    accepted = await said(database, citizen, "bonjour")
    speaker = Speaker(accepted.conversation_id, citizen, "web")
    for useful in (True, False):
        async with database.transaction() as tx:
            await NoteFeedback("glass", "", useful).perform(tx, speaker, NOW)
    async with database.transaction() as tx:
        opinions = await tx.execute(
            select(ArticleFeedback.useful).where(
                ArticleFeedback.conversation_id == accepted.conversation_id
            )
        )
        assert list(opinions.scalars()) == [False]


async def test_unanswered_questions_are_kept_ninety_days(database: Database) -> None:
    speaker = Speaker(uuid4(), uuid4(), "web")
    async with database.transaction() as tx:
        await tx.execute(delete(UnansweredQuestion))
        old = NOW - timedelta(days=91)
        await KeepQuestion(
            "trop vieille",
            "69266",
        ).perform(tx, speaker, old)
        await KeepQuestion("récente", None).perform(tx, speaker, NOW - timedelta(days=89))
        await KeepQuestion("x" * 2000, None).perform(tx, speaker, NOW)
        await KeepQuestion("  ", None).perform(tx, speaker, NOW)
        kept = list((await tx.execute(select(UnansweredQuestion.text))).scalars())
    assert sorted(len(one) for one in kept) == [len("récente"), operations.LONGEST_QUESTION]


async def test_a_database_without_pgvector_is_searched_by_words(articles: Database) -> None:
    async with articles.transaction() as tx:
        assert await store.holds_vectors(tx)
    try:
        async with articles.transaction() as tx:
            await tx.execute(text("ALTER TABLE article_question DROP COLUMN vector"))
            assert not await store.holds_vectors(tx)
            await operations.load(tx, (GLASS, LIBRARY, POOL, an_article("new", ["nouvelle"])))
            assert codes(await search.search(tx, "nouvelle", "fr", None)) == ["new"]
            raise ZeroDivisionError  # put the column back
    except ZeroDivisionError:
        pass
    assert await count(articles, ArticleQuestion) > 0
