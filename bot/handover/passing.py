"""How a ticket passes from hand to hand: assigned, transferred, given back, joined by an agent.

Each function works in its caller's transaction; a repeated `external_id` changes nothing.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from bot.accounts.rules import Agent
from bot.conversations import store as conversations
from bot.conversations.commit import tell_in
from bot.conversations.escalation import escalate
from bot.conversations.memory import Awaiting, AwaitingKind
from bot.conversations.ownership import HAS_TICKET, Deed
from bot.conversations.rules import Owner
from bot.errors import Conflict, NotFound
from bot.handover import store
from bot.handover.answering import check_seen, record, settle, take_over
from bot.handover.counter import Counter, who
from bot.handover.rules import (
    Author,
    Automatic,
    Hands,
    OutsideAgent,
    check_free,
    check_may_assign,
    hands_of,
    is_theirs,
)
from bot.handover.store import Held
from bot.service_requests import store as drafts
from bot.services.rules import Team
from bot.storage.transaction import Transaction
from bot.teams import assigning
from bot.tickets import operations, wording
from bot.tickets import store as tickets
from bot.tickets.due import due_columns
from bot.tickets.operations import Asked
from bot.tickets.rules import EventKind, Priority, Reason, Status, Subject
from bot.words.phrases import Line, Press, Reply, say


async def assign(
    tx: Transaction,
    author: Author,
    reference: str,
    to: UUID | None,
    counter: Counter,
    now: datetime,
    *,
    external_id: str | None = None,
) -> None:
    """Give an open ticket to an agent, or put it back into the queue. Raises `Forbidden` for a
    move that is a lead's, `NotFound` for an agent who does not serve that town."""
    held = await store.hold_once(tx, author, reference, external_id)
    if held is None:
        return
    check_may_assign(author, held.hands)
    name = None
    if to is not None:
        name = (await store.colleague(tx, to, held.ticket["commune"]))["name"]
    if Hands(name, to) == held.hands:
        return
    data = {"to": None if to is None else str(to), "name": name}
    await record(tx, author, held, EventKind.ASSIGNED, now, data=data, external_id=external_id)
    await store.put_into(tx, reference, Hands(name, to))
    await tickets.change(tx, reference, escalated_at=None, woke_at=None)
    if held.conversation["owner"] == Owner.AGENT.value:
        await _leave(tx, held, counter, now)


async def take(
    tx: Transaction,
    author: Author,
    reference: str,
    counter: Counter,
    now: datetime,
    *,
    external_id: str | None = None,
) -> None:
    """Put an open ticket into one's own hands, before the first answer. Raises `Taken` when it is
    in somebody else's, whom only a lead may relieve."""
    if isinstance(author, Agent) and author.leads:
        await assign(tx, author, reference, author.id, counter, now, external_id=external_id)
        return
    held = await store.hold_once(tx, author, reference, external_id)
    if held is None or is_theirs(author, held.hands):
        return
    check_free(author, held.hands)
    hands = hands_of(author)
    data = {"to": None if hands.agent is None else str(hands.agent), "name": hands.name}
    await record(tx, author, held, EventKind.ASSIGNED, now, data=data, external_id=external_id)
    await store.put_into(tx, reference, hands)
    await tickets.change(tx, reference, escalated_at=None, woke_at=None)


async def assign_outside(
    tx: Transaction,
    reference: str,
    name: str | None,
    counter: Counter,
    now: datetime,
    *,
    external_id: str | None = None,
) -> None:
    """Somebody of an outside backend has the ticket now, or nobody: whoever had the conversation
    has left it then. Raises `Conflict` when it is not open."""
    held = await store.hold(tx, OutsideAgent(name or ""), reference)
    if held.ticket["assignee_name"] == name:
        return
    data = {"to": None, "name": name}
    if not await tickets.record(
        tx, reference, EventKind.ASSIGNED, now, author=name, data=data, external_id=external_id
    ):
        return
    await store.put_into(tx, reference, Hands(name))
    if name is None and held.conversation["owner"] == Owner.AGENT.value:
        await _leave(tx, held, counter, now)


async def transfer(
    tx: Transaction,
    author: Author,
    reference: str,
    team: str,
    counter: Counter,
    now: datetime,
    *,
    external_id: str | None = None,
) -> None:
    """Pass an open ticket to another team's queue; the citizen is told which. Raises `NotFound`
    for a team that does not exist, `Taken` for a ticket in somebody else's hands."""
    receiving = counter.catalogue.team(team)
    held = await store.hold_once(tx, author, reference, external_id)
    if held is None:
        return
    before = held.ticket["team"]
    if team == before:
        return
    check_free(author, held.hands)
    data = {"team": team, "before": before}
    await record(tx, author, held, EventKind.TRANSFERRED, now, data=data, external_id=external_id)
    await store.put_into(tx, reference, Hands(None))
    await tickets.change(
        tx,
        reference,
        team=team,
        first_reply_at=None,
        warned_at=None,
        snoozed_until=None,
        woke_at=None,
        **due_columns(receiving, now),
    )
    moved = await tickets.by_reference(tx, reference)
    wait = await operations.wait_of(tx, moved, receiving, now)
    await tickets.change(
        tx,
        reference,
        place_opened=wait.place,
        expected_by=operations.expected_by(receiving, wait, now),
    )
    told = Reply(
        (
            _passed_on(author, reference, receiving),
            wording.queue_line(wait, receiving, now),
        )
    )
    await _queue(tx, held, told, counter, now)
    await assigning.assign(tx, reference, held.conversation["language"], now)


