"""Queries on photos. A citizen reads only what is theirs or published: asked here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    String,
    any_,
    cast,
    delete,
    exists,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import InstrumentedAttribute

from bot.errors import Invalid, NotFound
from bot.files.pictures import Point
from bot.service_requests.rules import MOST_LOOSE_PHOTOS, MOST_PHOTOS, MOST_PHOTOS_TOGETHER
from bot.service_requests.tables import Draft, Photo, ServiceRequest
from bot.storage.transaction import Transaction
from bot.tickets.tables import Redaction

NOWHERE = {"latitude": None, "longitude": None}
IS_PUBLIC = Photo.published_at.is_not(None) & Photo.reference.is_not(None)


async def check_room(tx: Transaction, citizen_id: UUID) -> None:
    """Raises `Invalid` when a citizen has sent too many photos that are part of no request."""
    sent = await tx.scalar(
        select(func.count()).where(Photo.citizen_id == citizen_id, Photo.reference.is_(None))
    )
    if (sent or 0) >= MOST_LOOSE_PHOTOS:
        raise Invalid("photo", "too many that are part of no request", "too_many")


async def add_photo(
    tx: Transaction,
    photo_id: UUID,
    citizen_id: UUID,
    width: int,
    height: int,
    size_bytes: int,
    now: datetime,
    taken_at: Point | None = None,
) -> None:
    """Record a stored picture of a citizen, not yet part of a request."""
    latitude, longitude = taken_at or (None, None)
    await tx.execute(
        insert(Photo).values(
            id=photo_id,
            citizen_id=citizen_id,
            width=width,
            height=height,
            size_bytes=size_bytes,
            at=now,
            latitude=latitude,
            longitude=longitude,
        )
    )


async def attach_photos(
    tx: Transaction, citizen_id: UUID, reference: str, photos: Sequence[UUID]
) -> int:
    """Make a citizen's own pictures part of a request; where they were taken is forgotten, the
    request has its own place. Returns how many were theirs."""
    result = await tx.execute(
        update(Photo)
        .where(Photo.id.in_(photos), Photo.citizen_id == citizen_id, Photo.reference.is_(None))
        .values(reference=reference, **NOWHERE)
    )
    return int(result.rowcount)


async def room_for(tx: Transaction, citizen_id: UUID, reference: str) -> int:
    """How many pictures more a citizen may add to a request."""
    result = await tx.execute(
        select(func.count(), func.count().filter(Photo.citizen_id == citizen_id)).where(
            Photo.reference == reference
        )
    )
    together, own = result.one()
    return max(0, min(MOST_PHOTOS - own, MOST_PHOTOS_TOGETHER - together))


async def own_photo(tx: Transaction, citizen_id: UUID, photo_id: UUID) -> UUID:
    """The id of a citizen's own picture. Raises `NotFound` for anybody else's."""
    result = await tx.execute(
        select(Photo.id).where(Photo.id == photo_id, Photo.citizen_id == citizen_id)
    )
    found = result.scalar_one_or_none()
    if found is None:
        raise NotFound("photo")
    return found


# -- where they were taken ----------------------------------------------------------------------


async def taken_at(tx: Transaction, citizen_id: UUID, photos: Sequence[UUID]) -> Point | None:
    """Where the last of a citizen's own pictures that knows it was taken."""
    result = await tx.execute(
        select(Photo.latitude, Photo.longitude)
        .where(Photo.id.in_(photos), Photo.citizen_id == citizen_id, Photo.latitude.is_not(None))
        .order_by(Photo.at.desc())
        .limit(1)
    )
    row = result.one_or_none()
    if row is None or row.latitude is None or row.longitude is None:
        return None
    return row.latitude, row.longitude


async def forget_places(tx: Transaction, citizen_id: UUID, photos: Sequence[UUID]) -> None:
    """Forget where a citizen's own pictures were taken."""
    await tx.execute(
        update(Photo).where(Photo.id.in_(photos), Photo.citizen_id == citizen_id).values(**NOWHERE)
    )


async def drop_places(tx: Transaction, before: datetime) -> int:
    """Forget where pictures that arrived by that time were taken. Returns how many."""
    result = await tx.execute(
        update(Photo).where(Photo.at <= before, Photo.latitude.is_not(None)).values(**NOWHERE)
    )
    return int(result.rowcount)


# -- who sees them ------------------------------------------------------------------------------


async def public_photo(tx: Transaction, photo_id: UUID) -> UUID:
    """The id of a picture that anybody may see. Raises `NotFound` for any other."""
    result = await tx.execute(select(Photo.id).where(Photo.id == photo_id, IS_PUBLIC))
    found = result.scalar_one_or_none()
    if found is None:
        raise NotFound("photo")
    return found


async def existing_photo(tx: Transaction, photo_id: UUID) -> UUID:
    """For whoever shows a link that was made for them. Raises `NotFound` once it is gone."""
    found = await known_photos(tx, [photo_id])
    if not found:
        raise NotFound("photo")
    return photo_id


