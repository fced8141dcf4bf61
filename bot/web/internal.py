"""The private doors, on a Unix socket and behind a secret: Rasa's actions, the terminal,
understanding. None of them exists on the public port."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, Iterable
from uuid import UUID

from aiohttp import web

from actions.door import run_action
from bot.conversations import store
from bot.conversations.operations import Arrival, citizen_at
from bot.errors import DomainError, Forbidden, NotFound
from bot.parts import Service
from bot.service_requests.photo_intake import keep_photo
from bot.storage.tables import utc_now
from bot.web import exchange
from bot.web.understanding import understand

logger = logging.getLogger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def internal_application(service: Service) -> web.Application:
    """Only ever served on `service.internal_socket`."""

    @web.middleware
    async def authenticated(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("X-Guichet-Secret", "")
        if not hmac.compare_digest(given.encode(), service.internal_secret.encode()):
            return exchange.refused(service, Forbidden("secret"))
        try:
            return await handler(request)
        except DomainError as error:
            return exchange.refused(service, error)

    app = web.Application(middlewares=[authenticated], client_max_size=40 * 1024 * 1024)
    app.add_routes([*EngineDoors(service).routes(), *TerminalDoors(service).routes()])
    return app


class EngineDoors:
    """What the engine calls, and what is asked of it without a conversation."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def routes(self) -> Iterable[web.RouteDef]:
        return [
            web.post("/internal/actions", self.act),
            web.post("/internal/understand", self.understand),
            web.get("/internal/state", self.state),
        ]

    async def act(self, request: web.Request) -> web.Response:
        try:
            attempt = UUID(request.headers.get("X-Guichet-Attempt", ""))
        except ValueError as error:
            raise NotFound("attempt") from error
        turn = self._service.open_turns.get(attempt)
        if turn is None:
            raise NotFound("attempt")
        try:
            called = await request.json()
            return web.json_response(await run_action(turn, self._service.desk, called))
        except DomainError:
            raise
        except Exception:  # the action's edge: the engine must hear of it, without our words
            logger.exception("action of attempt %s", attempt)
            return web.json_response({"error": "action_failed"}, status=500)

    async def understand(self, request: web.Request) -> web.Response:
        texts = (await request.json())["texts"]
        return web.json_response({"results": await understand(self._service, texts)})

    async def state(self, _: web.Request) -> web.Response:
        assistant = self._service.assistant
        return web.json_response({"assistant": assistant.phase, "why": assistant.why})


class TerminalDoors:
    """`./guichet chat`: whoever may open the socket may be any visitor of the terminal."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def routes(self) -> Iterable[web.RouteDef]:
        return [
            web.post("/internal/terminal/messages", self.post_message),
            web.get("/internal/terminal/events", self.get_events),
        ]

    async def post_message(self, request: web.Request) -> web.Response:
        service = self._service
        body = await request.json()
        now = utc_now()
        address = str(body["address"])
        async with service.database.transaction() as tx:
            citizen = await citizen_at(tx, "terminal", address, now)
        photo = body.get("photo")
        if photo is not None:
            raw = bytes.fromhex(photo)
            kept = await keep_photo(service.database, service.photos, citizen, raw, now)
            body["content"] = {"photo": str(kept)}
            body["kind"] = "photo"
        commune = service.gazetteer.mention(str(body.get("commune") or ""))
        accepted = await exchange.accept(
            service,
            Arrival(
                channel="terminal",
                address=address,
                citizen_id=citizen,
                external_id=str(body["id"]),
                kind=str(body["kind"]),
                text=str(body.get("text") or ""),
                content={k: v for k, v in (body.get("content") or {}).items() if k != "press"},
                commune=commune.commune.insee if commune and commune.commune else None,
            ),
        )
        return web.json_response(accepted)

    async def get_events(self, request: web.Request) -> web.Response:
        address = request.query["address"]
        async with self._service.database.transaction() as tx:
            conversation = await store.conversation_at(tx, "terminal", address)
        if conversation is None:
            if request.query.get("wait") != "0":
                await asyncio.sleep(0.1)
            # No owner yet: the terminal then asks again, a little later.
            return web.json_response({**exchange.nothing_said(self._service), "owner": ""})
        return web.json_response(
            await exchange.events_after(
                self._service,
                conversation,
                int(request.query.get("after", "0")),
                wait_s=float(request.query.get("wait", "20")),
            )
        )
