"""that somebody in the agents' group once had an account, and has none any more"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("forum_agent", "agent_id", existing_type=sa.Uuid(), nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM forum_agent WHERE agent_id IS NULL")
    op.alter_column("forum_agent", "agent_id", existing_type=sa.Uuid(), nullable=False)
