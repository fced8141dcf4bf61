"""photos: where they were taken until that is asked, when they were published or hidden; links' secret"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("photo", sa.Column("latitude", sa.Float(), nullable=True))
    op.add_column("photo", sa.Column("longitude", sa.Float(), nullable=True))
    op.add_column("photo", sa.Column("published_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("photo", sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "signing_secret",
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("purpose", name=op.f("pk_signing_secret")),
    )


def downgrade() -> None:
    op.drop_table("signing_secret")
    op.drop_column("photo", "hidden_at")
    op.drop_column("photo", "published_at")
    op.drop_column("photo", "longitude")
    op.drop_column("photo", "latitude")
