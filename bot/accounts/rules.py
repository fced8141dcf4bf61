"""Who an agent is, and what they may see. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    COMMUNE_ADMINISTRATOR = "commune_administrator"
    METROPOLIS_ADMINISTRATOR = "metropolis_administrator"


LEADS = frozenset({Role.SUPERVISOR, Role.COMMUNE_ADMINISTRATOR, Role.METROPOLIS_ADMINISTRATOR})
"""Who may assign a ticket to somebody else, and take one out of another agent's hands."""


@dataclass(frozen=True)
class Agent:
    """A signed-in agent. `name` is the first name that citizens read. `communes`: INSEE codes of
    the towns whose citizens they serve, None for every one; `teams`: codes of `teams.yml`, none
    for whoever serves all of them."""

    id: UUID
    name: str
    role: Role
    communes: frozenset[str] | None
    teams: frozenset[str] = frozenset()

    def sees(self, commune: str | None) -> bool:
        """Whether what concerns that town is theirs to see. What names no town is seen by those
        who serve every one: nobody else could tell whose it is."""
        return self.communes is None or commune in self.communes

    @property
    def leads(self) -> bool:
        return self.role in LEADS
