"""Nobody is forgotten: who waits longer than they were told hears it, and what nobody answers in
time goes to whoever leads."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from bot.conversations import store as conversations
from bot.conversations.commit import tell_in
from bot.conversations.rules import Owner
from bot.conversations.tables import Conversation
from bot.errors import DomainError
from bot.handover import passing, snoozing, store
from bot.handover.counter import Counter, who
from bot.handover.rules import SWEEP_EVERY, Hands
from bot.handover.store import Held
from bot.services.opening import hours_of
from bot.storage.transaction import Database, Transaction
from bot.supervision.looking import look_every
from bot.tickets import operations, wording
from bot.tickets import store as tickets
from bot.tickets.rules import EventKind, Priority, Status, is_awaited
from bot.tickets.tables import Ticket
from bot.words.phrases import Button, Press, Reply, say

logger = logging.getLogger(__name__)

RAISED = {Priority.NORMAL.value: Priority.HIGH, Priority.HIGH.value: Priority.URGENT}


@dataclass(frozen=True)
class Waiting:
    """What tells whether an open ticket is late."""

    reference: str
    team: str
    queued_since: datetime
    first_reply_at: datetime | None
    escalated_at: datetime | None
    warned_at: datetime | None
    expected_by: datetime | None
    owner: str
    waiting_since: datetime | None
    reason: str
    due_at: datetime | None

    @classmethod
    def of(cls, held: Held) -> Waiting:
        """As the locked rows say it."""
        columns = {**held.conversation, **held.ticket}  # a conversation has a `due_at` of its own
        return cls(**{name: columns[name] for name in cls.__dataclass_fields__})


@dataclass(frozen=True)
class Minder:
    """Looks at what waits."""

    database: Database
    counter: Counter
    clock: Callable[[], datetime]

    async def run(self) -> None:
        """Look every few seconds, until cancelled."""
        await look_every(SWEEP_EVERY.total_seconds(), self.look, logger, "waiting tickets")

    async def look(self) -> int:
        """Warn and escalate what is due now. Returns how many tickets."""
        now = self.clock()
        async with self.database.transaction() as tx:
            waiting = await _waiting(tx)
        await self._wake(now)
        count = 0
        for reference in [row.reference for row in waiting if self._due(row, now) is not None]:
            try:
                async with self.database.transaction() as tx:
                    count += await self._mind(tx, reference, self.clock())
            except DomainError as error:  # it changed meanwhile
                logger.info("ticket %s: %s", reference, error.code)
            except Exception:  # as below: the others are minded
                logger.exception("ticket %s", reference)
        return count

    async def _wake(self, now: datetime) -> None:
        """What was put aside until now is there again, and what has no end of its delay gets one:
        its citizen wrote to an agent, or it came by a way that could not tell."""
        async with self.database.transaction() as tx:
            await snoozing.wake_due(tx, now)
            await snoozing.set_delays(tx, self.counter)

    async def _mind(self, tx: Transaction, reference: str, now: datetime) -> bool:
        seen = await tickets.by_reference(tx, reference)
        conversation = await conversations.locked(tx, seen["conversation_id"])
        ticket = await tickets.locked(tx, reference)
        if ticket["status"] != Status.OPEN.value:
            return False
        held = Held(conversation, ticket)
        what = self._due(Waiting.of(held), now)
        if what is EventKind.ESCALATED:
            await self._escalate(tx, held, now)
        elif what is EventKind.WARNED:
            await self._warn(tx, held, now)
        return what is not None

    def _due(self, row: Waiting, now: datetime) -> EventKind | None:
        """What is to be done about an open ticket. A team has `answer_within` of its opening hours
        to answer: in the queue since they came into it, with an agent since they wrote."""
        is_agents = row.owner == Owner.AGENT.value
        if not is_agents and not is_awaited(row.reason, row.due_at):
            return None
        since = row.waiting_since if is_agents else row.queued_since
        team = self.counter.team(row.team)
        is_overdue = since is not None and (
            hours_of(team).open_between(since, now) > team.answer_within
        )
        if is_overdue and row.escalated_at is None:
            return EventKind.ESCALATED
        is_late = row.expected_by is not None and row.expected_by < now
        if is_late and row.first_reply_at is None and row.warned_at is None:
            return EventKind.WARNED
        return None

    async def _escalate(self, tx: Transaction, held: Held, now: datetime) -> None:
        ticket, team = held.ticket, self.counter.team(held.ticket["team"])
        reference = ticket["reference"]
        raised = RAISED.get(ticket["priority"], Priority.URGENT)
        await tickets.change(tx, reference, escalated_at=now, priority=raised.value)
        data = {"priority": raised.value, "assignee": ticket["assignee_name"]}
        await tickets.record(tx, reference, EventKind.ESCALATED, now, data=data)
        if held.conversation["owner"] == Owner.AGENT.value:
            line = say("ticket.unanswered", **who(ticket["assignee_name"] or "", team))
            await passing.release(tx, held, line, self.counter, now)
            return
        await store.put_into(tx, reference, Hands(None))
        told = Reply((say("ticket.escalated", reference=reference),), buttons=other_ways())
        await tell_in(tx, held.conversation, [told], self.counter.words, now)

    async def _warn(self, tx: Transaction, held: Held, now: datetime) -> None:
        reference, team = held.ticket["reference"], self.counter.team(held.ticket["team"])
        await tickets.change(tx, reference, warned_at=now)
        await tickets.record(tx, reference, EventKind.WARNED, now)
        wait = await operations.wait_of(tx, held.ticket, team, now)
        told = Reply(
            (
                say("ticket.longer", reference=reference),
                wording.queue_line(wait, team, now),
            ),
            buttons=other_ways(),
        )
        await tell_in(tx, held.conversation, [told], self.counter.words, now)


def other_ways() -> tuple[Button, ...]:
    """Nobody has to wait in front of a screen."""
    return tuple(
        Button(say(key), Press("contact_agent", {"choice": choice}), lasting=True)
        for key, choice in (("button.write_me", "write"), ("button.call_me", "call"))
    )


async def _waiting(tx: Transaction) -> list[Waiting]:
    """Open tickets, with what tells whether they are late; that is asked again under their lock."""
    result = await tx.execute(
        select(
            Ticket.reference,
            Ticket.team,
            Ticket.queued_since,
            Ticket.first_reply_at,
            Ticket.escalated_at,
            Ticket.warned_at,
            Ticket.expected_by,
            Conversation.owner,
            Conversation.waiting_since,
            Ticket.reason,
            Ticket.due_at,
        )
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .where(
            Ticket.status == Status.OPEN.value,
            or_(Ticket.escalated_at.is_(None), Ticket.warned_at.is_(None)),
        )
        .order_by(Ticket.opened_at)
    )
    return [Waiting(*row) for row in result]
