"""the agents' list of requests that are not settled"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

IS_OPEN = sa.text(
    "status NOT IN ('resolved', 'rejected', 'withdrawn', 'archived') AND parent IS NULL"
)
STANDS_STILL = sa.text("(paused_at IS NOT NULL)")
DUE_FIRST = sa.text("coalesce(planned_on, due_on, 'infinity'::date)")


def upgrade() -> None:
    op.create_index(
        "ix_service_request_open_due",
        "service_request",
        [STANDS_STILL, DUE_FIRST, "reference"],
        postgresql_where=IS_OPEN,
    )
    op.create_index(
        "ix_service_request_open_filed",
        "service_request",
        ["filed_at", "reference"],
        postgresql_where=IS_OPEN,
    )
    op.create_index(
        "ix_service_request_open_town",
        "service_request",
        ["commune", "service"],
        postgresql_where=IS_OPEN,
    )


def downgrade() -> None:
    op.drop_index("ix_service_request_open_town", "service_request")
    op.drop_index("ix_service_request_open_filed", "service_request")
    op.drop_index("ix_service_request_open_due", "service_request")
