"""The widget's doors for talking without a socket: a session, messages, pictures, events."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from uuid import UUID

from aiohttp import web

from bot.accounts import widget_sessions
from bot.conversations import store
from bot.conversations.live import Reader
from bot.errors import DomainError, Invalid
from bot.parts import Service
from bot.places.towns import town_called
from bot.service_requests import photo_store
from bot.service_requests.photo_intake import keep_photo
from bot.storage.tables import utc_now
from bot.web.rate import AddressLimiter, Limiter
from bot.web.shapes import GivenMessage, refusing
from bot.web.uploads import Uploads, body
from bot.web.visitors import language_of
from bot.web.widget.feed import Feed, Reading, key_of
from bot.web.widget.gate import Caller, Gate, body_of, number_in, shown_token
from bot.web.widget.room import Reason, Room
from bot.web.widget.shapes import (
    LARGEST_NUMBER,
    AskedSession,
    Can,
    NamedTown,
    Polled,
    Seen,
    WidgetSession,
)
from bot.web.widget.speech import Speech

EVENTS_WAIT_S = 25.0
EVENTS_A_MINUTE, EVENTS_AT_ONCE = 120, 200
"""Asked for by one session, however many addresses it has."""
HELD_S = 5.0
"""For which a poll still waits whose place another took: more pages than may wait ask in turn, each
every few seconds, and not as fast as they can."""


class Poll:
    """A request that waits for news. A page that asks again is told what became true for all."""

    def __init__(self, visit_id: UUID, origin: str, reader: Reader) -> None:
        self.visit_id = visit_id
        self.origin = origin
        self.phase: str | None = None
        self.is_queued = False
        self._reader = reader
        self._over = asyncio.Event()

    @property
    def is_over(self) -> bool:
        return self._over.is_set()

    async def leave(self, reason: Reason, code: int) -> None:
        del reason, code
        self._over.set()
        self._reader.woken.set()

    async def hold(self, at_most_s: float) -> None:
        """Unless it is over before."""
        with suppress(TimeoutError):
            async with asyncio.timeout(at_most_s):
                await self._over.wait()

    def look_again(self) -> None:
        self._reader.woken.set()

    async def hear_phase(self, phase: str) -> None:
        del phase
        self._reader.woken.set()


class TalkingDoors:
    def __init__(self, service: Service, gate: Gate, speech: Speech, room: Room) -> None:
        self._service = service
        self._gate = gate
        self._speech = speech
        self._room = room
        self._newcomers = AddressLimiter(per_minute=60, burst=60)
        self._photos = Limiter(per_minute=12, burst=8)
        self._senders = AddressLimiter(per_minute=30, burst=30)
        self._asking = Limiter(per_minute=EVENTS_A_MINUTE, burst=EVENTS_AT_ONCE)
        self._uploads = Uploads()

    def routes(self) -> Iterable[web.RouteDef]:
        opens = self._gate.opens
        return [
            web.post("/widget/v1/session", opens(self.open_session)),
            web.post("/widget/v1/messages", opens(self.post_message)),
            web.post("/widget/v1/photos", opens(self.post_photo)),
            web.post("/widget/v1/typing", opens(self.post_typing)),
            web.post("/widget/v1/seen", opens(self.post_seen)),
            web.get("/widget/v1/events", opens(self.get_events)),
        ]

    async def open_session(self, request: web.Request, caller: Caller) -> web.Response:
        service = self._service
        with refusing():
            asked = AskedSession.model_validate_json(await body_of(request) or b"{}")
        town = town_called(service.gazetteer, asked.commune)
        insee = caller.site.town(None if town is None else town.insee)
        token, now = shown_token(request), utc_now()
        found = None
        if token:
            async with service.database.transaction() as tx:
                found = await widget_sessions.renew(
                    tx, token, caller.origin, insee, service.secret, now
                )
        is_new = found is None
        if found is None:
            self._newcomers.take(caller.address)
            async with service.database.transaction() as tx:
                found = await widget_sessions.open_visit(tx, caller.origin, insee, now)
        token, visit = found
        async with service.database.transaction() as tx:
            begun = await store.conversation_at(tx, "web", str(visit.citizen_id))
        telegram = service.channels.get("telegram")
        session = WidgetSession(
            token=token,
            is_new=is_new,
            begun=begun is not None,
            commune=self._named(visit.commune),
            assistant=service.assistant.phase,
            privacy_url=self._privacy_url(request),
            can=Can(
                mail_transcript=service.mailer is not None,
                telegram=telegram is not None and telegram.link("") is not None,
            ),
        )
        return web.json_response(text=session.model_dump_json())

    def _privacy_url(self, request: web.Request) -> str:
        """Raises `Invalid` for a host that is none."""
        settings = self._service.settings
        if settings.privacy_url is not None:
            return settings.privacy_url
        if settings.public_url is not None:
            return f"{settings.public_url.rstrip('/')}/confidentialite"
        try:
            return f"{request.url.origin()}/confidentialite"
        except ValueError:
            raise Invalid("host", "is none") from None

    def _named(self, insee: str | None) -> NamedTown | None:
        if insee is None:
            return None
        return NamedTown(insee=insee, name=self._service.gazetteer.by_insee(insee).name)

    async def post_message(self, request: web.Request, caller: Caller) -> web.Response:
        visit = await self._gate.visit(request, caller)
        with refusing():
            message = GivenMessage.model_validate_json(await body_of(request))
        taken = await self._speech.take(visit, message, language_of(request), caller.address)
        return web.json_response(text=taken.model_dump_json(), status=202)

    async def post_photo(self, request: web.Request, caller: Caller) -> web.Response:
        """Sent again under its id, it is neither cleaned nor kept again."""
        visit = await self._gate.visit(request, caller)
        message_id = request.headers.get("X-Message-Id", "")
        if not message_id or len(message_id) > 64 or not message_id.isprintable():
            raise Invalid("id", "a picture has an id of its client's making")
        self._photos.take(str(visit.citizen_id))
        self._senders.take(caller.address)
        async with self._service.database.transaction() as tx:
            known = await self._speech.stored(tx, visit, message_id) is not None
            if not known:
                await photo_store.check_room(tx, visit.citizen_id)
        kept: UUID | None = None
        if not known:
            async with self._uploads.slot(caller.address):
                raw = await body(request)
                kept = await keep_photo(
                    self._service.database, self._service.photos, visit.citizen_id, raw, utc_now()
                )
        content: dict[str, object] = {} if kept is None else {"photo": str(kept)}
        try:
            taken = await self._speech.put(
                visit, message_id, "photo", "", content, language_of(request)
            )
        except DomainError:
            if kept is not None:
                await self._drop(visit.citizen_id, kept)
            raise
        return web.json_response(text=taken.model_dump_json(), status=202)

    async def _drop(self, citizen_id: UUID, photo: UUID) -> None:
        """A picture that became no message: its session ended while it came."""
        async with self._service.database.transaction() as tx:
            dropped = await photo_store.drop_unfiled(tx, citizen_id, [photo])
        await self._service.photos.remove(dropped)

    async def post_typing(self, request: web.Request, caller: Caller) -> web.Response:
        visit = await self._gate.visit(request, caller)
        await self._speech.types(visit.citizen_id)
        return web.Response(status=204)

    async def post_seen(self, request: web.Request, caller: Caller) -> web.Response:
        visit = await self._gate.visit(request, caller)
        with refusing():
            seq = Seen.model_validate_json(await body_of(request)).seq
        await self._speech.has_seen(visit.citizen_id, seq)
        return web.Response(status=204)

    async def get_events(self, request: web.Request, caller: Caller) -> web.Response:
        visit = await self._gate.visit(request, caller)
        self._asking.take(str(visit.id))
        after = number_in(request.query, "after", LARGEST_NUMBER)
        feed = Feed(self._service, visit.id, language_of(request))
        async with self._service.database.transaction() as tx:
            conversation = await store.conversation_at(tx, "web", str(visit.citizen_id))
        listens_for = visit.citizen_id if conversation is None else conversation["id"]
        epoch, known = request.query.get("epoch", ""), request.query.get("known", "")
        reading = await self._wait(feed, caller.origin, listens_for, after, epoch, known)
        polled = Polled(
            last=reading.last,
            after=reading.start,
            epoch=reading.epoch,
            events=list(reading.events),
            state=reading.state,
            state_key=key_of(reading.state),
        )
        return web.json_response(text=polled.model_dump_json())

    async def _wait(
        self, feed: Feed, origin: str, listens_for: UUID, after: int, epoch: str, known: str
    ) -> Reading:
        """Until there is something after a number, a state other than the known one, or nothing for
        a while. Pages of events that are none for pages are passed over. At once where the number
        is none of this conversation."""
        live = self._service.live
        reader = live.subscribe(listens_for)
        poll = Poll(feed.visit_id, origin, reader)
        deadline = asyncio.get_running_loop().time() + EVENTS_WAIT_S
        through = after
        try:
            with self._room.entered(poll):
                while True:
                    reader.woken.clear()
                    async with self._room.readings:
                        reading = await feed.read(through, epoch)
                    if reading.start < through:
                        return reading
                    through, epoch = reading.through, reading.epoch
                    reading = replace(reading, start=after)
                    if reading.events:
                        return reading
                    if not reading.is_whole:
                        continue
                    poll.phase = reading.state.assistant
                    poll.is_queued = reading.state.queue is not None
                    left_s = deadline - asyncio.get_running_loop().time()
                    if left_s <= 0 or poll.is_over or key_of(reading.state) != known:
                        return reading
                    if reader.has_to_leave:
                        await poll.hold(min(left_s, HELD_S))
                        return reading
                    ends_in_s = live.typing.ends_in_s(listens_for)
                    wait_s = left_s if ends_in_s is None else min(left_s, ends_in_s)
                    try:
                        async with asyncio.timeout(wait_s):
                            await reader.woken.wait()
                    except TimeoutError:
                        continue
        finally:
            live.unsubscribe(listens_for, reader)