async def shown_to(tx: Transaction, citizen_id: UUID, photos: Sequence[UUID]) -> dict[UUID, bool]:
    """Those of these pictures that a citizen may see: whether anybody may, else it is their own."""
    result = await tx.execute(
        select(Photo.id, IS_PUBLIC).where(
            Photo.id.in_(photos), IS_PUBLIC | (Photo.citizen_id == citizen_id)
        )
    )
    return {photo: bool(is_public) for photo, is_public in result}


async def first_photos(
    tx: Transaction, citizen_id: UUID, references: Sequence[str]
) -> dict[str, UUID]:
    """By reference, the oldest picture that a citizen may see: published, or their own."""
    result = await tx.execute(
        select(Photo.reference, Photo.id)
        .where(Photo.reference.in_(references), IS_PUBLIC | (Photo.citizen_id == citizen_id))
        .ext(distinct_on(Photo.reference))
        .order_by(Photo.reference, Photo.at, Photo.id)
    )
    return {str(reference): photo for reference, photo in result}


def first_published(reference: InstrumentedAttribute[str]) -> ScalarSelect[UUID]:
    """Of a request in an outer query, the oldest picture that anybody may see."""
    return (
        select(Photo.id)
        .where(Photo.reference == reference, Photo.published_at.is_not(None))
        .order_by(Photo.at, Photo.id)
        .limit(1)
        .scalar_subquery()
    )


# -- moderation ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class ModeratedPhoto:
    """A picture of a request as an operator sees it."""

    id: UUID
    reference: str
    service: str
    commune: str
    width: int
    height: int
    at: datetime
    published_at: datetime | None
    hidden_at: datetime | None


async def photos_to_look_at(tx: Transaction, limit: int) -> list[ModeratedPhoto]:
    """Pictures of requests that nobody has published or hidden yet, oldest first."""
    undecided = Photo.published_at.is_(None) & Photo.hidden_at.is_(None)
    return await _moderated(tx, undecided, limit)


async def photos_named(tx: Transaction, named: UUID | str) -> list[ModeratedPhoto]:
    """The picture of an id, or all those of a request. Raises `NotFound` when there is none."""
    is_chosen = Photo.id == named if isinstance(named, UUID) else Photo.reference == named
    found = await _moderated(tx, is_chosen)
    if not found:
        raise NotFound("photo")
    return found


async def _moderated(
    tx: Transaction, is_chosen: ColumnElement[bool], limit: int | None = None
) -> list[ModeratedPhoto]:
    result = await tx.execute(
        select(
            Photo.id,
            ServiceRequest.reference,
            ServiceRequest.service,
            ServiceRequest.commune,
            Photo.width,
            Photo.height,
            Photo.at,
            Photo.published_at,
            Photo.hidden_at,
        )
        .join(ServiceRequest, ServiceRequest.reference == Photo.reference)
        .where(is_chosen)
        .order_by(Photo.at, Photo.id)
        .limit(limit)
    )
    return [ModeratedPhoto(*row) for row in result]


async def decide(
    tx: Transaction, photos: Sequence[UUID], now: datetime, *, is_public: bool
) -> None:
    """Publish pictures, or hide them: for whoever answers for all of them."""
    await tx.execute(
        update(Photo)
        .where(Photo.id.in_(photos))
        .values(published_at=now if is_public else None, hidden_at=None if is_public else now)
    )


# -- retention ----------------------------------------------------------------------------------


async def drop_loose_photos(tx: Transaction, before: datetime) -> int:
    """Forget photos, arrived by that time, that neither a request nor a draft names, and that were
    not just hidden. Returns how many."""
    is_in_a_draft = exists().where(Draft.data["photos"].has_key(cast(Photo.id, String)))
    is_hidden = exists().where(Photo.id == any_(Redaction.files))
    result = await tx.execute(
        delete(Photo).where(
            Photo.reference.is_(None), Photo.at <= before, ~is_in_a_draft, ~is_hidden
        )
    )
    return int(result.rowcount)


async def take_out(tx: Transaction, photos: Sequence[UUID], now: datetime) -> None:
    """Show photos to nobody any more, and to no request: an agent hid them."""
    await tx.execute(
        update(Photo)
        .where(Photo.id.in_(photos))
        .values(reference=None, published_at=None, hidden_at=now, **NOWHERE)
    )


async def drop_unfiled(tx: Transaction, citizen_id: UUID, photos: Sequence[UUID]) -> list[UUID]:
    """Forget those of a citizen's own photos that are part of no request. Returns which: their
    files are then stray."""
    result = await tx.execute(
        delete(Photo)
        .where(Photo.id.in_(photos), Photo.citizen_id == citizen_id, Photo.reference.is_(None))
        .returning(Photo.id)
    )
    return list(result.scalars())


async def known_photos(tx: Transaction, photos: Sequence[UUID]) -> set[UUID]:
    """Those of these photos that have a row."""
    result = await tx.execute(select(Photo.id).where(Photo.id.in_(photos)))
    return set(result.scalars())
