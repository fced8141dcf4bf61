"""What both sides of a ticket may change. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from bot.tickets.rules import Priority, Status


@dataclass(frozen=True)
class State:
    """What both sides may change. As heard from a backend, None is a word that the mapping does
    not know, but for `assignee`: nobody."""

    status: Status | None
    priority: Priority | None
    team: str | None
    assignee: str | None = None
