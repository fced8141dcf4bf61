"""The pictures of a contact, kept from when they are chosen until it is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from bot.accounts.rules import Agent
from bot.accounts.tables import Citizen
from bot.errors import Invalid
from bot.service_requests.photo_intake import keep_photo
from bot.service_requests.photo_store import drop_unfiled
from bot.service_requests.photos import PhotoFiles
from bot.service_requests.rules import MOST_PHOTOS
from bot.service_requests.tables import Photo
from bot.storage.transaction import Database, Transaction


async def person_of(tx: Transaction, agent: Agent, contact_id: str, now: datetime) -> UUID:
    """Whose a contact's pictures and requests are: somebody new, the same for the same id of the
    same agent, before it is recorded and after."""
    citizen_id = _person(agent, contact_id)
    await tx.execute(
        insert(Citizen)
        .values(id=citizen_id, created_at=now)
        .on_conflict_do_nothing(index_elements=["id"])
    )
    return citizen_id


async def keep(
    database: Database,
    files: PhotoFiles,
    agent: Agent,
    contact_id: str,
    pictures: Sequence[bytes],
    now: datetime,
) -> None:
    """Clean and keep what was chosen for a contact. Nothing is held while it is decoded. Raises
    `Invalid` ("photo") with its reason, or `Unavailable`."""
    async with database.transaction() as tx:
        citizen_id = await person_of(tx, agent, contact_id, now)
        kept = await of_contact(tx, agent, contact_id)
    if len(kept) + len(pictures) > MOST_PHOTOS:
        raise Invalid("photo", f"at most {MOST_PHOTOS}", "too_many")
    for raw in pictures:
        await keep_photo(database, files, citizen_id, raw, now)


async def of_contact(tx: Transaction, agent: Agent, contact_id: str) -> list[UUID]:
    """The pictures of a contact that is not recorded yet, in the order in which they came."""
    found = await tx.execute(
        select(Photo.id)
        .where(Photo.citizen_id == _person(agent, contact_id), Photo.reference.is_(None))
        .order_by(Photo.at, Photo.id)
    )
    return list(found.scalars())


async def drop(tx: Transaction, agent: Agent, contact_id: str, photo: UUID) -> None:
    """Forget one that was chosen by mistake; its file is then stray, and swept."""
    await drop_unfiled(tx, _person(agent, contact_id), [photo])


def _person(agent: Agent, contact_id: str) -> UUID:
    return uuid5(agent.id, contact_id)
