"""Files that come to a ticket from other agents: kept as they are, and named by a note.

Citizens are never shown them; what citizens see are pictures, which answers carry.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from bot.errors import Invalid
from bot.files.pictures import MAX_BYTES
from bot.files.port import FileStore
from bot.files.scanner import Scanner
from bot.handover.answering import note
from bot.handover.rules import Author
from bot.storage.transaction import Transaction
from bot.tickets.backends.port import File


@dataclass(frozen=True)
class Kept:
    """A stored file, as the data of its note. `handle` opens it."""

    handle: str
    name: str
    mime: str
    size: int


class AttachedFiles:
    """Where the bytes are. A file is called after its ticket and key: an attempt that was cut off
    before its note leaves what the next one writes again, and nothing to sweep."""

    def __init__(self, files: FileStore, scanner: Scanner | None = None) -> None:
        self._files = files
        self._scanner = scanner

    async def keep(self, reference: str, file: File) -> Kept:
        """Scan and store a file, before the note that names it. Raises `Invalid` for what is too
        large or infected, `Unavailable` when that cannot be told or stored."""
        if len(file.data) > MAX_BYTES:
            raise Invalid("file", f"more than {MAX_BYTES} bytes", "too_large")
        found = None if self._scanner is None else await self._scanner.finding(file.data)
        if found is not None:
            raise Invalid("file", found, "infected")
        handle = f"{uuid5(NAMESPACE_URL, f'guichet:{reference}/{file.key}')}.attached"
        await self._files.put(handle, file.data)
        return Kept(handle, file.name, file.mime, len(file.data))

    async def read(self, handle: str) -> bytes:
        """Raises `NotFound` or `Unavailable`."""
        return await self._files.get(handle)


async def attach(
    tx: Transaction,
    author: Author,
    reference: str,
    kept: Kept,
    words: str,
    external_id: str,
    now: datetime,
) -> None:
    """Show a stored file to agents. Raises as `answering.note` does."""
    await note(tx, author, reference, words, external_id, now, data={"file": asdict(kept)})
