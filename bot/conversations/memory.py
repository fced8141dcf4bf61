"""What a conversation remembers between two turns, beside its draft. Small, bounded and pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Self

MOST_SHOWN = 10
KEPT_TURNS = 3
"""Turns during which "the other one" points at the requests that were shown."""


@dataclass(frozen=True)
class Memory:
    """`unsure`: how many turns in a row ended in doubt, `angry`: how many were angry. `shown`:
    references of the citizen's own requests as they were last shown, `at` the one in view (-1: all
    of them alike), for `turns_left` turns more."""

    unsure: int = 0
    angry: int = 0
    shown: tuple[str, ...] = ()
    at: int = 0
    turns_left: int = 0

    def showing(self, references: Sequence[str], at: int = 0) -> Memory:
        """Requests are shown now, one of them in view."""
        shown = tuple(references[:MOST_SHOWN])
        return replace(self, shown=shown, at=at, turns_left=KEPT_TURNS + 1)

    def pointing(self, reference: str) -> Memory:
        """One request comes into view, among those shown if it is one of them."""
        if reference in self.shown:
            return self.showing(self.shown, self.shown.index(reference))
        return self.showing([reference])

    @property
    def in_view(self) -> str | None:
        """The one request that the last answers were about."""
        return self.shown[self.at] if 0 <= self.at < len(self.shown) else None

    def pointed(self, rank: int) -> str | None:
        """The request of a rank, from 1; the next one after that in view for 0. Of two, the next
        of the last is the first. None when there is no such one."""
        at = max(self.at, 0)
        index = rank - 1 if rank else at + 1
        if rank == 0 and len(self.shown) == 2:
            index = 1 - at
        return self.shown[index] if 0 <= index < len(self.shown) else None

    def after(self, *, doubted: bool, angered: bool = False) -> Memory:
        """The memory that the next turn starts with."""
        unsure = self.unsure + 1 if doubted else 0
        angry = self.angry + 1 if angered else 0
        if self.turns_left <= 1:
            return Memory(unsure, angry)
        return replace(self, unsure=unsure, angry=angry, turns_left=self.turns_left - 1)


class AwaitingKind(StrEnum):
    """What was asked outside the form."""

    ANSWER = "answer"  # what a team asked
    DETAIL = "detail"  # what to add to a request
    OPINION = "opinion"  # what went wrong
    REASON = "reason"  # why it is to be reopened
    SEEN_SOLVED = "seen_solved"  # whether it is solved: a follower says that it is
    VERDICT = "verdict"  # whether it is solved: news say that it is
    TICKET = "ticket"  # a person was asked for: what they add goes to the ticket
    WAITING = "waiting"  # they wait for the agent: all that they write does
    EMAIL = "email"  # the address to which the agent is to write
    PHONE = "phone"  # the number that the agent is to call
    SERVED = "served"  # whether the agent's answer settled it: the ticket was closed
    FEEDBACK = "feedback"  # a free comment on it


LASTING = frozenset({AwaitingKind.TICKET, AwaitingKind.WAITING})


@dataclass(frozen=True)
class Awaiting:
    """What the next words of a citizen may answer, and of which request or ticket. It lasts one
    turn, but while they wait for an agent."""

    kind: AwaitingKind
    reference: str

    @property
    def lasts(self) -> bool:
        return self.kind in LASTING

    def to_json(self) -> dict[str, str]:
        return {"kind": self.kind.value, "reference": self.reference}

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | None) -> Self | None:
        return None if data is None else cls(AwaitingKind(data["kind"]), data["reference"])


def to_json(memory: Memory) -> dict[str, Any]:
    """As it is stored; nothing when there is nothing to remember."""
    return {} if memory == Memory() else asdict(memory)


def from_json(data: Mapping[str, Any] | None) -> Memory:
    """As it was stored; what another version remembered and this one does not is dropped."""
    known: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in (data or {}).items()
        if name in Memory.__dataclass_fields__
    }
    return Memory(**known)
