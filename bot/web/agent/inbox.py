"""The doors of the inbox: searching, putting aside, tags, filters, one deed on several tickets."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from aiohttp import web

from bot.accounts.rules import Agent
from bot.errors import NotFound
from bot.handover import bulk, saved_filters, snoozing, tagging
from bot.parts import Service
from bot.storage.tables import utc_now
from bot.web.agent import inbox_shapes as shapes
from bot.web.agent.asking import TICKET, asking, posted, told
from bot.web.agent.inbox_showing import InboxShower, deed_of
from bot.web.agent.showing import Shower
from bot.web.rate import Limiter
from bot.web.visitors import language_of

FILTERS = "/agent/api/filters"
FILTER = f"{FILTERS}/{{filter}}"


class InboxDoors:
    def __init__(self, service: Service) -> None:
        self._service = service
        self._reading = Limiter(per_minute=240, burst=120)
        self._deeds = Limiter(per_minute=60, burst=40)
        self._bulk = Limiter(per_minute=20, burst=10)

    def routes(self) -> Iterable[web.RouteDef]:
        return [
            web.get("/agent/api/search", self.search),
            web.get("/agent/api/tags", self.tags),
            web.get(FILTERS, self.filters),
            web.post(FILTERS, self.keep_filter),
            web.post(f"{FILTER}/rename", self.rename_filter),
            web.post(f"{FILTER}/remove", self.remove_filter),
            web.post(f"{TICKET}/snooze", self.snooze),
            web.post(f"{TICKET}/tags", self.tag),
            web.post("/agent/api/bulk", self.bulk),
            web.post("/agent/api/bulk/preview", self.preview),
        ]

    async def search(self, request: web.Request) -> web.Response:
        agent = await asking(self._service, request, self._reading)
        query = request.query.get("q", "")
        async with self._service.database.transaction() as tx:
            shower = self._shower(agent, request)
            return told(await shower.found(tx, query, request.query.get("after")))

    async def tags(self, request: web.Request) -> web.Response:
        agent = await asking(self._service, request, self._reading)
        async with self._service.database.transaction() as tx:
            return told(shapes.KnownTags(tags=await tagging.suggested(tx, agent)))

    async def filters(self, request: web.Request) -> web.Response:
        agent = await asking(self._service, request, self._reading)
        async with self._service.database.transaction() as tx:
            return told(await self._shower(agent, request).filters(tx))

    async def keep_filter(self, request: web.Request) -> web.Response:
        agent = await asking(self._service, request, self._deeds)
        said = await posted(request, shapes.PostedFilter)
        async with self._service.database.transaction() as tx:
            await saved_filters.keep(
                tx,
                agent,
                said.id,
                said.name,
                said.words,
                said.team,
                self._service.counter,
                utc_now(),
            )
        return _done()

    async def rename_filter(self, request: web.Request) -> web.Response:
        agent = await asking(self._service, request, self._deeds)
        said = await posted(request, shapes.PostedName)
        which = _id(request.match_info["filter"], "filter")
        async with self._service.database.transaction() as tx:
            await saved_filters.rename(tx, agent, which, said.name)
        return _done()

    async def remove_filter(self, request: web.Request) -> web.Response:
        agent = await asking(self._service, request, self._deeds)
        which = _id(request.match_info["filter"], "filter")
        async with self._service.database.transaction() as tx:
            await saved_filters.remove(tx, agent, which)
        return _done()

    async def snooze(self, request: web.Request) -> web.Response:
        agent = await asking(self._service, request, self._deeds)
        said = await posted(request, shapes.PostedSnooze)
        reference = request.match_info["reference"]
        async with self._service.database.transaction() as tx:
            await snoozing.snooze(tx, agent, reference, said.until, utc_now(), external_id=said.id)
        return _done()

    async def tag(self, request: web.Request) -> web.Response:
        agent = await asking(self._service, request, self._deeds)
        said = await posted(request, shapes.PostedTags)
        reference = request.match_info["reference"]
        async with self._service.database.transaction() as tx:
            await tagging.tag(
                tx, agent, reference, said.add, said.remove, utc_now(), external_id=said.id
            )
        return _done()

    async def bulk(self, request: web.Request) -> web.Response:
        return await self._bulk_door(request, is_kept=True)

    async def preview(self, request: web.Request) -> web.Response:
        return await self._bulk_door(request, is_kept=False)

    async def _bulk_door(self, request: web.Request, *, is_kept: bool) -> web.Response:
        agent = await asking(self._service, request, self._bulk)
        said = await posted(request, shapes.PostedBulk)
        deed = bulk.Bulk(agent, deed_of(said), said.id, self._service.counter, utc_now())
        references = list(dict.fromkeys(one.reference for one in said.tickets))
        does = deed.perform if is_kept else deed.rehearse
        outcomes = await does(self._service.database, references)
        return told(self._shower(agent, request).results(outcomes))

    def _shower(self, agent: Agent, request: web.Request) -> InboxShower:
        return InboxShower(Shower(self._service, agent, language_of(request)))


def _id(text: str, what: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound(what) from error


def _done() -> web.Response:
    return web.Response(status=204)
