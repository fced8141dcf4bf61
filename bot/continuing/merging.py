"""Two citizens turn out to be one: everything of the one becomes the other's."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Table, delete, or_, select, update

from bot.accounts.tables import Citizen, WebSession
from bot.attachments.tables import Attachment
from bot.continuing import store
from bot.continuing.rules import Why
from bot.continuing.tables import Continuation
from bot.conversations.tables import Conversation
from bot.service_requests.tables import Follower, Photo, RequestEvent, ServiceRequest
from bot.storage.transaction import Transaction
from bot.tickets.tables import Ticket

MOVED: Sequence[type] = (
    Conversation,
    ServiceRequest,
    Follower,
    RequestEvent,
    Photo,
    Attachment,
    Ticket,
    WebSession,
    Continuation,
)
"""Every table whose rows belong to a citizen, by the column `citizen_id`. The citizens of
`open311_key` are applications and have no chat."""


async def merge(tx: Transaction, old: UUID, new: UUID) -> None:
    """Give everything of `old` to `new`; `old` is no more. The caller holds the conversations in
    which either is being answered.

    `old` is locked against anything that would still be added to it; that is then refused, since
    the row is gone, and whoever tries again finds `new`.
    """
    await tx.execute(select(Citizen.id).where(Citizen.id == old).with_for_update())
    await store.void_unused(tx, old, Why.REPLACED)  # each has one unused link at most
    await _follow_once(tx, old, new)
    for model in MOVED:
        table: Table = model.__table__  # type: ignore[attr-defined]  # every model has one
        await tx.execute(update(table).where(table.c.citizen_id == old).values(citizen_id=new))
    await tx.execute(delete(Citizen).where(Citizen.id == old))


async def _follow_once(tx: Transaction, old: UUID, new: UUID) -> None:
    """Who follows twice follows once, and nobody follows what they filed."""
    followed = select(Follower.reference).where(Follower.citizen_id == new)
    filed = select(ServiceRequest.reference).where(ServiceRequest.citizen_id.in_([old, new]))
    is_double: ColumnElement[bool] = or_(
        (Follower.citizen_id == old) & Follower.reference.in_(followed),
        Follower.citizen_id.in_([old, new]) & Follower.reference.in_(filed),
    )
    await tx.execute(delete(Follower).where(is_double))
