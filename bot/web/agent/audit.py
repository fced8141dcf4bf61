"""The page of the audit log: who saw or changed what."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from aiohttp import web

from bot.accounts.rules import Agent
from bot.audit import store
from bot.audit.rules import Action, Wanted, of_ticket
from bot.errors import Forbidden
from bot.handover.orders import Queue
from bot.parts import Service
from bot.services.working_days import PARIS
from bot.storage.tables import utc_now
from bot.tickets.rules import EventKind
from bot.web.agent.session import signed_in
from bot.web.rendering import Renderer

AUDIT = "/agent/audit"
ACTIONS = (*(one.value for one in Action), *(of_ticket(kind.value) for kind in EventKind))
LISTS = frozenset({*(queue.value for queue in Queue), "assistant", "cited", "reports"})
"""Lists of the agents' page, whose names people know; others are told as they are asked for."""
LONGEST = 100


class AuditDoors:
    def __init__(self, service: Service, pages: Renderer) -> None:
        self._service = service
        self._pages = pages

    def routes(self) -> Iterable[web.RouteDef]:
        return [web.get(AUDIT, signed_in(self._service, self.show))]

    async def show(self, request: web.Request, agent: Agent) -> web.Response:
        """The newest lines of what is asked for. Reading the log is itself written there."""
        wanted = wanted_of(request)
        before = request.query.get("before", "")
        number = int(before) if before.isdecimal() and len(before) < LONGEST_NUMBER else None
        async with self._service.database.transaction() as tx:
            try:
                found = await store.entries(tx, agent, wanted, before=number)
            except Forbidden:
                return self._pages.page("agent_refused.html", request, status=403, agent=agent)
            await store.record_sight(tx, agent.actor, Action.AUDIT_SEEN, "", utc_now())
        rows = [
            {
                "at": entry.at.astimezone(PARIS),
                "name": entry.name,
                "action": entry.action,
                "subject": entry.subject,
                "is_list": entry.action == Action.LIST_SEEN and entry.subject in LISTS,
                "is_ticket": entry.action.split(".")[0] in {"ticket", "photo", "file"},
                "town": self._service.counter.town(entry.commune) or "",
            }
            for entry in found
        ]
        asked = {key: value for key, value in request.query.items() if value and key != "before"}
        more = request.rel_url.with_query({**asked, "before": str(found[-1].id)}) if found else None
        return self._pages.page(
            "agent_audit.html",
            request,
            agent=agent,
            rows=rows,
            asked=request.query,
            actions=ACTIONS,
            more=more if len(found) == store.MOST_READ else None,
        )


LONGEST_NUMBER = 19
"""Digits of a number that the database can hold, and one less."""


def wanted_of(request: web.Request) -> Wanted:
    """What a search form asks for; what cannot be read is not asked."""
    said = {key: value.replace("\0", "").strip()[:LONGEST] for key, value in request.query.items()}
    last = _day(said.get("until", ""))
    return Wanted(
        who=said.get("who", ""),
        subject=said.get("subject", "").lower(),
        action=said.get("action", "") if said.get("action", "") in ACTIONS else "",
        since=_day(said.get("since", "")),
        until=None if last is None else last + timedelta(days=1),
    )


def _day(text: str) -> datetime | None:
    """The beginning of a day here, as `2026-11-29`."""
    try:
        return datetime.combine(date.fromisoformat(text), time(), PARIS)
    except ValueError:
        return None
