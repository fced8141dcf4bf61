"""tickets with their team, their history, and who owned a conversation when"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TIMES = (
    "call_at",
    "expected_by",
    "warned_at",
    "escalated_at",
    "first_reply_at",
    "last_reply_at",
    "closed_at",
)
WORDS = ("assignee_name", "contact", "score", "opinion")
FILLED = {"team": "'accueil'", "reason": "'asked'", "priority": "'normal'", "reach": "'undecided'"}

# Of several open tickets of one conversation, the first stays and takes the others' words.
MERGE = """
UPDATE ticket SET summary = left(ticket.summary || others.words, 4000)
FROM (
    SELECT first.reference, string_agg(E'\\n' || later.summary, '' ORDER BY later.opened_at) AS words
    FROM ticket AS first JOIN ticket AS later USING (conversation_id)
    WHERE first.status = 'open' AND later.status = 'open'
      AND (later.opened_at, later.reference) > (first.opened_at, first.reference)
      AND NOT EXISTS (
        SELECT FROM ticket AS earlier
        WHERE earlier.conversation_id = first.conversation_id AND earlier.status = 'open'
          AND (earlier.opened_at, earlier.reference) < (first.opened_at, first.reference)
      )
    GROUP BY first.reference
) AS others
WHERE ticket.reference = others.reference
"""
CLOSE = """
UPDATE ticket SET status = 'closed'
WHERE status = 'open' AND EXISTS (
    SELECT FROM ticket AS earlier
    WHERE earlier.conversation_id = ticket.conversation_id AND earlier.status = 'open'
      AND (earlier.opened_at, earlier.reference) < (ticket.opened_at, ticket.reference)
)
"""
QUEUE = """
UPDATE conversation SET owner = 'queued'
WHERE owner = 'bot'
  AND EXISTS (SELECT FROM ticket WHERE conversation_id = conversation.id AND status = 'open')
"""


def upgrade() -> None:
    for name, value in FILLED.items():
        op.add_column(
            "ticket", sa.Column(name, sa.String(), nullable=False, server_default=sa.text(value))
        )
        op.alter_column("ticket", name, server_default=None)
    op.add_column(
        "ticket", sa.Column("packet", postgresql.JSONB(), nullable=False, server_default="{}")
    )
    op.alter_column("ticket", "packet", server_default=None)
    for name in ("opened_seq", "place_opened"):
        op.add_column(
            "ticket", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")
        )
        op.alter_column("ticket", name, server_default=None)
    op.add_column("ticket", sa.Column("queued_since", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE ticket SET queued_since = opened_at")
    op.alter_column("ticket", "queued_since", nullable=False)
    op.add_column("ticket", sa.Column("assignee", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_ticket_assignee_agent_account"), "ticket", "agent_account", ["assignee"], ["id"]
    )
    for name in WORDS:
        op.add_column("ticket", sa.Column(name, sa.String(), nullable=True))
    for name in TIMES:
        op.add_column("ticket", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.execute(MERGE)
    op.execute(CLOSE)
    op.execute(QUEUE)
    op.drop_index("uq_ticket_open", table_name="ticket")
    op.create_index(
        "uq_ticket_open",
        "ticket",
        ["conversation_id"],
        unique=True,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_index("ix_ticket_team_first_reply_at", "ticket", ["team", "first_reply_at"])
    op.create_index("ix_ticket_citizen_id", "ticket", ["citizen_id"])
    op.create_table(
        "ticket_event",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=True),
        sa.Column("author", sa.String(), nullable=True),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["reference"], ["ticket.reference"], name=op.f("fk_ticket_event_reference_ticket")
        ),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent_account.id"], name=op.f("fk_ticket_event_agent_id_agent_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_event")),
    )
    op.create_index("ix_ticket_event_reference_id", "ticket_event", ["reference", "id"])
    op.create_index(
        "uq_ticket_event_external_id", "ticket_event", ["reference", "external_id"], unique=True
    )
    op.create_table(
        "ownership_change",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("after", sa.String(), nullable=False),
        sa.Column("deed", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_ownership_change_conversation_id_conversation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ownership_change")),
    )
    op.create_index(
        "ix_ownership_change_conversation_id_id", "ownership_change", ["conversation_id", "id"]
    )
    op.add_column(
        "conversation",
        sa.Column("read_by_agent", sa.BigInteger(), nullable=False, server_default="0"),
    )
    op.alter_column("conversation", "read_by_agent", server_default=None)


def downgrade() -> None:
    op.execute("UPDATE conversation SET owner = 'bot' WHERE owner IN ('queued', 'agent', 'closed')")
    op.drop_column("conversation", "read_by_agent")
    op.drop_table("ownership_change")
    op.drop_table("ticket_event")
    op.drop_index("ix_ticket_citizen_id", table_name="ticket")
    op.drop_index("ix_ticket_team_first_reply_at", table_name="ticket")
    op.drop_index("uq_ticket_open", table_name="ticket")
    op.create_index(
        "uq_ticket_open",
        "ticket",
        ["conversation_id", "subject"],
        unique=True,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.drop_constraint(op.f("fk_ticket_assignee_agent_account"), "ticket", type_="foreignkey")
    for name in (
        *FILLED,
        "packet",
        "opened_seq",
        "queued_since",
        "place_opened",
        "assignee",
        *WORDS,
        *TIMES,
    ):
        op.drop_column("ticket", name)
