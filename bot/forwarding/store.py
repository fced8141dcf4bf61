"""Queries on what is sent to outside systems. It runs as the service itself or as its operator:
no citizen and no agent of a town reaches it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import case, delete, exists, func, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert

from bot.errors import NotFound
from bot.forwarding.form import Told
from bot.forwarding.rules import LISTENED_FOR, Known, Ours, State
from bot.forwarding.tables import Forwarding, ForwardingPull
from bot.open311.rules import CHANNEL
from bot.open311.tables import Open311Key
from bot.service_requests.rules import CLOSED, OPEN, Actor, EventKind, Status
from bot.service_requests.tables import RequestEvent, ServiceRequest, StatusChange
from bot.storage.transaction import Transaction

QUEUED_AT_ONCE = 200
_MAY_BE_THERE = or_(
    Forwarding.remote_id.is_not(None), Forwarding.token.is_not(None), Forwarding.in_doubt
)


@dataclass(frozen=True)
class Due:
    """A sending whose time has come. `status`: the request's. `in_doubt`: an earlier attempt may
    have got there."""

    told: Told
    status: Status
    token: str | None
    in_doubt: bool
    failures: int
    first_tried_at: datetime | None


@dataclass(frozen=True)
class Pulled:
    """How far a system's news are known: everything that changed before `until`; `whole_at`: when
    all were last asked about."""

    until: datetime | None
    whole_at: datetime | None


@dataclass(frozen=True)
class Listed:
    """A sending as an operator sees it."""

    reference: str
    system: str
    service: str
    status: Status
    state: State
    failures: int
    next_at: datetime | None
    last_error: str | None
    remote_id: str | None
    remote_status: str | None
    verdict: str | None


async def queue(tx: Transaction, system: str, services: Collection[str], now: datetime) -> int:
    """Queue new requests of these services that are not yet. What the town itself posted through
    Open311 is not sent back to it. Returns how many."""
    is_theirs = exists().where(
        ServiceRequest.channel == CHANNEL,
        Open311Key.citizen_id == ServiceRequest.citizen_id,
        Open311Key.commune == system,
    )
    found = (
        select(ServiceRequest.reference)
        .where(
            ServiceRequest.commune == system,
            ServiceRequest.status == Status.NEW.value,
            ServiceRequest.parent.is_(None),
            ServiceRequest.service.in_(sorted(services)),
            ~is_theirs,
            ~exists().where(Forwarding.reference == ServiceRequest.reference),
        )
        .limit(QUEUED_AT_ONCE)
    )
    rows = [
        {
            "reference": reference,
            "system": system,
            "state": State.WAITING.value,
            "failures": 0,
            "in_doubt": False,
            "queued_at": now,
            "next_at": now,
        }
        for reference in (await tx.execute(found)).scalars()
    ]
    if not rows:
        return 0
    # Another service may be queueing the same ones.
    result = await tx.execute(insert(Forwarding).values(rows).on_conflict_do_nothing())
    return int(result.rowcount)


async def next_due(tx: Transaction, system: str, now: datetime) -> Due | None:
    """The sending that has been due longest and that nobody works on, locked."""
    result = await tx.execute(
        select(
            ServiceRequest.reference,
            ServiceRequest.service,
            ServiceRequest.commune,
            ServiceRequest.description,
            ServiceRequest.answers,
            ServiceRequest.address,
            ServiceRequest.latitude,
            ServiceRequest.longitude,
            ServiceRequest.dangerous,
            ServiceRequest.status,
            Forwarding.token,
            Forwarding.in_doubt,
            Forwarding.failures,
            Forwarding.first_tried_at,
        )
        .join(ServiceRequest, ServiceRequest.reference == Forwarding.reference)
        .where(
            Forwarding.system == system,
            Forwarding.next_at <= now,
            or_(Forwarding.lease_until.is_(None), Forwarding.lease_until <= now),
        )
        .order_by(Forwarding.next_at, Forwarding.reference)
        .limit(1)
        .with_for_update(of=Forwarding, skip_locked=True)
    )
    row = result.one_or_none()
    return None if row is None else Due(Told(*row[:9]), Status(row[9]), *row[10:])


async def change(tx: Transaction, reference: str, **values: Any) -> None:
    """Write some columns of a sending."""
    await tx.execute(update(Forwarding).where(Forwarding.reference == reference).values(**values))


async def holds(tx: Transaction, reference: str, lease: UUID) -> bool:
    """Whether that attempt still has the sending, which is then locked: the fence against a slow
    twin."""
    result = await tx.execute(
        select(Forwarding.lease).where(Forwarding.reference == reference).with_for_update()
    )
    return result.scalar_one_or_none() == lease


async def is_sent(tx: Transaction, reference: str) -> bool:
    """Whether it has their reference already; the sending is then locked."""
    result = await tx.execute(
        select(Forwarding.remote_id).where(Forwarding.reference == reference).with_for_update()
    )
    return result.scalar_one_or_none() is not None


async def take_pull(
    tx: Transaction, system: str, now: datetime, next_at: datetime, *, is_asked: bool
) -> Pulled | None:
    """Take the reading of a system's news, for which nobody else then comes before `next_at`.
    None when it is not due. `is_asked`: due in any case."""
    await tx.execute(
        insert(ForwardingPull).values(system=system, next_at=now).on_conflict_do_nothing()
    )
    due = [] if is_asked else [ForwardingPull.next_at <= now]
    result = await tx.execute(
        update(ForwardingPull)
        .where(ForwardingPull.system == system, *due)
        .values(next_at=next_at)
        .returning(ForwardingPull.pulled_until, ForwardingPull.whole_at)
    )
    row = result.one_or_none()
    return None if row is None else Pulled(*row)


async def pulled(tx: Transaction, system: str, **values: Any) -> None:
    """Write how far a system's news were read."""
    await tx.execute(update(ForwardingPull).where(ForwardingPull.system == system).values(**values))


