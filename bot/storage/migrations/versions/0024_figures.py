"""what the figures of a period are counted by"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0020"
branch_labels = None
depends_on = None

PLAIN = (
    ("conversation", "created_at"),
    ("ticket", "opened_at"),
    ("ticket", "first_reply_at"),
    ("ticket", "closed_at"),
    ("ticket", "conversation_id"),
)
PARTIAL = (
    ("ix_message_doubted", "message", "content ? 'doubted'"),
    ("ix_ticket_event_reopened", "ticket_event", "kind = 'reopened'"),
)


def upgrade() -> None:
    for table, column in PLAIN:
        op.create_index(f"ix_{table}_{column}", table, [column])
    for name, table, condition in PARTIAL:
        op.create_index(name, table, ["at"], postgresql_where=sa.text(condition))


def downgrade() -> None:
    for name, table, _ in PARTIAL:
        op.drop_index(name, table)
    for table, column in PLAIN:
        op.drop_index(f"ix_{table}_{column}", table)
