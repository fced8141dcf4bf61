"""The page of teams, for whoever leads: hours, days off, delays, assignment, and their history."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from aiohttp import web
from yarl import URL

from bot.accounts.rules import Agent
from bot.errors import Forbidden, Invalid, NotFound
from bot.parts import Service
from bot.services.opening import hours_of
from bot.storage.tables import utc_now
from bot.teams import operations, store
from bot.teams.rules import TeamSettings, check_sets_team, said, sets_team, spans_of
from bot.web.agent.refusals import Wrong
from bot.web.agent.session import see_other, signed_in
from bot.web.agent.work_said import Said
from bot.web.forms import form_of
from bot.web.rendering import Renderer
from bot.web.visitors import language_of

TEAMS = "/agent/settings/teams"
DAYS = range(7)
LONGEST_NUMBER = 6


class TeamDoors:
    def __init__(self, service: Service, pages: Renderer) -> None:
        self._service = service
        self._pages = pages

    def routes(self) -> Iterable[web.RouteDef]:
        return [
            web.get(TEAMS, signed_in(self._service, self.show)),
            web.post(f"{TEAMS}/{{team}}", signed_in(self._service, self.save)),
            web.post(f"{TEAMS}/{{team}}/restore", signed_in(self._service, self.restore)),
        ]

    async def show(self, request: web.Request, agent: Agent) -> web.Response:
        offered = self._offered(agent)
        asked = request.query.get("team", "")
        if not agent.leads or not offered:
            return self._pages.page("agent_refused.html", request, status=403, agent=agent)
        return await self._page(request, agent, asked if asked in offered else offered[0])

    async def save(self, request: web.Request, agent: Agent) -> web.Response:
        team, form = self._team(request), await form_of(request)
        try:
            check_sets_team(agent, team)  # before a form that is wrong is shown again
            chosen = self._chosen(team, form)
            async with self._service.database.transaction() as tx:
                services = self._services(team)
                await operations.set_team(tx, agent, team, chosen, services, utc_now())
        except Invalid as error:
            self._service.metrics.refused(error.code)
            wrong = Wrong("team", error.field, f"work_wrong_{error.reason or 'number'}", 400)
            return await self._page(request, agent, team, wrong, form)
        except Forbidden:
            return self._pages.page("agent_refused.html", request, status=403, agent=agent)
        return await self._saved(request, team)

    async def restore(self, request: web.Request, agent: Agent) -> web.Response:
        team, form = self._team(request), await form_of(request)
        number = _number(form.get("version", ""), "version")
        try:
            async with self._service.database.transaction() as tx:
                await operations.restore_team(tx, agent, team, number or 0, utc_now())
        except Forbidden:
            return self._pages.page("agent_refused.html", request, status=403, agent=agent)
        return await self._saved(request, team)

    async def _saved(self, request: web.Request, team: str) -> web.Response:
        await self._service.current.read(self._service.database)
        return see_other(request, URL(TEAMS).with_query(team=team, done="saved"))

    def _team(self, request: web.Request) -> str:
        team = request.match_info["team"]
        if team not in self._service.catalogue.teams:
            raise NotFound("team")
        return team

    def _offered(self, agent: Agent) -> list[str]:
        teams = self._service.catalogue.teams
        return [code for code in teams if not agent.teams or code in agent.teams]

    def _services(self, team: str) -> list[str]:
        every = self._service.catalogue.every_variant()
        return sorted({one.code for one in every if one.team == team})

    def _chosen(self, team: str, form: dict[str, str]) -> TeamSettings:
        """Raises `Invalid`. What is as `teams.yml` says is left to it."""
        file = self._service.current.files.team(team)
        week = {day: spans_of(form.get(f"day-{day}", "")) for day in DAYS}
        week = {day: spans for day, spans in week.items() if spans}
        minutes = _number(form.get("answer_within_minutes", ""), "answer_within_minutes")
        if minutes is not None and minutes == file.answer_within.total_seconds() / 60:
            minutes = None
        return TeamSettings(
            None if week == {d: s for d, s in file.week.items() if s} else week,
            _days(form.get("closed", "")),
            minutes,
            form.get("assigns") == "yes",
            _number(form.get("gives_back_after_minutes", ""), "gives_back_after_minutes") or 30,
            _number(form.get("offers_after_hours", ""), "offers_after_hours"),
            self._delays(team, form),
        )

    def _delays(self, team: str, form: dict[str, str]) -> dict[str, int]:
        files, delays = self._service.current.files, {}
        for code in self._services(team):
            days = _number(form.get(f"delay-{code}", ""), "delays")
            known = files.find(code)
            if days is not None and (known is None or days != known.target_delay_days):
                delays[code] = days
        return delays

    async def _page(
        self,
        request: web.Request,
        agent: Agent,
        code: str,
        wrong: Wrong | None = None,
        form: dict[str, str] | None = None,
    ) -> web.Response:
        now, language = utc_now(), language_of(request)
        async with self._service.database.transaction() as tx:
            members = await store.members(tx, agent, now, code)
            versions = await store.versions(tx, code)
        words = Said(self._service, language)
        settings = versions[0].settings if versions else TeamSettings()
        team = settings.team(self._service.current.files.team(code))
        return self._pages.page(
            "agent_teams.html",
            request,
            status=wrong.status if wrong else 200,
            agent=agent,
            wrong=wrong,
            done=request.query.get("done", ""),
            teams=[(one, words.team(one)) for one in self._offered(agent)],
            code=code,
            label=words.team(code),
            members=[words.member(member, now) for member in members],
            sets=sets_team(agent, code),
            values=form if form is not None else self._values(code, settings),
            days=[(day, words.day(day)) for day in DAYS],
            is_open=hours_of(team).is_open(now),
            delays=self._delay_rows(code, settings, language),
            versions=[
                {
                    "number": one.version,
                    "at": words.moment(one.at),
                    "name": one.name,
                    "restored": one.restored,
                    "what": words.changes(one.settings),
                }
                for one in versions
            ],
        )

    def _values(self, code: str, settings: TeamSettings) -> dict[str, Any]:
        """What the form's fields hold."""
        team = settings.team(self._service.current.files.team(code))
        return {
            **{f"day-{day}": said(team.week.get(day, ())) for day in DAYS},
            "closed": ", ".join(f"{day:%d/%m/%Y}" for day in sorted(settings.closed)),
            "answer_within_minutes": int(team.answer_within.total_seconds() // 60),
            "assigns": "yes" if settings.assigns else "",
            "gives_back_after_minutes": settings.gives_back_after_minutes,
            "offers_after_hours": settings.offers_after_hours or "",
            **{f"delay-{service}": days for service, days in settings.delays.items()},
        }

    def _delay_rows(
        self, code: str, settings: TeamSettings, language: str
    ) -> list[tuple[str, str, int]]:
        """The team's services with the delay that their file says."""
        rows: dict[str, tuple[str, int]] = {}
        for one in self._service.current.files.every_variant():
            if one.team == code:
                rows.setdefault(one.code, (one.label.in_(language), one.target_delay_days))
        return [(service, *row) for service, row in sorted(rows.items(), key=lambda r: r[1])]


def _number(text: str, field: str) -> int | None:
    """Raises `Invalid`."""
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()) or len(text) > LONGEST_NUMBER:
        raise Invalid(field, "a number is needed", reason="number")
    return int(text)


def _days(text: str) -> frozenset[date]:
    """`24/12/2026, 31/12/2026`, or as computers write days. Raises `Invalid`."""
    days = set()
    for part in filter(None, (part.strip() for part in text.replace(";", ",").split(","))):
        day = "-".join(reversed(part.split("/"))) if "/" in part else part
        try:
            days.add(date.fromisoformat(day))
        except ValueError as error:
            raise Invalid("closed", "no day", reason="days") from error
    return frozenset(days)
