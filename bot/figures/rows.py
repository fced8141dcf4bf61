"""The rows of a list, page by page, or all of them. Whoever reads some is in the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from bot.accounts.rules import Agent
from bot.conversations.tables import Conversation, Message
from bot.figures import sights
from bot.figures.lists import Listing, listing
from bot.figures.rules import LIVE, MOST_EXPORTED, OPEN, Kind, Wanted
from bot.service_requests.tables import ServiceRequest
from bot.services.rules import Catalogue
from bot.storage.transaction import Transaction
from bot.tickets.tables import Ticket

COLUMNS: dict[Kind, dict[str, Any]] = {
    Kind.TICKETS: {
        "reference": Ticket.reference,
        "opened": Ticket.opened_at,
        "town": Ticket.commune,
        "team": Ticket.team,
        "channel": Conversation.channel,
        "subject": Ticket.subject,
        "agent": Ticket.assignee_name,
        "answered": Ticket.first_reply_at,
        "closed": Ticket.closed_at,
        "score": Ticket.score,
    },
    Kind.REQUESTS: {
        "reference": ServiceRequest.reference,
        "filed": ServiceRequest.filed_at,
        "town": ServiceRequest.commune,
        "service": ServiceRequest.service,
        "channel": ServiceRequest.channel,
        "state": ServiceRequest.status,
        "due": ServiceRequest.due_on,
    },
    Kind.CONVERSATIONS: {
        "begun": Conversation.created_at,
        "town": Conversation.commune,
        "channel": Conversation.channel,
        "language": Conversation.language,
    },
    Kind.MESSAGES: {
        "said": Message.at,
        "town": Conversation.commune,
        "channel": Conversation.channel,
        "words": Message.text,
    },
}
"""What a list shows of each kind, by the name of the column."""

IDS: dict[Kind, Any] = {
    Kind.TICKETS: Ticket.reference,
    Kind.REQUESTS: ServiceRequest.reference,
    Kind.CONVERSATIONS: Conversation.id,
    Kind.MESSAGES: Message.id,
}


@dataclass(frozen=True)
class Page:
    """Some rows of a list: `columns` names the values of each, `at` is the moment that counts.
    `total`: of the whole list."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    total: int


async def page(
    tx: Transaction,
    agent: Agent,
    wanted: Wanted,
    catalogue: Catalogue,
    now: datetime,
    first: int,
    most: int,
) -> Page:
    """Rows of a list from place `first`, counted from 0: what has waited longest first where it is
    of now, else the latest. Raises `Forbidden`."""
    rows = listing(agent, wanted, catalogue, now)
    await sights.listed(tx, agent, wanted.what, wanted.period, wanted.chosen, now)
    return await _read(tx, wanted, rows, first, most)


async def export(
    tx: Transaction, agent: Agent, wanted: Wanted, catalogue: Catalogue, now: datetime
) -> Page:
    """The whole of a list, at most `MOST_EXPORTED`. Raises `Forbidden`."""
    rows = listing(agent, wanted, catalogue, now)
    await sights.exported(tx, agent, wanted.what, wanted.period, wanted.chosen, now)
    return await _read(tx, wanted, rows, 0, MOST_EXPORTED)


async def _read(tx: Transaction, wanted: Wanted, rows: Listing, first: int, most: int) -> Page:
    total = await tx.scalar(select(func.count()).select_from(rows.asked()).where(*rows.conditions))
    named = COLUMNS[wanted.what.kind]
    oldest_first = wanted.what in LIVE | OPEN
    order = rows.at.asc() if oldest_first else rows.at.desc()
    query: Select[Any] = (
        select(rows.at, *named.values())
        .select_from(rows.table)
        .where(*rows.conditions)
        .order_by(order, IDS[wanted.what.kind])
        .offset(first)
        .limit(most)
    )
    found = (await tx.execute(query)).all()
    return Page(("at", *named), [tuple(row) for row in found], int(total or 0))
