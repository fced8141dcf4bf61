"""Agents called by name in a note: who may be, in which tickets they are, what they have not read.
Being called gives no right: whoever loses a town finds nothing of it any more. Each function works
in its caller's transaction."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.engine import RowMapping

from bot.accounts.rules import Agent
from bot.accounts.tables import AgentAccount
from bot.errors import Invalid
from bot.handover import store
from bot.handover.cursors import cursor_of, read_cursor
from bot.handover.lists import A_PAGE, Page, rows
from bot.handover.orders import Listed
from bot.handover.rules import Author, agent_id
from bot.storage.transaction import Transaction
from bot.tickets import mentions
from bot.tickets import store as tickets
from bot.tickets.tables import NoteMention, Ticket

MOST_MENTIONED = 20
"""In one note."""


def is_called(name: str, text: str) -> bool:
    """Whether `@name` stands in a text, and not as the beginning of another name's word."""
    return re.search(rf"(?<!\w)@{re.escape(name)}(?!\w)", text) is not None


async def checked(
    tx: Transaction, author: Author, ticket: RowMapping, text: str, wanted: Collection[UUID]
) -> list[UUID]:
    """Those of the wanted agents who are called in the text, its author left out.

    Raises `Invalid` when one of them does not exist, is no longer active or may not read the
    ticket: which of these it is, is not said.
    """
    others = set(wanted) - {agent_id(author)}
    if not others:
        return []
    if len(others) > MOST_MENTIONED:
        raise Invalid("mentions", f"more than {MOST_MENTIONED}", reason="too_many")
    found = await store.colleagues_among(tx, others, ticket["commune"])
    if len(found) != len(others):
        raise Invalid("mentions", "somebody does not serve that town", reason="mention")
    return [row["id"] for row in found if is_called(row["name"], text)]


async def names(tx: Transaction, reference: str) -> Mapping[int, Sequence[tuple[UUID, str]]]:
    """The note's number → who is called in it, as they are called now."""
    result = await tx.execute(
        select(NoteMention.event_id, NoteMention.agent_id, AgentAccount.name)
        .join(AgentAccount, AgentAccount.id == NoteMention.agent_id)
        .where(NoteMention.reference == reference)
        .order_by(NoteMention.event_id, AgentAccount.name, AgentAccount.id)
    )
    called: dict[int, list[tuple[UUID, str]]] = defaultdict(list)
    for event_id, agent, name in result:
        called[event_id].append((agent, name))
    return called


async def unread(tx: Transaction, agent: Agent) -> set[str]:
    """The tickets, of those they may see, in which the agent was called since they opened them."""
    result = await tx.execute(
        select(NoteMention.reference)
        .join(Ticket, Ticket.reference == NoteMention.reference)
        .where(
            NoteMention.agent_id == agent.id,
            NoteMention.read_at.is_(None),
            store.visible(agent),
        )
    )
    return set(result.scalars())


async def read(tx: Transaction, agent: Agent, reference: str, now: datetime) -> None:
    """The agent has the ticket on screen, which `store.check_visible` let them open."""
    if await mentions.mark_read(tx, agent.id, reference, now):
        await tickets.announce(tx, reference)


async def cited(
    tx: Transaction, agent: Agent, limit: int = A_PAGE, after: str | None = None
) -> Page[Listed]:
    """The tickets in which the agent is called, open or not, the newest note first. Raises
    `Invalid` for a cursor that is none."""
    newest = (
        select(NoteMention.reference, func.max(NoteMention.event_id).label("event_id"))
        .where(NoteMention.agent_id == agent.id)
        .group_by(NoteMention.reference)
        .subquery("cited")
    )
    query = (
        rows()
        .join(newest, newest.c.reference == Ticket.reference)
        .add_columns(newest.c.event_id)
        .where(store.visible(agent))
        .order_by(newest.c.event_id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        (place,) = read_cursor(after, (int,))
        query = query.where(newest.c.event_id < int(place))
    found = [tuple(row) for row in await tx.execute(query)]
    shown = [Listed(*row[:-1]) for row in found[:limit]]
    is_more = len(found) > limit
    return Page(shown, cursor_of((found[limit - 1][-1],)) if is_more else None)
