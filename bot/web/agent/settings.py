"""The page that leads to what is set without a developer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from aiohttp import web

from bot.accounts.rules import Agent
from bot.parts import Service
from bot.web.agent.session import signed_in
from bot.web.rendering import Renderer

SETTINGS = "/agent/settings"


@dataclass(frozen=True)
class SettingsPage:
    """`path`: `{agent}` stands for the reader's own id. `title`, `what`: the keys of what is said
    of it. `opens`: to whom."""

    path: str
    title: str
    what: str
    opens: Callable[[Agent], bool] = lambda _: True


PAGES = (
    SettingsPage(f"{SETTINGS}/members/{{agent}}", "work_own", "settings_what_own"),
    SettingsPage(f"{SETTINGS}/answers", "answers_title_answer", "answers_what_answer"),
    SettingsPage(f"{SETTINGS}/macros", "answers_title_macro", "answers_what_macro"),
    SettingsPage(f"{SETTINGS}/teams", "work_teams", "settings_what_teams", lambda who: who.leads),
    SettingsPage(f"{SETTINGS}/texts", "texts_title", "settings_what_texts", lambda who: who.audits),
    SettingsPage(
        "/agent/learning", "learning_nav", "settings_what_learning", lambda who: who.leads
    ),
    SettingsPage(
        f"{SETTINGS}/automations", "auto_title", "settings_what_automations", lambda who: who.audits
    ),
    SettingsPage(
        f"{SETTINGS}/accounts", "accounts_nav", "settings_what_accounts", lambda who: who.audits
    ),
    SettingsPage(
        f"{SETTINGS}/security", "security", "settings_what_security", lambda who: who.governs
    ),
    SettingsPage("/agent/audit", "audit_nav", "settings_what_audit", lambda who: who.audits),
)
"""In the order of the page."""


class SettingsDoors:
    def __init__(self, service: Service, pages: Renderer) -> None:
        self._service = service
        self._pages = pages

    def routes(self) -> Iterable[web.RouteDef]:
        return [web.get(SETTINGS, signed_in(self._service, self.show))]

    async def show(self, request: web.Request, agent: Agent) -> web.Response:
        pages = [
            SettingsPage(page.path.format(agent=agent.id), page.title, page.what)
            for page in PAGES
            if page.opens(agent)
        ]
        return self._pages.page("agent_settings.html", request, agent=agent, pages=pages)
