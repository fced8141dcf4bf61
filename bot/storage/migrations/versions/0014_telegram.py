"""what Telegram sent, its messages, and conversations that go on in a second channel"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

PENDING = sa.text("status = 'pending'")


def upgrade() -> None:
    for name in ("continued_channel", "continued_address"):
        op.add_column("conversation", sa.Column(name, sa.String(), nullable=True))
    op.create_unique_constraint(
        op.f("uq_conversation_continued_channel_continued_address"),
        "conversation",
        ["continued_channel", "continued_address"],
    )
    for name in ("is_news", "in_doubt"):
        op.add_column(
            "delivery", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
        )
        op.alter_column("delivery", name, server_default=None)
    op.add_column("delivery", sa.Column("lease", sa.Uuid(), nullable=True))
    op.add_column("delivery", sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint(op.f("pk_delivery"), "delivery", type_="primary")
    op.create_primary_key(op.f("pk_delivery"), "delivery", ["message_id", "channel"])
    op.drop_index("ix_delivery_due", table_name="delivery")
    op.create_index("ix_delivery_due", "delivery", ["channel", "due_at"], postgresql_where=PENDING)
    op.create_table(
        "telegram_update",
        sa.Column("update_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bot_id", sa.BigInteger(), nullable=False),
        sa.Column("accepted", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("album", sa.String(), nullable=True),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("update_id", name=op.f("pk_telegram_update")),
    )
    op.create_index(
        "ix_telegram_update_waiting",
        "telegram_update",
        ["chat_id", "accepted"],
        postgresql_where=sa.text("taken_at IS NULL"),
    )
    op.create_index("ix_telegram_update_taken_at", "telegram_update", ["taken_at"])
    op.create_table(
        "telegram_chat",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("stumbles", sa.BigInteger(), nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("has_keyboard", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", name=op.f("pk_telegram_chat")),
    )
    op.create_index(
        "ix_telegram_chat_due_at",
        "telegram_chat",
        ["due_at"],
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_table(
        "telegram_message",
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.BigInteger(), nullable=False),
        sa.Column("has_buttons", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["chat_id"],
            ["telegram_chat.chat_id"],
            name=op.f("fk_telegram_message_chat_id_telegram_chat"),
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_telegram_message_conversation_id_conversation"),
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id", "seq"],
            ["message.conversation_id", "message.seq"],
            name=op.f("fk_telegram_message_conversation_id_message"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("chat_id", "message_id", name=op.f("pk_telegram_message")),
    )
    op.create_index(
        "ix_telegram_message_conversation_id_seq", "telegram_message", ["conversation_id", "seq"]
    )


def downgrade() -> None:
    for name in ("telegram_message", "telegram_chat", "telegram_update"):
        op.drop_table(name)
    op.execute(
        "DELETE FROM delivery USING conversation WHERE conversation.id = delivery.conversation_id "
        "AND delivery.channel <> conversation.channel"
    )
    op.drop_constraint(op.f("pk_delivery"), "delivery", type_="primary")
    op.create_primary_key(op.f("pk_delivery"), "delivery", ["message_id"])
    op.drop_index("ix_delivery_due", table_name="delivery")
    op.create_index("ix_delivery_due", "delivery", ["due_at"], postgresql_where=PENDING)
    for name in ("is_news", "in_doubt", "lease", "lease_until"):
        op.drop_column("delivery", name)
    op.drop_constraint(
        op.f("uq_conversation_continued_channel_continued_address"), "conversation", type_="unique"
    )
    for name in ("continued_channel", "continued_address"):
        op.drop_column("conversation", name)
