"""The doors of the conversation: a session, messages in, events out, one's own requests."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from aiohttp import web

from bot.conversations.operations import Arrival
from bot.errors import Invalid, NotFound
from bot.parts import Service
from bot.service_requests import store as requests
from bot.service_requests.wording import state
from bot.web import exchange
from bot.web.exchange import Signs
from bot.web.forms import form_of
from bot.web.rate import AddressLimiter, Limiter
from bot.web.shapes import PostedMessage, posted_form, posted_message
from bot.web.visitors import (
    citizen_of,
    conversation_of,
    give_session,
    language_of,
    same_site,
    session_of,
)

EVENTS_WAIT_S = 25
LARGEST_NUMBER = 2**31 - 1
"""Of a message: what its column holds."""
FORM_WAITS_S = 10
"""How long a page without scripts waits for the answer; a later one is there on reload."""


class ConversationDoors:
    def __init__(self, service: Service) -> None:
        self._service = service
        self._newcomers = AddressLimiter(per_minute=60, burst=60)
        self._messages = Limiter(per_minute=40, burst=30)
        self._typing = Limiter(per_minute=40, burst=20)

    def routes(self) -> Iterable[web.RouteDef]:
        return [
            web.post("/api/session", self.open_session),
            web.post("/api/messages", self.post_message),
            web.post("/assistant", self.post_form),
            web.post("/api/typing", self.post_typing),
            web.get("/api/events", self.get_events),
            web.get("/api/requests", self.get_requests),
        ]

    async def open_session(self, request: web.Request) -> web.Response:
        service = self._service
        same_site(request)
        citizen, token = await session_of(service, request, self._newcomers)
        begun = await conversation_of(service, citizen) is not None
        response = web.json_response({"assistant": service.assistant.phase, "begun": begun})
        if token is not None:
            give_session(service, response, token)
        return response

    async def post_message(self, request: web.Request) -> web.Response:
        same_site(request)
        citizen = await citizen_of(self._service, request)
        self._messages.take(str(citizen))
        message = posted_message(await request.read())
        return web.json_response(await self._accept(request, citizen, message), status=202)

    async def post_form(self, request: web.Request) -> web.Response:
        """The text box without scripts: accept, wait a while for the answer, show the page."""
        service = self._service
        same_site(request)
        citizen, token = await session_of(service, request, self._newcomers)
        self._messages.take(str(citizen))
        sent = await form_of(request)
        if "payload" in sent or sent.get("text", "").strip():
            message = posted_form({**sent, "id": sent.get("id", "")[:64] or secrets.token_hex(8)})
            accepted = await self._accept(request, citizen, message)
            conversation = await conversation_of(service, citizen)
            if conversation is not None:
                await exchange.events_after(
                    service, conversation, accepted["accepted"], wait_s=FORM_WAITS_S
                )
        response = web.Response(status=303, headers={"Location": f"{request.rel_url}#text"})
        if token is not None:
            give_session(service, response, token)
        return response

    async def _accept(
        self, request: web.Request, citizen: UUID, message: PostedMessage
    ) -> dict[str, Any]:
        kind, text, content = message.contents()
        return await exchange.accept(
            self._service,
            Arrival(
                channel="web",
                address=str(citizen),
                citizen_id=citizen,
                external_id=message.id,
                kind=kind,
                text=text,
                content=content,
                commune=self._known_commune(message.commune),
                language=language_of(request),
            ),
        )

    def _known_commune(self, insee: str | None) -> str | None:
        communes = self._service.gazetteer.communes
        return next((c.insee for c in communes if c.insee == insee), None)

    async def post_typing(self, request: web.Request) -> web.Response:
        """The citizen is writing: heard while an agent has the conversation, else by nobody."""
        same_site(request)
        citizen = await citizen_of(self._service, request)
        self._typing.take(str(citizen))
        await exchange.announce_typing(self._service, await conversation_of(self._service, citizen))
        return web.Response(status=204)

    async def get_events(self, request: web.Request) -> web.Response:
        citizen = await citizen_of(self._service, request)
        after, known = _number(request, "after"), None
        if "read" in request.query:
            known = Signs(request.query.get("typing", ""), _number(request, "read"))
        conversation = await conversation_of(self._service, citizen)
        if conversation is None:
            return web.json_response(exchange.nothing_said(self._service))
        return web.json_response(
            await exchange.events_after(
                self._service, conversation, after, wait_s=EVENTS_WAIT_S, known=known
            )
        )

    async def get_requests(self, request: web.Request) -> web.Response:
        service = self._service
        citizen = await citizen_of(service, request)
        language = language_of(request)
        async with service.database.transaction() as tx:
            rows = await requests.of_citizen(tx, citizen)
        shown = [
            {
                "reference": row.reference,
                "service": self._label(row.service, row.commune, language),
                "commune": service.gazetteer.by_insee(row.commune).name,
                "address": row.address,
                "status": row.status.value,
                "state": service.words.of(row.commune).render(
                    state(row.status, is_own=row.is_own), language
                ),
                "filed_at": row.filed_at.isoformat(),
            }
            for row in rows
        ]
        return web.json_response({"requests": shown})

    def _label(self, code: str, commune: str, language: str) -> str:
        try:
            return self._service.catalogue.service(code, commune).label.in_(language)
        except NotFound:
            return code  # a service since taken out of the catalogue


def _number(request: web.Request, name: str) -> int:
    """A number of the query, 0 without one. Raises `Invalid`."""
    try:
        return min(max(0, int(request.query.get(name, "0"))), LARGEST_NUMBER)
    except ValueError as error:
        raise Invalid(name, "a number is needed") from error
