"""codes that sign in once each, for a lost telephone"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recovery_code",
        sa.Column("code_hash", sa.String, primary_key=True),
        sa.Column("agent_id", sa.Uuid, sa.ForeignKey("agent_account.id"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_recovery_code_agent_id", "recovery_code", ["agent_id"])


def downgrade() -> None:
    op.drop_table("recovery_code")
