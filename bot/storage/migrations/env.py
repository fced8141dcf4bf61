"""Alembic's entry: runs migrations under a lock, so that two services starting do not race."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, text
from sqlalchemy.dialects.postgresql.base import ischema_names

from bot.accounts import tables as accounts
from bot.answers import tables as answers
from bot.attachments import tables as attachments
from bot.audit import tables as audit
from bot.automations import tables as automations
from bot.channels.telegram import tables as telegram
from bot.channels.telegram.forum import tables as forum
from bot.continuing import tables as continuing
from bot.conversations import tables as conversations
from bot.files import tables as files
from bot.forwarding import tables as forwarding
from bot.handover import tables as handover
from bot.information import tables as information
from bot.learning import tables as learning
from bot.mail import tables as mail
from bot.mailbox import tables as mailbox
from bot.mirroring import tables as mirroring
from bot.open311 import tables as open311
from bot.open_data import tables as open_data
from bot.places import tables as places
from bot.service_requests import tables as service_requests
from bot.sites import tables as sites
from bot.storage.tables import Base
from bot.teams import tables as teams
from bot.texts import tables as texts
from bot.tickets import tables as tickets

LOCK = 7_146_001
KNOWN = (
    accounts,
    answers,
    attachments,
    audit,
    automations,
    continuing,
    conversations,
    files,
    forum,
    forwarding,
    handover,
    information,
    learning,
    mail,
    mailbox,
    mirroring,
    open311,
    open_data,
    places,
    service_requests,
    sites,
    teams,
    telegram,
    texts,
    tickets,
)
ischema_names["vector"] = information.Vector  # read back from the database when compared

engine = create_engine(context.config.attributes["url"])
with engine.connect() as connection:
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK})
    connection.commit()
    context.configure(
        connection=connection, target_metadata=Base.metadata, transaction_per_migration=True
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK})
    connection.commit()
engine.dispose()
