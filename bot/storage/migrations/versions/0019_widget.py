"""the website widget: sites from which it may be opened, and sessions whose token changes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

ADDED = (
    ("origin", sa.String()),
    ("commune", sa.String()),
    ("token_made_at", sa.DateTime(timezone=True)),
    ("next_hash", sa.String()),
    ("previous_hash", sa.String()),
    ("previous_until", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    op.create_table(
        "widget_site",
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("communes", postgresql.ARRAY(sa.String()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("origin", name=op.f("pk_widget_site")),
    )
    op.add_column(
        "web_session",
        sa.Column("id", sa.Uuid(), nullable=False, server_default=sa.text("gen_random_uuid()")),
    )
    for name, type_ in ADDED:
        op.add_column("web_session", sa.Column(name, type_, nullable=True))
    op.create_unique_constraint(op.f("uq_web_session_id"), "web_session", ["id"])
    op.create_unique_constraint(op.f("uq_web_session_next_hash"), "web_session", ["next_hash"])
    op.create_index("ix_web_session_previous_hash", "web_session", ["previous_hash"])


def downgrade() -> None:
    # Of the version before, a session is a cookie: a script's token must not become one.
    op.execute("DELETE FROM web_session WHERE origin IS NOT NULL")
    op.drop_index("ix_web_session_previous_hash", "web_session")
    op.drop_constraint(op.f("uq_web_session_next_hash"), "web_session", type_="unique")
    op.drop_constraint(op.f("uq_web_session_id"), "web_session", type_="unique")
    for name, _ in reversed(ADDED):
        op.drop_column("web_session", name)
    op.drop_column("web_session", "id")
    op.drop_table("widget_site")
