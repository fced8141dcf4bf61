"""outlines of the communes, and what makes a request's address more precise"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "commune_outline",
        sa.Column("insee", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("outline", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("insee", name=op.f("pk_commune_outline")),
    )
    op.add_column("service_request", sa.Column("precision", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("service_request", "precision")
    op.drop_table("commune_outline")
