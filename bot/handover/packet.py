"""What an agent gets with a conversation: everything that the citizen would else repeat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import RowMapping

from bot.accounts.rules import Agent
from bot.attachments import store as attachments
from bot.attachments.rules import Kept as KeptFile
from bot.attachments.rules import kept_in
from bot.audit import store as audit
from bot.audit.rules import Action
from bot.conversations import store as conversations
from bot.conversations.rules import photos_in
from bot.conversations.store import StoredMessage
from bot.errors import NotFound
from bot.handover import store
from bot.handover.counter import Counter
from bot.handover.filling import NOT_IN_WORDS
from bot.learning import store as learning
from bot.service_requests import store as requests
from bot.service_requests.draft import Draft
from bot.service_requests.reading import shown_answers
from bot.service_requests.rules import OPEN, Status, agents_choices
from bot.service_requests.wording import state
from bot.services.rules import Service, ServiceField
from bot.storage.transaction import Transaction
from bot.tickets import redactions
from bot.tickets import store as tickets
from bot.tickets.tables import Ticket

MOST_MESSAGES = 500
MOST_EARLIER = 20


@dataclass(frozen=True)
class Fact:
    """A line of the packet, in the reader's language. `field`: the form's question that it
    answers, which the agent may answer in the citizen's place; `choices`: what it may be answered
    with, any words without."""

    name: str
    value: str
    field: str | None = None
    choices: Sequence[str] = ()


@dataclass(frozen=True)
class OwnRequest:
    """A request that the citizen filed or follows. `moves`: its place may be put right;
    `states`: into which an agent may put it; `is_here`: filed in this very conversation."""

    reference: str
    label: str
    address: str | None
    state: str
    filed_at: datetime
    commune: str
    point: tuple[float, float] | None
    moves: bool
    states: Sequence[Status] = ()
    is_here: bool = False


@dataclass(frozen=True)
class Joined:
    """A ticket that goes on in another one, and what was said there until then."""

    ticket: RowMapping
    messages: Sequence[StoredMessage]


@dataclass(frozen=True)
class Packet:
    """`understood`: an intent with its certainty and likeliest services, as the assistant read the
    message that brought a person. `form`: where it stands, `missing` being what it would still
    ask. `marks`: the mood, as codes of `signals.yml`."""

    ticket: RowMapping
    conversation: RowMapping
    understood: Mapping[str, Any]
    marks: Sequence[str]
    service: str | None
    form: Sequence[Fact]
    missing: Sequence[Fact]
    place: str | None
    point: tuple[float, float] | None
    photos: Sequence[UUID]
    files: Sequence[KeptFile]
    requests: Sequence[OwnRequest]
    earlier: Sequence[RowMapping]
    history: Sequence[RowMapping]
    messages: Sequence[StoredMessage]
    about_to: Sequence[str]
    redactions: Sequence[RowMapping]
    explained: Sequence[int]
    joined: Sequence[Joined]


async def packet(
    tx: Transaction,
    agent: Agent,
    reference: str,
    counter: Counter,
    language: str,
    now: datetime,
) -> Packet:
    """The whole context of a ticket, as its agent reads it. Raises `NotFound`."""
    ticket = await store.check_visible(tx, agent, reference)
    await _seen(tx, agent, Action.TICKET_SEEN, ticket, now)
    conversation_id = ticket["conversation_id"]
    conversation = await conversations.by_id(tx, conversation_id)
    messages = of_ticket(ticket, await conversations.latest(tx, conversation_id, MOST_MESSAGES))
    shown = {message.seq for message in messages}
    history = await tickets.history(tx, reference)
    events = {event["id"] for event in history}
    draft = await form_of(tx, ticket, now)
    service = _service(draft, counter)
    return Packet(
        ticket=ticket,
        conversation=conversation,
        understood=ticket["packet"].get("understood", {}),
        marks=ticket["packet"].get("marks", ()),
        service=None if service is None else service.label.in_(language),
        form=_form(draft, service, counter, language),
        missing=_missing(draft, service, language),
        place=draft.address,
        point=_point(draft, messages),
        photos=_photos(draft, messages),
        files=files_in(messages),
        requests=await requests_of(tx, agent, conversation, counter, language),
        earlier=await earlier_of(tx, agent, ticket["citizen_id"], but=reference),
        history=history,
        messages=messages,
        about_to=next(
            (m.content["about_to"]["say"] for m in reversed(messages) if "about_to" in m.content),
            (),
        ),
        redactions=[
            row
            for row in await redactions.of_conversations(tx, [conversation_id])
            if row["seq"] in shown or row["event_id"] in events
        ],
        explained=sorted(shown.intersection(await learning.proposed_in(tx, conversation_id))),
        joined=[
            *await _part_of(tx, agent, ticket, now),
            *await _joined(tx, agent, reference, now),
        ],
    )


async def _joined(tx: Transaction, agent: Agent, reference: str, now: datetime) -> list[Joined]:
    """The tickets that go on in this one. One of another town is not shown to who does not serve
    it."""
    found = await tx.execute(
        select(Ticket.__table__)
        .where(Ticket.merged_into == reference, store.visible(agent))
        .order_by(Ticket.opened_at)
    )
    joined = []
    for ticket in found.mappings().all():
        await _seen(tx, agent, Action.TICKET_SEEN, ticket, now)
        said = await conversations.latest(tx, ticket["conversation_id"], MOST_MESSAGES)
        joined.append(Joined(ticket, of_ticket(ticket, said)))
    return joined


async def _part_of(
    tx: Transaction, agent: Agent, ticket: RowMapping, now: datetime
) -> list[Joined]:
    """The messages of another ticket of which this one was made."""
    whole = ticket["split_from"]
    if whole is None:
        return []
    try:
        first = await store.check_visible(tx, agent, whole)
    except NotFound:
        return []
    await _seen(tx, agent, Action.TICKET_SEEN, first, now)
    events = await tickets.history(tx, whole)
    seqs = next(
        (e["data"]["seqs"] for e in events if e["data"].get("other") == ticket["reference"]), ()
    )
    said = await conversations.latest(tx, first["conversation_id"], MOST_MESSAGES)
    return [Joined(first, [message for message in said if message.seq in seqs])]


def of_ticket(ticket: RowMapping, messages: Sequence[StoredMessage]) -> list[StoredMessage]:
    """What was said up to the ticket's end: what came later in the conversation is not its own."""
    ended = ticket["closed_at"]
    return [m for m in messages if ended is None or m.at <= ended]


