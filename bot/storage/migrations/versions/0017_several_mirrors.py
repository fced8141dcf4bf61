"""copies of tickets in several outside backends, and the agents' group on Telegram"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint(op.f("pk_ticket_mirror"), "ticket_mirror", type_="primary")
    op.create_primary_key(op.f("pk_ticket_mirror"), "ticket_mirror", ["reference", "backend"])
    op.add_column("ticket", sa.Column("assignee_outside", sa.String(), nullable=True))
    op.create_table(
        "forum_topic",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=False),
        sa.Column("first_id", sa.BigInteger(), nullable=True),
        sa.Column("shown", postgresql.JSONB(), nullable=True),
        sa.ForeignKeyConstraint(
            ["reference"], ["ticket.reference"], name=op.f("fk_forum_topic_reference_ticket")
        ),
        sa.PrimaryKeyConstraint("chat_id", "reference", name=op.f("pk_forum_topic")),
        sa.UniqueConstraint("chat_id", "thread_id", name=op.f("uq_forum_topic_chat_id_thread_id")),
    )
    op.create_table(
        "forum_message",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("message_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("part", sa.BigInteger(), nullable=False),
        sa.Column("is_last", sa.Boolean(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["reference"], ["ticket.reference"], name=op.f("fk_forum_message_reference_ticket")
        ),
        sa.PrimaryKeyConstraint("chat_id", "message_id", name=op.f("pk_forum_message")),
    )
    op.create_index("ix_forum_message_chat_id_reference", "forum_message", ["chat_id", "reference"])
    op.create_table(
        "forum_agent",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent_account.id"], name=op.f("fk_forum_agent_agent_id_agent_account")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_forum_agent")),
        sa.UniqueConstraint("agent_id", name=op.f("uq_forum_agent_agent_id")),
    )


def downgrade() -> None:
    op.execute("DELETE FROM ticket_mirror WHERE backend = 'forum'")  # else it may be the one left
    op.execute("DELETE FROM ticket_pull WHERE backend = 'forum'")
    for name in ("forum_agent", "forum_message", "forum_topic"):
        op.drop_table(name)
    op.drop_column("ticket", "assignee_outside")
    op.execute(
        "DELETE FROM ticket_mirror USING ticket_mirror AS other "
        "WHERE other.reference = ticket_mirror.reference AND other.backend < ticket_mirror.backend"
    )
    op.drop_constraint(op.f("pk_ticket_mirror"), "ticket_mirror", type_="primary")
    op.create_primary_key(op.f("pk_ticket_mirror"), "ticket_mirror", ["reference"])
