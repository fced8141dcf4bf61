"""Messages about something else become a ticket of their own, for the team that handles that.

A conversation has one open ticket, so the new one gets a conversation of its own, in a channel that
reaches nobody; its messages are shown out of the first, never copied, so that what is hidden or
erased there is so here. Answers are said where the citizen writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import func, select

from bot.accounts.rules import Agent
from bot.conversations import store as conversations
from bot.conversations.commit import tell_in
from bot.conversations.escalation import escalate
from bot.conversations.tables import Message
from bot.errors import NotFound
from bot.handover import store
from bot.handover.answering import record
from bot.handover.counter import Counter
from bot.handover.rules import check_free
from bot.storage.transaction import Transaction
from bot.tickets import store as tickets
from bot.tickets.operations import Asked
from bot.tickets.rules import EventKind, Priority, Reason, Subject
from bot.words.phrases import Reply, say

CHANNEL = "outside"
SUMMARY_IN = "fr"
"""A summary is for agents of a French service."""


@dataclass(frozen=True)
class Part:
    """The numbers of the messages, and the code of the team. `tells`: the citizen hears of it,
    once."""

    seqs: Sequence[int]
    team: str
    tells: bool = False


async def split(
    tx: Transaction,
    agent: Agent,
    reference: str,
    part: Part,
    counter: Counter,
    now: datetime,
    external_id: str,
) -> str:
    """Open a ticket for another team with some of the citizen's messages. Returns its reference; a
    repeat that of the first.

    Raises `NotFound` for a team or a message that is not there, `Taken` for a ticket in somebody
    else's hands, `Conflict` for one that is closed.
    """
    receiving = counter.catalogue.team(part.team)
    held = await store.hold_once(tx, agent, reference, external_id)
    if held is None:
        return await _made(tx, reference, external_id)
    check_free(agent, held.hands)
    wanted = sorted(set(part.seqs))
    await _check_said(tx, held.conversation["id"], wanted)
    ticket = held.ticket
    apart = await conversations.conversation_of(
        tx,
        CHANNEL,
        f"split:{uuid4()}",
        ticket["citizen_id"],
        now,
        commune=ticket["commune"],
        language=held.conversation["language"],
    )
    summary = say("ticket.split_summary", reference=reference, count=len(wanted))
    asked = Asked(
        Subject(ticket["subject"]),
        counter.words.render(summary, SUMMARY_IN),
        ticket["commune"],
        receiving,
        Reason.SPLIT,
        Priority(ticket["priority"]),
    )
    opened = await escalate(tx, apart, asked, now)
    await tickets.change(tx, opened.reference, split_from=reference)
    data = {"other": opened.reference, "seqs": wanted}
    await record(tx, agent, held, EventKind.SPLIT, now, data=data, external_id=external_id)
    if part.tells:
        line = say("ticket.split", reference=opened.reference, team=receiving.label)
        await tell_in(tx, held.conversation, [Reply((line,))], counter.words, now)
    return opened.reference


async def _made(tx: Transaction, reference: str, external_id: str) -> str:
    history = await tickets.history(tx, reference)
    event = next(one for one in history if one["external_id"] == external_id)
    return str(event["data"]["other"])


async def _check_said(tx: Transaction, conversation_id: object, seqs: Sequence[int]) -> None:
    found = await tx.scalar(
        select(func.count()).where(
            Message.conversation_id == conversation_id,
            Message.seq.in_(seqs),
            Message.sender == "citizen",
            store.IS_SHOWN,
        )
    )
    if found != len(seqs):
        raise NotFound("message")
