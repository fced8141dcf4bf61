"""the other contacts of a person are found by number and by e-mail address"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

PARTS = ("phone", "email")


def upgrade() -> None:
    for part in PARTS:
        value = f"((content -> 'contact') ->> '{part}')"
        op.create_index(
            f"ix_message_contact_{part}",
            "message",
            [sa.text(f"({value})")],
            postgresql_where=sa.text(f"{value} IS NOT NULL"),
        )
    op.create_index(
        "ix_ticket_contact", "ticket", ["contact"], postgresql_where=sa.text("contact IS NOT NULL")
    )


def downgrade() -> None:
    op.drop_index("ix_ticket_contact", "ticket")
    for part in PARTS:
        op.drop_index(f"ix_message_contact_{part}", "message")
