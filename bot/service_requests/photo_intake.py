"""A picture on its way in: room, cleaning, storing, in this order."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from bot.service_requests import photo_store
from bot.service_requests.photos import PhotoFiles
from bot.storage.transaction import Database


async def keep_photo(
    database: Database, photos: PhotoFiles, citizen_id: UUID, raw: bytes, now: datetime
) -> UUID:
    """Clean and keep a citizen's picture; its id. Nothing is held while it is decoded. Raises
    `Invalid` ("photo") with its reason, or `Unavailable`."""
    async with database.transaction() as tx:
        await photo_store.check_room(tx, citizen_id)
    photo_id, picture = await photos.keep(raw)
    async with database.transaction() as tx:
        await photo_store.add_photo(
            tx,
            photo_id,
            citizen_id,
            picture.width,
            picture.height,
            len(picture.data),
            now,
            picture.taken_at,
        )
    return photo_id
