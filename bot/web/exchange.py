"""What the web page and the terminal share: accept a message, hand out events, say no."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from aiohttp import web
from sqlalchemy.engine import RowMapping

from bot.accounts.throttling import Slowed
from bot.conversations import store
from bot.conversations.operations import Accepted, Arrival, receive
from bot.conversations.rules import Owner, photos_in
from bot.conversations.store import StoredMessage
from bot.conversations.typists import CITIZEN, announce
from bot.errors import (
    Conflict,
    DomainError,
    Forbidden,
    GoesOn,
    Invalid,
    NotFound,
    SignedOut,
    Unavailable,
    Unseen,
)
from bot.files.pictures import Size
from bot.handover.rules import Taken
from bot.parts import Service
from bot.service_requests import photo_store
from bot.service_requests.photos import file_name
from bot.storage.tables import utc_now
from bot.storage.transaction import Transaction
from bot.web.rate import TooMany

PHOTOS = "/photos"

STATUSES: dict[type[DomainError], int] = {
    Invalid: 400,
    Forbidden: 403,
    SignedOut: 403,
    NotFound: 404,
    Conflict: 409,
    Taken: 409,
    Unseen: 409,
    GoesOn: 409,
    Unavailable: 503,
    TooMany: 429,
    Slowed: 429,
}


def refused(service: Service, error: DomainError) -> web.Response:
    """The one place where a domain error becomes a status, and is counted."""
    service.metrics.refused(error.code)
    body: dict[str, Any] = {"error": error.code}
    if isinstance(error, Invalid):
        body["field"] = error.field
        if error.reason is not None:
            body["reason"] = error.reason
    if isinstance(error, Taken):
        body["name"] = error.name
    return web.json_response(body, status=status_of(error))


def status_of(error: DomainError) -> int:
    """What a refusal is in HTTP: that of its own kind, else of the kind above."""
    return next((STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), 400)


async def accept(service: Service, arrival: Arrival) -> dict[str, Any]:
    """Store a message; what comes back is said only once it is committed."""
    accepted = await take(service, arrival)
    return {"accepted": accepted.seq, "repeated": accepted.repeated, "owner": accepted.owner}


async def take(service: Service, arrival: Arrival) -> Accepted:
    """The same, for doors that say it in other words."""
    async with service.database.transaction() as tx:
        accepted = await take_in(tx, arrival)
    wake(service, accepted)
    return accepted


async def take_in(tx: Transaction, arrival: Arrival) -> Accepted:
    """The same in a transaction that the door has opened; after it, `wake`."""
    accepted = await receive(tx, arrival, utc_now())
    if accepted.owner == Owner.AGENT.value:
        await announce(tx, accepted.conversation_id, CITIZEN, is_typing=False)
    return accepted


def wake(service: Service, accepted: Accepted) -> None:
    """Whoever answers what was taken."""
    if service.worker is not None and accepted.owner in store.ANSWERED_BY_BOT:
        service.worker.wake()


async def announce_typing(service: Service, conversation: RowMapping | None) -> None:
    """The citizen is writing: heard while an agent has the conversation, else by nobody."""
    if conversation is not None and conversation["owner"] == Owner.AGENT.value:
        async with service.database.transaction() as tx:
            await announce(tx, conversation["id"], CITIZEN)


def nothing_said(service: Service) -> dict[str, Any]:
    """The events of a conversation that has not begun."""
    return {
        "events": [],
        "waiting": None,
        "thinking": False,
        "owner": "bot",
        "assistant": service.assistant.phase,
        "typing": None,
        "read_through": 0,
    }


@dataclass(frozen=True)
class Signs:
    """What a reader sees beside messages: the first name of an agent who is writing, and the last
    message that an agent has read."""

    typing: str
    read_through: int


async def events_after(
    service: Service,
    conversation: RowMapping,
    after: int,
    *,
    wait_s: float,
    known: Signs | None = None,
) -> dict[str, Any]:
    """What was said after a number, waiting a while for something to be said, for signs other than
    the `known` ones, or until too many others wait for the same.

    Asking for what comes after a number says that everything up to it was shown.
    """
    conversation_id = conversation["id"]
    reader = service.live.subscribe(conversation_id)
    try:
        deadline = asyncio.get_running_loop().time() + wait_s
        while True:
            reader.woken.clear()
            async with service.database.transaction() as tx:
                current, stored = await store.spoken_after(tx, conversation_id, after)
                messages = shown_of(stored)
                visible = await visible_photos(tx, current["citizen_id"], messages)
                await shown_through(tx, current, after)
            is_waiting = current["waiting_since"] is not None
            signs = signs_in(service, current)
            left_s = deadline - asyncio.get_running_loop().time()
            has_news = bool(messages) or (known is not None and signs != known)
            if has_news or left_s <= 0 or reader.has_to_leave:
                break
            ends_in_s = service.live.typing.ends_in_s(conversation_id)
            try:
                async with asyncio.timeout(left_s if ends_in_s is None else min(left_s, ends_in_s)):
                    await reader.woken.wait()
            except TimeoutError:
                continue
    finally:
        service.live.unsubscribe(conversation_id, reader)
    return {
        "events": [
            {
                **said(m),
                **sent(m.content),
                "photos": shown_photos(service, m, visible, utc_now()),
            }
            for m in messages
        ],
        "waiting": waiting_for(service, current, is_waiting),
        "thinking": is_waiting and current["owner"] in store.ANSWERED_BY_BOT,
        "owner": current["owner"],
        "assistant": service.assistant.phase,
        "typing": signs.typing or None,
        "read_through": signs.read_through,
    }


def shown_of(stored: Sequence[StoredMessage]) -> list[StoredMessage]:
    """Those of a conversation's messages that its citizen is shown on a page."""
    return [m for m in stored if not (m.content.get("silent") or m.content.get("only"))]


