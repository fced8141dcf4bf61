"""What citizens send that is kept for an agent: how much of it, under which name. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

MAX_BYTES = 20 * 1024 * 1024
"""Of one file. Telegram's `getFile` hands out no larger one (Bot API, "getFile")."""
MOST_FILES = 60
MOST_BYTES = 200 * 1024 * 1024
"""Of one citizen together, in `COUNTED_FOR`, without what belongs to a ticket that is closed."""
COUNTED_FOR = timedelta(days=30)
LONGEST_NAME = 120
OCTETS = "application/octet-stream"
_MIME = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]{0,99}")


class What(StrEnum):
    """What a file is to whoever sent it."""

    VOICE = "voice"
    VIDEO_NOTE = "video_note"
    VIDEO = "video"
    AUDIO = "audio"
    ANIMATION = "animation"
    DOCUMENT = "document"
    PHOTO = "photo"  # one that could not be taken as a picture: it is never kept as a file


class WhyNot(StrEnum):
    """Why a file could not be kept."""

    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    INFECTED = "infected"
    EMPTY = "empty"
    UNAVAILABLE = "unavailable"
    UNREADABLE = "unreadable"  # of a picture
    HEIC = "heic"
    HIDDEN = "hidden"  # it was kept, and an agent hid it since


_AUDIO = frozenset(
    f"audio/{kind}"
    for kind in ("aac", "flac", "mp4", "mpeg", "ogg", "wav", "webm", "x-m4a", "x-wav")
)
_VIDEO = frozenset(["video/mp4", "video/ogg", "video/quicktime", "video/webm"])
PLAYED = {**dict.fromkeys(_AUDIO, "audio"), **dict.fromkeys(_VIDEO, "video")}
"""What a page plays, by its type; anything else is only handed over, as bytes of no type."""


@dataclass(frozen=True)
class Sent:
    """A file as its channel describes it."""

    what: What
    name: str | None = None
    mime: str = OCTETS
    duration_s: int | None = None


@dataclass(frozen=True)
class Kept:
    """A stored file. `name`: safe to show and to save under."""

    id: UUID
    what: What
    name: str | None
    mime: str
    size: int
    duration_s: int | None

    def content(self) -> dict[str, Any]:
        """What its message carries (kind "file")."""
        return {
            "file": {
                "id": str(self.id),
                "what": self.what.value,
                "name": self.name,
                "mime": self.mime,
                "size": self.size,
                "duration_s": self.duration_s,
            }
        }


def not_kept(what: What, why: WhyNot) -> dict[str, Any]:
    """What the message of a file that could not be kept carries."""
    return {"file": None, "what": what.value, "why": why.value}


def kept_in(content: Mapping[str, Any]) -> Kept | None:
    """The file that a message names."""
    file = content.get("file")
    if not file:
        return None
    return Kept(
        UUID(file["id"]),
        What(file["what"]),
        file["name"],
        file["mime"],
        file["size"],
        file["duration_s"],
    )


def safe_name(name: str | None) -> str | None:
    """A name without path, control or direction characters, not hidden, and not too long."""
    if name is None:
        return None
    last = re.split(r"[/\\]", name)[-1]
    shown = "".join(c for c in last if unicodedata.category(c)[0] not in "CZ" or c == " ")
    shown = " ".join(shown.replace('"', "'").split()).lstrip(". ")
    if len(shown) > LONGEST_NAME:
        stem, dot, ending = shown.rpartition(".")
        tail = f"{dot}{ending}" if stem and len(ending) <= 10 else ""
        shown = shown[: LONGEST_NAME - len(tail)] + tail
    return shown or None


def safe_mime(mime: str | None) -> str:
    """A plain type without parameters; that of bytes for what is none."""
    plain = (mime or "").partition(";")[0].strip().lower()
    return plain if _MIME.fullmatch(plain) else OCTETS


ENDINGS = {
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
}


def saved_as(kept: Kept) -> str:
    """The name under which a file is saved: its own, else what it is."""
    if kept.name is not None:
        return kept.name
    ending = ENDINGS.get(kept.mime)
    plain = f"{kept.what.value}-{kept.id.hex[:8]}"
    return plain if ending is None else f"{plain}.{ending}"
