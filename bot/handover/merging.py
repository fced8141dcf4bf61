"""Two tickets about one thing go on as one: the merged one ends with a pointer to the lead, whose
thread shows its messages. Undone, both are as they were. Each function works in its caller's
transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.orm import aliased

from bot.accounts.rules import Agent
from bot.conversations import store as conversations
from bot.conversations.commit import tell_in
from bot.conversations.ownership import Deed
from bot.conversations.rules import Owner
from bot.errors import Conflict, Invalid
from bot.handover import elsewhere, sights, store
from bot.handover.answering import record, settle
from bot.handover.counter import Counter
from bot.handover.rules import check_free
from bot.handover.store import Held
from bot.storage.transaction import Transaction
from bot.tickets import store as tickets
from bot.tickets.rules import EventKind, Status
from bot.tickets.tables import Ticket
from bot.words.phrases import Line, Reply, say

NEAR = timedelta(days=7)
"""How far apart two tickets were opened of which one may be the other."""
MOST_PROPOSED = 10
NOTES_IN = "fr"
"""Whoever works in an outside backend is an agent of a French service."""


class Why(StrEnum):
    """What two tickets have in common, what weighs most first."""

    SAME_CITIZEN = "same_citizen"
    SAME_SUBJECT = "same_subject"


@dataclass(frozen=True)
class Proposed:
    """A ticket in which another one may go on."""

    ticket: RowMapping
    why: Why


async def proposals(tx: Transaction, agent: Agent, reference: str, now: datetime) -> list[Proposed]:
    """Open tickets that the agent sees and in which this one may go on: of the same citizen, or
    about the same in the same town within a week. Raises `NotFound`."""
    ticket = await store.check_visible(tx, agent, reference)
    is_same = Ticket.citizen_id == ticket["citizen_id"]
    is_alike = and_(
        Ticket.commune == ticket["commune"],
        Ticket.team == ticket["team"],
        Ticket.subject == ticket["subject"],
        Ticket.opened_at.between(ticket["opened_at"] - NEAR, ticket["opened_at"] + NEAR),
    )
    result = await tx.execute(
        select(Ticket.__table__)
        .where(
            store.visible(agent),
            Ticket.reference != reference,
            Ticket.status == Status.OPEN.value,
            or_(is_same, is_alike),
        )
        .order_by(is_same.desc(), Ticket.opened_at.desc())
        .limit(MOST_PROPOSED)
    )
    await sights.list_opened(tx, agent, f"mergeable:{reference}", now)
    return [
        Proposed(row, Why.SAME_CITIZEN if _is_same(row, ticket) else Why.SAME_SUBJECT)
        for row in result.mappings()
    ]


def _is_same(one: RowMapping, other: RowMapping) -> bool:
    return bool(one["citizen_id"] == other["citizen_id"])


async def named(
    tx: Transaction, agent: Agent, reference: str, lead: str, now: datetime
) -> Proposed:
    """The ticket that an agent names. Raises as `merge` would."""
    ticket = await store.check_visible(tx, agent, reference)
    into = await store.check_visible(tx, agent, lead)
    await _check(tx, ticket, into)
    await sights.ticket_seen(tx, agent, into, now)
    return Proposed(into, Why.SAME_CITIZEN if _is_same(into, ticket) else Why.SAME_SUBJECT)


async def merge(
    tx: Transaction,
    agent: Agent,
    reference: str,
    lead: str,
    counter: Counter,
    now: datetime,
    *,
    tells: bool = False,
    external_id: str | None = None,
) -> None:
    """Let a ticket go on in `lead`: what was said in it is shown there, answers go there. `tells`:
    the citizen of this one, who is another, hears how that one ends.

    Raises `NotFound` for a ticket that the agent does not see, `Taken` for one in somebody else's
    hands, `Invalid` for one that cannot be merged, `Conflict` when the lead is not open.
    """
    held, into = await _both(tx, agent, reference, lead)
    if external_id is not None and await tickets.is_recorded(tx, reference, external_id):
        return
    await _check(tx, held.ticket, into.ticket)
    if into.ticket["status"] != Status.OPEN.value:
        raise Conflict("the lead is not open")
    was_open = held.ticket["status"] == Status.OPEN.value
    if was_open:
        check_free(agent, held.hands)
    is_same = _is_same(held.ticket, into.ticket)
    was_agents = held.conversation["owner"] == Owner.AGENT.value
    data = {"other": lead, "was_open": was_open, "was_agents": was_agents}
    await record(tx, agent, held, EventKind.MERGED, now, data=data, external_id=external_id)
    await record(tx, agent, into, EventKind.JOINED, now, data={"other": reference})
    await _note(tx, agent, held, counter, now, say("ticket.merged_note", reference=lead))
    await _note(tx, agent, into, counter, now, say("ticket.joined_note", reference=reference))
    changes = {"merged_into": lead, "merged_tells": tells and not is_same}
    if was_open:
        changes |= {"status": Status.CLOSED.value, "closed_at": now}
    await tickets.change(tx, reference, **changes)
    if not was_open:
        return
    await conversations.change_owner(tx, held.conversation, Deed.CLOSE, now)
    line = say("ticket.merged", reference=reference)
    told = [Reply((line,))] if is_same or tells else []
    await settle(tx, held, told, counter, now, awaiting=None)


async def unmerge(
    tx: Transaction,
    agent: Agent,
    reference: str,
    counter: Counter,
    now: datetime,
    *,
    external_id: str | None = None,
) -> None:
    """Let a merged ticket go on by itself again, in the hands in which it was.

    Raises `NotFound`, `Invalid` for a ticket that is not merged, `Conflict` when its conversation
    has another open one since, `GoesOn` when it is another town's.
    """
    seen = await store.check_visible(tx, agent, reference)
    lead: str | None = seen["merged_into"]
    if lead is None:
        if external_id is not None and await tickets.is_recorded(tx, reference, external_id):
            return
        raise Invalid("reference", "it is not merged", reason="apart")
    held, into = await _both(tx, agent, reference, lead)
    if held.ticket["merged_into"] != lead:
        raise Conflict("it has changed meanwhile")
    before = await _before(tx, reference)
    was_open = bool(before["was_open"])
    if was_open:
        if await tickets.open_in(tx, held.conversation["id"]) is not None:
            raise Conflict("the conversation has another open ticket")
        await elsewhere.check_goes_on_here(tx, agent, held)
    await record(
        tx, agent, held, EventKind.UNMERGED, now, data={"other": lead}, external_id=external_id
    )
    await record(tx, agent, into, EventKind.PARTED, now, data={"other": reference})
    await _note(tx, agent, held, counter, now, say("ticket.unmerged_note", reference=lead))
    changes: dict[str, object] = {"merged_into": None, "merged_tells": None}
    if was_open:
        changes |= {"status": Status.OPEN.value, "closed_at": None}
    await tickets.change(tx, reference, **changes)
    if not was_open:
        return
    await conversations.change_owner(tx, held.conversation, Deed.ASK, now)
    conversation = await conversations.by_id(tx, held.conversation["id"])
    if before["was_agents"]:
        await conversations.change_owner(tx, conversation, Deed.ANSWER, now)
        conversation = await conversations.by_id(tx, held.conversation["id"])
    told = Reply((say("ticket.unmerged", reference=reference),))
    await tell_in(tx, conversation, [told], counter.words, now, awaiting=None)


async def _both(tx: Transaction, agent: Agent, one: str, other: str) -> tuple[Held, Held]:
    """Two tickets with their conversations, locked in one order everywhere. Raises `NotFound`."""
    rows = {name: await store.check_visible(tx, agent, name) for name in (one, other)}
    ids = sorted({row["conversation_id"] for row in rows.values()})
    talks = {each: await conversations.locked(tx, each) for each in ids}
    held = {
        name: Held(talks[rows[name]["conversation_id"]], await tickets.locked(tx, name))
        for name in sorted(rows)
    }
    return held[one], held[other]


async def _check(tx: Transaction, ticket: RowMapping, into: RowMapping) -> None:
    """Raises `Invalid` for what cannot be merged: a chain would hide where things go on."""
    if ticket["reference"] == into["reference"]:
        raise Invalid("into", "a ticket and itself", reason="itself")
    if ticket["merged_into"] is not None or into["merged_into"] is not None:
        raise Invalid("into", "it is merged already", reason="merged")
    other = aliased(Ticket)
    leads = exists().where(other.merged_into == ticket["reference"])
    if await tx.scalar(select(leads)):
        raise Invalid("into", "others go on in it", reason="leads")


async def _before(tx: Transaction, reference: str) -> Mapping[str, Any]:
    """How a ticket was when it was merged last."""
    history = await tickets.history(tx, reference)
    found: Mapping[str, Any] = next(
        event["data"] for event in reversed(history) if event["kind"] == EventKind.MERGED.value
    )
    return found


async def _note(
    tx: Transaction, agent: Agent, held: Held, counter: Counter, now: datetime, line: Line
) -> None:
    """For whoever follows the ticket elsewhere: their copy is told of the state only."""
    words = counter.words.render(line, NOTES_IN)
    await record(tx, agent, held, EventKind.NOTE, now, words=words)
