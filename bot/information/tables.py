"""Articles as they are searched, what citizens thought of them, and what none answered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Computed, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from bot.storage.tables import Base

DIMENSIONS = 384
"""Of multilingual-e5-small."""


class Vector(UserDefinedType[str]):
    """pgvector's type; values are its own text form, `[0.1,0.2]`."""

    cache_ok = True

    def __init__(self, dimensions: int | None = None) -> None:
        self.dimensions = dimensions

    def get_col_spec(self, **_: Any) -> str:
        return "vector" if self.dimensions is None else f"vector({self.dimensions})"


_CONFIGURATION = "CASE language WHEN 'en' THEN 'english'::regconfig ELSE 'french'::regconfig END"
TERMS = (
    f"setweight(to_tsvector({_CONFIGURATION}, asked), 'A')"
    f" || setweight(to_tsvector({_CONFIGURATION}, told), 'D')"
)


class ArticleRow(Base):
    """An article of the metropolis (commune '') or of a commune, as its file says it."""

    __tablename__ = "article"
    __table_args__ = (UniqueConstraint("code", "commune"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    commune: Mapped[str]
    topic: Mapped[str]
    is_local: Mapped[bool]
    source_name: Mapped[str | None]
    source_url: Mapped[str | None]
    source_read: Mapped[date | None]
    review_by: Mapped[date]
    digest: Mapped[str]  # of the content: a file that has not changed is not loaded again


class ArticleText(Base):
    """An article's words in one language. `asked` is title and questions, `told` the body, both
    folded, so that an accent left out finds its word; `terms` is what full text searches."""

    __tablename__ = "article_text"
    __table_args__ = (Index("ix_article_text_terms", "terms", postgresql_using="gin"),)

    article_id: Mapped[int] = mapped_column(
        ForeignKey("article.id", ondelete="CASCADE"), primary_key=True
    )
    language: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    body: Mapped[str]
    asked: Mapped[str]
    told: Mapped[str]
    terms: Mapped[Any] = mapped_column(TSVECTOR, Computed(TERMS, persisted=True))


class ArticleQuestion(Base):
    """One text whose meaning is compared: a question, a title, or a body.

    `vector` is left out of the schema where the server has no pgvector: never select whole rows.
    """

    __tablename__ = "article_question"
    __table_args__ = (Index("ix_article_question_article_id", "article_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"))
    language: Mapped[str]
    is_body: Mapped[bool]
    text: Mapped[str]
    made_by: Mapped[str | None]  # the embedder of the vector; None while there is none
    vector: Mapped[str | None] = mapped_column(Vector(DIMENSIONS))


class ArticleFeedback(Base):
    """Whether an article helped; the last press of a conversation counts."""

    __tablename__ = "article_feedback"
    __table_args__ = (
        UniqueConstraint("code", "commune", "conversation_id"),
        Index("ix_article_feedback_conversation_id", "conversation_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    commune: Mapped[str]
    # The count outlives the conversation, which is erased on its own date.
    conversation_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("conversation.id", ondelete="SET NULL")
    )
    useful: Mapped[bool]
    at: Mapped[datetime]


class UnansweredQuestion(Base):
    """What no article answered, for the town's administrators. Tied to no person."""

    __tablename__ = "unanswered_question"
    __table_args__ = (Index("ix_unanswered_question_at", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    commune: Mapped[str | None]
    at: Mapped[datetime]
