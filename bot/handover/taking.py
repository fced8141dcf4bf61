"""An agent takes on a report about which nobody has asked for a person. Its citizen hears nothing
until somebody writes to them, and the assistant goes on answering until then, as with every ticket
that was taken and not answered yet. Each function works in its caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import RowMapping

from bot.accounts.rules import Agent
from bot.conversations import store as conversations
from bot.conversations.escalation import escalate
from bot.conversations.ownership import Deed
from bot.errors import Conflict, NotFound
from bot.handover import passing, reading, store
from bot.handover.answering import record
from bot.handover.counter import Counter
from bot.handover.elsewhere import is_told_more
from bot.handover.rules import Hands, is_theirs
from bot.handover.unclosing import WITHIN
from bot.service_requests.rules import OPEN
from bot.service_requests.tables import ServiceRequest
from bot.storage.transaction import Transaction
from bot.tickets import store as tickets
from bot.tickets.operations import Asked
from bot.tickets.rules import EventKind, Reason, Status, Subject


@dataclass(frozen=True)
class TakenOn:
    """`by`: another agent, who has it already. `is_new`: the ticket was opened by this."""

    reference: str
    by: str | None
    is_new: bool


async def take_on(
    tx: Transaction,
    agent: Agent,
    conversation_id: UUID,
    request: str | None,
    counter: Counter,
    now: datetime,
    *,
    external_id: str | None = None,
) -> TakenOn:
    """Open a ticket about a report of the conversation (`request`, else its newest one that is not
    settled), with the team of the report's service, in the agent's hands. An open ticket that
    nobody has is taken instead; one that somebody has stays theirs.

    Raises `NotFound` for a conversation or a report that the agent may not see, and once another
    town was told more in it.
    """
    await reading.check_readable(tx, agent, conversation_id)
    conversation = await conversations.locked(tx, conversation_id)
    ticket = await tickets.open_in(tx, conversation_id, lock=True)
    if ticket is not None:
        return await _join(tx, agent, ticket, counter, now, external_id)
    if await is_told_more(tx, agent, conversation):
        raise NotFound("conversation")
    asked = await _asked(tx, agent, conversation, request, counter)
    opened = await escalate(tx, conversation, asked, now, finds_agent=False)
    nobody_waits = {"due_at": None, "near_due_at": None, "expected_by": None, "place_opened": 0}
    await tickets.change(tx, opened.reference, **nobody_waits)
    await passing.take(tx, agent, opened.reference, counter, now, external_id=external_id)
    return TakenOn(opened.reference, None, is_new=True)


async def _join(
    tx: Transaction,
    agent: Agent,
    ticket: RowMapping,
    counter: Counter,
    now: datetime,
    external_id: str | None,
) -> TakenOn:
    if not agent.sees(ticket["commune"]):  # the citizen has asked another town since
        raise NotFound("conversation")
    hands = Hands(ticket["assignee_name"], ticket["assignee"], ticket["assignee_outside"])
    reference: str = ticket["reference"]
    if hands.name is not None and not is_theirs(agent, hands):
        return TakenOn(reference, hands.name, is_new=False)
    await passing.take(tx, agent, reference, counter, now, external_id=external_id)
    return TakenOn(reference, None, is_new=False)


async def _asked(
    tx: Transaction,
    agent: Agent,
    conversation: RowMapping,
    request: str | None,
    counter: Counter,
) -> Asked:
    """What the ticket is about. Raises `NotFound`."""
    wanted = () if request is None else (ServiceRequest.reference == request,)
    found = await tx.execute(
        select(
            ServiceRequest.service,
            ServiceRequest.commune,
            ServiceRequest.description,
            ServiceRequest.address,
        )
        .where(
            ServiceRequest.conversation_id == conversation["id"], store.request_seen(agent), *wanted
        )
        .order_by(ServiceRequest.status.in_(sorted(OPEN)).desc(), ServiceRequest.filed_at.desc())
        .limit(1)
    )
    row = found.one_or_none()
    catalogue, reason = counter.catalogue, Reason.TAKEN_ON
    if row is None:
        if request is not None or not agent.sees(conversation["commune"]):
            raise NotFound("request")
        team = catalogue.team_for(None)
        return Asked(Subject.HUMAN, "", conversation["commune"], team, reason)
    service = catalogue.find(row.service, row.commune)
    address = row.address if row.address and row.address not in row.description else ""
    summary = "\n".join(part for part in (row.description, address) if part)
    return Asked(Subject.REQUEST, summary, row.commune, catalogue.team_for(service), reason)


async def let_be(
    tx: Transaction,
    agent: Agent,
    reference: str,
    taking: str,
    now: datetime,
    *,
    external_id: str | None = None,
) -> None:
    """Take back the agent's own taking on of that external id: the ticket ends, unheard by the
    citizen, and the assistant has the conversation alone. Raises `NotFound`, and `Conflict` once
    anybody has said or done anything since, or after `WITHIN`."""
    held = await store.hold_once(tx, agent, reference, external_id)
    if held is None:
        return
    ticket, conversation = held.ticket, held.conversation
    *before, last = await tickets.history(tx, reference)
    is_it = (last["kind"], last["external_id"], last["agent_id"]) == (
        EventKind.ASSIGNED.value,
        taking,
        agent.id,
    )
    was_new = [event["kind"] for event in before] == [EventKind.OPENED.value]
    is_unheard = ticket["reason"] == Reason.TAKEN_ON.value and (
        conversation["last_seq"] == ticket["opened_seq"]
    )
    if not (is_it and was_new and is_unheard) or now - last["at"] > WITHIN:
        raise Conflict("something was said or done since")
    await record(tx, agent, held, EventKind.GIVEN_BACK, now, external_id=external_id)
    await tickets.change(tx, reference, status=Status.CLOSED.value, closed_at=now)
    await conversations.change_owner(tx, conversation, Deed.GIVE_BACK, now)
