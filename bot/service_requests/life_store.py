"""Queries on what becomes of a request: its family, its clock, its events, and the news of it
that wait to be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, func, insert, literal, or_, select, text, union_all, update

from bot.errors import Conflict, NotFound
from bot.service_requests.draft import Place
from bot.service_requests.news import News, concerns_followers
from bot.service_requests.rules import Actor, EventKind, Status
from bot.service_requests.tables import (
    EXPECTED_ON,
    MAY_BE_LATE,
    Follower,
    Notification,
    RequestEvent,
    ServiceRequest,
    StatusChange,
)
from bot.storage.transaction import Transaction


@dataclass(frozen=True)
class Life:
    """Where a request stands: what decides its next step."""

    reference: str
    service: str
    commune: str
    status: Status
    citizen_id: UUID
    conversation_id: UUID
    parent: str | None
    delay_days: int | None
    due_on: date | None
    planned_on: date | None
    paused_at: datetime | None


_LIFE = (
    ServiceRequest.reference,
    ServiceRequest.service,
    ServiceRequest.commune,
    ServiceRequest.status,
    ServiceRequest.citizen_id,
    ServiceRequest.conversation_id,
    ServiceRequest.parent,
    ServiceRequest.delay_days,
    ServiceRequest.due_on,
    ServiceRequest.planned_on,
    ServiceRequest.paused_at,
)


Family = tuple[Life, Life, list[Life]]
"""A request, the one that it is handled with (itself when none), and those that are handled with
that one."""


async def locked_family(tx: Transaction, reference: str) -> Family:
    """The family of a request, locked. Raises `NotFound`."""
    (family,) = await locked_families(tx, [reference])
    return family


async def locked_families(tx: Transaction, references: Sequence[str]) -> list[Family]:
    """The family of each request. All are locked in one order, so that two who change families
    never wait for each other. Raises `NotFound`."""
    head = func.coalesce(ServiceRequest.parent, ServiceRequest.reference)
    found = await tx.execute(
        select(ServiceRequest.reference, head).where(ServiceRequest.reference.in_(references))
    )
    roots = {row[0]: row[1] for row in found}
    if not roots.keys() >= set(references):
        raise NotFound("request")
    result = await tx.execute(
        select(*_LIFE)
        .where(
            or_(
                ServiceRequest.reference.in_({*references, *roots.values()}),
                ServiceRequest.parent.in_(set(roots.values())),
            )
        )
        .order_by(ServiceRequest.reference)
        .with_for_update(key_share=True)
    )
    lives = {row.reference: _life(*row) for row in result}
    return [_family(lives, reference, roots[reference]) for reference in references]


def _family(lives: Mapping[str, Life], reference: str, root: str) -> Family:
    itself = lives[reference]
    if (itself.parent or reference) != root:
        raise Conflict("moved to another family meanwhile")
    children = [life for life in lives.values() if life.parent == root]
    return itself, lives[root], children


def _life(reference: str, service: str, commune: str, status: str, *others: Any) -> Life:
    return Life(reference, service, commune, Status(status), *others)


async def part_of(tx: Transaction, life: Life, citizen_id: UUID) -> Actor:
    """What a citizen is to a request: who filed it, or a follower. Raises `NotFound` for anybody
    else."""
    if life.citizen_id == citizen_id:
        return Actor.CITIZEN
    result = await tx.execute(
        select(Follower.citizen_id).where(
            Follower.reference == life.reference, Follower.citizen_id == citizen_id
        )
    )
    if result.scalar_one_or_none() is None:
        raise NotFound("request")
    return Actor.FOLLOWER


async def change(tx: Transaction, reference: str, **values: Any) -> None:
    """Set columns of a request."""
    await tx.execute(
        update(ServiceRequest).where(ServiceRequest.reference == reference).values(**values)
    )


async def place_of(tx: Transaction, reference: str) -> Place:
    """Where a request is. Raises `NotFound`."""
    result = await tx.execute(
        select(
            ServiceRequest.address,
            ServiceRequest.latitude,
            ServiceRequest.longitude,
            ServiceRequest.commune,
            ServiceRequest.precision,
        ).where(ServiceRequest.reference == reference)
    )
    row = result.one_or_none()
    if row is None:
        raise NotFound("request")
    return Place(*row)


async def state_before(tx: Transaction, reference: str, status: Status) -> Status:
    """The state that a request had before it came into `status`, which is its present one."""
    result = await tx.execute(
        select(StatusChange.status)
        .where(StatusChange.reference == reference, StatusChange.status != status.value)
        .order_by(StatusChange.at.desc())
        .limit(1)
    )
    return Status(result.scalar_one_or_none() or Status.NEW)


async def answers(tx: Transaction, reference: str) -> dict[str, Any]:
    """What was answered to the questions of its service, by their codes. Raises `NotFound`."""
    result = await tx.execute(
        select(ServiceRequest.answers).where(ServiceRequest.reference == reference)
    )
    found = result.scalar_one_or_none()
    if found is None:
        raise NotFound("request")
    return dict(found)


async def open_question(tx: Transaction, reference: str) -> str | None:
    """What a team asked last, while the request waits for its citizen; else None."""
    result = await tx.execute(
        select(StatusChange.reason)
        .join(ServiceRequest, ServiceRequest.reference == StatusChange.reference)
        .where(
            StatusChange.reference == reference,
            StatusChange.status == Status.WAITING_CITIZEN.value,
            ServiceRequest.status == Status.WAITING_CITIZEN.value,
        )
        .order_by(StatusChange.at.desc())
        .limit(1)
    )
    return result.scalar_one_or_none()


async def record(
    tx: Transaction,
    reference: str,
    kind: EventKind,
    actor: Actor,
    now: datetime,
    *,
    citizen_id: UUID | None = None,
    words: str | None = None,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Add what happened to a request's history."""
    await tx.execute(
        insert(RequestEvent).values(
            id=uuid4(),
            reference=reference,
            kind=kind.value,
            actor=actor.value,
            citizen_id=citizen_id,
            text=words or None,
            data=dict(data or {}),
            at=now,
        )
    )


