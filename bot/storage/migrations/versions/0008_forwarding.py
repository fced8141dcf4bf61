"""what is sent to towns' outside systems, and how far their news were read"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "forwarding",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("in_doubt", sa.Boolean(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("token", sa.String(), nullable=True),
        sa.Column("remote_id", sa.String(), nullable=True),
        sa.Column("remote_status", sa.String(), nullable=True),
        sa.Column("remote_note", sa.String(), nullable=True),
        sa.Column("remote_updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verdict", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["reference"],
            ["service_request.reference"],
            name=op.f("fk_forwarding_reference_service_request"),
        ),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_forwarding")),
    )
    op.create_index(
        "ix_forwarding_due",
        "forwarding",
        ["system", "next_at"],
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_index(
        "ix_forwarding_asked",
        "forwarding",
        ["system", "asked_at"],
        postgresql_where=sa.text("remote_id IS NOT NULL"),
    )
    op.create_table(
        "forwarding_pull",
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pulled_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("whole_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("system", name=op.f("pk_forwarding_pull")),
    )
    op.create_index(
        "ix_service_request_new_commune",
        "service_request",
        ["commune"],
        postgresql_where=sa.text("status = 'new' AND parent IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_service_request_new_commune", table_name="service_request")
    op.drop_table("forwarding_pull")
    op.drop_index("ix_forwarding_asked", table_name="forwarding")
    op.drop_index("ix_forwarding_due", table_name="forwarding")
    op.drop_table("forwarding")
