"""Whoever closed a ticket takes that back at once: it is as it was, in whose hands it was."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, select

from bot.accounts.rules import Agent
from bot.conversations import store as conversations
from bot.conversations.commit import tell_in
from bot.conversations.ownership import Deed
from bot.conversations.rules import Owner
from bot.conversations.tables import Message
from bot.errors import Conflict
from bot.handover import store
from bot.handover.answering import record
from bot.handover.counter import Counter
from bot.handover.store import Held
from bot.storage.transaction import Transaction
from bot.tickets import store as tickets
from bot.tickets.rules import EventKind, Reach, Status
from bot.tickets.tables import Ticket
from bot.words.phrases import Reply, say

WITHIN = timedelta(minutes=1)
"""Longer than any page offers it."""


async def unclose(
    tx: Transaction,
    agent: Agent,
    reference: str,
    closing: str,
    counter: Counter,
    now: datetime,
    *,
    external_id: str | None = None,
) -> None:
    """Take back the agent's own closing of that external id; the citizen is told. Raises
    `NotFound`, and `Conflict` once anybody has done or said anything since, after `WITHIN`, or when
    others than the citizen of the conversation heard of the end."""
    held = await store.hold_once(tx, agent, reference, external_id, Status.CLOSED)
    if held is None:
        return
    before = await _before(tx, agent, held, closing, now)
    if await tickets.open_in(tx, held.conversation["id"]) is not None:
        raise Conflict("the conversation has another open ticket")
    if await _is_told_elsewhere(tx, held):
        raise Conflict("others were told")
    await record(tx, agent, held, EventKind.UNCLOSED, now, external_id=external_id)
    await tickets.change(tx, reference, status=Status.OPEN.value, closed_at=None)
    conversation_id = held.conversation["id"]
    await conversations.change_owner(tx, held.conversation, Deed.ASK, now)
    conversation = await conversations.by_id(tx, conversation_id)
    if before["owner"] == Owner.AGENT.value:
        await conversations.change_owner(tx, conversation, Deed.ANSWER, now)
        conversation = await conversations.by_id(tx, conversation_id)
    await conversations.let_wait(tx, conversation_id, before["waiting"])
    told = Reply((say("ticket.unclosed", reference=reference, name=agent.name),))
    await tell_in(tx, conversation, [told], counter.words, now, awaiting=None)


async def _before(
    tx: Transaction, agent: Agent, held: Held, closing: str, now: datetime
) -> Mapping[str, Any]:
    """How it was when that closing ended it. Raises `Conflict` when it was not that, or not the
    last thing that happened."""
    last = (await tickets.history(tx, held.ticket["reference"]))[-1]
    is_it = (last["kind"], last["external_id"], last["agent_id"]) == (
        EventKind.CLOSED.value,
        closing,
        agent.id,
    )
    if not is_it or now - last["at"] > WITHIN:
        raise Conflict("it changed since, or was closed by somebody else")
    before: Mapping[str, Any] = last["data"]
    has_written = exists().where(
        Message.conversation_id == held.conversation["id"],
        Message.sender == "citizen",
        Message.seq > before["last_seq"],
    )
    if held.conversation["owner"] != Owner.CLOSED.value or await tx.scalar(select(has_written)):
        raise Conflict("the citizen has written since")
    return before


async def _is_told_elsewhere(tx: Transaction, held: Held) -> bool:
    """A letter has left, the citizen of a ticket that went on in this one was asked, or the one of
    the conversation from which it was split off."""
    ticket = held.ticket
    if ticket["reach"] == Reach.EMAIL.value or ticket["split_from"] is not None:
        return True
    hears = exists().where(Ticket.merged_into == ticket["reference"], Ticket.merged_tells.is_(True))
    return bool(await tx.scalar(select(hears)))