async def to_ask(tx: Transaction, system: str, now: datetime, limit: int) -> list[tuple[str, str]]:
    """(Ours, theirs) of the requests that may still have news, those longest unasked first."""
    closed = sorted(status.value for status in CLOSED)
    result = await tx.execute(
        select(Forwarding.reference, Forwarding.remote_id)
        .join(ServiceRequest, ServiceRequest.reference == Forwarding.reference)
        .where(
            Forwarding.system == system,
            ServiceRequest.commune == system,  # else it is another town's by now
            Forwarding.remote_id.is_not(None),
            or_(
                ServiceRequest.status.in_(sorted(status.value for status in OPEN)),
                (ServiceRequest.status.in_(closed))
                & (func.coalesce(Forwarding.heard_at, Forwarding.sent_at) > now - LISTENED_FOR),
            ),
        )
        .order_by(Forwarding.asked_at.nulls_first(), Forwarding.reference)
        .limit(limit)
    )
    return [(reference, str(remote_id)) for reference, remote_id in result]


async def mark_asked(tx: Transaction, references: Sequence[str], now: datetime) -> None:
    await tx.execute(
        update(Forwarding).where(Forwarding.reference.in_(references)).values(asked_at=now)
    )


async def known(tx: Transaction, reference: str) -> Known:
    """What they said last of a request; its sending is then locked."""
    result = await tx.execute(
        select(Forwarding.remote_status, Forwarding.remote_note, Forwarding.remote_updated_at)
        .where(Forwarding.reference == reference)
        .with_for_update()
    )
    return Known(*result.one())


async def ours(tx: Transaction, reference: str) -> Ours:
    """A request's state here, and when a person last changed it. Raises `NotFound`."""
    status = await tx.scalar(
        select(ServiceRequest.status).where(ServiceRequest.reference == reference)
    )
    if status is None:
        raise NotFound("request")
    steps = select(StatusChange.at, StatusChange.actor).where(
        StatusChange.reference == reference, StatusChange.status != Status.NEW.value
    )
    last = (await tx.execute(steps.order_by(StatusChange.at.desc()).limit(1))).one_or_none()
    decided = select(func.max(StatusChange.at)).where(
        StatusChange.reference == reference,
        StatusChange.status != Status.NEW.value,
        StatusChange.actor != Actor.SYSTEM.value,
    )
    moved = select(func.max(RequestEvent.at)).where(
        RequestEvent.reference == reference, RequestEvent.kind == EventKind.REROUTED.value
    )
    people_at = await tx.scalar(
        select(func.greatest(decided.scalar_subquery(), moved.scalar_subquery()))
    )
    return Ours(Status(status), people_at, last is not None and last.actor != Actor.SYSTEM.value)


async def again(tx: Transaction, reference: str, now: datetime) -> None:
    """Make a sending due at once, its failures forgotten. A token that came to nothing is dropped,
    and they are asked whether they have it. Raises `NotFound` when there is nothing to send, or
    when it has arrived."""
    is_given_up = Forwarding.state == State.FAILED.value
    has_token = Forwarding.token.is_not(None)
    keeps_token = has_token & ~is_given_up
    result = await tx.execute(
        update(Forwarding)
        .where(Forwarding.reference == reference, Forwarding.remote_id.is_(None))
        .values(
            state=case((keeps_token, State.AWAITING_ID.value), else_=State.WAITING.value),
            token=case((keeps_token, Forwarding.token)),
            in_doubt=Forwarding.in_doubt | has_token,
            failures=0,
            next_at=now,
        )
    )
    if result.rowcount == 0:
        raise NotFound("forwarding")


async def has_it(tx: Transaction, reference: str) -> bool:
    """Whether an outside system has a request, or may have it: what changes here stays here."""
    result = await tx.execute(
        select(Forwarding.reference).where(Forwarding.reference == reference, _MAY_BE_THERE)
    )
    return result.scalar_one_or_none() is not None


async def leave(tx: Transaction, reference: str, commune: str) -> None:
    """A request is of another town now: what was not sent is no longer its former town's to get,
    and that town's own system finds it."""
    await tx.execute(
        delete(Forwarding).where(
            Forwarding.reference == reference, Forwarding.system != commune, ~_MAY_BE_THERE
        )
    )


async def listed(tx: Transaction, limit: int, *, is_failed: bool) -> list[Listed]:
    """Sendings, oldest first: all of them, or those that did not go through so far."""
    columns = (
        Forwarding.reference,
        Forwarding.system,
        ServiceRequest.service,
        ServiceRequest.status,
        Forwarding.state,
        Forwarding.failures,
        Forwarding.next_at,
        Forwarding.last_error,
        Forwarding.remote_id,
        Forwarding.remote_status,
        Forwarding.verdict,
    )
    failed = or_(Forwarding.state == State.FAILED.value, Forwarding.failures > 0)
    result = await tx.execute(
        select(*columns)
        .join(ServiceRequest, ServiceRequest.reference == Forwarding.reference)
        .where(failed if is_failed else true())
        .order_by(Forwarding.queued_at, Forwarding.reference)
        .limit(limit)
    )
    return [
        Listed(reference, system, service, Status(status), State(state), *rest)
        for reference, system, service, status, state, *rest in result
    ]