async def shown_through(tx: Transaction, conversation: RowMapping, seq: int) -> None:
    """A page says that everything up to a number was shown; an agent is told what of theirs has
    arrived."""
    if seq <= 0 or not await store.delivered_through(tx, conversation["id"], seq, utc_now()):
        return
    if conversation["owner"] == Owner.AGENT.value:
        await store.notify(tx, store.EVENTS, str(conversation["id"]))


def said(message: StoredMessage) -> dict[str, Any]:
    """A message as every page has it."""
    return {
        "seq": message.seq,
        "id": message.external_id if message.sender == "citizen" else None,
        "sender": message.sender,
        "kind": message.kind,
        "text": message.text,
        "buttons": message.content.get("buttons", []),
        "expects": message.content.get("expects"),
        "reference": message.content.get("reference"),
        "author": message.content.get("author"),
        "at": message.at.isoformat(),
    }


def sent(content: Mapping[str, Any]) -> dict[str, Any]:
    """What a citizen sent that is no words."""
    photos = photos_in(content)
    file = content.get("file") or content
    return {
        "photo": photos[0] if photos else None,
        "album": list(photos) if len(photos) > 1 else [],
        "what": file.get("what"),
        "edits": content.get("edits"),
    }


def signs_in(service: Service, conversation: RowMapping) -> Signs:
    """What the citizen sees now beside messages."""
    writing = service.live.typing.who(conversation["id"])
    return Signs(next((who.name for who in writing if who.name), ""), conversation["read_by_agent"])


async def visible_photos(
    tx: Transaction, citizen_id: UUID, messages: Sequence[StoredMessage]
) -> dict[UUID, bool]:
    """Of the pictures in these messages, those that their reader may see now; see `shown_to`."""
    photos = [UUID(one["photo"]) for m in messages for one in m.content.get("photos", ())]
    return await photo_store.shown_to(tx, citizen_id, photos) if photos else {}


def shown_photos(
    service: Service, message: StoredMessage, visible: Mapping[UUID, bool], now: datetime
) -> list[dict[str, str]]:
    """A message's pictures with their addresses: a published one's is stable, one's own is a link
    that expires, made anew whenever the message is read."""
    shown = []
    for one in message.content.get("photos", ()):
        photo = UUID(one["photo"])
        if photo not in visible:
            continue
        urls = {
            size.value: public_url(photo, size)
            if visible[photo]
            else _link(service, photo, size, now)
            for size in Size
        }
        shown.append({"alt": one["alt"], **urls})
    return shown


def own_photos(
    service: Service, message: StoredMessage, kept: Collection[UUID], alt: str, now: datetime
) -> list[dict[str, str]]:
    """The pictures that a citizen's message carries, as links for its author alone; those among
    `kept`, which the sweep has left."""
    if message.sender != "citizen":
        return []
    return [
        {"alt": alt, **{s.value: _link(service, UUID(photo), s, now) for s in Size}}
        for photo in photos_in(message.content)
        if UUID(photo) in kept
    ]


def _link(service: Service, photo: UUID, size: Size, now: datetime) -> str:
    return f"{PHOTOS}/shown/{service.links.sign(photo, size, now)}"


def public_url(photo: UUID, size: Size = Size.FULL) -> str:
    """Where anybody sees a published picture."""
    return f"{PHOTOS}/{file_name(photo, size)}"


def waiting_for(
    service: Service, conversation: RowMapping, is_waiting: bool
) -> Literal["agent", "engine"] | None:
    """Why nobody answers now: an agent has the conversation, or the engine is away."""
    if conversation["owner"] == "agent":
        return "agent"
    if is_waiting and not service.is_ready():
        return "engine"
    return None
