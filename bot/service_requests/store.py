"""Queries on requests and drafts. A citizen reads only what is theirs: asked here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, delete, exists, func, or_, select, text, update
from sqlalchemy import case as case_when
from sqlalchemy.dialects.postgresql import insert

from bot.errors import NotFound
from bot.places.addresses import public_address
from bot.places.rules import public_point
from bot.service_requests import draft as drafts
from bot.service_requests.rules import DRAFT_KEPT_FOR, Actor, Status
from bot.service_requests.tables import (
    EXPECTED_ON,
    IS_OPEN,
    Draft,
    Follower,
    ServiceRequest,
    StatusChange,
)
from bot.service_requests.twins import YOUNGER_THAN, Twin, box_around, metres, place_key
from bot.storage.transaction import Transaction
from bot.tickets.store import announce

MOST_TWINS = 200
"""Rows that are looked at; more in one circle are the same ones again."""
LONGEST_COMMENT = 4000


@dataclass(frozen=True)
class RequestRow:
    """A request as its citizen sees it."""

    reference: str
    service: str
    commune: str
    address: str | None
    status: Status
    filed_at: datetime
    changed_at: datetime
    latitude: float | None = None
    longitude: float | None = None
    is_own: bool = True  # else somebody else filed it, and this citizen follows it
    due_on: date | None = None  # the last day of its objective
    planned_on: date | None = None
    is_paused: bool = False  # the objective's clock stands still: something was asked
    precision: str | None = None  # of one's own request only

    @property
    def place(self) -> drafts.Place:
        return drafts.Place(
            self.address, self.latitude, self.longitude, self.commune, self.precision
        )


@dataclass(frozen=True)
class FollowerRow:
    """A citizen who follows a request, where they are told, and what they added."""

    citizen_id: UUID
    conversation_id: UUID
    comment: str


async def draft_of(tx: Transaction, conversation_id: UUID, now: datetime) -> drafts.Draft | None:
    """The draft of a conversation, unless it is older than its keeping time."""
    result = await tx.execute(
        select(Draft.data).where(
            Draft.conversation_id == conversation_id,
            Draft.updated_at > now - DRAFT_KEPT_FOR,
        )
    )
    data = result.scalar_one_or_none()
    return None if data is None else drafts.from_json(data)


async def save_draft(
    tx: Transaction, conversation_id: UUID, draft: drafts.Draft | None, now: datetime
) -> None:
    """Replace the draft, or drop it."""
    if draft is None:
        await tx.execute(delete(Draft).where(Draft.conversation_id == conversation_id))
        return
    values = {"data": drafts.to_json(draft), "updated_at": now}
    await tx.execute(
        insert(Draft)
        .values(conversation_id=conversation_id, **values)
        .on_conflict_do_update(index_elements=["conversation_id"], set_=values)
    )


async def drop_drafts(tx: Transaction, before: datetime) -> int:
    """Drop drafts last changed by that time. Returns how many."""
    result = await tx.execute(delete(Draft).where(Draft.updated_at <= before))
    return int(result.rowcount)


async def add(tx: Transaction, **values: Any) -> None:
    """Store a new request with its first state."""
    await tx.execute(insert(ServiceRequest).values(status=Status.NEW.value, **values))
    await append_status(
        tx, values["reference"], Status.NEW, Actor.CITIZEN, None, values["filed_at"]
    )


async def append_status(
    tx: Transaction,
    reference: str,
    status: Status,
    actor: Actor,
    reason: str | None,
    at: datetime,
) -> None:
    """Add a step to a request's history."""
    await tx.execute(
        insert(StatusChange).values(
            id=uuid4(),
            reference=reference,
            status=status.value,
            actor=actor.value,
            reason=reason,
            at=at,
        )
    )
    await tx.execute(
        update(ServiceRequest)
        .where(ServiceRequest.reference == reference)
        .values(status=status.value)
    )
    await announce(tx, reference)  # agents have a list of what is not settled


