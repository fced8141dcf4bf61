"""second factors that roles demand, and agents whom a provider vouches for

The secrets of second factors are sealed by the next start of the service, which knows the key. An
earlier version cannot read a sealed one: after a downgrade its agent is refused until it is reset.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "demanded_factor",
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("role", name=op.f("pk_demanded_factor")),
    )
    op.add_column(
        "agent_account",
        sa.Column("is_oidc_allowed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("agent_account", sa.Column("oidc_issuer", sa.String(), nullable=True))
    op.add_column("agent_account", sa.Column("oidc_subject", sa.String(), nullable=True))
    op.create_unique_constraint(
        op.f("uq_agent_account_oidc_issuer_oidc_subject"),
        "agent_account",
        ["oidc_issuer", "oidc_subject"],
    )
    op.add_column(
        "agent_session",
        sa.Column(
            "has_other_factor", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
    )
    op.add_column("agent_session", sa.Column("id_token", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("agent_session", "id_token")
    op.drop_column("agent_session", "has_other_factor")
    op.drop_constraint(op.f("uq_agent_account_oidc_issuer_oidc_subject"), "agent_account")
    op.drop_column("agent_account", "oidc_subject")
    op.drop_column("agent_account", "oidc_issuer")
    op.drop_column("agent_account", "is_oidc_allowed")
    op.drop_table("demanded_factor")
