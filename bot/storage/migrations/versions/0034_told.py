"""mentions in notes, and what agents are alerted of"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "note_mention",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("read_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("event_id", "agent_id", name=op.f("pk_note_mention")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["ticket_event.id"], name=op.f("fk_note_mention_event_id_ticket_event")
        ),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent_account.id"], name=op.f("fk_note_mention_agent_id_agent_account")
        ),
        sa.ForeignKeyConstraint(
            ["reference"], ["ticket.reference"], name=op.f("fk_note_mention_reference_ticket")
        ),
    )
    op.create_index("ix_note_mention_agent_id_reference", "note_mention", ["agent_id", "reference"])
    op.create_index(
        "ix_note_mention_unread",
        "note_mention",
        ["agent_id"],
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_index("ix_note_mention_reference", "note_mention", ["reference"])
    op.create_table(
        "alert_choice",
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.PrimaryKeyConstraint("agent_id", "what", name=op.f("pk_alert_choice")),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent_account.id"], name=op.f("fk_alert_choice_agent_id_agent_account")
        ),
    )


def downgrade() -> None:
    op.drop_table("alert_choice")
    op.drop_table("note_mention")