async def form_of(tx: Transaction, ticket: RowMapping, now: datetime) -> Draft:
    """The form that its citizen is filling in. Once the ticket is over, it may be for another
    town: then an empty one."""
    if ticket["closed_at"] is not None:
        return Draft()
    return await requests.draft_of(tx, ticket["conversation_id"], now) or Draft()


def _service(draft: Draft, counter: Counter) -> Service | None:
    if draft.service is None:
        return None
    return counter.catalogue.find(draft.service, draft.commune)


def _form(draft: Draft, service: Service | None, counter: Counter, language: str) -> list[Fact]:
    if service is None:
        return []
    render = counter.words.render
    return [
        Fact(
            field.question.in_(language),
            render(shown, language),
            field.code if field.kind not in NOT_IN_WORDS else None,
            _choices(field, language),
        )
        for field, shown in shown_answers(draft, service)
    ]


def _missing(draft: Draft, service: Service | None, language: str) -> list[Fact]:
    if service is None:
        return []
    known = {*draft.answers, *draft.skipped}
    return [
        Fact(field.question.in_(language), "", field.code, _choices(field, language))
        for field in service.fields
        if field.code not in known and field.kind not in NOT_IN_WORDS
    ]


def _choices(field: ServiceField, language: str) -> list[str]:
    return [choice.label.in_(language) for choice in field.choices]


def _point(draft: Draft, messages: Sequence[StoredMessage]) -> tuple[float, float] | None:
    if draft.latitude is not None and draft.longitude is not None:
        return draft.latitude, draft.longitude
    for message in reversed(messages):
        if message.kind == "location":
            return message.content["latitude"], message.content["longitude"]
    return None


def point_at(latitude: float | None, longitude: float | None) -> tuple[float, float] | None:
    return None if latitude is None or longitude is None else (latitude, longitude)


