"""conversations sent by e-mail are counted"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_letter_transcript",
        "letter",
        ["created_at"],
        postgresql_where=sa.text("starts_with(key, 'transcript:')"),
    )


def downgrade() -> None:
    op.drop_index("ix_letter_transcript", "letter")
