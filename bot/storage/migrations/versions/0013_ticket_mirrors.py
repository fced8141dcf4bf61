"""what an outside ticket backend knows of each ticket, and how far its news were read"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ticket_mirror",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("backend", sa.String(), nullable=False),
        sa.Column("remote_id", sa.String(), nullable=True),
        sa.Column("sent_seq", sa.BigInteger(), nullable=False),
        sa.Column("sent_event", sa.BigInteger(), nullable=False),
        sa.Column("told", postgresql.JSONB(), nullable=True),
        sa.Column("heard", postgresql.JSONB(), nullable=True),
        sa.Column("in_doubt", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("withheld", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reference"], ["ticket.reference"], name=op.f("fk_ticket_mirror_reference_ticket")
        ),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_ticket_mirror")),
    )
    op.create_index("ix_ticket_mirror_backend_remote_id", "ticket_mirror", ["backend", "remote_id"])
    op.create_table(
        "ticket_pull",
        sa.Column("backend", sa.String(), nullable=False),
        sa.Column("cursor", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("backend", name=op.f("pk_ticket_pull")),
    )


def downgrade() -> None:
    op.drop_table("ticket_pull")
    op.drop_table("ticket_mirror")
