"""Who an agent is, and what they may see. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from bot.audit.rules import Actor


class Role(StrEnum):
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    COMMUNE_ADMINISTRATOR = "commune_administrator"
    METROPOLIS_ADMINISTRATOR = "metropolis_administrator"


LEADS = frozenset({Role.SUPERVISOR, Role.COMMUNE_ADMINISTRATOR, Role.METROPOLIS_ADMINISTRATOR})
"""Who may assign a ticket to somebody else, and take one out of another agent's hands."""


ADMINISTRATORS = frozenset({Role.COMMUNE_ADMINISTRATOR, Role.METROPOLIS_ADMINISTRATOR})
AUDITORS = ADMINISTRATORS
RANKS = tuple(Role)
"""From the least to the most that a role may do."""


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
    def only_town(self) -> str | None:
        """The town whose administrators read in the audit log what this agent looks for: what spans
        several concerns none of them alone."""
        towns = self.communes or frozenset()
        return next(iter(towns)) if len(towns) == 1 else None

    @property
    def leads(self) -> bool:
        return self.role in LEADS

    @property
    def audits(self) -> bool:
        """Whether they read the audit log, of their towns."""
        return self.role in AUDITORS

    @property
    def governs(self) -> bool:
        """Whether what holds for every agent is theirs to set."""
        return self.role is Role.METROPOLIS_ADMINISTRATOR

    def administers(self, other: UUID, role: Role, communes: frozenset[str] | None) -> bool:
        """Whether another account is theirs to look after: an administrator's, of no town but
        theirs, and of nobody who may do more. One's own is not: it takes the password."""
        if self.role not in ADMINISTRATORS or other == self.id:
            return False
        is_of_theirs = self.communes is None or (communes is not None and communes <= self.communes)
        return is_of_theirs and RANKS.index(role) <= RANKS.index(self.role)

    @property
    def actor(self) -> Actor:
        """As the audit log names them."""
        return Actor(self.id, self.name)
