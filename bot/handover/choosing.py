"""What a citizen decides about their ticket: how they want the answer, that none is needed any
more, whether it was settled. Noted by actions and performed at the commit of their turn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.engine import RowMapping

from bot.conversations import store as conversations
from bot.conversations.ownership import Deed
from bot.conversations.turn import Speaker
from bot.errors import Conflict, NotFound
from bot.handover.rules import REOPENS_FOR
from bot.services.rules import Catalogue, Team
from bot.storage.transaction import Transaction
from bot.tickets import store as tickets
from bot.tickets.due import due_columns
from bot.tickets.operations import wait_of
from bot.tickets.rules import EventKind, Priority, Reach, Status
from bot.tickets.wording import queue_line
from bot.words.phrases import Line


@dataclass(frozen=True)
class Standing:
    """An open ticket as its citizen is told of it."""

    reference: str
    queue: Line


async def _open(tx: Transaction, speaker: Speaker) -> RowMapping:
    """The open ticket, locked after its conversation as everywhere. Raises `Conflict` when an
    agent has ended it meanwhile."""
    await conversations.locked(tx, speaker.conversation_id)
    ticket = await tickets.open_in(tx, speaker.conversation_id, lock=True)
    if ticket is None:
        raise Conflict("there is no open ticket")
    return ticket


async def _standing(tx: Transaction, ticket: RowMapping, team: Team, now: datetime) -> Standing:
    wait = await wait_of(tx, ticket, team, now)
    return Standing(ticket["reference"], queue_line(wait, team, now))


def _team(catalogue: Catalogue, ticket: RowMapping) -> Team:
    code = ticket["team"]
    return catalogue.team(code) if code in catalogue.teams else catalogue.team_for(None)


@dataclass(frozen=True)
class LookAtQueue:
    """Where the ticket stands now."""

    catalogue: Catalogue

    async def perform(self, tx: Transaction, speaker: Speaker, now: datetime) -> Standing:
        ticket = await _open(tx, speaker)
        await tickets.announce(tx, ticket["reference"])
        return await _standing(tx, ticket, _team(self.catalogue, ticket), now)


@dataclass(frozen=True)
class ChooseReach:
    """How the answer is to reach them; `contact` is the address or the number for it."""

    reach: Reach
    catalogue: Catalogue
    contact: str | None = None
    call_at: datetime | None = None

    async def perform(self, tx: Transaction, speaker: Speaker, now: datetime) -> Standing:
        ticket = await _open(tx, speaker)
        reference = ticket["reference"]
        await tickets.change(
            tx, reference, reach=self.reach.value, contact=self.contact, call_at=self.call_at
        )
        data = {"reach": self.reach.value}
        if self.call_at is not None:
            data["call_at"] = self.call_at.isoformat()
        await tickets.record(tx, reference, EventKind.CHOSE, now, data=data)
        return await _standing(tx, ticket, _team(self.catalogue, ticket), now)


@dataclass(frozen=True)
class GiveUp:
    """No answer is needed any more: the ticket ends, the assistant goes on."""

    async def perform(self, tx: Transaction, speaker: Speaker, now: datetime) -> Standing:
        ticket = await _open(tx, speaker)
        reference = ticket["reference"]
        conversation = await conversations.locked(tx, speaker.conversation_id)
        await conversations.change_owner(tx, conversation, Deed.GIVE_UP, now)
        await tickets.change(tx, reference, status=Status.CLOSED.value, closed_at=now)
        await tickets.record(tx, reference, EventKind.GAVE_UP, now)
        return Standing(reference, "")


async def _own(tx: Transaction, citizen_id: UUID, reference: str) -> RowMapping:
    """Raises `NotFound` for somebody else's."""
    ticket = await tickets.locked(tx, reference)
    if ticket["citizen_id"] != citizen_id:
        raise NotFound("ticket")
    return ticket


@dataclass(frozen=True)
class RateAnswer:
    """Whether it was settled, and in their words why, once the ticket is closed."""

    reference: str
    score: str | None = None
    opinion: str | None = None

    async def perform(self, tx: Transaction, speaker: Speaker, now: datetime) -> None:
        await _own(tx, speaker.citizen_id, self.reference)
        given = {"score": self.score, "opinion": self.opinion}
        values = {name: value for name, value in given.items() if value is not None}
        await tickets.change(tx, self.reference, **values)
        data = {} if self.score is None else {"score": self.score}
        await tickets.record(
            tx, self.reference, EventKind.RATED, now, words=self.opinion, data=data
        )


@dataclass(frozen=True)
class ReopenTicket:
    """It was not settled: the ticket goes on, before others, with whoever had it."""

    reference: str
    text: str
    catalogue: Catalogue

    async def perform(self, tx: Transaction, speaker: Speaker, now: datetime) -> Standing:
        conversation = await conversations.locked(tx, speaker.conversation_id)
        ticket = await _own(tx, speaker.citizen_id, self.reference)
        if ticket["conversation_id"] != speaker.conversation_id:
            raise NotFound("ticket")
        if ticket["status"] == Status.OPEN.value:
            return await _standing(tx, ticket, _team(self.catalogue, ticket), now)
        is_old = ticket["closed_at"] is None or now - ticket["closed_at"] > REOPENS_FOR
        if is_old or await tickets.open_in(tx, speaker.conversation_id) is not None:
            raise Conflict("it can no longer be reopened")
        priority = max(Priority.HIGH.value, ticket["priority"], key=_urgency)
        await tickets.change(
            tx,
            self.reference,
            status=Status.OPEN.value,
            closed_at=None,
            merged_into=None,
            merged_tells=None,
            queued_since=now,
            **due_columns(_team(self.catalogue, ticket), now),
            priority=priority,
            escalated_at=None,
            warned_at=None,
            score="bad",
        )
        await conversations.change_owner(tx, conversation, Deed.ASK, now)
        await tickets.record(tx, self.reference, EventKind.REOPENED, now, words=self.text or None)
        reopened = await tickets.by_reference(tx, self.reference)
        return await _standing(tx, reopened, _team(self.catalogue, reopened), now)


def _urgency(priority: str) -> int:
    return (Priority.NORMAL.value, Priority.HIGH.value, Priority.URGENT.value).index(priority)
