"""Pictures that citizens send: scanned, cleaned, and kept as files outside the web root."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from uuid import UUID, uuid4

from bot.errors import Invalid, NotFound
from bot.files.pictures import MAX_BYTES, Picture, Size, clean
from bot.files.port import FileStore
from bot.files.scanner import Scanner, refuse_infected

DECODED_AT_ONCE = 1
"""One takes some 200 MB for a moment, and a core."""
ENDINGS = {Size.FULL: "jpg", Size.THUMB: "thumb.jpg"}


class PhotoFiles:
    """The files of photos, each in two sizes. Rights are asked of the store before."""

    def __init__(self, files: FileStore, scanner: Scanner | None = None) -> None:
        self._files = files
        self._scanner = scanner
        self._decoding = asyncio.Semaphore(DECODED_AT_ONCE)

    async def keep(self, raw: bytes) -> tuple[UUID, Picture]:
        """Scan, clean and store a picture, before the row that names it.

        Raises `Invalid` ("photo") with its reason, and `Unavailable` when the antivirus or the
        storage cannot be reached: what nobody scanned is not kept.
        """
        if len(raw) > MAX_BYTES:
            raise Invalid("photo", "too many bytes", "too_large")
        await refuse_infected(self._scanner, raw, "photo")
        async with self._decoding:
            picture = await asyncio.to_thread(clean, raw)
        photo_id = uuid4()
        await self._files.put(file_name(photo_id, Size.FULL), picture.data)
        await self._files.put(file_name(photo_id, Size.THUMB), picture.thumbnail)
        return photo_id, picture

    async def read(self, photo_id: UUID, size: Size = Size.FULL) -> bytes:
        """The picture's bytes. Raises `NotFound` or `Unavailable`."""
        try:
            return await self._files.get(file_name(photo_id, size))
        except NotFound:
            if size is Size.FULL:
                raise NotFound("photo") from None
        return await self.read(photo_id)  # one of before there were thumbnails

    async def stored_before(self, before: datetime) -> list[UUID]:
        """The photos of which a file, whole or half written, was last changed by that time."""
        found = set()
        for name in await self._files.stored_before(before):
            with suppress(NotFound):  # not ours
                found.add(photo_named(name)[0])
        return list(found)

    async def remove(self, photos: Iterable[UUID]) -> None:
        """Remove their files, if they are there."""
        await self._files.delete(file_name(photo, size) for photo in photos for size in Size)


def file_name(photo_id: UUID, size: Size) -> str:
    """What the file of a photo is called."""
    return f"{photo_id}.{ENDINGS[size]}"


def photo_named(name: str) -> tuple[UUID, Size]:
    """What `file_name` called so. Raises `NotFound`."""
    stem, _, ending = name.partition(".")
    for size, known in ENDINGS.items():
        if ending == known:
            with suppress(ValueError):
                return UUID(stem), size
    raise NotFound("photo")
