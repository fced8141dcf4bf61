"""articles, what citizens thought of them, and what none answered"""

from __future__ import annotations

import logging

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

logger = logging.getLogger(__name__)

CONFIGURATION = "CASE language WHEN 'en' THEN 'english'::regconfig ELSE 'french'::regconfig END"


def upgrade() -> None:
    op.create_table(
        "article",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("commune", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("is_local", sa.Boolean(), nullable=False),
        sa.Column("source_name", sa.String(), nullable=True),
        sa.Column("source_url", sa.String(), nullable=True),
        sa.Column("source_read", sa.Date(), nullable=True),
        sa.Column("review_by", sa.Date(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article")),
        sa.UniqueConstraint("code", "commune", name=op.f("uq_article_code_commune")),
    )
    op.create_table(
        "article_text",
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("asked", sa.String(), nullable=False),
        sa.Column("told", sa.String(), nullable=False),
        sa.Column(
            "terms",
            postgresql.TSVECTOR(),
            sa.Computed(
                f"setweight(to_tsvector({CONFIGURATION}, asked), 'A')"
                f" || setweight(to_tsvector({CONFIGURATION}, told), 'D')",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["article.id"],
            name=op.f("fk_article_text_article_id_article"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("article_id", "language", name=op.f("pk_article_text")),
    )
    op.create_index("ix_article_text_terms", "article_text", ["terms"], postgresql_using="gin")
    op.create_table(
        "article_question",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("is_body", sa.Boolean(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["article.id"],
            name=op.f("fk_article_question_article_id_article"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_question")),
    )
    op.create_index("ix_article_question_article_id", "article_question", ["article_id"])
    if _has_pgvector():
        op.execute("ALTER TABLE article_question ADD COLUMN vector vector(384)")
    else:
        logger.warning(
            "this PostgreSQL has no pgvector: articles are searched by full text alone. Once it is "
            "installed: ALTER TABLE article_question ADD COLUMN vector vector(384)"
        )
    op.create_table(
        "article_feedback",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("commune", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("useful", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_article_feedback_conversation_id_conversation"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_feedback")),
        sa.UniqueConstraint(
            "code",
            "commune",
            "conversation_id",
            name=op.f("uq_article_feedback_code_commune_conversation_id"),
        ),
    )
    op.create_index("ix_article_feedback_conversation_id", "article_feedback", ["conversation_id"])
    op.create_table(
        "unanswered_question",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("commune", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unanswered_question")),
    )
    op.create_index("ix_unanswered_question_at", "unanswered_question", ["at"])


def _has_pgvector() -> bool:
    """Make the extension where the server offers it and our role may; never fail for it."""
    connection = op.get_bind()
    offered = connection.execute(
        sa.text("SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector')")
    ).scalar()
    if not offered:
        return False
    try:
        with connection.begin_nested():
            connection.execute(sa.text("CREATE EXTENSION IF NOT EXISTS vector"))
    except sa.exc.DBAPIError as error:
        logger.warning("pgvector is there but cannot be made: %s", error.orig)
        return False
    return True


def downgrade() -> None:
    op.drop_table("unanswered_question")
    op.drop_table("article_feedback")
    op.drop_table("article_question")
    op.drop_table("article_text")
    op.drop_table("article")
    # The extension stays: another schema of this server may use it.
