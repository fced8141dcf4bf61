"""keys of the applications that post through Open311, and the index of its public list"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "open311_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("commune", sa.String(), nullable=False),
        sa.Column("citizen_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["citizen_id"], ["citizen.id"], name=op.f("fk_open311_key_citizen_id_citizen")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open311_key")),
        sa.UniqueConstraint("hash", name=op.f("uq_open311_key_hash")),
    )
    op.create_index(
        "uq_open311_key_name",
        "open311_key",
        ["name"],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_index("ix_service_request_filed_at", "service_request", ["filed_at", "reference"])


def downgrade() -> None:
    op.drop_index("ix_service_request_filed_at", table_name="service_request")
    op.drop_index("uq_open311_key_name", table_name="open311_key")
    op.drop_table("open311_key")
