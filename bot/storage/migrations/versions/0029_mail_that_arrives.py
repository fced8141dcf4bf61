"""mail that arrives, and the threads that letters go on"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mail_address",
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("commune", sa.String(), nullable=True),
        sa.Column("team", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_mail_address")),
    )
    op.create_table(
        "arrived_mail",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("return_path", sa.String(), nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("sender", sa.String(), nullable=True),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("message_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_arrived_mail_conversation_id_conversation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrived_mail")),
        sa.UniqueConstraint("key", "recipient", name=op.f("uq_arrived_mail_key_recipient")),
    )
    op.create_index(
        "ix_arrived_mail_due",
        "arrived_mail",
        ["next_at"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index("ix_arrived_mail_sender_arrived_at", "arrived_mail", ["sender", "arrived_at"])
    for column in ("message_id", "conversation_id", "arrived_at"):
        op.create_index(f"ix_arrived_mail_{column}", "arrived_mail", [column])
    op.create_table(
        "mail_thread",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("correspondent", sa.String(), nullable=False),
        sa.Column("mailbox", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("last_id", sa.String(), nullable=True),
        sa.Column("refers_to", sa.String(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_mail_thread_conversation_id_conversation"),
        ),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_mail_thread")),
    )
    op.create_index("ix_mail_thread_correspondent", "mail_thread", ["correspondent"])
    op.add_column("letter", sa.Column("conversation_id", sa.Uuid(), nullable=True))
    op.add_column("letter", sa.Column("seq", sa.BigInteger(), nullable=True))
    op.add_column("letter", sa.Column("thread", postgresql.JSONB(), nullable=True))
    op.create_index("ix_letter_conversation_id_seq", "letter", ["conversation_id", "seq"])


def downgrade() -> None:
    op.drop_index("ix_letter_conversation_id_seq", "letter")
    for column in ("thread", "seq", "conversation_id"):
        op.drop_column("letter", column)
    for table in ("mail_thread", "arrived_mail", "mail_address"):
        op.drop_table(table)
