"""The catalogue as it holds now: files, and over them what leads have set for their teams."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace

from bot.services.rules import Catalogue, Service, Team
from bot.storage.transaction import Database
from bot.supervision.looking import look_when_woken
from bot.teams import store
from bot.teams.rules import TeamSettings

logger = logging.getLogger(__name__)
READ_EVERY_S = 10.0
"""How long settings may go on here that were changed, when their announcement was missed."""


class Changing[Held](Mapping[str, Held]):
    """A mapping whose readers always find what holds now."""

    def __init__(self, held: Mapping[str, Held]) -> None:
        self.held = held

    def __getitem__(self, key: str) -> Held:
        return self.held[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.held)

    def __len__(self) -> int:
        return len(self.held)


class CurrentCatalogue:
    """`catalogue` is given to whoever reads teams and services; `files` is as it was loaded."""

    def __init__(self, files: Catalogue) -> None:
        self.files = files
        self._settings: Mapping[str, TeamSettings] = {}
        self._teams = Changing[Team](files.teams)
        self._services = Changing[Service](files.services)
        self._of_communes = Changing[Mapping[str, Service]](files.of_communes)
        self.catalogue = replace(
            files,
            teams=self._teams,
            services=self._services,
            of_communes=self._of_communes,
        )

    def use(self, settings: Mapping[str, TeamSettings]) -> None:
        """From now on these hold, by team; once their transaction has committed."""
        if settings == self._settings:
            return
        self._settings = dict(settings)
        none = TeamSettings()

        def now(service: Service) -> Service:
            return settings.get(service.team, none).service(service)

        self._teams.held = {
            code: settings.get(code, none).team(team) for code, team in self.files.teams.items()
        }
        self._services.held = {code: now(one) for code, one in self.files.services.items()}
        self._of_communes.held = {
            commune: {code: now(one) for code, one in services.items()}
            for commune, services in self.files.of_communes.items()
        }

    async def read(self, database: Database) -> None:
        """Take in what holds."""
        async with database.transaction() as tx:
            settings = await store.in_force(tx)
        self.use(settings)

    async def keep(self, database: Database, changed: asyncio.Event) -> None:
        """Read again whenever `changed` says so, until cancelled: another process may change it."""
        what = "settings of teams"
        await look_when_woken(changed, READ_EVERY_S, lambda: self.read(database), logger, what)
