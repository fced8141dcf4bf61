"""A ticket that comes into a team's queue finds the member who answers it, where the team wants
that."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from bot.audit import store as audit
from bot.audit.rules import SERVICE, of_ticket
from bot.service_requests import store as drafts
from bot.storage.transaction import Transaction
from bot.teams import store
from bot.teams.rules import Needed, choose
from bot.tickets import store as tickets
from bot.tickets.rules import EventKind


async def assign(
    tx: Transaction,
    reference: str,
    language: str,
    now: datetime,
    *,
    but: Collection[UUID] = (),
    asks_team: bool = True,
) -> UUID | None:
    """Give an open ticket of nobody's to a member of its team, in the transaction that queues it.
    `but`: who does not get it; `asks_team`: only where the team's settings say so. Returns who
    has it; None when nobody can: it stays in the queue.

    Its caller holds the locks of conversation and ticket. Whoever else assigns by itself waits
    until this transaction ends, so that no capacity is given out twice.
    """
    ticket = await tickets.by_reference(tx, reference)
    if asks_team and not (await store.settings(tx, ticket["team"])).assigns:
        return None
    draft = await drafts.draft_of(tx, ticket["conversation_id"], now)
    needed = Needed(None if draft is None else draft.service, language)
    await store.lock_assigning(tx)
    there = await store.candidates(tx, ticket["team"], ticket["commune"], now, but)
    chosen = choose(there, needed)
    if chosen is None:
        return None
    await tickets.change(
        tx,
        reference,
        assignee=chosen.id,
        assignee_name=chosen.name,
        assignee_outside=None,
        escalated_at=None,
    )
    await store.mark_assigned(tx, chosen.id, now)
    data = {"to": str(chosen.id), "name": chosen.name, "automatic": True}
    await tickets.record(tx, reference, EventKind.ASSIGNED, now, data=data)
    action = of_ticket(EventKind.ASSIGNED.value)
    await audit.record(tx, SERVICE, action, reference, now, commune=ticket["commune"])
    return chosen.id
