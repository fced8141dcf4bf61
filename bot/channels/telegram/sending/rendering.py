"""A stored message as what is sent: one call a part, in Telegram's HTML. Pure.

The same message gives the same parts whenever it is asked, so that a message that was cut off
goes on where it stopped, and one that is edited looks as it did.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import batched
from typing import Any
from uuid import UUID

from bot.channels.telegram.markup import bold, html
from bot.channels.telegram.sending.cutting import CAPTION_LENGTH, TEXT_LENGTH, cut, length

ALBUM = 10
SPEAKERS = frozenset({"assistant", "agent", "system"})
_REFERENCE = re.compile(r"\b20\d{2}-\d{6,}\b")


class Form(StrEnum):
    TEXT = "text"
    PHOTO = "photo"
    ALBUM = "album"
    POINT = "point"


@dataclass(frozen=True)
class Part:
    """One call. `plain` is what `html` says, without markup. `has_keys`: the keyboard goes with it;
    `number` counts the message's parts from 0."""

    number: int
    form: Form
    html: str = ""
    plain: str = ""
    photos: tuple[UUID, ...] = ()
    point: tuple[float, float] | None = None
    has_keys: bool = False
    is_plain: bool = False  # sent without markup: Telegram could not read it

    @property
    def calls(self) -> int:
        """How many it counts for in the limits."""
        return max(1, len(self.photos))


@dataclass(frozen=True)
class Spoken:
    """A message of ours as it is stored. `visible`: the pictures that its reader may see."""

    sender: str
    text: str
    content: Mapping[str, Any]
    language: str
    visible: Collection[UUID] = field(default=())

    @property
    def is_sent(self) -> bool:
        """Some messages are stored for the order of things only."""
        return self.sender in SPEAKERS and not self.content.get("silent")

    @property
    def buttons(self) -> Sequence[Mapping[str, str]]:
        buttons: Sequence[Mapping[str, str]] = self.content.get("buttons") or ()
        return buttons

    @property
    def needs_keys(self) -> bool:
        """An album can have no keyboard."""
        return bool(self.buttons) or self.content.get("expects") in {"location", "contact"}

    @property
    def photos(self) -> tuple[UUID, ...]:
        named = (UUID(one["photo"]) for one in self.content.get("photos") or ())
        return tuple(photo for photo in named if photo in self.visible)


def parts_of(spoken: Spoken) -> tuple[Part, ...]:
    """What to send, in order; nothing for what has neither words nor pictures."""
    head = _head(spoken)
    text, photos = spoken.text.strip(), spoken.photos
    if not text and spoken.needs_keys and len(photos) != 1:
        text = "…"
    parts: list[Part] = []
    is_captioned = bool(photos) and length(head + text) <= CAPTION_LENGTH
    is_captioned = is_captioned and (len(photos) == 1 or not spoken.needs_keys)
    for some in batched(photos, ALBUM):
        form = Form.PHOTO if len(some) == 1 else Form.ALBUM
        is_said_here = is_captioned and not parts and bool(text)
        marked_up, plain = _said(spoken, head, text) if is_said_here else ("", "")
        parts.append(Part(len(parts), form, marked_up, plain, photos=some))
    if text and not is_captioned:
        for index, piece in enumerate(cut(text, TEXT_LENGTH - length(head))):
            marked_up, plain = _said(spoken, head if index == 0 else "", piece)
            parts.append(Part(len(parts), Form.TEXT, marked_up, plain))
    if parts:
        parts[-1] = _with_keys(parts[-1])
        point = spoken.content.get("point")
        if point:
            parts.append(Part(len(parts), Form.POINT, point=(float(point[0]), float(point[1]))))
    return tuple(parts)


def _with_keys(part: Part) -> Part:
    return Part(part.number, part.form, part.html, part.plain, part.photos, has_keys=True)


def words_alone(part: Part) -> Part | None:
    """The same where its pictures cannot be sent; None when it says nothing."""
    if part.form not in {Form.PHOTO, Form.ALBUM} or not part.html:
        return None
    return Part(part.number, Form.TEXT, part.html, part.plain, has_keys=part.has_keys)


def last_words(parts: Sequence[Part]) -> Part | None:
    """The part with the last of the text: the one to edit."""
    return next((part for part in reversed(parts) if part.html), None)


def with_line(part: Part, line: str) -> str | None:
    """A part's HTML with a line under it; None when it would be too long."""
    most = TEXT_LENGTH if part.form is Form.TEXT else CAPTION_LENGTH
    added = f"\n\n{line}"
    return part.html + marked(added) if length(part.plain) + length(added) <= most else None


def marked(text: str) -> str:
    """A text in HTML, with the references in it in bold."""
    return _REFERENCE.sub(lambda found: bold(found[0]), html(text))


def _head(spoken: Spoken) -> str:
    """Who speaks, when it is a person."""
    author = spoken.content.get("author") or {}
    team = author.get(f"team_{spoken.language}") or author.get("team_fr")
    name = ", ".join(filter(None, (author.get("name"), team)))
    return f"{name}\n" if name else ""


def _said(spoken: Spoken, head: str, text: str) -> tuple[str, str]:
    said = marked(text)
    if spoken.sender == "system" and not spoken.content.get("reference") and not spoken.buttons:
        said = f"<i>{said}</i>"  # a notice, beside what is being talked about
    if head:
        said = f"{bold(head.strip())}\n{said}"
    return said, head + text
