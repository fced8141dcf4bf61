"""Files in a private folder of this machine.

Not obstore's own local store: measured with 0.12, it leaves files readable by all (0644), does
not flush them to the disk, and hides what a crash left half-written from its listing.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from bot.errors import NotFound, Unavailable

PART = ".part"
"""What a name ends with while its file is being written."""


class FolderStore:
    """A `FileStore` of files 0600 in a folder 0700, which is made when first written to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, name: str, data: bytes) -> None:
        try:
            await asyncio.to_thread(self._write, name, data)
        except OSError as error:
            raise Unavailable(f"files: {error.strerror}") from error

    def _write(self, name: str, data: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        scratch = self._folder / f"{name}{PART}"
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        scratch.rename(self._folder / name)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)  # the name is on the disk too
        finally:
            os.close(folder)

    async def get(self, name: str) -> bytes:
        try:
            return await asyncio.to_thread((self._folder / name).read_bytes)
        except FileNotFoundError as error:
            raise NotFound("file") from error
        except OSError as error:
            raise Unavailable(f"files: {error.strerror}") from error

    async def stored_before(self, moment: datetime) -> list[str]:
        return await asyncio.to_thread(self._stored_before, moment.timestamp())

    def _stored_before(self, moment_s: float) -> list[str]:
        found = set()
        for path in self._folder.glob("*"):
            with suppress(FileNotFoundError):  # gone meanwhile
                if path.stat().st_mtime <= moment_s:
                    found.add(path.name.removesuffix(PART))
        return sorted(found)

    async def delete(self, names: Iterable[str]) -> None:
        await asyncio.to_thread(self._delete, tuple(names))

    def _delete(self, names: Iterable[str]) -> None:
        for name in names:
            for written in (name, f"{name}{PART}"):
                (self._folder / written).unlink(missing_ok=True)