async def of_citizen(
    tx: Transaction, citizen_id: UUID, limit: int = 20, *, among: Sequence[str] | None = None
) -> list[RequestRow]:
    """What a citizen filed or follows, newest first; of the references `among`, where given."""
    follows = exists().where(
        Follower.reference == ServiceRequest.reference, Follower.citizen_id == citizen_id
    )
    changed = (
        select(StatusChange.at)
        .where(StatusChange.reference == ServiceRequest.reference)
        .order_by(StatusChange.at.desc())
        .limit(1)
        .scalar_subquery()
    )
    result = await tx.execute(
        select(
            ServiceRequest.reference,
            ServiceRequest.service,
            ServiceRequest.commune,
            ServiceRequest.address,
            ServiceRequest.status,
            ServiceRequest.filed_at,
            changed,
            ServiceRequest.latitude,
            ServiceRequest.longitude,
            ServiceRequest.citizen_id == citizen_id,
            ServiceRequest.due_on,
            ServiceRequest.planned_on,
            ServiceRequest.paused_at.is_not(None),
            case_when((ServiceRequest.citizen_id == citizen_id, ServiceRequest.precision)),
        )
        .where(
            or_(ServiceRequest.citizen_id == citizen_id, follows),
            *(() if among is None else (ServiceRequest.reference.in_(among),)),
        )
        .order_by(ServiceRequest.filed_at.desc(), ServiceRequest.reference.desc())
        .limit(limit)
    )
    return [_row(*row) for row in result]


def _row(  # noqa: PLR0913, PLR0917  (a row has that many columns)
    reference: str,
    service: str,
    commune: str,
    address: str | None,
    status: str,
    filed_at: datetime,
    changed_at: datetime,
    latitude: float | None,
    longitude: float | None,
    is_own: bool,
    *others: Any,
) -> RequestRow:
    """Who follows somebody else's request sees of its place what everybody sees."""
    if not is_own:
        address, latitude, longitude = public_address(address), None, None
    return RequestRow(
        reference,
        service,
        commune,
        address,
        Status(status),
        filed_at,
        changed_at,
        latitude,
        longitude,
        is_own,
        *others,
    )


_TWINS = text(f"""
SELECT reference, service, commune, address, description, status, filed_at, latitude, longitude,
    citizen_id, planned_on
FROM service_request
WHERE {IS_OPEN} AND service = ANY(:services) AND filed_at > :since
    AND point(longitude, latitude) <@ box(point(:west, :south), point(:east, :north))
UNION
SELECT reference, service, commune, address, description, status, filed_at, latitude, longitude,
    citizen_id, planned_on
FROM service_request
WHERE {IS_OPEN} AND service = ANY(:services) AND filed_at > :since
    AND commune = :commune AND place_key = :place_key
LIMIT :most
""")  # noqa: S608  (a constant of the tables)


async def twins(
    tx: Transaction,
    citizen_id: UUID,
    draft: drafts.Draft,
    services: Sequence[str],
    radius_m: float,
    now: datetime,
) -> list[Twin]:
    """Open requests of these services within the radius of a draft's point or at its very address,
    this citizen's own among them. In no order; `twins.ranked` judges them."""
    box = (
        box_around(draft.latitude, draft.longitude, radius_m)
        if draft.latitude is not None and draft.longitude is not None
        else None
    )
    result = await tx.execute(
        _TWINS,
        {
            "services": list(services),
            "since": now - YOUNGER_THAN,
            "west": box and box.west,
            "south": box and box.south,
            "east": box and box.east,
            "north": box and box.north,
            "commune": draft.commune,
            "place_key": place_key(draft.address),
            "most": MOST_TWINS,
        },
    )
    return [
        Twin(
            row.reference,
            row.service,
            row.commune,
            row.address,
            row.description,
            Status(row.status),
            row.filed_at,
            metres(draft, *_known_point(row, is_own=row.citizen_id == citizen_id)),
            is_own=row.citizen_id == citizen_id,
            planned_on=row.planned_on,
        )
        for row in result
    ]


