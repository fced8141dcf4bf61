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
from bot.conversations import store as conversations
from bot.conversations.rules import photos_in
from bot.conversations.store import StoredMessage
from bot.errors import NotFound
from bot.handover import store
from bot.handover.counter import Counter
from bot.handover.filling import NOT_IN_WORDS
from bot.service_requests import store as requests
from bot.service_requests.draft import Draft
from bot.service_requests.reading import shown_answers
from bot.service_requests.wording import state
from bot.services.rules import Service, ServiceField
from bot.storage.transaction import Transaction
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
    """A request that the citizen filed or follows."""

    reference: str
    label: str
    address: str | None
    state: str
    filed_at: datetime


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
    conversation_id = ticket["conversation_id"]
    conversation = await conversations.by_id(tx, conversation_id)
    messages = of_ticket(ticket, await conversations.latest(tx, conversation_id, MOST_MESSAGES))
    draft = await requests.draft_of(tx, conversation_id, now) or Draft()
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
        files=_files(messages),
        requests=await _requests(tx, agent, ticket["citizen_id"], counter, language),
        earlier=await _earlier(tx, agent, ticket),
        history=await tickets.history(tx, reference),
        messages=messages,
        about_to=next(
            (m.content["about_to"]["say"] for m in reversed(messages) if "about_to" in m.content),
            (),
        ),
    )


def of_ticket(ticket: RowMapping, messages: Sequence[StoredMessage]) -> list[StoredMessage]:
    """What was said up to the ticket's end: what came later in the conversation is not its own."""
    ended = ticket["closed_at"]
    return [m for m in messages if ended is None or m.at <= ended]


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


def _photos(draft: Draft, messages: Sequence[StoredMessage]) -> list[UUID]:
    sent = [photo for m in messages for photo in photos_in(m.content)]
    return [UUID(photo) for photo in dict.fromkeys((*draft.photos, *sent))]


def _files(messages: Sequence[StoredMessage]) -> list[KeptFile]:
    found = (kept_in(m.content) for m in messages if m.kind == "file")
    return [kept for kept in found if kept is not None]


async def _requests(
    tx: Transaction, agent: Agent, citizen_id: UUID, counter: Counter, language: str
) -> list[OwnRequest]:
    """The citizen's own in the agent's towns, across channels."""
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
            )
        )
    return shown


async def _earlier(tx: Transaction, agent: Agent, ticket: RowMapping) -> list[RowMapping]:
    """The citizen's other tickets that this agent may see, newest first."""
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
            Ticket.citizen_id == ticket["citizen_id"],
            Ticket.reference != ticket["reference"],
            store.visible(agent),
        )
        .order_by(Ticket.opened_at.desc())
        .limit(MOST_EARLIER)
    )
    return list(result.mappings())


async def attachment_of(
    tx: Transaction, agent: Agent, reference: str, attachment: UUID
) -> KeptFile:
    """A file of a ticket's conversation. Raises `NotFound` for any other."""
    ticket = await store.check_visible(tx, agent, reference)
    conversation_id = ticket["conversation_id"]
    messages = of_ticket(ticket, await conversations.latest(tx, conversation_id, MOST_MESSAGES))
    found = await attachments.in_conversation(tx, conversation_id, attachment)
    if found is None or found.id not in [kept.id for kept in _files(messages)]:
        raise NotFound("file")
    return found


async def photo_of(tx: Transaction, agent: Agent, reference: str, photo: UUID) -> UUID:
    """A picture of a ticket's conversation. Raises `NotFound` for any other."""
    ticket = await store.check_visible(tx, agent, reference)
    messages = of_ticket(
        ticket, await conversations.latest(tx, ticket["conversation_id"], MOST_MESSAGES)
    )
    if not any(str(photo) in photos_in(m.content) for m in messages):
        raise NotFound("photo")
    return photo
