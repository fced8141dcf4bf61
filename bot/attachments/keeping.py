"""The bytes of what citizens send to be kept: scanned, stored as they came, for agents only."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from uuid import UUID, uuid4

from bot.attachments.rules import MAX_BYTES, Kept, Sent, WhyNot, safe_mime, safe_name
from bot.errors import Invalid, NotFound
from bot.files.port import FileStore
from bot.files.scanner import Scanner, refuse_infected

ENDING = "kept"


class AttachmentFiles:
    """The files of attachments. Rights are asked of the store before."""

    def __init__(self, files: FileStore, scanner: Scanner | None = None) -> None:
        self._files = files
        self._scanner = scanner

    async def keep(self, raw: bytes, sent: Sent) -> Kept:
        """Scan and store a file, before the row and the message that name it.

        Raises `Invalid` ("file"), its reason one of `WhyNot`, and `Unavailable` when the antivirus
        or the storage cannot be reached: what nobody scanned is not kept.
        """
        if not raw:
            raise Invalid("file", "no bytes", WhyNot.EMPTY.value)
        if len(raw) > MAX_BYTES:
            raise Invalid("file", "too many bytes", WhyNot.TOO_LARGE.value)
        await refuse_infected(self._scanner, raw, "file")
        kept = Kept(
            uuid4(),
            sent.what,
            safe_name(sent.name),
            safe_mime(sent.mime),
            len(raw),
            sent.duration_s,
        )
        await self._files.put(file_name(kept.id), raw)
        return kept

    async def read(self, attachment_id: UUID) -> bytes:
        """The file's bytes. Raises `NotFound` or `Unavailable`."""
        return await self._files.get(file_name(attachment_id))

    async def stored_before(self, before: datetime) -> list[UUID]:
        """The attachments of which a file, whole or half written, was last changed by then."""
        found = set()
        for name in await self._files.stored_before(before):
            with suppress(NotFound):  # not ours
                found.add(attachment_named(name))
        return list(found)

    async def remove(self, attachments: Iterable[UUID]) -> None:
        """Remove their files, if they are there."""
        await self._files.delete(file_name(attachment) for attachment in attachments)


def file_name(attachment_id: UUID) -> str:
    """What the file of an attachment is called."""
    return f"{attachment_id}.{ENDING}"


def attachment_named(name: str) -> UUID:
    """What `file_name` called so. Raises `NotFound`."""
    stem, _, ending = name.partition(".")
    if ending == ENDING:
        with suppress(ValueError):
            return UUID(stem)
    raise NotFound("file")