def _known_point(row: Row[Any], *, is_own: bool) -> tuple[float | None, float | None]:
    """Where a request is: to whoever filed it exactly, to others as anybody may know it."""
    if is_own or row.latitude is None or row.longitude is None:
        return row.latitude, row.longitude
    return public_point(row.latitude, row.longitude)


async def follow(
    tx: Transaction,
    reference: str,
    citizen_id: UUID,
    conversation_id: UUID,
    comment: str,
    now: datetime,
) -> None:
    """Make a citizen a follower of a request that is open. Again: the comment is added.
    Raises `NotFound` when there is none."""
    is_open = await tx.execute(
        select(ServiceRequest.reference).where(ServiceRequest.reference == reference, text(IS_OPEN))
    )
    if is_open.scalar_one_or_none() is None:
        raise NotFound("request")
    added = insert(Follower).values(
        reference=reference,
        citizen_id=citizen_id,
        conversation_id=conversation_id,
        comment=comment,
        at=now,
    )
    await tx.execute(
        added.on_conflict_do_update(
            index_elements=["reference", "citizen_id"],
            set_={
                "conversation_id": conversation_id,
                "comment": func.left(Follower.comment + "\n" + comment, LONGEST_COMMENT),
            },
        )
    )


async def followers(tx: Transaction, reference: str) -> list[FollowerRow]:
    """Who follows a request, longest first."""
    result = await tx.execute(
        select(Follower.citizen_id, Follower.conversation_id, Follower.comment)
        .where(Follower.reference == reference)
        .order_by(Follower.at, Follower.citizen_id)
    )
    return [FollowerRow(*row) for row in result]


async def filed_in(tx: Transaction, conversation_id: UUID) -> list[str]:
    """The requests that were filed in a conversation, newest first."""
    result = await tx.scalars(
        select(ServiceRequest.reference)
        .where(ServiceRequest.conversation_id == conversation_id)
        .order_by(ServiceRequest.filed_at.desc(), ServiceRequest.reference.desc())
    )
    return list(result)


@dataclass(frozen=True)
class CaseRow:
    """A request as those who work on it see it, and whom it concerns."""

    reference: str
    service: str
    commune: str
    address: str | None
    description: str
    status: Status
    filed_at: datetime
    conversation_id: UUID
    due_on: date | None
    planned_on: date | None
    parent: str | None
    precision: str | None


_CASE = (
    ServiceRequest.reference,
    ServiceRequest.service,
    ServiceRequest.commune,
    ServiceRequest.address,
    ServiceRequest.description,
    ServiceRequest.status,
    ServiceRequest.filed_at,
    ServiceRequest.conversation_id,
    ServiceRequest.due_on,
    ServiceRequest.planned_on,
    ServiceRequest.parent,
    ServiceRequest.precision,
)


def _case(
    reference: str,
    service: str,
    commune: str,
    address: str | None,
    description: str,
    status: str,
    *others: Any,
) -> CaseRow:
    return CaseRow(reference, service, commune, address, description, Status(status), *others)


async def case(tx: Transaction, reference: str) -> CaseRow:
    """Any request: for whoever answers for all of them. Raises `NotFound`."""
    chosen = select(*_CASE).where(ServiceRequest.reference == reference)
    result = await tx.execute(chosen)
    row = result.one_or_none()
    if row is None:
        raise NotFound("request")
    return _case(*row)


async def cases(
    tx: Transaction, statuses: Sequence[Status], limit: int, *, late_on: date | None = None
) -> list[CaseRow]:
    """Requests in these states, oldest first, only those past their objective on the day
    `late_on`: an operator's list."""
    is_late = () if late_on is None else (text(f"{EXPECTED_ON} < :late").bindparams(late=late_on),)
    result = await tx.execute(
        select(*_CASE)
        .where(ServiceRequest.status.in_([status.value for status in statuses]), *is_late)
        .order_by(ServiceRequest.filed_at, ServiceRequest.reference)
        .limit(limit)
    )
    return [_case(*row) for row in result]
