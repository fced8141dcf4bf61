"""Queries on what is published. What anybody may see is asked here, in `is_published`."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select, text, tuple_

from bot.errors import Invalid
from bot.open_data.rules import Group, Published, Record, Wanted
from bot.open_data.tables import LATITUDE, LONGITUDE, POINT
from bot.places.addresses import public_address
from bot.places.rules import Box
from bot.service_requests.rules import CLOSED, Status
from bot.service_requests.tables import RequestEvent, ServiceRequest, StatusChange
from bot.services.working_days import PARIS, local_date
from bot.storage.transaction import Transaction

_NEWEST_FIRST = (ServiceRequest.filed_at.desc(), ServiceRequest.reference.desc())
_IS_CLOSED = ServiceRequest.status.in_(sorted(CLOSED))
_ON_THE_MAP = ServiceRequest.latitude.is_not(None) & ServiceRequest.longitude.is_not(None)


def is_published(published: Published) -> ColumnElement[bool]:
    """Of a service that its commune publishes; one that left the catalogue may have been
    sensitive."""
    own = published.of_communes
    return or_(
        and_(
            ServiceRequest.commune.not_in(sorted(own)),
            ServiceRequest.service.in_(sorted(published.everywhere)),
        ),
        *(
            and_(ServiceRequest.commune == insee, ServiceRequest.service.in_(sorted(codes)))
            for insee, codes in own.items()
        ),
    )


async def records(
    tx: Transaction, published: Published, wanted: Wanted, most: int, after: str | None = None
) -> list[Record]:
    """The first records, newest first; those that follow the reference `after` when it is given.

    Raises `Invalid` when no published request has that reference.
    """
    chosen = _records(published, wanted).order_by(*_NEWEST_FIRST).limit(most)
    if after is not None:
        chosen = chosen.where(
            tuple_(ServiceRequest.filed_at, ServiceRequest.reference)
            < (await _filed_at(tx, published, after), after)
        )
    return [_record(row) for row in await tx.execute(chosen)]


async def count(
    tx: Transaction,
    published: Published,
    wanted: Wanted,
    most: int,
    *,
    on_the_map: bool = False,
) -> int:
    """How many there are, counted no further than `most`; those that have a point, if asked."""
    conditions = [*_chosen(published, wanted), *([_ON_THE_MAP] if on_the_map else [])]
    chosen = select(text("1")).where(*conditions).limit(most).subquery()
    return int(await tx.scalar(select(func.count()).select_from(chosen)) or 0)


async def records_with_a_point(
    tx: Transaction, published: Published, wanted: Wanted
) -> list[Record]:
    """All of them, in no order: count them before."""
    chosen = _records(published, wanted).where(_ON_THE_MAP)
    return [_record(row) for row in await tx.execute(chosen)]


async def groups(
    tx: Transaction, published: Published, wanted: Wanted, cell: tuple[float, float]
) -> list[Group]:
    """The records that have a point, by cells of a grid: `cell` is its height and width in degrees.

    Made of published points only: a group of one shows no more than its record.
    """
    points = (
        select(LATITUDE.label("latitude"), LONGITUDE.label("longitude"), _IS_CLOSED.label("closed"))
        .where(*_chosen(published, wanted), _ON_THE_MAP)
        .subquery()
    )
    latitude, longitude = points.c.latitude, points.c.longitude
    high, wide = cell
    # The planner takes a box for a thousandth of the table, and would sort the half of it on disk.
    await tx.execute(text("SET LOCAL enable_sort = off"))
    result = await tx.execute(
        select(
            func.count(),
            func.count().filter(~points.c.closed),
            func.avg(latitude),
            func.avg(longitude),
            func.min(latitude),
            func.min(longitude),
            func.max(latitude),
            func.max(longitude),
        ).group_by(func.floor(latitude / high), func.floor(longitude / wide))
    )
    return [
        Group(total, still_open, (middle_latitude, middle_longitude), Box(*box))
        for total, still_open, middle_latitude, middle_longitude, *box in result
    ]


async def last_change(tx: Transaction) -> datetime | None:
    """When the last step of any request was made, or anything else that happened to one; every
    filing is a step.

    Two steps that overlap may be committed in the other order, and the earlier one then shows in
    what was published only with the next: a matter of moments in a whole metropolis.
    """
    steps = select(func.max(StatusChange.at)).scalar_subquery()
    events = select(func.max(RequestEvent.at)).scalar_subquery()
    return await tx.scalar(select(func.greatest(steps, events)))


async def _filed_at(tx: Transaction, published: Published, reference: str) -> datetime:
    filed_at = await tx.scalar(
        select(ServiceRequest.filed_at).where(
            ServiceRequest.reference == reference, is_published(published)
        )
    )
    if filed_at is None:
        raise Invalid("after", "no published request has this reference")
    return filed_at


def _records(published: Published, wanted: Wanted) -> Select[*tuple[Any, ...]]:
    changed = (
        select(func.max(StatusChange.at))
        .where(StatusChange.reference == ServiceRequest.reference)
        .scalar_subquery()
    )
    return select(
        ServiceRequest.reference,
        ServiceRequest.service,
        ServiceRequest.commune,
        ServiceRequest.status,
        ServiceRequest.filed_at,
        func.coalesce(changed, ServiceRequest.filed_at).label("changed_at"),
        ServiceRequest.address,
        LATITUDE.label("latitude"),
        LONGITUDE.label("longitude"),
    ).where(*_chosen(published, wanted))


def _record(row: Row[*tuple[Any, ...]]) -> Record:
    has_point = row.latitude is not None and row.longitude is not None
    return Record(
        row.reference,
        row.service,
        row.commune,
        Status(row.status),
        local_date(row.filed_at),
        local_date(row.changed_at),
        public_address(row.address),
        (row.latitude, row.longitude) if has_point else None,
    )


def _chosen(published: Published, wanted: Wanted) -> list[ColumnElement[bool]]:
    chosen = [is_published(published)]
    if wanted.commune is not None:
        chosen.append(ServiceRequest.commune == wanted.commune)
    if wanted.services is not None:
        chosen.append(ServiceRequest.service.in_(sorted(wanted.services)))
    if wanted.is_open is not None:
        chosen.append(~_IS_CLOSED if wanted.is_open else _IS_CLOSED)
    if wanted.since is not None:
        chosen.append(ServiceRequest.filed_at >= _midnight(wanted.since))
    if wanted.until is not None:
        chosen.append(ServiceRequest.filed_at < _midnight(wanted.until + timedelta(days=1)))
    if wanted.box is not None:
        chosen.append(within(wanted.box))
    return chosen


def within(box: Box) -> ColumnElement[bool]:
    """Published in that part of the map."""
    corners = func.point(box.west, box.south), func.point(box.east, box.north)
    return POINT.op("<@", is_comparison=True)(func.box(*corners))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, PARIS)
