"""The pages of automations, for administrators: a list, a form with a dry run, history, log."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from aiohttp import web
from yarl import URL

from bot.accounts.rules import Agent
from bot.automations import operations, store
from bot.automations.conditions import TIMED, Automation, Known, Seen, When
from bot.automations.store import Kept, Made, Run
from bot.errors import Forbidden, Invalid, NotFound
from bot.handover import store as handover
from bot.parts import Service
from bot.storage.tables import utc_now
from bot.storage.transaction import Transaction
from bot.tickets.rules import Priority
from bot.web.agent.automation_forms import automation_in, fields_of
from bot.web.agent.refusals import Wrong
from bot.web.agent.session import see_other, signed_in
from bot.web.agent.work_said import LANGUAGES, Said
from bot.web.forms import form_of
from bot.web.rate import Limiter
from bot.web.rendering import Renderer
from bot.web.visitors import language_of

AUTOMATIONS = "/agent/settings/automations"
ONE = f"{AUTOMATIONS}/{{automation}}"
NEW = "new"
CHANNELS = ("web", "widget", "telegram", "email", "phone", "counter", "post")
MOST_SHOWN = 100
"""Tickets that a dry run names; it counts all of them."""
DONE = ("saved", "on", "off")


class AutomationDoors:
    def __init__(self, service: Service, pages: Renderer) -> None:
        self._service = service
        self._pages = pages
        self._limiter = Limiter(per_minute=20, burst=10)

    def routes(self) -> Iterable[web.RouteDef]:
        return [
            web.get(AUTOMATIONS, signed_in(self._service, self.show_all)),
            web.get(ONE, signed_in(self._service, self.show)),
            web.post(ONE, signed_in(self._service, self.save)),
            web.post(f"{ONE}/try", signed_in(self._service, self.try_out)),
            web.post(f"{ONE}/switch", signed_in(self._service, self.switch)),
            web.post(f"{ONE}/restore", signed_in(self._service, self.restore)),
        ]

    async def show_all(self, request: web.Request, agent: Agent) -> web.Response:
        try:
            async with self._service.database.transaction() as tx:
                kept = await store.automations(tx, agent)
        except Forbidden:
            return self._not_theirs(request, agent)
        words = Said(self._service, language_of(request))
        return self._pages.page(
            "agent_automations.html",
            request,
            agent=agent,
            automations=[
                {
                    "id": one.id,
                    "title": one.automation.title,
                    "said": self._said(one.automation, words),
                    "state": _state(one),
                }
                for one in kept
            ],
        )

    async def show(self, request: web.Request, agent: Agent) -> web.Response:
        return await self._page(request, agent)

    async def save(self, request: web.Request, agent: Agent) -> web.Response:
        form, which = await form_of(request), _id(request)
        try:
            chosen = automation_in(form)
            async with self._service.database.transaction() as tx:
                known = self._known()
                kept = await operations.save(tx, agent, which, chosen, known, utc_now())
        except Invalid as error:
            return await self._refused(request, agent, error, form)
        except Forbidden:
            return self._not_theirs(request, agent)
        return self._back(request, kept, "saved")

    async def try_out(self, request: web.Request, agent: Agent) -> web.Response:
        """What the form as it stands would have done; nothing is kept."""
        self._limiter.take(str(agent.id))
        form, now = await form_of(request), utc_now()
        try:
            chosen = automation_in(form)
            async with self._service.database.transaction() as tx:
                tickets = await operations.to_try(tx, agent, chosen, now)
        except Invalid as error:
            return await self._refused(request, agent, error, form)
        except Forbidden:
            return self._not_theirs(request, agent)
        # Opening time of many tickets takes a moment, with nothing held.
        counter = self._service.counter
        found = await asyncio.to_thread(operations.tried, chosen, tickets, counter, now)
        return await self._page(request, agent, form=form, found=found)

    async def switch(self, request: web.Request, agent: Agent) -> web.Response:
        form = await form_of(request)
        is_on, which = form.get("on") == "yes", _kept_id(request)
        try:
            async with self._service.database.transaction() as tx:
                await operations.switch(tx, agent, which, utc_now(), is_on=is_on)
        except Forbidden:
            return self._not_theirs(request, agent)
        return self._back(request, which, "on" if is_on else "off")

    async def restore(self, request: web.Request, agent: Agent) -> web.Response:
        form, which = await form_of(request), _kept_id(request)
        number = form.get("version", "")
        if not number.isdecimal() or len(number) > len("10000"):
            raise NotFound("version")
        try:
            async with self._service.database.transaction() as tx:
                await operations.restore(tx, agent, which, int(number), utc_now())
        except Forbidden:
            return self._not_theirs(request, agent)
        return self._back(request, which, "saved")

    def _back(self, request: web.Request, which: UUID, done: str) -> web.Response:
        return see_other(request, URL(f"{AUTOMATIONS}/{which}").with_query(done=done))

    def _not_theirs(self, request: web.Request, agent: Agent) -> web.Response:
        return self._pages.page("agent_refused.html", request, status=403, agent=agent)

    async def _refused(
        self, request: web.Request, agent: Agent, error: Invalid, form: Mapping[str, str]
    ) -> web.Response:
        self._service.metrics.refused(error.code)
        wrong = Wrong("automation", error.field, f"auto_wrong_{error.reason or 'unknown'}", 400)
        return await self._page(request, agent, wrong, form)

    async def _page(
        self,
        request: web.Request,
        agent: Agent,
        wrong: Wrong | None = None,
        form: Mapping[str, str] | None = None,
        found: list[Seen] | None = None,
    ) -> web.Response:
        which, words = _id(request), Said(self._service, language_of(request))
        kept: Kept | None = None
        made: list[Made] = []
        runs: list[Run] = []
        try:
            async with self._service.database.transaction() as tx:
                if which is None:
                    await store.automations(tx, agent)  # only for those who administer
                else:
                    kept = await store.automation(tx, agent, which)
                    made = await store.versions(tx, agent, which)
                    runs = await store.runs(tx, agent, which)
                people = await self._people(tx, agent)
        except Forbidden:
            return self._not_theirs(request, agent)
        if form is None:
            form = {} if kept is None else fields_of(kept.automation)
        done = request.query.get("done", "")
        return self._pages.page(
            "agent_automation.html",
            request,
            status=wrong.status if wrong else 200,
            agent=agent,
            wrong=wrong,
            done=done if done in DONE else "",
            id=which or NEW,
            kept=kept,
            state=None if kept is None else _state(kept),
            values=form,
            whens=[one.value for one in When],
            choices=self._choices(agent, words),
            priorities=[(one.value, words.word(f"desk_priority_{one.value}")) for one in Priority],
            teams=[(code, words.team(code)) for code in self._service.catalogue.teams],
            people=people,
            tried=None if found is None else len(found),
            found=[
                {
                    "reference": seen.reference,
                    "at": words.moment(seen.opened_at),
                    "town": self._service.counter.town(seen.town),
                    "team": words.team(seen.team),
                }
                for seen in (found or [])[:MOST_SHOWN]
            ],
            versions=[
                {
                    "number": one.version,
                    "at": words.moment(one.at),
                    "name": one.name,
                    "restored": one.restored,
                    "said": f"{one.automation.title} – {self._said(one.automation, words)}",
                }
                for one in made
            ],
            runs=[
                {
                    "reference": run.reference,
                    "at": words.moment(run.at),
                    "version": run.version,
                    "state": run.state,
                    "deeds": self._deeds(run.deeds, words),
                    "error": run.error,
                }
                for run in runs
            ],
        )

    async def _people(self, tx: Transaction, agent: Agent) -> list[tuple[str, str]]:
        """To whom a ticket may be given: who serves the administrator's towns."""
        towns: list[str | None] = [None]
        if agent.communes is not None:
            towns = [*sorted(agent.communes)]
        found: dict[str, str] = {}
        for town in towns:
            for row in await handover.colleagues(tx, agent, town):
                found[str(row["id"])] = row["name"]
        return sorted(found.items(), key=lambda pair: pair[1])

    def _choices(self, agent: Agent, words: Said) -> list[tuple[str, list[tuple[str, str]]]]:
        """The boxes of each condition."""
        service = self._service
        towns = [
            (one.insee, one.name)
            for one in service.gazetteer.communes
            if agent.communes is None or one.insee in agent.communes
        ]
        services = {
            one.code: one.label.in_(words.language) for one in service.catalogue.every_variant()
        }
        teams = [(code, words.team(code)) for code in service.catalogue.teams]
        priorities = [(one.value, words.word(f"desk_priority_{one.value}")) for one in Priority]
        return [
            ("towns", sorted(towns, key=lambda pair: pair[1])),
            ("teams", sorted(teams, key=lambda pair: pair[1])),
            ("services", sorted(services.items(), key=lambda pair: pair[1])),
            ("channels", [(one, words.word(f"desk_channel_{one}")) for one in CHANNELS]),
            ("priorities", priorities),
            ("languages", [(one, words.word(f"desk_language_{one}")) for one in LANGUAGES]),
        ]

    def _known(self) -> Known:
        service = self._service
        return Known(
            frozenset(one.insee for one in service.gazetteer.communes),
            frozenset(service.catalogue.teams),
            frozenset(one.code for one in service.catalogue.every_variant()),
            frozenset(CHANNELS),
            frozenset(LANGUAGES),
        )

    def _said(self, automation: Automation, words: Said) -> str:
        """`Demande ouverte : priorité, note`."""
        amount = {"n": automation.amount} if automation.when in TIMED else {}
        when = words.word(f"auto_when_{automation.when.value}", **amount)
        deeds = self._deeds(automation.then.names(), words)
        return words.word("auto_said", when=when, deeds=deeds)

    def _deeds(self, names: Iterable[Any], words: Said) -> str:
        return ", ".join(words.word(f"auto_deed_{name}") for name in names)


def _state(kept: Kept) -> str:
    if kept.on_since is not None:
        return "on"
    return "off" if kept.stopped_at is None else "stopped"


def _id(request: web.Request) -> UUID | None:
    """None for a new one. Raises `NotFound`."""
    if request.match_info["automation"] == NEW:
        return None
    return _kept_id(request)


def _kept_id(request: web.Request) -> UUID:
    try:
        return UUID(request.match_info["automation"])
    except ValueError as error:
        raise NotFound("automation") from error
