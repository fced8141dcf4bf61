"""links by which a conversation goes on in another channel"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

UNUSED = sa.text("step IN ('offered', 'opened', 'matched')")


def upgrade() -> None:
    op.create_table(
        "continuation",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("citizen_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("codes", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("session_hash", sa.String(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["citizen_id"], ["citizen.id"], name=op.f("fk_continuation_citizen_id_citizen")
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_continuation_conversation_id_conversation"),
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_continuation")),
    )
    op.create_index(
        "uq_continuation_unused",
        "continuation",
        ["citizen_id", "way"],
        unique=True,
        postgresql_where=UNUSED,
    )
    op.create_index("ix_continuation_citizen_id_made_at", "continuation", ["citizen_id", "made_at"])
    op.create_index("ix_continuation_conversation_id", "continuation", ["conversation_id"])
    op.create_index("ix_continuation_made_at", "continuation", ["made_at"])


def downgrade() -> None:
    op.drop_table("continuation")
