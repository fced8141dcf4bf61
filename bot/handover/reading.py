"""A conversation that is read without a ticket: what was said, the reports filed in it, and what
its citizen asked beside. Rights are asked here: by town, always."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.engine import RowMapping

from bot.accounts.rules import Agent
from bot.attachments.rules import Kept
from bot.audit import store as audit
from bot.audit.rules import Action
from bot.conversations import store as conversations
from bot.conversations.rules import photos_in
from bot.conversations.store import StoredMessage
from bot.conversations.tables import Conversation, Message
from bot.errors import NotFound
from bot.handover import packet, sights
from bot.handover.counter import Counter
from bot.handover.elsewhere import is_told_more, readable
from bot.handover.packet import OwnRequest, earlier_of, files_in, requests_of
from bot.handover.searching import conversation_seen
from bot.handover.store import request_seen, visible
from bot.service_requests import life_store
from bot.service_requests.draft import Answer, Draft
from bot.service_requests.life_store import Entry
from bot.service_requests.reading import shown_answers
from bot.service_requests.rules import OPEN, Status
from bot.service_requests.tables import Photo, ServiceRequest
from bot.storage.transaction import Transaction
from bot.tickets import store as tickets
from bot.tickets.tables import Ticket

LATELY = 200
"""The messages that are read."""


@dataclass(frozen=True)
class Report:
    """A request that was filed in the conversation, whole. `answers`: the form's questions with
    what was answered; `photos`: also what others have added to it."""

    reference: str
    label: str
    commune: str
    address: str | None
    precision: str | None
    description: str
    answers: Sequence[packet.Fact]
    status: Status
    filed_at: datetime
    expected_on: date | None
    is_paused: bool
    point: tuple[float, float] | None
    photos: Sequence[UUID]
    history: Sequence[Entry]

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


@dataclass(frozen=True)
class Talk:
    """`commune`: the town by which the agent may see it; `ticket`: the open one, if any; `goes_on`:
    with another town, so that it is not taken on."""

    conversation: RowMapping
    commune: str | None
    ticket: str | None
    goes_on: bool
    messages: Sequence[StoredMessage]
    reports: Sequence[Report]
    requests: Sequence[OwnRequest]
    earlier: Sequence[RowMapping]

    @property
    def photos(self) -> list[UUID]:
        """Those that citizens sent in it, and those of its reports."""
        sent = [UUID(photo) for m in self.messages for photo in photos_in(m.content)]
        return list(dict.fromkeys((*sent, *(p for one in self.reports for p in one.photos))))

    @property
    def files(self) -> list[Kept]:
        return files_in(self.messages)


async def talk(
    tx: Transaction,
    agent: Agent,
    conversation_id: UUID,
    counter: Counter,
    language: str,
    now: datetime,
) -> Talk:
    """The whole of it, as its agent reads it. Raises `NotFound`."""
    row = await check_readable(tx, agent, conversation_id)
    reports = await _reports(tx, agent, conversation_id, counter, language)
    commune = await _town_of(tx, agent, row)
    await sights.conversation_read(tx, agent, conversation_id, commune, now)
    open_one = await tickets.open_in(tx, conversation_id)
    is_theirs = open_one is not None and agent.sees(open_one["commune"])
    return Talk(
        row,
        commune,
        open_one["reference"] if open_one is not None and is_theirs else None,
        not is_theirs and (open_one is not None or await is_told_more(tx, agent, row)),
        await _messages(tx, agent, conversation_id),
        reports,
        await requests_of(tx, agent, row, counter, language),
        await earlier_of(tx, agent, row["citizen_id"]),
    )


async def check_readable(tx: Transaction, agent: Agent, conversation_id: UUID) -> RowMapping:
    """The conversation's row. Raises `NotFound` for one that is of another town, and in which
    nothing was asked of theirs."""
    has_report = exists().where(
        ServiceRequest.conversation_id == Conversation.id, request_seen(agent)
    )
    result = await tx.execute(
        select(Conversation.__table__).where(
            Conversation.id == conversation_id, or_(conversation_seen(agent), has_report)
        )
    )
    row = result.mappings().one_or_none()
    if row is None:
        raise NotFound("conversation")
    return row


async def _town_of(tx: Transaction, agent: Agent, row: RowMapping) -> str | None:
    """The town by which the agent may see a conversation, whose log their sights are for: its own,
    else that of its newest report of theirs, or of a ticket."""
    commune: str | None = row["commune"]
    if agent.sees(commune):
        return commune
    here = row["id"]
    reported = select(ServiceRequest.commune).where(
        ServiceRequest.conversation_id == here, request_seen(agent)
    )
    asked = select(Ticket.commune).where(Ticket.conversation_id == here, visible(agent))
    newest = (
        reported.order_by(ServiceRequest.filed_at.desc(), ServiceRequest.reference.desc()),
        asked.order_by(Ticket.opened_at.desc()),
    )
    for query in newest:
        commune = await tx.scalar(query.limit(1))
        if commune is not None:
            return commune
    return None


async def _messages(tx: Transaction, agent: Agent, conversation_id: UUID) -> list[StoredMessage]:
    """The last ones that are theirs to read."""
    seen = set(
        await tx.scalars(
            select(Message.seq)
            .join(Conversation, Conversation.id == Message.conversation_id)
            .where(Conversation.id == conversation_id, readable(agent))
        )
    )
    said = await conversations.latest(tx, conversation_id, LATELY)
    return [message for message in said if message.seq in seen]


async def _reports(
    tx: Transaction, agent: Agent, conversation_id: UUID, counter: Counter, language: str
) -> list[Report]:
    """Those of the agent's towns, newest first."""
    found = await tx.execute(
        select(ServiceRequest.__table__)
        .where(ServiceRequest.conversation_id == conversation_id, request_seen(agent))
        .order_by(ServiceRequest.filed_at.desc(), ServiceRequest.reference.desc())
    )
    return [await _report(tx, row, counter, language) for row in found.mappings().all()]


