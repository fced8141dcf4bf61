"""An agent puts a citizen's request into another state; all hear of it whom it concerns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from bot.accounts.rules import Agent
from bot.errors import Invalid, NotFound
from bot.handover import store
from bot.handover.answering import record
from bot.handover.rules import check_free
from bot.service_requests import changes
from bot.service_requests import store as requests
from bot.service_requests.changes import Step
from bot.service_requests.rules import Actor, Status
from bot.storage.transaction import Transaction
from bot.tickets import store as tickets
from bot.tickets.rules import EventKind


@dataclass(frozen=True)
class Settling:
    """`request` becomes `state`. `reason`: in words for the citizen; `day`: for which it is
    planned."""

    request: str
    state: Status
    reason: str | None = None
    day: date | None = None


async def settle_request(
    tx: Transaction,
    agent: Agent,
    reference: str,
    asked: Settling,
    now: datetime,
    *,
    external_id: str | None = None,
) -> None:
    """Change the state of a request that the ticket's citizen filed. A repeat changes nothing.

    Raises `NotFound` for any other request, also of a town that is not the agent's; `Taken` where
    somebody else has the ticket; `Conflict` for a step that there is not, `Invalid` where a reason
    is missing or the day is past.
    """
    held = await store.hold_any(tx, agent, reference)
    if external_id is not None and await tickets.is_recorded(tx, reference, external_id):
        return
    check_free(agent, held.hands)
    found = await requests.of_citizen(tx, held.ticket["citizen_id"], 1, among=[asked.request])
    if not found or not found[0].is_own or not agent.sees(found[0].commune):
        raise NotFound("request")
    if asked.state is Status.FORWARDED:
        raise Invalid("state", "it is not said to whom", reason="state")
    reason = (asked.reason or "").replace("\x00", "").strip() or None
    step = Step(asked.state, Actor.AGENT, reason, day=asked.day)
    await changes.change_status(tx, asked.request, step, now)
    data = {"request": asked.request, "state": asked.state.value}
    await record(tx, agent, held, EventKind.STATE, now, data=data, external_id=external_id)
