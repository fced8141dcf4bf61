"""The page of one agent's work: skills and capacity for whoever leads them, absences and
availability for themselves too."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from aiohttp import web
from yarl import URL

from bot.accounts.rules import Agent
from bot.errors import Forbidden, Invalid, NotFound
from bot.handover.relieving import Reliever
from bot.parts import Service
from bot.services.working_days import PARIS
from bot.storage.tables import utc_now
from bot.teams import operations, store
from bot.teams.rules import Skills
from bot.web.agent.refusals import Wrong
from bot.web.agent.session import HOME, see_other, signed_in
from bot.web.agent.work_said import LANGUAGES, Said
from bot.web.forms import form_of
from bot.web.rendering import Renderer
from bot.web.visitors import language_of

MEMBER = "/agent/settings/members/{agent}"
AVAILABILITY = "/agent/availability"
DONE = ("saved", "absence", "removed", "offered")


class MemberDoors:
    def __init__(self, service: Service, pages: Renderer) -> None:
        self._service = service
        self._pages = pages

    def routes(self) -> Iterable[web.RouteDef]:
        posts = (
            (MEMBER, self.save),
            (f"{MEMBER}/absences", self.add_absence),
            (f"{MEMBER}/absences/remove", self.remove_absence),
            (f"{MEMBER}/offer", self.offer),
            (AVAILABILITY, self.switch),
        )
        return [
            web.get(MEMBER, signed_in(self._service, self.show)),
            *(web.post(path, signed_in(self._service, handler)) for path, handler in posts),
        ]

    async def switch(self, request: web.Request, agent: Agent) -> web.Response:
        """There, or away: what the desk's switch does. The page that was open opens again."""
        form = await form_of(request)
        async with self._service.database.transaction() as tx:
            is_away = form.get("away") == "yes"
            await operations.set_away(tx, agent, utc_now(), is_away=is_away)
        if form.get("back") == "member":
            return self._back(request, agent.id, "saved")
        kept: dict[str, str] = {key: form[key] for key in ("queue", "ticket") if key in form}
        return see_other(request, URL(HOME).with_query(kept))

    async def show(self, request: web.Request, agent: Agent) -> web.Response:
        return await self._page(request, agent)

    async def save(self, request: web.Request, agent: Agent) -> web.Response:
        form, member = await form_of(request), _id(request)
        every = self._service.catalogue.every_variant()
        codes = frozenset(one.code for one in every)
        try:
            skills = Skills(_ticked(form, "service-"), _ticked(form, "language-"), _capacity(form))
            async with self._service.database.transaction() as tx:
                await operations.set_skills(
                    tx, agent, member, skills, codes, frozenset(LANGUAGES), utc_now()
                )
        except Invalid as error:
            return await self._refused(request, agent, "skills", error)
        except Forbidden:
            return self._pages.page("agent_refused.html", request, status=403, agent=agent)
        return self._back(request, member, "saved")

    async def add_absence(self, request: web.Request, agent: Agent) -> web.Response:
        form, member = await form_of(request), _id(request)
        try:
            start, end = _moment(form.get("from", "")), _moment(form.get("until", ""))
            async with self._service.database.transaction() as tx:
                await operations.add_absence(tx, agent, member, start, end, utc_now())
        except Invalid as error:
            return await self._refused(request, agent, "absence", error)
        return self._back(request, member, "absence")

    async def remove_absence(self, request: web.Request, agent: Agent) -> web.Response:
        form, member = await form_of(request), _id(request)
        try:
            absence = UUID(form.get("absence", ""))
        except ValueError as error:
            raise NotFound("absence") from error
        async with self._service.database.transaction() as tx:
            await operations.remove_absence(tx, agent, member, absence, utc_now())
        return self._back(request, member, "removed")

    async def offer(self, request: web.Request, agent: Agent) -> web.Response:
        """Every open ticket of theirs goes to the team."""
        member, service = _id(request), self._service
        count = await Reliever(service.database, service.counter, utc_now).offer(agent, member)
        return self._back(request, member, "offered", n=str(count))

    def _back(self, request: web.Request, member: UUID, done: str, **more: str) -> web.Response:
        page = URL(MEMBER.format(agent=member))
        return see_other(request, page.with_query(done=done, **more))

    async def _refused(
        self, request: web.Request, agent: Agent, form: str, error: Invalid
    ) -> web.Response:
        self._service.metrics.refused(error.code)
        wrong = Wrong(form, error.field, f"work_wrong_{error.reason or 'number'}", 400)
        return await self._page(request, agent, wrong)

    async def _page(
        self, request: web.Request, agent: Agent, wrong: Wrong | None = None
    ) -> web.Response:
        now, words = utc_now(), Said(self._service, language_of(request))
        async with self._service.database.transaction() as tx:
            member = await store.member(tx, agent, _id(request), now)
        done, count = request.query.get("done", ""), request.query.get("n", "0")
        return self._pages.page(
            "agent_member.html",
            request,
            status=wrong.status if wrong else 200,
            agent=agent,
            wrong=wrong,
            done=done if done in DONE else "",
            count=int(count) if count.isdecimal() and len(count) < len("10000") else 0,
            member=words.member(member, now),
            is_own=member.id == agent.id,
            languages=[(one, words.word(f"desk_language_{one}")) for one in LANGUAGES],
            services=self._services(member, words),
        )

    def _services(
        self, member: store.Member, words: Said
    ) -> list[tuple[str, list[tuple[str, str]], bool]]:
        """By team: those of the agent's own teams first, opened."""
        by_team: dict[str, dict[str, str]] = {}
        for one in self._service.catalogue.every_variant():
            label = one.label.in_(words.language)
            by_team.setdefault(one.team, {}).setdefault(one.code, label)
        order = sorted(by_team, key=lambda code: (code not in member.teams, words.team(code)))
        return [
            (
                words.team(code),
                sorted(by_team[code].items(), key=lambda pair: pair[1]),
                code in member.teams or not member.skills.services.isdisjoint(by_team[code]),
            )
            for code in order
        ]


def _id(request: web.Request) -> UUID:
    try:
        return UUID(request.match_info["agent"])
    except ValueError as error:
        raise NotFound("agent") from error


def _ticked(form: dict[str, str], prefix: str) -> frozenset[str]:
    return frozenset(key.removeprefix(prefix) for key in form if key.startswith(prefix))


def _capacity(form: dict[str, str]) -> int:
    text = form.get("capacity", "")
    if not (text.isascii() and text.isdecimal()) or len(text) > len("100"):
        raise Invalid("capacity", "a number is needed", reason="number")
    return int(text)


def _moment(text: str) -> datetime:
    """What a field for date and time holds, as clocks show it here. Raises `Invalid`."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=PARIS)
    except ValueError as error:
        raise Invalid("until", "no moment", reason="absence") from error
