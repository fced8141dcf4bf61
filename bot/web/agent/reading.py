"""The agents' doors that only tell: lists, a ticket with its conversation, its pictures and files,
colleagues."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from aiohttp import web

from bot.conversations import store as conversations
from bot.errors import Invalid, NotFound
from bot.files.pictures import Size
from bot.handover import packet, reports, sights, store
from bot.handover.suggesting import suggest
from bot.parts import Service
from bot.storage.tables import utc_now
from bot.web.agent import shapes
from bot.web.agent.asking import TICKET, asking, queue_of, told
from bot.web.agent.handing_out import handed_out
from bot.web.agent.showing import Shower
from bot.web.rate import Limiter
from bot.web.visitors import language_of

LATELY = 40
"""The messages from which a service is suggested."""


class ReadingDoors:
    def __init__(self, service: Service) -> None:
        self._service = service
        self._limiter = Limiter(per_minute=240, burst=120)
        self._photos = Limiter(per_minute=600, burst=300)
        self._files = Limiter(per_minute=240, burst=60)

    def routes(self) -> Iterable[web.RouteDef]:
        return [
            web.get("/agent/api/queue", self.get_queue),
            web.get("/agent/api/teams", self.get_teams),
            web.get(TICKET, self.get_ticket),
            web.get(f"{TICKET}/suggestions", self.get_suggestions),
            web.get(f"{TICKET}/colleagues", self.get_colleagues),
            web.get(f"{TICKET}/photos/{{photo}}", self.get_photo),
            web.get(f"{TICKET}/attachments/{{attachment}}", self.get_attachment),
        ]

    async def _shower(self, request: web.Request) -> Shower:
        agent = await asking(self._service, request, self._limiter)
        return Shower(self._service, agent, language_of(request))

    async def get_queue(self, request: web.Request) -> web.Response:
        shower = await self._shower(request)
        name, wanted = queue_of(request), reports.wanted_of(request.query)
        async with self._service.database.transaction() as tx:
            await sights.list_opened(tx, shower.agent, name, utc_now())
            return told(await shower.queue(tx, name, request.query.get("after"), wanted))

    async def get_teams(self, request: web.Request) -> web.Response:
        shower = await self._shower(request)
        return told(shapes.Teams(teams=shower.teams()))

    async def get_ticket(self, request: web.Request) -> web.Response:
        shower = await self._shower(request)
        async with self._service.database.transaction() as tx:
            return told(await shower.ticket_view(tx, request.match_info["reference"]))

    async def get_suggestions(self, request: web.Request) -> web.Response:
        """Asked apart from the ticket: the matcher takes a moment, with no transaction open."""
        service = self._service
        agent = await asking(service, request, self._limiter)
        async with service.database.transaction() as tx:
            ticket = await store.check_visible(tx, agent, request.match_info["reference"])
            said = await conversations.latest(tx, ticket["conversation_id"], LATELY)
            messages = packet.of_ticket(ticket, said)
            await sights.ticket_seen(tx, agent, ticket, utc_now())
        found = await suggest(service.matcher, service.catalogue, messages, ticket["commune"])
        language = language_of(request)
        return told(
            shapes.Suggestions(
                suggestions=[
                    shapes.Suggestion(
                        service=one.service.label.in_(language),
                        team=shapes.Named(code=one.team.code, label=one.team.label.in_(language)),
                        percent=round(100 * one.likelihood),
                    )
                    for one in found
                ]
            )
        )

    async def get_colleagues(self, request: web.Request) -> web.Response:
        """To whom the ticket may be given."""
        agent = await asking(self._service, request, self._limiter)
        counter, language = self._service.counter, language_of(request)
        async with self._service.database.transaction() as tx:
            ticket = await store.check_visible(tx, agent, request.match_info["reference"])
            rows = await store.colleagues(tx, agent, ticket["commune"])
        return told(
            shapes.Colleagues(
                colleagues=[
                    shapes.Colleague(
                        id=row["id"],
                        name=row["name"],
                        teams=[counter.team(code).label.in_(language) for code in row["teams"]],
                    )
                    for row in rows
                ]
            )
        )

    async def get_photo(self, request: web.Request) -> web.Response:
        agent = await asking(self._service, request, self._photos)
        asked, size = photo_asked(request)
        async with self._service.database.transaction() as tx:
            photo = await packet.photo_of(
                tx, agent, request.match_info["reference"], asked, utc_now()
            )
        return photo_shown(photo, await self._service.photos.read(photo, size))

    async def get_attachment(self, request: web.Request) -> web.Response:
        agent = await asking(self._service, request, self._files)
        reference = request.match_info["reference"]
        try:
            asked = UUID(request.match_info["attachment"])
        except ValueError as error:
            raise NotFound("file") from error
        async with self._service.database.transaction() as tx:
            kept = await packet.attachment_of(tx, agent, reference, asked, utc_now())
        return handed_out(request, kept, await self._service.attachments.read(kept.id))


def photo_shown(photo: UUID, content: bytes) -> web.Response:
    return web.Response(
        body=content,
        content_type="image/jpeg",
        headers={
            "Content-Disposition": f'inline; filename="photo-{photo.hex[:8]}.jpg"',
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cross-Origin-Resource-Policy": "same-origin",
        },
    )


def photo_asked(request: web.Request) -> tuple[UUID, Size]:
    """Raises `NotFound`, or `Invalid` for a size that there is not."""
    try:
        photo = UUID(request.match_info["photo"])
    except ValueError as error:
        raise NotFound("photo") from error
    try:
        return photo, Size(request.query.get("size", Size.FULL.value))
    except ValueError as error:
        raise Invalid("size", "unknown") from error
