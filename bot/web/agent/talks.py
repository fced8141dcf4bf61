"""The agents' doors of a conversation without a ticket: read it, with its pictures and files, take
it on, and take that back."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from aiohttp import web

from bot.errors import NotFound
from bot.handover import reading, taking
from bot.parts import Service
from bot.storage.tables import utc_now
from bot.web.agent import talks_shapes as shapes
from bot.web.agent.asking import TICKET, asking, posted, told
from bot.web.agent.handing_out import handed_out
from bot.web.agent.reading import photo_asked, photo_shown
from bot.web.agent.showing import Shower
from bot.web.agent.talks_showing import shown_talk
from bot.web.rate import Limiter
from bot.web.visitors import language_of

TALK = "/agent/api/conversations/{conversation}"


class TalkDoors:
    def __init__(self, service: Service) -> None:
        self._service = service
        self._reading = Limiter(per_minute=240, burst=120)
        self._photos = Limiter(per_minute=600, burst=300)
        self._files = Limiter(per_minute=240, burst=60)
        self._deeds = Limiter(per_minute=60, burst=40)

    def routes(self) -> Iterable[web.RouteDef]:
        return [
            web.get(TALK, self.talk),
            web.get(f"{TALK}/photos/{{photo}}", self.photo),
            web.get(f"{TALK}/attachments/{{attachment}}", self.attachment),
            web.post(f"{TALK}/take-on", self.take_on),
            web.post(f"{TICKET}/let-be", self.let_be),
        ]

    async def talk(self, request: web.Request) -> web.Response:
        service, language = self._service, language_of(request)
        agent = await asking(service, request, self._reading)
        async with service.database.transaction() as tx:
            known = await reading.talk(
                tx, agent, _id(request), service.counter, language, utc_now()
            )
            return told(await shown_talk(tx, Shower(service, agent, language), known))

    async def photo(self, request: web.Request) -> web.Response:
        agent = await asking(self._service, request, self._photos)
        asked, size = photo_asked(request)
        async with self._service.database.transaction() as tx:
            photo = await reading.photo_of(tx, agent, _id(request), asked, utc_now())
        return photo_shown(photo, await self._service.photos.read(photo, size))

    async def attachment(self, request: web.Request) -> web.Response:
        agent = await asking(self._service, request, self._files)
        asked = _id(request, "attachment")
        async with self._service.database.transaction() as tx:
            kept = await reading.attachment_of(tx, agent, _id(request), asked, utc_now())
        return handed_out(request, kept, await self._service.attachments.read(kept.id))

    async def take_on(self, request: web.Request) -> web.Response:
        agent = await asking(self._service, request, self._deeds)
        said = await posted(request, shapes.PostedTaking)
        async with self._service.database.transaction() as tx:
            taken = await taking.take_on(
                tx,
                agent,
                _id(request),
                said.request,
                self._service.counter,
                utc_now(),
                external_id=said.id,
            )
        return told(shapes.TakenOn(reference=taken.reference, by=taken.by, is_new=taken.is_new))

    async def let_be(self, request: web.Request) -> web.Response:
        agent = await asking(self._service, request, self._deeds)
        said = await posted(request, shapes.PostedLeaving)
        reference = request.match_info["reference"]
        async with self._service.database.transaction() as tx:
            await taking.let_be(tx, agent, reference, said.taking, utc_now(), external_id=said.id)
        return web.Response(status=204)


def _id(request: web.Request, what: str = "conversation") -> UUID:
    try:
        return UUID(request.match_info[what])
    except ValueError as error:
        raise NotFound(what) from error
