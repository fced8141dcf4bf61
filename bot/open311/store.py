"""Queries on keys and on published requests. What a key may do and what anybody may see is asked
here."""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, case, func, select, update
from sqlalchemy.dialects.postgresql import insert

from bot.conversations import store as conversations
from bot.errors import Conflict, Forbidden, NotFound
from bot.open311.rules import CHANNEL, Filters, Key, ListedKey, PublishedRequest
from bot.open311.tables import Open311Key
from bot.open_data.rules import Published
from bot.open_data.store import is_published
from bot.open_data.tables import LATITUDE, LONGITUDE
from bot.service_requests.photo_store import first_published
from bot.service_requests.rules import EventKind, Status
from bot.service_requests.tables import RequestEvent, ServiceRequest, StatusChange
from bot.storage.transaction import Transaction


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


async def add_key(tx: Transaction, key: Key, secret: str, now: datetime) -> None:
    """Raises `Conflict` when a key in use has that name."""
    result = await tx.execute(
        insert(Open311Key)
        .values(
            id=key.id,
            name=key.name,
            hash=_hash(secret),
            commune=key.commune,
            citizen_id=key.citizen_id,
            created_at=now,
        )
        .on_conflict_do_nothing()
        .returning(Open311Key.id)
    )
    if result.scalar_one_or_none() is None:
        raise Conflict("a key in use has that name")


async def key_of(tx: Transaction, secret: str) -> Key:
    """Raises `Forbidden` for a key that is unknown or revoked."""
    result = await tx.execute(
        select(Open311Key.id, Open311Key.name, Open311Key.commune, Open311Key.citizen_id).where(
            Open311Key.hash == _hash(secret), Open311Key.revoked_at.is_(None)
        )
    )
    row = result.one_or_none()
    if row is None:
        raise Forbidden("key")
    return Key(*row)


async def keys(tx: Transaction) -> list[ListedKey]:
    """All of them, oldest first: an operator's list."""
    result = await tx.execute(
        select(
            Open311Key.name, Open311Key.commune, Open311Key.created_at, Open311Key.revoked_at
        ).order_by(Open311Key.created_at)
    )
    return [ListedKey(*row) for row in result]


async def revoke_key(tx: Transaction, name: str, now: datetime) -> None:
    """Raises `NotFound` when no key in use has that name."""
    result = await tx.execute(
        update(Open311Key)
        .where(Open311Key.name == name, Open311Key.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    if result.rowcount == 0:
        raise NotFound("key")


async def conversation_to_file_in(
    tx: Transaction,
    key: Key,
    commune: str,
    external_id: str | None,
    language: str,
    now: datetime,
) -> tuple[UUID, str | None]:
    """A conversation of its own for one request of a key, locked, and what was filed in it before:
    the same `external_id` finds the same conversation.

    Raises `Forbidden` when the key is another town's.
    """
    if not key.serves(commune):
        raise Forbidden("commune")
    told = uuid4().hex if external_id is None else _hash(external_id)
    conversation = await conversations.conversation_of(
        tx, CHANNEL, f"{key.id}:{told}", key.citizen_id, now, commune=commune, language=language
    )
    filed = await tx.execute(
        select(ServiceRequest.reference).where(
            ServiceRequest.conversation_id == conversation["id"],
            ServiceRequest.citizen_id == key.citizen_id,  # its index
        )
    )
    return conversation["id"], filed.scalar_one_or_none()


async def published_requests(
    tx: Transaction, published: Published, key: Key | None, wanted: Filters
) -> list[PublishedRequest]:
    """Requests that anybody may see, newest first; those of its own town only for a town's key."""
    changed = (
        select(func.max(StatusChange.at))
        .where(StatusChange.reference == ServiceRequest.reference)
        .scalar_subquery()
    )
    moved = (
        select(func.max(RequestEvent.at))
        .where(
            RequestEvent.reference == ServiceRequest.reference,
            RequestEvent.kind == EventKind.MOVED.value,
        )
        .scalar_subquery()
    )
    is_ours = ServiceRequest.channel == CHANNEL
    result = await tx.execute(
        select(
            ServiceRequest.reference,
            ServiceRequest.service,
            ServiceRequest.commune,
            ServiceRequest.status,
            ServiceRequest.filed_at,
            func.coalesce(func.greatest(changed, moved), ServiceRequest.filed_at),
            ServiceRequest.address,
            case((is_ours, ServiceRequest.latitude), else_=LATITUDE),
            case((is_ours, ServiceRequest.longitude), else_=LONGITUDE),
            case((is_ours, ServiceRequest.description), else_=""),
            is_ours,
            first_published(ServiceRequest.reference),
            func.coalesce(ServiceRequest.planned_on, ServiceRequest.due_on),
        )
        .where(is_published(published), *_chosen(wanted, key))
        .order_by(ServiceRequest.filed_at.desc(), ServiceRequest.reference.desc())
        .limit(wanted.page_size)
        .offset((wanted.page - 1) * wanted.page_size)
    )
    return [
        PublishedRequest(reference, service, commune, Status(status), *rest)
        for reference, service, commune, status, *rest in result
    ]


def _chosen(wanted: Filters, key: Key | None) -> list[ColumnElement[bool]]:
    chosen = []
    if key is not None and key.commune:
        chosen.append(ServiceRequest.commune == key.commune)
    if wanted.commune is not None:
        chosen.append(ServiceRequest.commune == wanted.commune)
    if wanted.references:
        chosen.append(ServiceRequest.reference.in_(wanted.references))
    if wanted.services:
        chosen.append(ServiceRequest.service.in_(wanted.services))
    if wanted.start is not None:
        chosen.append(ServiceRequest.filed_at >= wanted.start)
    if wanted.end is not None:
        chosen.append(ServiceRequest.filed_at <= wanted.end)
    if wanted.statuses is not None:
        chosen.append(ServiceRequest.status.in_(sorted(wanted.statuses)))
    return chosen