async def last_event(tx: Transaction, reference: str, kind: EventKind) -> datetime | None:
    """When that happened to a request last."""
    result = await tx.execute(
        select(func.max(RequestEvent.at)).where(
            RequestEvent.reference == reference, RequestEvent.kind == kind.value
        )
    )
    return result.scalar_one()


@dataclass(frozen=True)
class Entry:
    """A line of a request's history: a state it came into, or an event."""

    what: str
    actor: Actor
    words: str | None
    at: datetime


async def history(tx: Transaction, reference: str) -> list[Entry]:
    """All that happened to a request, oldest first: for whoever answers for it."""
    states = select(StatusChange.status, StatusChange.actor, StatusChange.reason, StatusChange.at)
    events = select(RequestEvent.kind, RequestEvent.actor, RequestEvent.text, RequestEvent.at)
    both = union_all(
        states.where(StatusChange.reference == reference).add_columns(literal(0).label("rank")),
        events.where(RequestEvent.reference == reference).add_columns(literal(1).label("rank")),
    ).subquery()
    columns = list(both.c)
    result = await tx.execute(select(*columns[:4]).order_by(both.c.at, both.c.rank))
    return [Entry(row[0], Actor(row[1]), row[2], row[3]) for row in result]


async def spread(
    tx: Transaction,
    life: Life,
    news: News,
    now: datetime,
    *,
    except_citizen: UUID | None = None,
) -> int:
    """Let whoever filed a request and all who follow it hear a piece of news, each where they
    wrote from, but for the citizen who made it. Returns how many will."""
    told = {life.conversation_id: True} if life.citizen_id != except_citizen else {}
    if concerns_followers(news):
        followers = await tx.execute(
            select(Follower.conversation_id, Follower.citizen_id)
            .where(Follower.reference == life.reference)
            .order_by(Follower.at)
        )
        for conversation_id, citizen_id in followers:
            if citizen_id != except_citizen:
                told.setdefault(conversation_id, False)
    if told:
        await tx.execute(
            insert(Notification),
            [
                {
                    "reference": life.reference,
                    "conversation_id": conversation_id,
                    "is_own": is_own,
                    "news": news.to_json(),
                    "attempts": 0,
                    "created_at": now,
                }
                for conversation_id, is_own in told.items()
            ],
        )
    return len(told)


async def soon_late(tx: Transaction, today: date, until: date, limit: int) -> list[str]:
    """Open requests of whose delay nobody was warned: their objective ends by `until`, or the day
    planned for them is past. Earliest first."""
    result = await tx.execute(
        select(ServiceRequest.reference)
        .where(
            text(MAY_BE_LATE),
            text(f"{EXPECTED_ON} <= :until").bindparams(until=until),
            or_(ServiceRequest.planned_on.is_(None), ServiceRequest.planned_on < today),
        )
        .order_by(text(EXPECTED_ON), ServiceRequest.reference)
        .limit(limit)
    )
    return list(result.scalars())


async def drop_told(tx: Transaction, before: datetime) -> int:
    """Forget news that were told by that time. Returns how many."""
    result = await tx.execute(delete(Notification).where(Notification.told_at <= before))
    return int(result.rowcount)
