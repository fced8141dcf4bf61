"""What one page is told of its conversation: what it does not have yet, and what is true now."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.engine import RowMapping

from bot.accounts import widget_sessions
from bot.conversations import store
from bot.conversations.rules import Owner, photos_in
from bot.conversations.store import StoredMessage
from bot.errors import SignedOut
from bot.parts import Service
from bot.service_requests import photo_store
from bot.storage.tables import utc_now
from bot.storage.transaction import Transaction
from bot.tickets import operations as tickets
from bot.tickets import store as ticket_store
from bot.web import exchange
from bot.web.shapes import Author, Button, Picture
from bot.web.widget.cards import cards_of
from bot.web.widget.places import Point, names_of
from bot.web.widget.shapes import Card, InQueue, Link, State, WidgetEvent, WithAgent
from bot.words.phrases import say

PAGE = 50
"""Messages that are read and sent at once: however long a conversation is, and however slowly it
is read, no more of it is in memory."""
PAGE_BYTES = 256 * 1024
"""Of these messages; a single longer one is a page."""


@dataclass(frozen=True)
class Reading:
    """One look at a conversation. `last`: its newest number; `through`: everything up to it was
    looked at, and is in `events` unless it is not for pages; `conversation_id`: None before it
    began. `start`: the number that was read from, 0 where the one asked for was another
    conversation's, or is not reached any more; `epoch` stands for the conversation."""

    conversation_id: UUID | None
    citizen_id: UUID
    start: int
    epoch: str
    last: int
    through: int
    events: Sequence[WidgetEvent]
    state: State

    @property
    def is_whole(self) -> bool:
        """Whether nothing more was there."""
        return self.through >= self.last


@dataclass(frozen=True, slots=True)
class Feed:
    """Reads for one page of an open session, in one language."""

    service: Service
    visit_id: UUID
    language: str

    async def read(self, after: int, epoch: str = "") -> Reading:
        """In one transaction, after which places get their names. `epoch`: of the conversation
        that `after` is a number of, where that is known. Raises `SignedOut` once the session is no
        more."""
        async with self.service.database.transaction() as tx:
            citizen_id = await widget_sessions.citizen_in(tx, self.visit_id, utc_now())
            if citizen_id is None:
                raise SignedOut("session")
            conversation = await store.conversation_at(tx, "web", str(citizen_id))
            if conversation is None:
                return Reading(None, citizen_id, 0, "", 0, 0, [], nothing_said(self.service))
            last, true_epoch = conversation["last_seq"], epoch_of(conversation["id"])
            start = after if after <= last and epoch in ("", true_epoch) else 0
            stored = await store.spoken_in(tx, conversation, start, PAGE, PAGE_BYTES)
            events = await self._events(tx, conversation, exchange.shown_of(stored))
            state = await state_of(tx, self.service, conversation)
        names = await names_of(self.service, _unnamed(stored))
        events = [
            one.model_copy(update={"text": names[one.seq]}) if one.seq in names else one
            for one in events
        ]
        # Where nothing is left, numbers that nothing has are no reason to look again.
        through = stored[-1].seq if stored else last
        return Reading(
            conversation["id"], citizen_id, start, true_epoch, last, through, events, state
        )

    async def _events(
        self, tx: Transaction, conversation: RowMapping, messages: Sequence[StoredMessage]
    ) -> list[WidgetEvent]:
        if not messages:
            return []
        citizen_id = conversation["citizen_id"]
        visible = await exchange.visible_photos(tx, citizen_id, messages)
        kept = await _kept(tx, messages)
        told = sorted({str(m.content["reference"]) for m in messages if m.content.get("reference")})
        cards: dict[str, Card] = {}
        if told:
            cards = await cards_of(tx, self.service, citizen_id, told, self.language)
        alt, now = self.service.words.render(say("card.own_photo"), self.language), utc_now()
        return [
            event(
                message,
                cards,
                exchange.own_photos(self.service, message, kept, alt, now)
                + exchange.shown_photos(self.service, message, visible, now),
            )
            for message in messages
        ]