def _passed_on(author: Author, reference: str, team: Team) -> Line:
    if isinstance(author, Automatic):
        return say("ticket.transferred_by_rule", reference=reference, team=team.label)
    return say("ticket.transferred", reference=reference, name=author.name, team=team.label)


async def prioritise(
    tx: Transaction,
    author: Author,
    reference: str,
    priority: Priority,
    now: datetime,
    *,
    external_id: str | None = None,
) -> None:
    """Put a ticket before or after others."""
    held = await store.hold_once(tx, author, reference, external_id)
    if held is None:
        return
    before = held.ticket["priority"]
    if before == priority.value:
        return
    data = {"priority": priority.value, "before": before}
    await record(tx, author, held, EventKind.PRIORITY, now, data=data, external_id=external_id)
    await tickets.change(tx, reference, priority=priority.value)


async def give_back(
    tx: Transaction,
    author: Author,
    reference: str,
    counter: Counter,
    now: datetime,
    *,
    seen_through: int | None = None,
    external_id: str | None = None,
) -> None:
    """The assistant goes on, where the form stood when there is one. The ticket ends: asking for a
    human again opens another. Raises as `answering.close` does."""
    held = await store.hold_once(tx, author, reference, external_id)
    if held is None:
        return
    check_free(author, held.hands)
    await check_seen(tx, held, seen_through)
    await record(tx, author, held, EventKind.GIVEN_BACK, now, external_id=external_id)
    await tickets.change(tx, reference, status=Status.CLOSED.value, closed_at=now)
    await conversations.change_owner(tx, held.conversation, Deed.GIVE_BACK, now)
    team = counter.team(held.ticket["team"])
    told = Reply((say("agent.gave_back", **who(author.name, team)),))
    await settle(tx, held, [told], counter, now, awaiting=None)
    draft = await drafts.draft_of(tx, held.conversation["id"], now)
    if draft is not None and draft.step is not None:
        await _resume(tx, held, now)


async def _resume(tx: Transaction, held: Held, now: datetime) -> None:
    """Let the assistant put the form's question again, as if its button had been pressed."""
    conversation_id = held.conversation["id"]
    current = await conversations.by_id(tx, conversation_id)
    seq = current["last_seq"] + 1
    press = Press("file_request", {"resume": True})
    await conversations.append(
        tx,
        conversation_id,
        seq,
        "citizen",
        now,
        kind="press",
        content={
            "press": {"intent": press.intent, "values": dict(press.values)},
            "silent": True,
        },
    )
    await conversations.change(
        tx, conversation_id, last_seq=seq, waiting_since=now, due_at=now, attempts=0
    )
    await conversations.notify(tx, conversations.INBOX, str(conversation_id))


async def pull(
    tx: Transaction, agent: Agent, conversation_id: UUID, counter: Counter, now: datetime
) -> str:
    """Join a conversation that the assistant holds, or take it from the queue. Returns the
    ticket's reference. Raises `NotFound` for one of a town that is not theirs, `Taken`."""
    conversation = await conversations.find_locked(tx, conversation_id)
    if conversation is None or not agent.sees(conversation["commune"]):
        raise NotFound("conversation")
    if Owner(conversation["owner"]) not in HAS_TICKET:
        asked = Asked(
            Subject.HUMAN,
            "",
            conversation["commune"],
            counter.catalogue.team_for(None),
            Reason.PULLED,
        )
        await escalate(tx, conversation, asked, now, finds_agent=False)
    ticket = await tickets.open_in(tx, conversation_id, lock=True)
    if ticket is None:
        raise Conflict("the conversation has no open ticket")
    if not agent.sees(ticket["commune"]):  # the citizen has moved to another town since
        raise NotFound("conversation")
    conversation = await conversations.by_id(tx, conversation_id)
    await take_over(tx, agent, Held(conversation, ticket), counter, now)
    return str(ticket["reference"])


async def release(tx: Transaction, held: Held, line: Line, counter: Counter, now: datetime) -> None:
    """Back to the queue of its team, whoever had it."""
    await store.put_into(tx, held.ticket["reference"], Hands(None))
    await _queue(tx, held, Reply((line,)), counter, now)


async def _leave(tx: Transaction, held: Held, counter: Counter, now: datetime) -> None:
    """Whoever had the conversation leaves it: the citizen is told, and waits in the queue."""
    left = held.ticket["assignee_name"] or ""
    told = Reply((say("agent.left", **who(left, counter.team(held.ticket["team"]))),))
    await _queue(tx, held, told, counter, now)


async def _queue(tx: Transaction, held: Held, told: Reply, counter: Counter, now: datetime) -> None:
    """Into the queue, from now on. What a citizen was saying to an agent goes on being for one."""
    conversation = held.conversation
    awaiting = conversation["awaiting"]
    if conversation["owner"] == Owner.AGENT.value:
        awaiting = Awaiting(AwaitingKind.WAITING, "").to_json()
    await tickets.change(tx, held.ticket["reference"], queued_since=now, escalated_at=None)
    await conversations.change_owner(tx, conversation, Deed.RELEASE, now)
    await tell_in(tx, conversation, [told], counter.words, now, awaiting=awaiting)
