"""The agents' doors that put something right in a ticket: what is personal is hidden, what was
misunderstood explained, tickets about one thing merged."""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web

from bot.handover import correcting, merging, redacting, splitting
from bot.handover.merging import Proposed
from bot.learning.rules import Meant
from bot.parts import Service
from bot.storage.tables import utc_now
from bot.web.agent import mending_shapes as shapes
from bot.web.agent.asking import TICKET, asking, posted, told
from bot.web.agent.meanings import meanings
from bot.web.agent.shapes import PostedDeed
from bot.web.rate import Limiter
from bot.web.visitors import language_of
from bot.words.phrases import say

LONGEST_SUMMARY = 200


class MendingDoors:
    def __init__(self, service: Service) -> None:
        self._service = service
        self._reads = Limiter(per_minute=120, burst=60)
        self._does = Limiter(per_minute=60, burst=40)

    def routes(self) -> Iterable[web.RouteDef]:
        return [
            web.post(f"{TICKET}/redact", self.redact),
            web.post(f"{TICKET}/original", self.read_original),
            web.post(f"{TICKET}/correct", self.correct),
            web.get("/agent/api/meanings", self.get_meanings),
            web.get(f"{TICKET}/mergeable", self.get_mergeable),
            web.post(f"{TICKET}/merge", self.merge),
            web.post(f"{TICKET}/unmerge", self.unmerge),
            web.post(f"{TICKET}/split", self.split),
        ]

    async def redact(self, request: web.Request) -> web.Response:
        agent = await asking(self._service, request, self._does)
        asked = await posted(request, shapes.PostedRedaction)
        target = redacting.Target(asked.seq, asked.note, tuple(asked.words))
        async with self._service.database.transaction() as tx:
            await redacting.redact(
                tx, agent, request.match_info["reference"], target, asked.id, utc_now()
            )
        return web.Response(status=204)

    async def read_original(self, request: web.Request) -> web.Response:
        agent = await asking(self._service, request, self._does)
        asked = await posted(request, shapes.PostedReason)
        async with self._service.database.transaction() as tx:
            found = await redacting.original(
                tx, agent, request.match_info["reference"], asked.redaction, asked.why, utc_now()
            )
        return told(shapes.Original(text=found.text, files=found.files))

    async def correct(self, request: web.Request) -> web.Response:
        agent = await asking(self._service, request, self._does)
        asked = await posted(request, shapes.PostedCorrection)
        meant = Meant(asked.intent, asked.service, asked.place)
        correction = correcting.Correction(asked.seq, meant, asked.request)
        async with self._service.database.transaction() as tx:
            await correcting.correct(
                tx,
                agent,
                request.match_info["reference"],
                correction,
                self._service.counter,
                utc_now(),
            )
        return web.Response(status=204)

    async def get_meanings(self, request: web.Request) -> web.Response:
        await asking(self._service, request, self._reads)
        return told(meanings(self._service, language_of(request)))

    async def get_mergeable(self, request: web.Request) -> web.Response:
        """What is proposed; with `into`, the one that is named."""
        agent = await asking(self._service, request, self._reads)
        reference = request.match_info["reference"]
        lead = request.query.get("into", "").replace("\x00", "").strip()
        async with self._service.database.transaction() as tx:
            if lead:
                found = [await merging.named(tx, agent, reference, lead, utc_now())]
            else:
                found = await merging.proposals(tx, agent, reference, utc_now())
        language = language_of(request)
        return told(
            shapes.MergeableTickets(tickets=[self._mergeable(one, language) for one in found])
        )

    async def merge(self, request: web.Request) -> web.Response:
        agent = await asking(self._service, request, self._does)
        asked = await posted(request, shapes.PostedMerge)
        async with self._service.database.transaction() as tx:
            await merging.merge(
                tx,
                agent,
                request.match_info["reference"],
                asked.into,
                self._service.counter,
                utc_now(),
                tells=asked.tells,
                external_id=asked.id,
            )
        return web.Response(status=204)

    async def unmerge(self, request: web.Request) -> web.Response:
        agent = await asking(self._service, request, self._does)
        asked = await posted(request, PostedDeed)
        async with self._service.database.transaction() as tx:
            await merging.unmerge(
                tx,
                agent,
                request.match_info["reference"],
                self._service.counter,
                utc_now(),
                external_id=asked.id,
            )
        return web.Response(status=204)

    async def split(self, request: web.Request) -> web.Response:
        agent = await asking(self._service, request, self._does)
        asked = await posted(request, shapes.PostedSplit)
        async with self._service.database.transaction() as tx:
            made = await splitting.split(
                tx,
                agent,
                request.match_info["reference"],
                splitting.Part(asked.seqs, asked.team, asked.tells),
                self._service.counter,
                utc_now(),
                asked.id,
            )
        return told(shapes.Split(reference=made))

    def _mergeable(self, one: Proposed, language: str) -> shapes.Mergeable:
        ticket, counter = one.ticket, self._service.counter

        def word(key: str) -> str:
            return self._service.words.render(say(f"page.{key}"), language)

        return shapes.Mergeable(
            reference=ticket["reference"],
            subject=word(f"desk_subject_{ticket['subject']}"),
            town=counter.town(ticket["commune"]) or word("desk_no_town"),
            team=counter.team(ticket["team"]).label.in_(language),
            is_open=ticket["status"] == "open",
            is_same_citizen=one.why is merging.Why.SAME_CITIZEN,
            why=word(f"desk_merge_{one.why}"),
            summary=ticket["summary"][:LONGEST_SUMMARY],
            opened_at=ticket["opened_at"],
        )