def _unnamed(messages: Sequence[StoredMessage]) -> list[Point]:
    """Points that came without a name."""
    return [
        Point(m.seq, m.content["latitude"], m.content["longitude"])
        for m in messages
        if m.kind == "location" and not m.text and "latitude" in m.content
    ]


async def _kept(tx: Transaction, messages: Sequence[StoredMessage]) -> set[UUID]:
    """Of the pictures that the citizen sent, those that are still there."""
    sent = [UUID(one) for m in messages if m.sender == "citizen" for one in photos_in(m.content)]
    return await photo_store.known_photos(tx, sent) if sent else set()


def event(
    message: StoredMessage, cards: dict[str, Card], photos: Sequence[dict[str, str]]
) -> WidgetEvent:
    """A message as the widget has it."""
    said, sent = exchange.said(message), exchange.sent(message.content)
    return WidgetEvent(
        seq=message.seq,
        id=said["id"],
        sender=said["sender"],
        kind=said["kind"],
        text=message.text,
        language=message.content.get("language"),
        buttons=[Button(**button) for button in said["buttons"]],
        expects=said["expects"],
        reference=said["reference"],
        card=cards.get(said["reference"] or ""),
        author=None if said["author"] is None else Author(**said["author"]),
        photos=[Picture(**photo) for photo in photos],
        links=[_link(one) for one in message.content.get("links", ())],
        what=sent["what"],
        edits=sent["edits"],
        at=message.at,
    )


def _link(stored: dict[str, str | None]) -> Link:
    read = stored.get("checked_on")
    return Link(
        title=stored["title"] or "",
        url=stored["url"] or "",
        checked_on=None if read is None else date.fromisoformat(read),
    )


def nothing_said(service: Service) -> State:
    """The state of a conversation that has not begun."""
    return State(
        assistant=service.assistant.phase,
        owner=Owner.BOT,
        waiting=None,
        thinking=False,
        typing=None,
        read_through=0,
        agent=None,
        queue=None,
    )


async def state_of(tx: Transaction, service: Service, conversation: RowMapping) -> State:
    """What is true now of a conversation."""
    owner = Owner(conversation["owner"])
    signs = exchange.signs_in(service, conversation)
    is_waiting = conversation["waiting_since"] is not None
    agent, queue = None, None
    if owner in (Owner.AGENT, Owner.QUEUED):
        ticket = await ticket_store.open_in(tx, conversation["id"])
        if ticket is not None and owner is Owner.AGENT:
            agent = _agent(service, ticket)
        elif ticket is not None:
            queue = await _queue(tx, service, ticket)
    return State(
        assistant=service.assistant.phase,
        owner=owner,
        waiting=exchange.waiting_for(service, conversation, is_waiting),
        thinking=is_waiting and owner.value in store.ANSWERED_BY_BOT,
        typing=signs.typing or None,
        read_through=signs.read_through,
        agent=agent,
        queue=queue,
    )


def _agent(service: Service, ticket: RowMapping) -> WithAgent | None:
    if ticket["assignee_name"] is None:
        return None
    label = service.counter.team(ticket["team"]).label
    return WithAgent(name=ticket["assignee_name"], team_fr=label.fr, team_en=label.en)


async def _queue(tx: Transaction, service: Service, ticket: RowMapping) -> InQueue:
    wait = await tickets.wait_of(tx, ticket, service.counter.team(ticket["team"]), utc_now())
    minutes = None
    if wait.likely is not None:
        minutes = max(1, math.ceil(wait.likely / timedelta(minutes=1)))
    return InQueue(
        reference=ticket["reference"],
        ahead=wait.place,
        minutes=minutes,
        opens_at=wait.opens_at,
    )


def epoch_of(conversation_id: UUID) -> str:
    """What stands for a conversation among those that a client has known."""
    return hashlib.sha256(conversation_id.bytes).hexdigest()[:12]


def key_of(state: State) -> str:
    """What stands for a state: another one has another key."""
    return hashlib.sha256(state.model_dump_json().encode()).hexdigest()[:16]
