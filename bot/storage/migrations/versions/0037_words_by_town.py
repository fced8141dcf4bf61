"""words are found by town: each message knows the towns whose agents may look there"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

IS_SEARCHED = "sender IN ('citizen', 'agent') AND kind <> 'press'"
FUNCTIONS = (
    """
CREATE FUNCTION communes_of(talk uuid) RETURNS varchar[] LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg(commune ORDER BY commune), '{}') FROM (
        SELECT commune FROM conversation WHERE id = talk
        UNION SELECT commune FROM ticket WHERE conversation_id = talk
    ) AS one WHERE commune IS NOT NULL
$$
""",
    """
CREATE FUNCTION message_takes_communes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.communes := communes_of(NEW.conversation_id);
    RETURN NEW;
END $$
""",
    """
CREATE FUNCTION give_commune(talk uuid, town varchar) RETURNS void LANGUAGE sql AS $$
    UPDATE message SET communes = communes || town
    WHERE conversation_id = talk AND NOT communes @> ARRAY[town]
$$
""",
    """
CREATE FUNCTION conversation_gives_commune() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM give_commune(NEW.id, NEW.commune);
    RETURN NULL;
END $$
""",
    """
CREATE FUNCTION ticket_gives_commune() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM give_commune(NEW.conversation_id, NEW.commune);
    RETURN NULL;
END $$
""",
)
TRIGGERS = (
    """
CREATE TRIGGER message_takes_communes BEFORE INSERT OR UPDATE OF conversation_id ON message
    FOR EACH ROW EXECUTE FUNCTION message_takes_communes()
""",
    """
CREATE TRIGGER conversation_gives_commune AFTER UPDATE OF commune ON conversation
    FOR EACH ROW WHEN (NEW.commune IS NOT NULL AND NEW.commune IS DISTINCT FROM OLD.commune)
    EXECUTE FUNCTION conversation_gives_commune()
""",
    """
CREATE TRIGGER ticket_gives_commune AFTER INSERT OR UPDATE OF commune, conversation_id ON ticket
    FOR EACH ROW WHEN (NEW.commune IS NOT NULL) EXECUTE FUNCTION ticket_gives_commune()
""",
)


def upgrade() -> None:
    op.add_column(
        "message",
        sa.Column("communes", postgresql.ARRAY(sa.String()), server_default="{}", nullable=False),
    )
    op.drop_index("ix_message_terms", "message")
    for function in FUNCTIONS:
        op.execute(function)
    op.execute(
        "UPDATE message SET communes = communes_of(conversation_id)"
        " WHERE communes_of(conversation_id) <> '{}'"
    )
    op.create_index(
        "ix_message_communes_terms",
        "message",
        ["communes", "terms"],
        postgresql_using="gin",
        postgresql_where=sa.text(IS_SEARCHED),
    )
    op.create_index("ix_ticket_commune", "ticket", ["commune", "conversation_id"])
    for trigger in TRIGGERS:
        op.execute(trigger)


def downgrade() -> None:
    op.execute("DROP TRIGGER ticket_gives_commune ON ticket")
    op.execute("DROP TRIGGER conversation_gives_commune ON conversation")
    op.execute("DROP TRIGGER message_takes_communes ON message")
    op.execute("DROP FUNCTION ticket_gives_commune()")
    op.execute("DROP FUNCTION conversation_gives_commune()")
    op.execute("DROP FUNCTION give_commune(uuid, varchar)")
    op.execute("DROP FUNCTION message_takes_communes()")
    op.execute("DROP FUNCTION communes_of(uuid)")
    op.drop_index("ix_ticket_commune", "ticket")
    op.drop_index("ix_message_communes_terms", "message")
    op.drop_column("message", "communes")
    op.create_index(
        "ix_message_terms",
        "message",
        ["terms"],
        postgresql_using="gin",
        postgresql_where=sa.text(IS_SEARCHED),
    )
