"""The widget's doors beside the talking: own requests, a map's ground, transcript, erasing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from aiohttp import web

from bot.accounts import widget_sessions
from bot.accounts.widget_sessions import Visit
from bot.conversations import store
from bot.errors import Conflict, Unavailable
from bot.mail.letters import Content, Envelope, Mailer
from bot.mail.rules import check_address
from bot.mail.transcripts import forget_transcripts, post_transcript
from bot.parts import Service
from bot.retention.erasing import Erased, erase_conversation
from bot.service_requests import store as requests
from bot.services.working_days import local_date
from bot.storage.tables import utc_now
from bot.web import maps
from bot.web.rate import AddressLimiter, TooMany
from bot.web.shapes import refusing
from bot.web.visitors import language_of
from bot.web.widget.cards import card
from bot.web.widget.gate import Caller, Gate, body_of
from bot.web.widget.page import ASK_A_SESSION
from bot.web.widget.room import Room
from bot.web.widget.shapes import AskedTranscript, Cards, MapGround
from bot.web.widget.transcript import Turns, mailed_lines, pages_of
from bot.words.phrases import say

LETTERS_AN_HOUR = 5
"""From one address, however many sessions it opens."""

TRANSCRIPT_WITHIN_S = 120.0
"""To its reader's last byte."""


class NothingSaid(Conflict):
    """There is nothing to send."""

    reason = "nothing_said"


class AroundDoors:
    def __init__(self, service: Service, gate: Gate, room: Room) -> None:
        self._service = service
        self._gate = gate
        self._room = room
        self._turns = Turns()
        self._letters = AddressLimiter(per_minute=LETTERS_AN_HOUR / 60, burst=LETTERS_AN_HOUR)

    def routes(self) -> Iterable[web.RouteDef]:
        opens = self._gate.opens
        return [
            web.get("/widget/v1/requests", opens(self.get_requests)),
            web.get("/widget/v1/map", opens(self.get_map)),
            web.get("/widget/v1/transcript", opens(self.get_transcript)),
            web.post("/widget/v1/transcript", opens(self.post_transcript)),
            web.post("/widget/v1/erase", opens(self.post_erase)),
            web.options("/widget/v1/{rest:.*}", opens(self._gate.preflight)),
        ]

    async def get_requests(self, request: web.Request, caller: Caller) -> web.Response:
        visit = await self._gate.visit(request, caller)
        language = language_of(request)
        async with self._service.database.transaction() as tx:
            rows = await requests.of_citizen(tx, visit.citizen_id)
        shown = Cards(requests=[card(self._service, row, language) for row in rows])
        return web.json_response(text=shown.model_dump_json())

    async def get_map(self, _: web.Request, caller: Caller) -> web.Response:
        """Public, and the same for all."""
        del caller
        ground = maps.ground(self._service.settings, self._service.gazetteer)
        shown = MapGround(**ground, outlines=await self._service.outlines.drawn())
        response = web.json_response(text=shown.model_dump_json())
        response.headers["Cache-Control"] = "public, max-age=3600"
        response.headers["Vary"] = "Accept-Encoding"
        response.enable_compression()
        return response

    async def get_transcript(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """However long it is, a page of it is in memory."""
        visit = await self._gate.visit(request, caller)
        service, language = self._service, language_of(request)
        response = web.StreamResponse(
            headers={
                "Content-Type": "text/plain; charset=utf-8",
                "Content-Disposition": f'attachment; filename="guichet-{_today()}.txt"',
                "Content-Security-Policy": "default-src 'none'; sandbox",
            },
        )
        with self._turns.of(visit.citizen_id):
            self._gate.dress(response, caller.named)
            await response.prepare(request)
            pages = pages_of(service.database, visit.citizen_id, service.words, language)
            try:
                async with asyncio.timeout(TRANSCRIPT_WITHIN_S):
                    async for lines in pages:
                        await response.write("".join(f"{line}\n\n" for line in lines).encode())
                    await response.write_eof()
            except TimeoutError:  # what was read so far must not pass for the whole
                if request.transport is not None:
                    request.transport.abort()
        return response

    async def post_transcript(self, request: web.Request, caller: Caller) -> web.Response:
        visit = await self._gate.visit(request, caller)
        mailer = self._service.mailer
        if mailer is None:
            raise Unavailable("there is no mail server")
        with refusing():
            to = AskedTranscript.model_validate_json(await body_of(request)).email.strip()
        check_address("email", to)
        language = language_of(request)
        service = self._service
        with self._turns.of(visit.citizen_id):
            lines = await mailed_lines(service.database, visit.citizen_id, service.words, language)
        if not lines:
            raise NothingSaid("conversation")
        self._letters.take(caller.address)
        await self._send(mailer, visit, to, lines, language)
        return web.Response(status=202)

    async def _send(
        self, mailer: Mailer, visit: Visit, to: str, lines: list[str], language: str
    ) -> None:
        """Raises `TooMany` once enough were asked for."""
        content = Content(
            subject=say("transcript.subject"),
            heading=say("transcript.heading"),
            facts=(),
            lines=lines,
            why=(say("transcript.why"), say("mail.unread")),
        )
        gazetteer, words = self._service.gazetteer, self._service.words
        insee = visit.commune
        town = gazetteer.by_insee(insee).name if insee else words.render(say("town.none"), language)
        async with self._service.database.transaction() as tx:
            wait = await post_transcript(
                tx,
                mailer,
                Envelope(to, language, town, commune=insee),
                content,
                citizen_id=visit.citizen_id,
                secret=self._service.secret,
                now=utc_now(),
            )
        if wait is not None:
            raise TooMany("letters", int(wait.total_seconds()))

    async def post_erase(self, request: web.Request, caller: Caller) -> web.Response:
        """Words, pictures, and letters that repeat them. What was filed stays, and its citizen has
        no way to it from here any more: the session ends. Raises `SignedOut` the second time."""
        visit = await self._gate.visit(request, caller)
        erased = Erased((), ())
        async with self._service.database.transaction() as tx:
            # First: what somebody is saying now is stored before that, and erased, or never.
            await widget_sessions.end_visit(tx, visit.id)
            conversation = await store.conversation_at(tx, "web", str(visit.citizen_id))
            if conversation is not None:
                erased = await erase_conversation(tx, conversation["id"], utc_now())
            await forget_transcripts(tx, visit.citizen_id, utc_now())
            # Pages of the session in other processes, where nothing was said yet.
            await store.notify(tx, store.EVENTS, str(visit.citizen_id))
        await self._room.send_away(visit.id, "erased", ASK_A_SESSION)
        await self._service.photos.remove(erased.photos)
        await self._service.attachments.remove(erased.attachments)
        return web.Response(status=204)


def _today() -> str:
    return local_date(utc_now()).isoformat()
