"""Which photos of requests anybody may see: decided by an operator who has looked at them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from bot.errors import Forbidden
from bot.service_requests import photo_store
from bot.service_requests.photo_store import ModeratedPhoto
from bot.services.rules import Catalogue
from bot.storage.transaction import Transaction


async def publish(
    tx: Transaction, catalogue: Catalogue, named: UUID | str, now: datetime
) -> list[ModeratedPhoto]:
    """Let anybody see a photo, or all those of a request (by its reference). Returns them.

    Raises `NotFound`, and `Forbidden` for a service that is sensitive or no longer in the
    catalogue, and so may have been.
    """
    photos = await photo_store.photos_named(tx, named)
    for photo in photos:
        service = catalogue.find(photo.service, photo.commune)
        if service is None or service.sensitive:
            raise Forbidden(f"{photo.service} is not public")
    await photo_store.decide(tx, [photo.id for photo in photos], now, is_public=True)
    return photos


async def hide(tx: Transaction, named: UUID | str, now: datetime) -> list[ModeratedPhoto]:
    """The opposite, at once, or before anybody saw it. Raises `NotFound`."""
    photos = await photo_store.photos_named(tx, named)
    await photo_store.decide(tx, [photo.id for photo in photos], now, is_public=False)
    return photos
