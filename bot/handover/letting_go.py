"""Who let a ticket go. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from bot.tickets.rules import EventKind

ANEW = frozenset({EventKind.TRANSFERRED.value, EventKind.REOPENED.value})
"""Another queue, or another beginning: what was before counts no more."""


def let_go(history: Iterable[Mapping[str, Any]]) -> set[UUID]:
    """The agents who had a ticket since it came into its queue and let it go for good: put back by
    somebody, or left without an answer. Whoever was only away may get it again."""
    holder: UUID | None = None
    gone: set[UUID] = set()
    for event in history:
        kind, data = event["kind"], event["data"]
        if kind in ANEW:
            holder, gone = None, set()
        elif kind == EventKind.TAKEN.value:
            holder = event["agent_id"]
        elif kind == EventKind.ASSIGNED.value and data.get("to"):
            holder = UUID(data["to"])
        elif kind == EventKind.ASSIGNED.value:
            is_by_itself = event["agent_id"] is None
            if holder is not None and not is_by_itself:
                gone.add(holder)
            holder = None
        elif kind == EventKind.ESCALATED.value:
            if holder is not None:
                gone.add(holder)
            holder = None
    return gone
