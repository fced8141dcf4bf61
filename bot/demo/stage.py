"""Where the demonstration's people act: through the product's own operations, at a given time."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, update

from bot.accounts import store as accounts
from bot.accounts.rules import Agent, Role
from bot.accounts.widget_sessions import open_visit_of
from bot.conversations import store as conversations
from bot.conversations.commit import Result, commit_turn
from bot.conversations.operations import Arrival, receive
from bot.conversations.reading import ReadTurn
from bot.conversations.rules import LEASE
from bot.conversations.tables import Conversation, Delivery
from bot.conversations.turn import Incoming, Operation, Speaker, Turn
from bot.demo.content import Content
from bot.demo.mail import FileMail
from bot.demo.rules import FIRST, LAST, SITES, chat_of, citizen_id
from bot.errors import Conflict
from bot.handover.counter import Counter
from bot.information.rules import Article
from bot.notifications import store as news
from bot.notifications.telling import Teller
from bot.service_requests.photos import PhotoFiles
from bot.service_requests.tables import Notification
from bot.storage.transaction import Transaction
from bot.words.phrases import Reply

IS_OWN = Conversation.citizen_id.between(FIRST, LAST)


@dataclass
class Person:
    """A citizen of the demonstration, in one channel. `is_on_site`: in the widget of their town's
    site."""

    number: int
    channel: str
    language: str
    commune: str
    is_on_site: bool = False
    conversation_id: UUID | None = None
    said: int = 0

    @property
    def citizen_id(self) -> UUID:
        return citizen_id(self.number)

    @property
    def address(self) -> str:
        return chat_of(self.number) if self.channel == "telegram" else str(self.citizen_id)

    @property
    def speaker(self) -> Speaker:
        if self.conversation_id is None:
            raise Conflict("nothing was said yet")
        return Speaker(self.conversation_id, self.citizen_id, self.channel)


@dataclass
class Stage:
    """`now`: the time that the step being played has; its news are told at it. `until`: when the
    month ends. `articles`: those of the metropolis, by their codes."""

    counter: Counter
    content: Content
    agents: Sequence[Agent]
    photos: PhotoFiles
    teller: Teller
    rng: random.Random
    now: datetime
    until: datetime
    file_mail: FileMail
    articles: Mapping[str, Article] = field(default_factory=dict)
    pictures: list[UUID] = field(default_factory=list)

    def pick(self, saying: str) -> str:
        """One of the sentences of that kind."""
        return self.rng.choice(self.content.sayings[saying])

    def agent_of(self, role: Role, commune: str | None = None) -> Agent:
        """The first of a role, in that town or in every one."""
        serving = (one for one in self.agents if one.role is role)
        return next(
            one
            for one in serving
            if one.communes is None or (commune is not None and commune in one.communes)
        )

    async def writes(self, tx: Transaction, person: Person, text: str, **content: Any) -> Incoming:
        """A citizen's message, stored as their channel would."""
        if person.conversation_id is None:
            await accounts.new_citizen(tx, self.now, person.citizen_id)
            if person.is_on_site:
                origin = f"https://{person.commune}.{SITES}"
                await open_visit_of(tx, person.citizen_id, origin, person.commune, self.now)
        person.said += 1
        kind = "photo" if "photo" in content else "text"
        arrival = Arrival(
            person.channel,
            person.address,
            person.citizen_id,
            f"demo:{person.number}:{person.said}",
            kind,
            text,
            content,
            person.commune,
            person.language,
        )
        accepted = await receive(tx, arrival, self.now)
        person.conversation_id = accepted.conversation_id
        return Incoming(accepted.seq, kind, text, content, self.now)

    async def exchange(
        self,
        tx: Transaction,
        person: Person,
        text: str,
        replies: Sequence[Reply],
        operations: Sequence[Operation] = (),
        content: Mapping[str, Any] | None = None,
        *,
        is_doubted: bool = False,
    ) -> list[Any]:
        """A citizen's message and the assistant's answer to it, committed as a turn is. Returns
        what the operations gave."""
        incoming = await self.writes(tx, person, text, **(content or {}))
        attempt = uuid4()
        speaker = person.speaker
        await conversations.change(
            tx, speaker.conversation_id, lease_attempt=attempt, lease_until=self.now + LEASE
        )
        kept = [_Kept(operation) for operation in operations]
        turn = Turn(
            attempt,
            speaker,
            person.language,
            person.commune,
            introduced=True,
            incoming=(incoming,),
            draft=None,
            now=self.now,
            replies=list(replies),
            operations=list(kept),
            doubted=is_doubted,
        )
        read = ReadTurn(turn, None, incoming.seq, person.commune)
        result = await commit_turn(tx, read, None, self.counter.words, self.now)
        if result is not Result.ANSWERED:
            raise Conflict(f"a turn of the demonstration was {result.name}")
        return [one.outcome for one in kept]

    async def tell(self, tx: Transaction) -> None:
        """Tell the news that the last step brought, and let every message be where it goes."""
        waiting = await tx.scalars(
            select(Notification.conversation_id)
            .join(Conversation, Conversation.id == Notification.conversation_id)
            .where(Notification.told_at.is_(None), IS_OWN)
            .order_by(Notification.seq)
        )
        for conversation_id in list(waiting):
            await self.teller.tell_one(tx, conversation_id, await news.oldest(tx, conversation_id))

    async def deliver(self, tx: Transaction) -> None:
        """Everything said so far has reached its channel: nothing of this leaves the machine."""
        own = select(Conversation.id).where(IS_OWN)
        await tx.execute(
            update(Delivery)
            .where(Delivery.status == "pending", Delivery.conversation_id.in_(own))
            .values(status="sent", sent_at=Delivery.due_at, attempts=1)
        )

    def later(self, at: datetime, shortest: timedelta, longest: timedelta) -> datetime:
        """Some time after another."""
        return at + self.rng.random() * (longest - shortest) + shortest


@dataclass
class _Kept:
    """An operation whose outcome is remembered."""

    operation: Operation
    outcome: Any = None

    async def perform(self, tx: Transaction, speaker: Speaker, now: datetime) -> Any:
        self.outcome = await self.operation.perform(tx, speaker, now)
        return self.outcome
