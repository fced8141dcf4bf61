"""delays, events, news that wait to be told, and what a conversation waits for"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

IS_OPEN = "status NOT IN ('resolved', 'rejected', 'withdrawn', 'archived') AND parent IS NULL"
MAY_BE_LATE = f"{IS_OPEN} AND warned_at IS NULL AND paused_at IS NULL"


def upgrade() -> None:
    op.add_column("service_request", sa.Column("delay_days", sa.BigInteger(), nullable=True))
    for name in ("due_on", "planned_on"):
        op.add_column("service_request", sa.Column(name, sa.Date(), nullable=True))
    for name in ("paused_at", "warned_at"):
        op.add_column("service_request", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_service_request_due",
        "service_request",
        [sa.text("coalesce(planned_on, due_on)")],
        postgresql_where=sa.text(MAY_BE_LATE),
    )
    op.add_column("conversation", sa.Column("awaiting", postgresql.JSONB(), nullable=True))
    op.create_table(
        "request_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("citizen_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_event")),
        sa.ForeignKeyConstraint(
            ["reference"],
            ["service_request.reference"],
            name=op.f("fk_request_event_reference_service_request"),
        ),
        sa.ForeignKeyConstraint(
            ["citizen_id"], ["citizen.id"], name=op.f("fk_request_event_citizen_id_citizen")
        ),
    )
    op.create_index("ix_request_event_reference_at", "request_event", ["reference", "at"])
    op.create_table(
        "notification",
        sa.Column("seq", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("is_own", sa.Boolean(), nullable=False),
        sa.Column("news", postgresql.JSONB(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_notification")),
        sa.ForeignKeyConstraint(
            ["reference"],
            ["service_request.reference"],
            name=op.f("fk_notification_reference_service_request"),
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_notification_conversation_id_conversation"),
        ),
    )
    op.create_index(
        "ix_notification_waiting",
        "notification",
        ["conversation_id", "seq"],
        postgresql_where=sa.text("told_at IS NULL"),
    )
    op.create_index("ix_notification_told_at", "notification", ["told_at"])


def downgrade() -> None:
    op.drop_table("notification")
    op.drop_table("request_event")
    op.drop_column("conversation", "awaiting")
    op.drop_index("ix_service_request_due", "service_request")
    for name in ("warned_at", "paused_at", "planned_on", "due_on", "delay_days"):
        op.drop_column("service_request", name)
