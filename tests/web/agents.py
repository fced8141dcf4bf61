"""Agents at a browser without a page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from bot.accounts.agent_store import Profile
from bot.storage.transaction import Database
from tests.accounts.builders import ANYBODY, PASSWORD, an_account
from tests.web.browsers import Answer, Browser, Browsers


def some_path(route: str) -> str:
    """A path that a route takes, about things that there are not."""
    return re.sub(r"\{\w+\}", "1", route.replace("{reference}", "2026-000001"))


@dataclass(frozen=True)
class AgentAtBrowser:
    browser: Browser
    id: UUID
    login: str

    async def signs_in(self, password: str = PASSWORD, query: str = "") -> Answer:
        """Where the form leads, which is not followed."""
        form = {"login": self.login, "password": password}
        return await self.sends(f"/agent/sign-in{query}", form)

    async def sends(self, path: str, form: dict[str, str]) -> Answer:
        return await self.browser.ask("POST", path, data=form, allow_redirects=False)


async def an_agent_at(
    browsers: Browsers, database: Database, profile: Profile = ANYBODY
) -> AgentAtBrowser:
    """Somebody with an account, in a browser that knows nothing of it."""
    agent, login = await an_account(database, profile)
    return AgentAtBrowser(await browsers(with_session=False), agent, login)
