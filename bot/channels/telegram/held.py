"""The file that a message holds, before it is fetched."""

from __future__ import annotations

from dataclasses import dataclass

from aiogram.types import Message

from bot.attachments.rules import OCTETS, Sent, What

PICTURE_TYPES = frozenset({"image/jpeg", "image/png", "image/webp", "image/heic", "image/heif"})
"""Of documents that are taken as photos."""


@dataclass(frozen=True)
class Held:
    """A file by Telegram's id of it; `size` in bytes, where Telegram says it."""

    file_id: str
    size: int | None
    sent: Sent

    @property
    def is_picture(self) -> bool:
        return self.sent.what is What.PHOTO


def held_in(message: Message) -> Held | None:
    """What a message holds. A GIF is an animation and, beside that, a document."""
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        return Held(largest.file_id, largest.file_size, Sent(What.PHOTO))
    if message.voice is not None:
        voice = message.voice
        sent = Sent(What.VOICE, None, voice.mime_type or "audio/ogg", voice.duration)
        return Held(voice.file_id, voice.file_size, sent)
    if message.video_note is not None:
        note = message.video_note
        return Held(
            note.file_id, note.file_size, Sent(What.VIDEO_NOTE, None, "video/mp4", note.duration)
        )
    for what, file in (
        (What.VIDEO, message.video),
        (What.AUDIO, message.audio),
        (What.ANIMATION, message.animation),
        (What.DOCUMENT, message.document),
    ):
        if file is not None:
            is_picture = what is What.DOCUMENT and file.mime_type in PICTURE_TYPES
            lasts = getattr(file, "duration", None)
            sent = Sent(
                What.PHOTO if is_picture else what, file.file_name, file.mime_type or OCTETS, lasts
            )
            return Held(file.file_id, file.file_size, sent)
    return None