async def _report(tx: Transaction, row: RowMapping, counter: Counter, language: str) -> Report:
    service = counter.catalogue.find(row["service"], row["commune"])
    photos = select(Photo.id).where(Photo.reference == row["reference"]).order_by(Photo.at)
    return Report(
        reference=row["reference"],
        label=row["service"] if service is None else service.short_label.in_(language),
        commune=row["commune"],
        address=row["address"],
        precision=row["precision"],
        description=row["description"],
        answers=[] if service is None else _answers(row["answers"], service, counter, language),
        status=Status(row["status"]),
        filed_at=row["filed_at"],
        expected_on=row["planned_on"] or row["due_on"],
        is_paused=row["paused_at"] is not None,
        point=packet.point_at(row["latitude"], row["longitude"]),
        photos=list(await tx.scalars(photos)),
        history=await life_store.history(tx, row["reference"]),
    )


def _answers(
    answers: dict[str, Any], service: Any, counter: Counter, language: str
) -> list[packet.Fact]:
    draft = Draft(answers={code: Answer(value) for code, value in answers.items()})
    render = counter.words.render
    return [
        packet.Fact(field.question.in_(language), render(shown, language))
        for field, shown in shown_answers(draft, service)
    ]


async def photo_of(
    tx: Transaction, agent: Agent, conversation_id: UUID, photo: UUID, now: datetime
) -> UUID:
    """A picture of the conversation or of a report in it. Raises `NotFound` for any other."""
    row = await check_readable(tx, agent, conversation_id)
    messages = await _messages(tx, agent, conversation_id)
    of_report = exists().where(
        Photo.id == photo,
        Photo.reference == ServiceRequest.reference,
        ServiceRequest.conversation_id == conversation_id,
        request_seen(agent),
    )
    if not packet.has_photo(messages, photo) and not await tx.scalar(select(of_report)):
        raise NotFound("photo")
    await _seen(tx, agent, Action.PHOTO_SEEN, row, now)
    return photo


async def attachment_of(
    tx: Transaction, agent: Agent, conversation_id: UUID, attachment: UUID, now: datetime
) -> Kept:
    """A file that was sent in the conversation. Raises `NotFound` for any other."""
    row = await check_readable(tx, agent, conversation_id)
    messages = await _messages(tx, agent, conversation_id)
    found = await packet.sent_file(tx, conversation_id, messages, attachment)
    await _seen(tx, agent, Action.FILE_SEEN, row, now)
    return found


async def _seen(
    tx: Transaction, agent: Agent, action: Action, row: RowMapping, now: datetime
) -> None:
    commune = await _town_of(tx, agent, row)
    await audit.record_sight(tx, agent.actor, action, str(row["id"]), now, commune=commune)
