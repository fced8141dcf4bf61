"""What agents look at, for the audit log: lists, searches, tickets, conversations that are only
read."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.engine import RowMapping

from bot.accounts.rules import Agent
from bot.audit import store as audit
from bot.audit.rules import Action
from bot.storage.transaction import Transaction


async def list_opened(tx: Transaction, agent: Agent, name: str, now: datetime) -> None:
    """A list was opened: once in a while, however often its page reads it again."""
    await audit.record_sight(tx, agent.actor, Action.LIST_SEEN, name, now, commune=agent.only_town)


async def searched(tx: Transaction, agent: Agent, said: str, now: datetime) -> None:
    """Something was looked for; `said` is what the search box held. Asked again soon after, by a
    page that comes back, it is the same search."""
    await audit.record_sight(
        tx, agent.actor, Action.SEARCHED, said.lower(), now, commune=agent.only_town
    )


async def conversation_read(
    tx: Transaction, agent: Agent, conversation_id: UUID, commune: str | None, now: datetime
) -> None:
    """A conversation that has no ticket of theirs was read."""
    subject = str(conversation_id)
    await audit.record_sight(
        tx, agent.actor, Action.CONVERSATION_SEEN, subject, now, commune=commune
    )


async def ticket_seen(tx: Transaction, agent: Agent, ticket: RowMapping, now: datetime) -> None:
    """What was said in a ticket was read."""
    reference, commune = ticket["reference"], ticket["commune"]
    await audit.record_sight(tx, agent.actor, Action.TICKET_SEEN, reference, now, commune=commune)
