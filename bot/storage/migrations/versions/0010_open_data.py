"""indexes of the public map and of the public files"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

PUBLIC_POINT = "point(round(longitude * 10000) / 10000, round(latitude * 10000) / 10000)"


def upgrade() -> None:
    op.create_index(
        "ix_service_request_public_point",
        "service_request",
        [sa.text(PUBLIC_POINT)],
        postgresql_using="gist",
    )
    op.create_index("ix_status_change_at", "status_change", ["at"])
    op.create_index("ix_request_event_at", "request_event", ["at"])


def downgrade() -> None:
    op.drop_index("ix_request_event_at", table_name="request_event")
    op.drop_index("ix_status_change_at", table_name="status_change")
    op.drop_index("ix_service_request_public_point", table_name="service_request")
