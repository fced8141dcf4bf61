"""The doors of what an agent is alerted of, and what their stream tells of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from aiohttp import web

from bot.accounts.rules import Agent
from bot.handover import alerting
from bot.handover.alerting import Choice, How, What
from bot.parts import Service
from bot.storage.tables import utc_now
from bot.storage.transaction import Transaction
from bot.web.agent import alert_shapes as shapes
from bot.web.agent.asking import asking, posted, told
from bot.web.rate import Limiter

ALERTS = "/agent/api/alerts"


class AlertDoors:
    def __init__(self, service: Service) -> None:
        self._service = service
        self._limiter = Limiter(per_minute=60, burst=30)

    def routes(self) -> Iterable[web.RouteDef]:
        return [web.get(ALERTS, self.show), web.post(ALERTS, self.choose)]

    async def show(self, request: web.Request) -> web.Response:
        agent = await asking(self._service, request, self._limiter)
        async with self._service.database.transaction() as tx:
            chosen = await alerting.choices(tx, agent.id)
        return told(_choices(chosen))

    async def choose(self, request: web.Request) -> web.Response:
        """The pages of this agent hear of it when they next ask for their stream."""
        agent = await asking(self._service, request, self._limiter)
        said = await posted(request, shapes.PostedChoices)
        wanted = {what: getattr(said, what.value) for what in What}
        async with self._service.database.transaction() as tx:
            await alerting.choose(tx, agent, wanted, utc_now())
            chosen = await alerting.choices(tx, agent.id)
        return told(_choices(chosen))


async def alerts_of(
    tx: Transaction, agent: Agent, wanted: Mapping[What, Choice], now: datetime
) -> shapes.Alerts:
    """What the stream tells an agent of what they want."""
    recent = await alerting.recent(tx, agent, wanted, now)
    return shapes.Alerts(
        choices=_choices(wanted),
        recent=[
            shapes.Alert(
                id=one.id,
                what=one.what,
                how=wanted[one.what].how,
                reference=one.reference,
                at=one.at,
            )
            for one in recent
        ],
    )


def _choices(wanted: Mapping[What, Choice]) -> shapes.Choices:
    how = {what: wanted[what].how if what in wanted else How.NONE for what in What}
    return shapes.Choices(
        new=how[What.NEW], answer=how[What.ANSWER], mention=how[What.MENTION], due=how[What.DUE]
    )
