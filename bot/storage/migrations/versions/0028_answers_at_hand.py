"""canned answers and macros with their versions, and agents' drafts"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "canned_entry",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("commune", sa.String(), nullable=False),
        sa.Column("content", JSONB(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("is_retired", sa.Boolean(), nullable=False),
        sa.Column("is_by_hand", sa.Boolean(), nullable=False),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_entry")),
        sa.UniqueConstraint(
            "kind", "code", "commune", name=op.f("uq_canned_entry_kind_code_commune")
        ),
    )
    op.create_table(
        "canned_version",
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=True),
        sa.Column("author", sa.String(), nullable=True),
        sa.Column("content", JSONB(), nullable=False),
        sa.Column("is_retired", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["canned_entry.id"],
            name=op.f("fk_canned_version_entry_id_canned_entry"),
        ),
        sa.ForeignKeyConstraint(
            ["agent_id"],
            ["agent_account.id"],
            name=op.f("fk_canned_version_agent_id_agent_account"),
        ),
        sa.PrimaryKeyConstraint("entry_id", "version", name=op.f("pk_canned_version")),
    )
    op.create_table(
        "ticket_draft",
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"],
            ["agent_account.id"],
            name=op.f("fk_ticket_draft_agent_id_agent_account"),
        ),
        sa.ForeignKeyConstraint(
            ["reference"], ["ticket.reference"], name=op.f("fk_ticket_draft_reference_ticket")
        ),
        sa.PrimaryKeyConstraint("agent_id", "reference", "mode", name=op.f("pk_ticket_draft")),
    )
    op.create_index("ix_ticket_draft_reference", "ticket_draft", ["reference"])


def downgrade() -> None:
    op.drop_table("ticket_draft")
    op.drop_table("canned_version")
    op.drop_table("canned_entry")
