"""The agents' first page: lists, a conversation, its context. Readable, and good for a reply,
without its scripts."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime

from aiohttp import web
from yarl import URL

from bot.accounts.rules import Agent
from bot.errors import Conflict, DomainError, Invalid
from bot.handover import lists, reports, sights
from bot.handover.rules import Taken
from bot.parts import Service
from bot.services.working_days import PARIS
from bot.storage.tables import utc_now
from bot.storage.transaction import Transaction
from bot.teams import store as teams
from bot.web.agent import shapes
from bot.web.agent.asking import QUEUES, queue_of
from bot.web.agent.deeds import send_reply
from bot.web.agent.inbox_showing import InboxShower
from bot.web.agent.reports_showing import narrowing
from bot.web.agent.session import HOME, see_other, signed_in
from bot.web.agent.showing import Shower
from bot.web.exchange import STATUSES
from bot.web.forms import form_of
from bot.web.rate import Limiter
from bot.web.rendering import Renderer
from bot.web.shapes import refusing
from bot.web.visitors import language_of


class ConsoleDoors:
    def __init__(self, service: Service, pages: Renderer) -> None:
        self._service = service
        self._pages = pages
        self._limiter = Limiter(per_minute=60, burst=40)

    def routes(self) -> Iterable[web.RouteDef]:
        return [
            web.get(HOME, signed_in(self._service, self.show)),
            web.post(HOME, signed_in(self._service, self.reply)),
        ]

    async def show(self, request: web.Request, agent: Agent) -> web.Response:
        return await self._page(request, agent)

    async def reply(self, request: web.Request, agent: Agent) -> web.Response:
        """The text box without scripts."""
        self._limiter.take(str(agent.id))
        form = await form_of(request)
        reference = request.query.get("ticket", "").replace("\x00", "")
        text = form.get("text", "")
        try:
            with refusing():
                said = shapes.PostedReply(
                    id=form.get("id", "") or secrets.token_hex(8),
                    text=text,
                    seen_through=int(form["seen"]) if form.get("seen", "").isdecimal() else None,
                )
            await send_reply(self._service, agent, reference, said)
        except (Invalid, Conflict) as error:
            self._service.metrics.refused(error.code)
            return await self._page(request, agent, error, text)
        asked = URL(HOME).with_query({**request.query, "ticket": reference})
        return see_other(request, asked.with_fragment("text"))

    async def _page(
        self,
        request: web.Request,
        agent: Agent,
        refused: DomainError | None = None,
        text: str = "",
    ) -> web.Response:
        language = language_of(request)
        shower = Shower(self._service, agent, language)
        reference = request.query.get("ticket", "").replace("\x00", "")
        words = request.query.get("q", "").strip()
        wanted = reports.wanted_of(request.query)
        async with self._service.database.transaction() as tx:
            name = await self._first_queue(request, shower, tx)
            await sights.list_opened(tx, agent, name, utc_now())
            queue = await shower.queue(tx, name, request.query.get("after"), wanted)
            found = await InboxShower(shower).found(tx, words, None) if words else None
            view = await shower.ticket_view(tx, reference) if reference else None
            away_since = await teams.away_since(tx, agent.id)
        return self._pages.page(
            "agent_desk.html",
            request,
            status=200 if refused is None else STATUSES.get(type(refused), 400),
            agent=agent,
            queues=QUEUES,
            queue=queue,
            is_away=away_since is not None,
            view=view,
            found=found,
            teams=shapes.Teams(teams=shower.teams()),
            narrowing=narrowing(shower),
            message_id=secrets.token_hex(8),
            url=request.rel_url,
            refused=self._refusal(refused, language),
            text=text,
            moment=lambda at: self._moment(at, language),
        )

    async def _first_queue(
        self, request: web.Request, shower: Shower, tx: Transaction
    ) -> shapes.QueueName:
        """The list that is asked for; else one's own, or what nobody has when that is empty."""
        if "queue" in request.query:
            return queue_of(request)
        return "mine" if (await lists.counts(tx, shower.agent, utc_now()))["mine"] else "unassigned"

    def _refusal(self, error: DomainError | None, language: str) -> str:
        word = self._pages.word_in(language)
        match error:
            case None:
                return ""
            case Taken():
                return f"{error.name} {word('desk_taken')}"
            case Conflict():
                return word("desk_over")
            case _:
                return word("desk_unreadable")

    def _moment(self, at: datetime, language: str) -> str:
        """`14:05`, with the day when it is another one."""
        local = at.astimezone(PARIS)
        if local.date() == utc_now().astimezone(PARIS).date():
            return f"{local:%H:%M}"
        return self._pages.moment(at, language)
