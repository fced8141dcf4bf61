"""agents find any conversation, put tickets aside, tag them, and keep searches"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_FROM = "ÀÁÂÃÄÅàáâãäåÇçÈÉÊËèéêëÌÍÎÏìíîïÑñÒÓÔÕÖòóôõöÙÚÛÜùúûüÝýÿ’\u0300\u0301\u0302\u0303\u0308\u030a\u0327"
_TO = "AAAAAAaaaaaaCcEEEEeeeeIIIIiiiiNnOOOOOoooooUUUUuuuuYyy''"
IS_SEARCHED = "sender IN ('citizen', 'agent') AND kind <> 'press'"


def _terms(*columns: str) -> str:
    joined = " || ' ' || ".join(f"coalesce({column}, '')" for column in columns)
    whole = f"replace(replace(left(({joined}), 20000), 'œ', 'oe'), 'Œ', 'OE')"
    return f"to_tsvector('french'::regconfig, lower(translate({whole}, '{_FROM}', '{_TO}')))"


TERMS = {
    "ticket": _terms("summary", "contact", "assignee_name"),
    "ticket_event": f"CASE WHEN kind = 'note' THEN {_terms('text')} END",
    "message": f"CASE WHEN {IS_SEARCHED} THEN {_terms('text')} END",
    "service_request": _terms("description", "address", "precision", "answers::text"),
}
MOMENTS = ("due_at", "near_due_at", "snoozed_until", "woke_at")
INDEXES = (
    ("ix_ticket_over", "ticket", ["closed_at", "reference"], "btree", "status = 'closed'"),
    ("ix_ticket_terms", "ticket", ["terms"], "gin", None),
    ("ix_ticket_tags", "ticket", ["tags"], "gin", None),
    ("ix_ticket_tagged", "ticket", ["commune", "opened_at"], "btree", "tags <> '{}'"),
    ("ix_ticket_snoozed_until", "ticket", ["snoozed_until"], "btree", "snoozed_until IS NOT NULL"),
    ("ix_ticket_event_terms", "ticket_event", ["terms"], "gin", "kind = 'note'"),
    ("ix_conversation_with_assistant", "conversation", ["updated_at"], "btree", "owner = 'bot'"),
    ("ix_message_terms", "message", ["terms"], "gin", IS_SEARCHED),
    ("ix_message_searched_at", "message", ["at"], "btree", IS_SEARCHED),
    ("ix_service_request_conversation_id", "service_request", ["conversation_id"], "btree", None),
    ("ix_service_request_terms", "service_request", ["terms"], "gin", None),
)


def upgrade() -> None:
    for name in MOMENTS:
        op.add_column("ticket", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "ticket",
        sa.Column("tags", postgresql.ARRAY(sa.String()), server_default="{}", nullable=False),
    )
    for table, sql in TERMS.items():
        column = sa.Column(
            "terms",
            postgresql.TSVECTOR(),
            sa.Computed(sql, persisted=True),
            nullable=table in ("message", "ticket_event"),
        )
        op.add_column(table, column)
    for name, table, columns, using, where in INDEXES:
        op.create_index(
            name,
            table,
            columns,
            postgresql_using=using,
            postgresql_where=None if where is None else sa.text(where),
        )
    op.create_table(
        "saved_filter",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("team", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent_account.id"], name=op.f("fk_saved_filter_agent_id_agent_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filter")),
    )
    op.create_index("ix_saved_filter_agent_id", "saved_filter", ["agent_id"])


def downgrade() -> None:
    op.drop_table("saved_filter")
    for name, table, *_ in reversed(INDEXES):
        op.drop_index(name, table)
    for table in TERMS:
        op.drop_column(table, "terms")
    for name in ("tags", *MOMENTS):
        op.drop_column("ticket", name)
