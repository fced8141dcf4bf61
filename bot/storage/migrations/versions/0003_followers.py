"""followers, parents, and the indexes that find a request's possible duplicates"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

IS_OPEN = "status NOT IN ('resolved', 'rejected', 'withdrawn', 'archived') AND parent IS NULL"


def upgrade() -> None:
    op.add_column("service_request", sa.Column("place_key", sa.String(), nullable=True))
    op.add_column("service_request", sa.Column("parent", sa.String(), nullable=True))
    op.create_foreign_key(
        op.f("fk_service_request_parent_service_request"),
        "service_request",
        "service_request",
        ["parent"],
        ["reference"],
    )
    op.create_index(
        "ix_service_request_open_point",
        "service_request",
        [sa.text("point(longitude, latitude)")],
        postgresql_using="gist",
        postgresql_where=sa.text(IS_OPEN),
    )
    op.create_index(
        "ix_service_request_open_place",
        "service_request",
        ["commune", "place_key"],
        postgresql_where=sa.text(IS_OPEN),
    )
    op.create_index("ix_service_request_parent", "service_request", ["parent"])
    op.create_table(
        "request_follower",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("citizen_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("reference", "citizen_id", name=op.f("pk_request_follower")),
        sa.ForeignKeyConstraint(
            ["reference"],
            ["service_request.reference"],
            name=op.f("fk_request_follower_reference_service_request"),
        ),
        sa.ForeignKeyConstraint(
            ["citizen_id"], ["citizen.id"], name=op.f("fk_request_follower_citizen_id_citizen")
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_request_follower_conversation_id_conversation"),
        ),
    )
    op.create_index("ix_request_follower_citizen_id", "request_follower", ["citizen_id"])


def downgrade() -> None:
    op.drop_table("request_follower")
    op.drop_index("ix_service_request_parent", "service_request")
    op.drop_index("ix_service_request_open_place", "service_request")
    op.drop_index("ix_service_request_open_point", "service_request")
    op.drop_constraint(
        op.f("fk_service_request_parent_service_request"), "service_request", type_="foreignkey"
    )
    op.drop_column("service_request", "parent")
    op.drop_column("service_request", "place_key")
