"""Pictures: checked by their content, re-encoded without metadata, kept outside the web root."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

from PIL import Image, ImageOps, UnidentifiedImageError

from bot.errors import Invalid, NotFound

MAX_BYTES = 12 * 1024 * 1024
MAX_PIXELS = 60_000_000
LONGEST_SIDE = 2048
FORMATS = ("JPEG", "PNG", "WEBP")
SUFFIXES = (".jpg", ".part")


@dataclass(frozen=True)
class Picture:
    """A clean JPEG."""

    data: bytes
    width: int
    height: int


def clean(raw: bytes) -> Picture:
    """Decode, turn upright, shrink and encode again: nothing of the file's metadata is left.

    Raises `Invalid` ("photo") for what is no picture of a known kind, or is too large. The real
    type is what decodes, whatever the name or the declared type say.
    """
    if len(raw) > MAX_BYTES:
        raise Invalid("photo", "too large")
    try:
        with Image.open(io.BytesIO(raw), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise Invalid("photo", "too many pixels")
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise Invalid("photo", "not a picture") from error
    except Image.DecompressionBombError as error:
        raise Invalid("photo", "too many pixels") from error
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    fresh = Image.new("RGB", upright.size)
    fresh.paste(upright)
    out = io.BytesIO()
    fresh.save(out, "JPEG", quality=85, optimize=True)
    return Picture(out.getvalue(), fresh.width, fresh.height)


class PhotoFolder:
    """Pictures as files of a private folder, two at most being decoded at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._decoding = asyncio.Semaphore(2)

    async def keep(self, raw: bytes) -> tuple[UUID, Picture]:
        """Clean and store a picture, before the row that names it. Raises `Invalid`."""
        async with self._decoding:
            picture = await asyncio.to_thread(clean, raw)
        photo_id = uuid4()
        await asyncio.to_thread(self._write, photo_id, picture.data)
        return photo_id, picture

    def _write(self, photo_id: UUID, data: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        scratch = self._folder / f"{photo_id}.part"
        with scratch.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        scratch.rename(self._path(photo_id))

    def _path(self, photo_id: UUID) -> Path:
        return self._folder / f"{photo_id}.jpg"

    async def read(self, photo_id: UUID) -> bytes:
        """The picture's bytes. Raises `NotFound`. Rights are asked of the store before."""
        try:
            return await asyncio.to_thread(self._path(photo_id).read_bytes)
        except FileNotFoundError as error:
            raise NotFound("photo") from error

    async def stored_before(self, before: datetime) -> list[UUID]:
        """The photos whose file, whole or half written, was last changed by that time."""
        return await asyncio.to_thread(self._stored_before, before.timestamp())

    def _stored_before(self, before_s: float) -> list[UUID]:
        found = []
        for path in self._folder.glob("*"):
            with contextlib.suppress(ValueError, FileNotFoundError):  # not ours, or gone meanwhile
                photo_id = UUID(path.stem)
                if path.suffix in SUFFIXES and path.stat().st_mtime <= before_s:
                    found.append(photo_id)
        return found

    async def remove(self, photos: Iterable[UUID]) -> None:
        """Remove their files, if they are there."""
        await asyncio.to_thread(self._remove, tuple(photos))

    def _remove(self, photos: Iterable[UUID]) -> None:
        for photo_id in photos:
            for suffix in SUFFIXES:
                (self._folder / f"{photo_id}{suffix}").unlink(missing_ok=True)
