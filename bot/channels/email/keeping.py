"""Files of a mail on their way in: checked as every other file, before the message that names
them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from bot.attachments import operations as attachments
from bot.attachments.rules import Kept, Sent, What, WhyNot
from bot.channels.email.rules import LONGEST_SAID, Part, Read
from bot.errors import Invalid
from bot.parts import Service as Running
from bot.service_requests.photo_intake import keep_photo

MOST_PHOTOS = 10
WHOLE = "message.txt"
"""The file that holds the whole of a text that is too long for a message."""
_WHATS = {"audio": What.AUDIO, "video": What.VIDEO}
_NEVER = frozenset({WhyNot.INFECTED.value, WhyNot.TOO_LARGE.value, WhyNot.TOO_MANY.value})


@dataclass
class Files:
    """What could be kept: pictures by id, other files; and why others could not."""

    photos: list[str] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    lost: list[tuple[What, WhyNot]] = field(default_factory=list)


async def keep_files(running: Running, citizen_id: UUID, mail: Read, now: datetime) -> Files:
    """Keep the files of a mail, holding nothing. Raises `Unavailable` when the antivirus or the
    storage cannot be reached: the mail then waits whole."""
    files = Files()
    for part in _parts(mail):
        try:
            may_be_photo = part.is_picture and len(files.photos) < MOST_PHOTOS
            if may_be_photo and await _is_photo(running, citizen_id, part, files, now):
                continue
            await _keep(running, citizen_id, part, files, now)
        except Invalid as error:
            files.lost.append((_what(part), _why(error)))
    files.lost += [(What.DOCUMENT, WhyNot.TOO_MANY)] * min(1, mail.left_out)
    return files


def _parts(mail: Read) -> Sequence[Part]:
    if len(mail.said) <= LONGEST_SAID:
        return mail.parts
    return (Part(WHOLE, "text/plain", mail.said.encode()), *mail.parts)


async def _is_photo(
    running: Running, citizen_id: UUID, part: Part, files: Files, now: datetime
) -> bool:
    """Whether it was kept as a picture, which agents see at once. What no picture can be made of
    is a file like others; raises `Invalid` for what may not be kept at all."""
    try:
        photo = await keep_photo(running.database, running.photos, citizen_id, part.data, now)
    except Invalid as error:
        if error.reason in _NEVER:
            raise
        return False
    files.photos.append(str(photo))
    return True


async def _keep(
    running: Running, citizen_id: UUID, part: Part, files: Files, now: datetime
) -> None:
    async with running.database.transaction() as tx:
        await attachments.check_room(tx, citizen_id, now)
    sent = Sent(_what(part), part.name, part.mime)
    files.kept.append(await running.attachments.keep(part.data, sent))


def _what(part: Part) -> What:
    return _WHATS.get(part.mime.partition("/")[0], What.DOCUMENT)


def _why(error: Invalid) -> WhyNot:
    known = {why.value for why in WhyNot}
    return WhyNot(error.reason) if error.reason in known else WhyNot.UNAVAILABLE
