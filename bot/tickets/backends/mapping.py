"""How our words and a backend's answer each other. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.tickets.rules import Priority, Status


class Kind(StrEnum):
    BUILTIN = "builtin"
    REDMINE = "redmine"
    ROUNDUP = "roundup"


Theirs = tuple[str, ...]
"""Their words for one of ours: the first is written, any of them is read."""


@dataclass(frozen=True)
class Outside:
    """The backend of `tickets.yml`. `project` and `tracker` are Redmine's; `poll_s` seconds."""

    kind: Kind
    url: str = ""
    project: str | None = None
    tracker: str | None = None
    statuses: Mapping[Status, Theirs] = field(default_factory=dict)
    priorities: Mapping[Priority, Theirs] = field(default_factory=dict)
    teams: Mapping[str, Theirs] = field(default_factory=dict)
    poll_s: float = 5.0

    @property
    def is_outside(self) -> bool:
        return self.kind is not Kind.BUILTIN


def written[K](words: Mapping[K, Theirs], ours: K | None) -> str | None:
    """Their word for ours; None when the mapping has none."""
    theirs = words.get(ours) if ours is not None else None
    return theirs[0] if theirs else None


def read[K](words: Mapping[K, Theirs], theirs: str | None) -> K | None:
    """Our word for theirs, whatever its case; None when the mapping has none."""
    if theirs is None:
        return None
    said = theirs.strip().casefold()
    return next((ours for ours, all_ in words.items() if said in map(str.casefold, all_)), None)
