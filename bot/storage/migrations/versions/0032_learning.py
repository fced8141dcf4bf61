"""tickets merged and split, words hidden, messages to learn from"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ticket", sa.Column("merged_into", sa.String(), nullable=True))
    op.add_column("ticket", sa.Column("merged_tells", sa.Boolean(), nullable=True))
    op.create_foreign_key(
        op.f("fk_ticket_merged_into_ticket"), "ticket", "ticket", ["merged_into"], ["reference"]
    )
    op.create_index("ix_ticket_merged_into", "ticket", ["merged_into"])
    op.add_column("ticket", sa.Column("split_from", sa.String(), nullable=True))
    op.create_foreign_key(
        op.f("fk_ticket_split_from_ticket"), "ticket", "ticket", ["split_from"], ["reference"]
    )
    op.create_index("ix_ticket_split_from", "ticket", ["split_from"])
    op.create_table(
        "redaction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("event_id", sa.BigInteger(), nullable=True),
        sa.Column("original", sa.String(), nullable=False),
        sa.Column("files", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=True),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_redaction_conversation_id_conversation"),
        ),
        sa.ForeignKeyConstraint(
            ["reference"], ["ticket.reference"], name=op.f("fk_redaction_reference_ticket")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["ticket_event.id"], name=op.f("fk_redaction_event_id_ticket_event")
        ),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent_account.id"], name=op.f("fk_redaction_agent_id_agent_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redaction")),
        sa.UniqueConstraint("external_id", name=op.f("uq_redaction_external_id")),
    )
    op.create_index("ix_redaction_conversation_id", "redaction", ["conversation_id"])
    op.create_index("ix_redaction_at", "redaction", ["at"])
    op.create_index("ix_redaction_files", "redaction", ["files"], postgresql_using="gin")
    op.create_table(
        "training_candidate",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("understood", postgresql.JSONB(), nullable=False),
        sa.Column("intent", sa.String(), nullable=False),
        sa.Column("service", sa.String(), nullable=True),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("commune", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=True),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_training_candidate_conversation_id_conversation"),
        ),
        sa.ForeignKeyConstraint(
            ["agent_id"],
            ["agent_account.id"],
            name=op.f("fk_training_candidate_agent_id_agent_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_candidate")),
        sa.UniqueConstraint(
            "conversation_id", "seq", name=op.f("uq_training_candidate_conversation_id_seq")
        ),
    )
    op.create_index("ix_training_candidate_status_id", "training_candidate", ["status", "id"])
    op.create_index("ix_training_candidate_at", "training_candidate", ["at"])


def downgrade() -> None:
    op.drop_table("training_candidate")
    op.drop_table("redaction")
    op.drop_index("ix_ticket_split_from", "ticket")
    op.drop_constraint(op.f("fk_ticket_split_from_ticket"), "ticket", type_="foreignkey")
    op.drop_column("ticket", "split_from")
    op.drop_index("ix_ticket_merged_into", "ticket")
    op.drop_constraint(op.f("fk_ticket_merged_into_ticket"), "ticket", type_="foreignkey")
    op.drop_column("ticket", "merged_tells")
    op.drop_column("ticket", "merged_into")
