"""The page on which whoever leads reviews what the assistant may learn."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aiohttp import web
from sqlalchemy.engine import RowMapping
from yarl import URL

from bot.accounts.rules import Agent
from bot.errors import Conflict, Forbidden, Invalid, NotFound
from bot.figures.likeness import grouped
from bot.learning import store
from bot.learning.operations import Decision, decide
from bot.learning.rules import ABOUT_A_SERVICE, LONGEST_TEXT, Meant, Status
from bot.parts import Service
from bot.services.working_days import PARIS
from bot.storage.tables import utc_now
from bot.web.agent.meanings import meaning, meanings
from bot.web.agent.session import see_other, signed_in
from bot.web.forms import form_of
from bot.web.rate import Limiter
from bot.web.rendering import Renderer
from bot.web.visitors import language_of

LEARNING = "/agent/learning"
LONGEST_NUMBER = 18
"""Digits of a number that the database holds."""
STEPS = {"accept": Status.ACCEPTED, "refuse": Status.REFUSED, "reopen": Status.PENDING}


class LearningDoors:
    def __init__(self, service: Service, pages: Renderer) -> None:
        self._service = service
        self._pages = pages
        self._limiter = Limiter(per_minute=120, burst=80)

    def routes(self) -> Iterable[web.RouteDef]:
        return [
            web.get(LEARNING, signed_in(self._service, self.show)),
            web.post(LEARNING, signed_in(self._service, self.decide)),
        ]

    async def show(self, request: web.Request, agent: Agent) -> web.Response:
        return await self._page(request, agent)

    async def decide(self, request: web.Request, agent: Agent) -> web.Response:
        """Accept, refuse or put back one; back to the list, at the next one."""
        form = await form_of(request)
        try:
            number, decision = _decision(form)
            async with self._service.database.transaction() as tx:
                await decide(tx, agent, number, decision, utc_now())
        except (Invalid, Conflict, NotFound) as error:
            self._service.metrics.refused(error.code)
            return await self._page(request, agent, "learning_not_done", 400)
        except Forbidden:
            return self._pages.page("agent_refused.html", request, status=403, agent=agent)
        status = form.get("status", Status.PENDING.value)
        return see_other(request, URL(LEARNING).with_query(status=_status(status).value))

    async def _page(
        self, request: web.Request, agent: Agent, refusal: str = "", code: int = 200
    ) -> web.Response:
        self._limiter.take(str(agent.id))
        status = _status(request.query.get("status", ""))
        try:
            async with self._service.database.transaction() as tx:
                rows = await store.listed(tx, agent, status, utc_now())
                counts = await store.counts(tx, agent)
        except Forbidden:
            return self._pages.page("agent_refused.html", request, status=403, agent=agent)
        groups = await asyncio.to_thread(grouped, [row["text"] for row in rows])
        language = language_of(request)
        return self._pages.page(
            "agent_learning.html",
            request,
            status=code,
            agent=agent,
            groups=[
                {
                    "words": ", ".join(group.words),
                    "rows": [self._row(rows[index], language) for index in group.members],
                }
                for group in groups
            ],
            counts=counts,
            statuses=list(Status),
            shown=status.value,
            choices=meanings(self._service, language),
            longest=LONGEST_TEXT,
            refusal=refusal,
        )

    def _row(self, row: RowMapping, language: str) -> Mapping[str, Any]:
        return {
            **row,
            "at": row["at"].astimezone(PARIS),
            "town": self._service.counter.town(row["commune"]),
            "meant_town": self._service.counter.town(row["place"]),
            "read_as": self._read_as(row["understood"].get("readings", ()), language),
            "is_doubted": bool(row["understood"].get("doubted")),
        }

    def _read_as(self, readings: Sequence[Sequence[Any]], language: str) -> str:
        """What it was taken for, with its likelihood."""
        if not readings:
            return ""
        intent, score = readings[0]
        name = meaning(self._service.words, intent, language)
        return f"{name} ({round(100 * score)} %)"


def _status(text: str) -> Status:
    return Status(text) if text in set(Status) else Status.PENDING


def _decision(form: Mapping[str, str]) -> tuple[int, Decision]:
    """Raises `Invalid`."""
    number = form.get("number", "")
    if not number.isdecimal() or len(number) > LONGEST_NUMBER:
        raise Invalid("number", "no number")
    step = STEPS.get(form.get("step", ""))
    if step is None:
        raise Invalid("step", "unknown")
    intent = form.get("intent", "")
    service = form.get("service") if intent == ABOUT_A_SERVICE else None
    return int(number), Decision(step, form.get("text", ""), Meant(intent, service or None))
