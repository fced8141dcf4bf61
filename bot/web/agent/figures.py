"""The pages of figures, for whoever leads a team: now, over a period, and the lists behind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import date
from typing import Any

from aiohttp import web

from bot.accounts import session_store
from bot.accounts.rules import Agent
from bot.errors import DomainError, Forbidden, Invalid, NotFound
from bot.figures import history, live, rows
from bot.figures.history import History
from bot.figures.rules import OFFERED_DAYS, PAGE_ROWS, Chosen, Kind, Period, Step
from bot.parts import Service
from bot.services.working_days import local_date
from bot.storage.tables import utc_now
from bot.web.agent.figures_asked import (
    CSV,
    FIGURES,
    HISTORY,
    LIST,
    chosen_of,
    page_of,
    period_of,
    wanted_of,
)
from bot.web.agent.figures_doubts import doubts
from bot.web.agent.figures_history import Drawer
from bot.web.agent.figures_listed import table_of
from bot.web.agent.figures_now import Shown, shown
from bot.web.agent.figures_said import Said
from bot.web.agent.figures_tables import Table, as_csv
from bot.web.agent.session import signed_in, token_of
from bot.web.exchange import status_of
from bot.web.rate import Limiter
from bot.web.rendering import Renderer
from bot.web.visitors import language_of

NOW_TABLES = ("teams", "people")
FIGURES_WORDS = ["figures_offline", "figures_signed_out"]
"""What the script says."""

Answered = Awaitable[web.Response]


class FiguresDoors:
    def __init__(self, service: Service, pages: Renderer) -> None:
        self._service = service
        self._pages = pages
        self._limiter = Limiter(per_minute=120, burst=100)

    def routes(self) -> Iterable[web.RouteDef]:
        def page(path: str, handler: Callable[[web.Request, Agent], Answered]) -> web.RouteDef:
            return web.get(path, signed_in(self._service, self._refusing(handler)))

        return [
            page(FIGURES, self.show_now),
            web.get(f"{FIGURES}/live", self.tell_now),
            page(HISTORY, self.show_history),
            page(LIST, self.show_list),
            page(f"{CSV}/{{name}}", self.export),
        ]

    def _refusing(
        self, handler: Callable[[web.Request, Agent], Answered]
    ) -> Callable[[web.Request, Agent], Answered]:
        """A page that says why when something is refused: what was asked for stands in it."""

        async def open_(request: web.Request, agent: Agent) -> web.Response:
            self._limiter.take(str(agent.id))
            try:
                return await handler(request, agent)
            except (Forbidden, Invalid) as error:
                self._service.metrics.refused(error.code)
                return self._pages.page(
                    "agent_figures_refused.html",
                    request,
                    status=status_of(error),
                    agent=agent,
                    refusal=self._said(request)(_why(error)),
                )

        return open_

    async def show_now(self, request: web.Request, agent: Agent) -> web.Response:
        chosen = chosen_of(request.query)
        return self._page(
            "agent_figures.html",
            request,
            agent,
            chosen,
            now=await self._now(request, agent, chosen),
        )

    async def tell_now(self, request: web.Request) -> web.Response:
        """The same without its page, for a page that is left open: it keeps no session alive."""
        async with self._service.database.transaction() as tx:
            agent = await session_store.agent_of_session(
                tx, token_of(request), utc_now(), is_request=False
            )
        if agent is None:
            raise Forbidden("agent")
        self._limiter.take(str(agent.id))
        now = await self._now(request, agent, chosen_of(request.query))
        return self._pages.page("agent_figures_now.html", request, now=now)

    async def _now(self, request: web.Request, agent: Agent, chosen: Chosen) -> Shown:
        service, at = self._service, utc_now()
        async with service.database.transaction() as tx:
            found = await live.look(tx, agent, chosen, service.catalogue, at)
        return shown(found, chosen, self._said(request), local_date(at))

    async def show_history(self, request: web.Request, agent: Agent) -> web.Response:
        period, chosen = period_of(request.query, _today()), chosen_of(request.query)
        found, said = await self._read(agent, period, chosen), self._said(request)
        figures = await asyncio.to_thread(Drawer(said, found).figures)
        grouped = await asyncio.to_thread(doubts, found.misunderstood, said)
        days = request.query.get("days", "" if "from" in request.query else "30")
        return self._page(
            "agent_figures_history.html",
            request,
            agent,
            chosen,
            figures=figures,
            doubts=grouped,
            period=period,
            days=days,
            offered_days=OFFERED_DAYS,
            steps=[step.value for step in Step],
            leaves_out=not chosen.counts(Kind.CONVERSATIONS),
        )

    async def show_list(self, request: web.Request, agent: Agent) -> web.Response:
        wanted, number = wanted_of(request.query, _today()), page_of(request.query)
        service, first = self._service, (number - 1) * PAGE_ROWS
        async with service.database.transaction() as tx:
            found = await rows.page(
                tx, agent, wanted, service.catalogue, utc_now(), first, PAGE_ROWS
            )
        said = self._said(request)
        url = request.rel_url
        return self._page(
            "agent_figures_list.html",
            request,
            agent,
            wanted.chosen,
            table=table_of(wanted.what, found, said),
            total=found.total,
            number=number,
            pages=max(-(-found.total // PAGE_ROWS), 1),
            before=url.update_query(page=number - 1) if number > 1 else None,
            after=url.update_query(page=number + 1)
            if first + len(found.rows) < found.total
            else None,
        )

    async def export(self, request: web.Request, agent: Agent) -> web.Response:
        """A table as a file that spreadsheets open."""
        table = await self._table(request, agent, request.match_info["name"])
        data = await asyncio.to_thread(as_csv, table, decimal=self._said(request).decimal)
        return web.Response(
            body=data,
            content_type="text/csv",
            charset="utf-8",
            headers={"Content-Disposition": f'attachment; filename="guichet-{table.name}.csv"'},
        )

    async def _table(self, request: web.Request, agent: Agent, name: str) -> Table:
        """Raises `NotFound` for a table that there is not."""
        chosen, said = chosen_of(request.query), self._said(request)
        if name in NOW_TABLES:
            now = await self._now(request, agent, chosen)
            return now.teams if name == "teams" else now.people
        if name == "list":
            wanted, service = wanted_of(request.query, _today()), self._service
            async with service.database.transaction() as tx:
                found = await rows.export(tx, agent, wanted, service.catalogue, utc_now())
            return await asyncio.to_thread(table_of, wanted.what, found, said)
        period = period_of(request.query, _today())
        if name == history.DOUBTS:
            service = self._service
            async with service.database.transaction() as tx:
                misunderstood = await history.export_doubts(
                    tx, agent, period, chosen, service.catalogue, utc_now()
                )
            return (await asyncio.to_thread(doubts, misunderstood, said)).table
        found_history = await self._read(agent, period, chosen, with_words=False)
        figures = await asyncio.to_thread(Drawer(said, found_history).figures)
        for figure in figures:
            if figure.table.name == name:
                return figure.table
        raise NotFound("table")

    async def _read(
        self, agent: Agent, period: Period, chosen: Chosen, *, with_words: bool = True
    ) -> History:
        service = self._service
        async with service.database.transaction() as tx:
            return await history.read(
                tx, agent, period, chosen, service.catalogue, utc_now(), with_words=with_words
            )

    def _said(self, request: web.Request) -> Said:
        return Said(self._service, language_of(request))

    def _page(
        self, name: str, request: web.Request, agent: Agent, chosen: Chosen, **values: Any
    ) -> web.Response:
        said, query = self._said(request), request.rel_url.query
        return self._pages.page(
            name,
            request,
            agent=agent,
            chosen=chosen,
            options={
                "town": said.towns(agent.communes),
                "team": said.teams(),
                "channel": said.channels(),
                "service": said.services(),
            },
            csv=lambda table: str(request.rel_url.with_path(f"{CSV}/{table}").with_query(query)),
            other_page=lambda path: str(
                request.rel_url.with_path(path).with_query(
                    {k: v for k, v in query.items() if k in ("town", "team", "lang")}
                )
            ),
            **values,
        )


def _today() -> date:
    return local_date(utc_now())


def _why(error: DomainError) -> str:
    """The words for a refusal."""
    match error:
        case Invalid(field="from" | "to", reason=str(reason)):
            return f"figures_refused_{reason}"
        case Invalid():
            return "figures_refused_asked"
        case _:
            return "figures_refused_role"
