"""What a conversation remembers between two turns, beside its draft. Small, bounded and pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Memory:
    """`unsure`: how many turns in a row ended in doubt."""

    unsure: int = 0

    def after(self, *, doubted: bool) -> Memory:
        """The memory that the next turn starts with."""
        return replace(self, unsure=self.unsure + 1 if doubted else 0)


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
