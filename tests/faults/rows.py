"""What a storm leaves in the database, by chat, without what depends on who was first."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import exists, func, select

from bot.channels.telegram.tables import TelegramUpdate
from bot.conversations.rules import photos_in
from bot.conversations.store import ANSWERED_BY_BOT
from bot.conversations.tables import Conversation, Delivery, Message
from bot.information.tables import ArticleQuestion
from bot.service_requests.tables import Photo, ServiceRequest
from bot.storage.transaction import Database
from bot.tickets.tables import Ticket

AWAY = "momentanément indisponible"
"""What a citizen reads while a killed service comes back: it is no answer."""

SERVICE = {"assistant": "service", "system": "service"}
"""Who asks for a person while the engine is away is handed over without it, in the same words."""


DAYS = re.compile(r"\b(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche) \d+\w* \w+ \d{4}\b")
"""A day as it is said: one run may begin before midnight and another after it."""


PAIR = re.compile(r"^(première|deuxième) chose \d+ de \d+$")
"""Two messages that cross on their way: which of them is first is asked by `crossings`."""


@dataclass
class Left:
    """Of one chat: what was said in order, what was filed, what was asked of people; how many of
    its messages are `unanswered`, and `undelivered`."""

    said: list[tuple[str, str, str, int]] = field(default_factory=list)
    requests: list[tuple[Any, ...]] = field(default_factory=list)
    tickets: list[tuple[Any, ...]] = field(default_factory=list)
    owner: str = ""
    unanswered: int = 0
    undelivered: int = 0


async def left_by_chat(database: Database) -> dict[str, Left]:
    """Every chat's rows, and that no update waits or failed."""
    left: dict[str, Left] = defaultdict(Left)
    async with database.transaction() as tx:
        chats = {
            row.id: row
            for row in await tx.execute(
                select(
                    Conversation.id,
                    Conversation.address,
                    Conversation.owner,
                    Conversation.citizen_id,
                ).where(Conversation.channel == "telegram")
            )
        }
        for row in await tx.execute(
            select(
                Message.conversation_id,
                Message.seq,
                Message.sender,
                Message.kind,
                Message.text,
                Message.content,
                Message.answered_by,
            ).order_by(Message.conversation_id, Message.seq)
        ):
            chat = left[chats[row.conversation_id].address]
            if AWAY in row.text:
                continue
            photos = len(photos_in(row.content))
            chat.said.append(
                (SERVICE.get(row.sender, row.sender), row.kind, without_numbers(row.text), photos)
            )
            if row.sender == "citizen" and row.answered_by is None:
                chat.unanswered += 1
        by_citizen = {row.citizen_id: row.address for row in chats.values()}
        pictures = select(func.count()).where(Photo.reference == ServiceRequest.reference)
        for row in await tx.execute(
            select(
                ServiceRequest.citizen_id,
                ServiceRequest.service,
                ServiceRequest.commune,
                ServiceRequest.address,
                ServiceRequest.description,
                ServiceRequest.status,
                pictures.scalar_subquery(),
            ).order_by(ServiceRequest.reference)
        ):
            told = [without_numbers(one) if isinstance(one, str) else one for one in tuple(row)[1:]]
            left[by_citizen[row.citizen_id]].requests.append(tuple(told))
        for row in await tx.execute(
            select(Ticket.conversation_id, Ticket.team, Ticket.subject, Ticket.status, Ticket.reach)
        ):
            left[chats[row.conversation_id].address].tickets.append(tuple(row)[1:])
        for row in await tx.execute(
            select(Delivery.conversation_id, Delivery.seq).where(Delivery.status != "sent")
        ):
            left[chats[row.conversation_id].address].undelivered += 1
        for row in chats.values():
            left[row.address].owner = row.owner
    return dict(left)


async def untaken(database: Database) -> int:
    """How many updates nobody took, or could take."""
    async with database.transaction() as tx:
        result = await tx.execute(
            select(func.count()).where(
                TelegramUpdate.taken_at.is_(None) | TelegramUpdate.error.is_not(None)
            )
        )
        return int(result.scalar_one())


async def crossings(database: Database) -> list[tuple[timedelta, bool]]:
    """Of each pair that crossed on its way: how long after the other one its first message was
    accepted, and whether they were put right."""
    async with database.transaction() as tx:
        accepted = {
            words["text"]: at
            for words, at in await tx.execute(
                select(TelegramUpdate.body["message"], TelegramUpdate.at).where(
                    TelegramUpdate.body["message"]["text"].astext.op("~")(PAIR.pattern)
                )
            )
        }
        written = await tx.scalars(
            select(Message.text)
            .where(Message.text.in_(accepted))
            .order_by(Message.conversation_id, Message.seq)
        )
        order = {text: place for place, text in enumerate(written)}
    return [
        (abs(at - accepted[second]), order[text] < order[second])
        for text, at in accepted.items()
        if text.startswith("première")
        for second in [text.replace("première", "deuxième")]
    ]


async def said_to(database: Database) -> dict[str, list[str]]:
    """By chat, what was to be sent there, in order."""
    texts: dict[str, list[str]] = defaultdict(list)
    async with database.transaction() as tx:
        for address, text in await tx.execute(
            select(Conversation.address, Message.text)
            .join(Conversation, Conversation.id == Message.conversation_id)
            .where(Message.sender != "citizen")
            .order_by(Conversation.address, Message.seq)
        ):
            texts[address].append(text)
    return dict(texts)


async def busy_chats(database: Database) -> set[int]:
    """The chats in which something waits: an update, a message for the assistant, a delivery."""
    ours = select(Conversation.address).where(Conversation.channel == "telegram")
    waiting = ours.where(
        Conversation.waiting_since.is_not(None), Conversation.owner.in_(ANSWERED_BY_BOT)
    )
    unsent = ours.join(Delivery, Delivery.conversation_id == Conversation.id).where(
        Delivery.status == "pending"
    )
    untaken = select(TelegramUpdate.chat_id).where(TelegramUpdate.taken_at.is_(None))
    async with database.transaction() as tx:
        found = [await tx.scalars(one) for one in (untaken, waiting, unsent)]
        return {int(chat_id) for some in found for chat_id in some}


async def is_settled(database: Database) -> bool:
    """Whether nothing waits any more: no update, no message for the assistant, no delivery."""
    async with database.transaction() as tx:
        waiting = select(func.count()).where(
            Conversation.waiting_since.is_not(None), Conversation.owner.in_(ANSWERED_BY_BOT)
        )
        unsent = select(func.count()).where(Delivery.status == "pending")
        counts = [int((await tx.execute(one)).scalar_one()) for one in (waiting, unsent)]
    return not any(counts) and await untaken(database) == 0


async def are_articles_measured(database: Database) -> bool:
    """Whether all of them are found by meaning: what is found by words alone may differ."""
    async with database.transaction() as tx:
        unmeasured = select(ArticleQuestion.id).where(ArticleQuestion.made_by.is_(None))
        return not await tx.scalar(select(exists(unmeasured)))


QUEUE = re.compile(
    r"avant vous|prochaine personne|Un agent vous répondra|Horaires de réponse"
    r"|Réponse probable|dans combien de temps"
)
"""All that is said of it: who was first, whether the office is open, and what is known of it."""


def without_numbers(text: str) -> str:
    """References, places in a queue and dates depend on who was first, and when."""
    if PAIR.match(text):
        return "(one of two that crossed)"
    if QUEUE.search(text):
        return "(a place in the queue)"
    return re.sub(r"\d+", "N", DAYS.sub("DAY", text))
