"""skills, absences, settings of teams, automations"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def _made_by() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("at", TIME, nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
    )


def upgrade() -> None:
    op.create_table(
        "agent_work",
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("services", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("languages", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("capacity", sa.BigInteger(), nullable=False),
        sa.Column("away_since", TIME, nullable=True),
        sa.Column("last_assigned_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("agent_id", name=op.f("pk_agent_work")),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent_account.id"], name=op.f("fk_agent_work_agent_id_agent_account")
        ),
    )
    op.create_table(
        "agent_absence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("from_at", TIME, nullable=False),
        sa.Column("until_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent_absence")),
        sa.ForeignKeyConstraint(
            ["agent_id"],
            ["agent_account.id"],
            name=op.f("fk_agent_absence_agent_id_agent_account"),
        ),
    )
    op.create_index("ix_agent_absence_agent_id_until_at", "agent_absence", ["agent_id", "until_at"])
    op.create_table(
        "team_version",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        *_made_by(),
        sa.Column("settings", postgresql.JSONB(), nullable=False),
        sa.Column("restored", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_version")),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent_account.id"], name=op.f("fk_team_version_agent_id_agent_account")
        ),
        sa.UniqueConstraint("team", "version", name=op.f("uq_team_version_team_version")),
    )
    _add_automations()
    # Open tickets in an agent's hands: capacity, and what somebody who is away left behind.
    op.create_index(
        "ix_ticket_assignee_open",
        "ticket",
        ["assignee"],
        postgresql_where=sa.text("status = 'open'"),
    )


def _add_automations() -> None:
    op.create_table(
        "automation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("on_since", TIME, nullable=True),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("stopped_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_automation")),
    )
    op.create_table(
        "automation_version",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("automation_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        *_made_by(),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("restored", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_automation_version")),
        sa.ForeignKeyConstraint(
            ["automation_id"],
            ["automation.id"],
            name=op.f("fk_automation_version_automation_id_automation"),
        ),
        sa.ForeignKeyConstraint(
            ["agent_id"],
            ["agent_account.id"],
            name=op.f("fk_automation_version_agent_id_agent_account"),
        ),
        sa.UniqueConstraint(
            "automation_id", "version", name=op.f("uq_automation_version_automation_id_version")
        ),
    )
    op.create_table(
        "automation_run",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("automation_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("deeds", postgresql.JSONB(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("ended_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_automation_run")),
        sa.ForeignKeyConstraint(
            ["automation_id"],
            ["automation.id"],
            name=op.f("fk_automation_run_automation_id_automation"),
        ),
        sa.ForeignKeyConstraint(
            ["reference"], ["ticket.reference"], name=op.f("fk_automation_run_reference_ticket")
        ),
        sa.UniqueConstraint(
            "automation_id",
            "version",
            "reference",
            name=op.f("uq_automation_run_automation_id_version_reference"),
        ),
    )
    op.create_index("ix_automation_run_automation_id_at", "automation_run", ["automation_id", "at"])
    op.create_index("ix_automation_run_reference_at", "automation_run", ["reference", "at"])
    op.create_index(
        "ix_automation_run_warned",
        "automation_run",
        ["at"],
        postgresql_where=sa.text("state = 'warned'"),
    )


def downgrade() -> None:
    op.drop_index("ix_ticket_assignee_open", "ticket")
    op.drop_table("automation_run")
    op.drop_table("automation_version")
    op.drop_table("automation")
    op.drop_table("team_version")
    op.drop_table("agent_absence")
    op.drop_table("agent_work")