def _photos(draft: Draft, messages: Sequence[StoredMessage]) -> list[UUID]:
    sent = [photo for m in messages for photo in photos_in(m.content)]
    return [UUID(photo) for photo in dict.fromkeys((*draft.photos, *sent))]


def files_in(messages: Sequence[StoredMessage]) -> list[KeptFile]:
    found = (kept_in(m.content) for m in messages if m.kind == "file")
    return [kept for kept in found if kept is not None]


async def requests_of(
    tx: Transaction, agent: Agent, conversation: RowMapping, counter: Counter, language: str
) -> list[OwnRequest]:
    """Those of the conversation's citizen in the agent's towns, across channels."""
    citizen_id = conversation["citizen_id"]
    here = set(await requests.filed_in(tx, conversation["id"]))
    shown = []
    for row in await requests.of_citizen(tx, citizen_id):
        if not agent.sees(row.commune):
            continue
        service = counter.catalogue.find(row.service, row.commune)
        shown.append(
            OwnRequest(
                row.reference,
                row.service if service is None else service.short_label.in_(language),
                row.address,
                counter.words.render(state(row.status, is_own=row.is_own), language),
                row.filed_at,
                row.commune,
                point_at(row.latitude, row.longitude),
                row.is_own and row.status in OPEN,
                agents_choices(row.status) if row.is_own else (),
                row.reference in here,
            )
        )
    return shown


async def earlier_of(
    tx: Transaction, agent: Agent, citizen_id: UUID, *, but: str = ""
) -> list[RowMapping]:
    """The citizen's tickets that this agent may see, newest first. `but`: the one that is looked
    at."""
    result = await tx.execute(
        select(
            Ticket.reference,
            Ticket.subject,
            Ticket.status,
            Ticket.summary,
            Ticket.opened_at,
            Ticket.score,
        )
        .where(
            Ticket.citizen_id == citizen_id,
            Ticket.reference != but,
            store.visible(agent),
        )
        .order_by(Ticket.opened_at.desc())
        .limit(MOST_EARLIER)
    )
    return list(result.mappings())


async def attachment_of(
    tx: Transaction, agent: Agent, reference: str, attachment: UUID, now: datetime
) -> KeptFile:
    """A file of a ticket's conversation. Raises `NotFound` for any other."""
    ticket = await store.check_visible(tx, agent, reference)
    conversation_id = ticket["conversation_id"]
    messages = of_ticket(ticket, await conversations.latest(tx, conversation_id, MOST_MESSAGES))
    found = await sent_file(tx, conversation_id, messages, attachment)
    await _seen(tx, agent, Action.FILE_SEEN, ticket, now)
    return found


async def sent_file(
    tx: Transaction, conversation_id: UUID, messages: Sequence[StoredMessage], attachment: UUID
) -> KeptFile:
    """A file of a conversation, if one of these messages brought it. Raises `NotFound`."""
    found = await attachments.in_conversation(tx, conversation_id, attachment)
    if found is None or found.id not in [kept.id for kept in files_in(messages)]:
        raise NotFound("file")
    return found


def has_photo(messages: Sequence[StoredMessage], photo: UUID) -> bool:
    """Whether one of these messages brought that picture."""
    return any(str(photo) in photos_in(m.content) for m in messages)


async def photo_of(
    tx: Transaction, agent: Agent, reference: str, photo: UUID, now: datetime
) -> UUID:
    """A picture of a ticket's conversation. Raises `NotFound` for any other."""
    ticket = await store.check_visible(tx, agent, reference)
    messages = of_ticket(
        ticket, await conversations.latest(tx, ticket["conversation_id"], MOST_MESSAGES)
    )
    if not has_photo(messages, photo):
        raise NotFound("photo")
    await _seen(tx, agent, Action.PHOTO_SEEN, ticket, now)
    return photo


async def _seen(
    tx: Transaction, agent: Agent, action: Action, ticket: RowMapping, now: datetime
) -> None:
    """No sight without its line: both are of one transaction."""
    reference, commune = ticket["reference"], ticket["commune"]
    await audit.record_sight(tx, agent.actor, action, reference, now, commune=commune)
