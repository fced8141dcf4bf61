"""Where the bytes of files are kept: one port, two adapters, one contract suite."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol


class FileStore(Protocol):
    """Whole files under flat names of letters, digits, `-` and `.`, chosen by the caller and never
    reused. Every method raises `Unavailable` when the place cannot be reached in time."""

    async def put(self, name: str, data: bytes) -> None:
        """Keep a file: once this returns it is there whole, before that not at all."""
        ...

    async def get(self, name: str) -> bytes:
        """The file's bytes. Raises `NotFound`."""
        ...

    async def stored_before(self, moment: datetime) -> list[str]:
        """Names of what was last written by then, whole or only in part, in no order."""
        ...

    async def delete(self, names: Iterable[str]) -> None:
        """Remove files and what was written of them; a name that is not there is no error."""
        ...
