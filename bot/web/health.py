"""Doors for whoever watches over the service: alive, ready, figures."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError

from bot.conversations import store
from bot.mail import store as letters
from bot.mirroring import store as mirrors
from bot.notifications import store as news
from bot.observability.metrics import Backlog
from bot.parts import Service
from bot.storage.tables import utc_now

logger = logging.getLogger(__name__)


class HealthDoors:
    def __init__(self, service: Service) -> None:
        self._service = service

    def routes(self) -> Iterable[web.RouteDef]:
        return [
            web.get("/healthz", self.healthz),
            web.get("/readyz", self.readyz),
            web.get("/metrics", self.metrics),
        ]

    async def healthz(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def readyz(self, _: web.Request) -> web.Response:
        """Able to serve; `degraded` names the channels, and the agents' provider, that do not work
        now, which stop nothing else."""
        ready = self._service.is_ready()
        channels = self._service.channels.items()
        degraded = {name: channel.trouble for name, channel in channels if channel.trouble}
        outside = self._service.outside_sign_in
        if outside is not None and outside.provider.trouble:
            degraded["agents_oidc"] = outside.provider.trouble
        body: dict[str, Any] = {"status": "ready" if ready else self._service.assistant.phase}
        if degraded:
            body["degraded"] = degraded
        return web.json_response(body, status=200 if ready else 503)

    async def metrics(self, _: web.Request) -> web.Response:
        body = self._service.metrics.exposition(
            engine_ready=self._service.is_ready(),
            open_turns=len(self._service.open_turns.turns),
            backlog=await self._backlog(),
        )
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _backlog(self) -> Backlog | None:
        """None while the database is away: the other figures are wanted then above all."""
        try:
            async with self._service.database.transaction() as tx:
                waiting, oldest = await store.waiting(tx)
                pending = await store.pending_deliveries(tx)
                mail = await letters.count(tx)
                told = await news.counts(tx)
                mirrored = await mirrors.counts(tx)
        except (OSError, SQLAlchemyError) as error:
            logger.warning("metrics: %s", type(error).__name__)
            return None
        oldest_s = 0.0 if oldest is None else max(0.0, (utc_now() - oldest).total_seconds())
        return Backlog(waiting, oldest_s, pending, mail, told, mirrored)
