"""What agents' deeds need beside their transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.errors import NotFound
from bot.mail.letters import Mailer
from bot.places.communes import Gazetteer
from bot.services.rules import Catalogue, Team
from bot.words.catalogues import Words
from bot.words.phrases import Line


@dataclass(frozen=True)
class Counter:
    """Words, teams and towns; `mailer` where letters can be sent."""

    words: Words
    catalogue: Catalogue
    gazetteer: Gazetteer
    mailer: Mailer | None = None

    def team(self, code: str) -> Team:
        """A ticket's team; the reception for one that has left the catalogue since."""
        try:
            return self.catalogue.team(code)
        except NotFound:
            return self.catalogue.team_for(None)

    def team_names(self, code: str) -> Mapping[str, str]:
        """As an agent's message carries it, for readers of either language."""
        label = self.team(code).label
        return {"team": code, "team_fr": label.fr, "team_en": label.en}

    def town(self, insee: str | None) -> str:
        return "" if insee is None else self.gazetteer.by_insee(insee).name


def who(name: str, team: Team) -> dict[str, Line]:
    """An agent as citizens are told of them."""
    return {"name": name, "team": team.label}
