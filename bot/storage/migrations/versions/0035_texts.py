"""sentences of the program as they were written anew, with their versions"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "text_version",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("commune", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("content", JSONB(), nullable=True),
        sa.Column("restored", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent_account.id"], name=op.f("fk_text_version_agent_id_agent_account")
        ),
        sa.PrimaryKeyConstraint("key", "commune", "version", name=op.f("pk_text_version")),
    )


def downgrade() -> None:
    op.drop_table("text_version")
