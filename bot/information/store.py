"""Queries on articles: their loading, what citizens thought, what none answered."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, delete, func, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from bot.information.rules import Article
from bot.information.search import as_vector, without_stops
from bot.information.tables import (
    ArticleFeedback,
    ArticleQuestion,
    ArticleRow,
    ArticleText,
    UnansweredQuestion,
)
from bot.storage.transaction import Transaction
from bot.words.folding import fold

LANGUAGES = ("fr", "en")
FORMAT = 1
"""Raised when the same article would be stored otherwise."""
LOADING = 7_146_002
"""The lock of whoever loads: two services that start together do not both write."""

_MARKS = re.compile(r"[^\w\s]+")


def digest_of(article: Article) -> str:
    """Changes when the article, or the way it is stored, does."""
    content = json.dumps([FORMAT, astuple(article)], default=str)
    return hashlib.sha256(content.encode()).hexdigest()


def folded(words: Iterable[str]) -> str:
    """What full text reads: no accents, no marks."""
    return " ".join(without_stops(_MARKS.sub(" ", fold(said))) for said in words)


async def lock_loading(tx: Transaction) -> None:
    """Wait for another loader; the lock ends with the transaction."""
    await tx.execute(select(func.pg_advisory_xact_lock(LOADING)))


async def digests(tx: Transaction) -> dict[tuple[str, str], str]:
    """(code, commune) → digest of what is stored."""
    result = await tx.execute(select(ArticleRow.code, ArticleRow.commune, ArticleRow.digest))
    return {(code, commune): digest for code, commune, digest in result}


async def remove(tx: Transaction, keys: Sequence[tuple[str, str]]) -> None:
    """Take articles away, with their words."""
    if keys:
        await tx.execute(
            delete(ArticleRow).where(tuple_(ArticleRow.code, ArticleRow.commune).in_(keys))
        )


async def add(tx: Transaction, articles: Sequence[Article]) -> None:
    """Store articles and their words; vectors come later."""
    if not articles:
        return
    result = await tx.execute(
        insert(ArticleRow).returning(ArticleRow.id, ArticleRow.code, ArticleRow.commune),
        [
            {
                "code": a.code,
                "commune": a.commune,
                "topic": a.topic,
                "is_local": a.is_local,
                "source_name": a.source.name if a.source else None,
                "source_url": a.source.url if a.source else None,
                "source_read": a.source.read if a.source else None,
                "review_by": a.review_by,
                "digest": digest_of(a),
            }
            for a in articles
        ],
    )
    ids = {(code, commune): row_id for row_id, code, commune in result}
    pairs = [
        (ids[article.code, article.commune], article, language)
        for article in articles
        for language in LANGUAGES
    ]
    await tx.execute(
        insert(ArticleText),
        [
            {
                "article_id": row_id,
                "language": language,
                "title": article.title.in_(language),
                "body": article.body.in_(language),
                "asked": folded((article.title.in_(language), *article.questions.in_(language))),
                "told": folded((article.body.in_(language),)),
            }
            for row_id, article, language in pairs
        ],
    )
    await tx.execute(
        insert(ArticleQuestion),
        [
            {"article_id": row_id, "language": language, "is_body": is_body, "text": said}
            for row_id, article, language in pairs
            for said, is_body in article.texts(language)
        ],
    )


async def holds_vectors(tx: Transaction) -> bool:
    """Whether this database has pgvector: the migration left the column out where it has not."""
    result = await tx.execute(
        text(
            "SELECT EXISTS (SELECT FROM pg_attribute WHERE NOT attisdropped"
            " AND attrelid = to_regclass('article_question') AND attname = 'vector')"
        )
    )
    return bool(result.scalar_one())


async def without_vector(tx: Transaction, made_by: str, after: int, limit: int) -> dict[int, str]:
    """Row → text, in order after a row, of what this embedder has not turned into a vector yet."""
    result = await tx.execute(
        select(ArticleQuestion.id, ArticleQuestion.text)
        .where(ArticleQuestion.id > after, ArticleQuestion.made_by.is_distinct_from(made_by))
        .order_by(ArticleQuestion.id)
        .limit(limit)
    )
    return {row.id: row.text for row in result}


async def keep_vectors(
    tx: Transaction, made_by: str, vectors: Mapping[int, Sequence[float]]
) -> None:
    """Give rows their vectors. A row gone meanwhile is no longer there to be given one."""
    await tx.execute(
        update(ArticleQuestion.__table__)  # type: ignore[arg-type]
        .where(ArticleQuestion.id == bindparam("row_id"))
        .values(vector=bindparam("made"), made_by=made_by),
        [{"row_id": row_id, "made": as_vector(vector)} for row_id, vector in vectors.items()],
    )


# -- what citizens thought, what none answered ------------------------------------------------


async def note_feedback(
    tx: Transaction, code: str, commune: str, conversation_id: UUID, useful: bool, now: datetime
) -> None:
    """A conversation's opinion of an article; a second press replaces the first."""
    await tx.execute(
        insert(ArticleFeedback)
        .values(code=code, commune=commune, conversation_id=conversation_id, useful=useful, at=now)
        .on_conflict_do_update(
            index_elements=["code", "commune", "conversation_id"],
            set_={"useful": useful, "at": now},
        )
    )


async def keep_question(tx: Transaction, question: str, commune: str | None, now: datetime) -> None:
    """A question that nothing answered."""
    await tx.execute(insert(UnansweredQuestion).values(text=question, commune=commune, at=now))


async def forget_questions(tx: Transaction, before: datetime) -> int:
    """Erase the unanswered questions older than `before`. Returns how many."""
    result = await tx.execute(delete(UnansweredQuestion).where(UnansweredQuestion.at < before))
    return int(result.rowcount)
