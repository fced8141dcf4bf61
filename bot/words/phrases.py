"""What the assistant says, before it is put into words: keys, values and buttons.

A reply is rendered at the commit of its turn, since some of it (a reference) exists only then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Bilingual(Protocol):
    """Content that carries its own translations (catalogue texts)."""

    def in_(self, language: str) -> str: ...


@dataclass(frozen=True)
class Phrase:
    """A sentence of the gettext catalogue. `values` may hold phrases, contents and outcomes."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """A value known only once the turn's noted operation number `operation` is performed."""

    operation: int
    attribute: str


@dataclass(frozen=True)
class Joined:
    """Several lines put on one, separated."""

    parts: tuple[Line, ...]
    separator: str = " "


Line = Phrase | Joined | Bilingual | Outcome | str


@dataclass(frozen=True)
class Press:
    """What a button does: an intent, as if it had been said, with exact values."""

    intent: str = "structured_input"
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Button:
    """`lasting`: still good after a later question (follow this report)."""

    title: Line
    press: Press
    lasting: bool = False


@dataclass(frozen=True)
class ShownPhoto:
    """A stored picture in a bubble, and the words that stand for it. Whether its reader may see
    it is asked again whenever the bubble is read."""

    photo: str  # its id
    words: Line


@dataclass(frozen=True)
class Source:
    """What an answer relies on, for channels that show links, and when it was last read there."""

    title: Line
    url: str
    read: date | None = None


@dataclass(frozen=True)
class Reply:
    """One bubble. `expects`: text, choice, confirm, location, photo, date, contact or None;
    `point`: a place that it is about, for channels that show one on a map."""

    lines: tuple[Line, ...]
    buttons: tuple[Button, ...] = ()
    expects: str | None = None
    reference: Outcome | str | None = None
    photos: tuple[ShownPhoto, ...] = ()
    point: tuple[float, float] | None = None
    sources: tuple[Source, ...] = ()


def say(key: str, **values: Any) -> Phrase:
    """A phrase by its key: `say("report.filed", reference=…)`."""
    return Phrase(key, values)
