"""The agents' doors to what is at hand for a ticket: canned answers, macros, and drafts."""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web

from bot.answers import offering, running
from bot.answers import store as canned
from bot.answers.rules import Kind
from bot.answers.running import Press, Step
from bot.errors import NotFound
from bot.handover import store
from bot.parts import Service
from bot.storage.tables import utc_now
from bot.tickets import drafts
from bot.web.agent import at_hand_shapes as shapes
from bot.web.agent.asking import TICKET, asking, posted, told
from bot.web.rate import Limiter
from bot.web.visitors import language_of
from bot.words.phrases import say

NUMBER = r"\d{1,9}"


class AtHandDoors:
    def __init__(self, service: Service) -> None:
        self._service = service
        self._limiter = Limiter(per_minute=120, burst=60)

    def routes(self) -> Iterable[web.RouteDef]:
        return [
            web.get(f"{TICKET}/at-hand", self.offer),
            web.post(f"{TICKET}/answers/{{answer:{NUMBER}}}/chosen", self.choose),
            web.post(f"{TICKET}/macros/{{macro:{NUMBER}}}", self.run),
            web.get(f"{TICKET}/draft", self.read_draft),
            web.post(f"{TICKET}/draft", self.keep_draft),
        ]

    async def offer(self, request: web.Request) -> web.Response:
        agent = await asking(self._service, request, self._limiter)
        counter = self._service.counter
        async with self._service.database.transaction() as tx:
            seen = await offering.about(
                tx, agent, request.match_info["reference"], counter, utc_now()
            )
            answers = await offering.answers(tx, seen)
            macros = await offering.macros(tx, seen)
            replies = await running.replies_of(tx, seen)
        language = language_of(request)
        return told(
            shapes.AtHand(
                answers=[
                    shapes.CannedAnswer(
                        id=one.id,
                        code=one.code,
                        title=one.title,
                        text=one.filled.text,
                        is_translated=one.is_translated,
                        fits=one.fits,
                    )
                    for one in answers
                ],
                macros=[
                    shapes.CannedMacro(
                        id=entry.id,
                        version=entry.version,
                        title=macro.title.in_(language),
                        steps=[
                            self._step(step, language)
                            for step in running.steps(macro, replies, seen)
                        ],
                    )
                    for entry, macro in macros
                ],
            )
        )

    def _step(self, step: Step, language: str) -> shapes.MacroStep:
        detail = step.detail
        if step.what == "transfer":
            detail = self._service.counter.team(detail).label.in_(language)
        elif step.what == "priority":
            priority = say(f"page.desk_priority_{detail}")
            detail = self._service.words.render(priority, language)
        does = self._service.words.render(say(f"page.answers_does_{step.what}"), language)
        return shapes.MacroStep(does=does, detail=detail, has_blanks=bool(step.blanks))

    async def choose(self, request: web.Request) -> web.Response:
        """It is put into the text box: what is used most comes first."""
        agent = await asking(self._service, request, self._limiter)
        answer = int(request.match_info["answer"])
        async with self._service.database.transaction() as tx:
            ticket = await store.check_visible(tx, agent, request.match_info["reference"])
            usable = await canned.usable(tx, Kind.ANSWER, ticket["commune"])
            if answer not in {entry.id for entry in usable}:
                raise NotFound("answer")
            await canned.count_use(tx, answer)
        return web.Response(status=204)

    async def run(self, request: web.Request) -> web.Response:
        agent = await asking(self._service, request, self._limiter)
        asked = await posted(request, shapes.PostedRun)
        macro = int(request.match_info["macro"])
        press = Press(macro, asked.version, asked.id, asked.seen_through)
        async with self._service.database.transaction() as tx:
            await running.run(
                tx,
                agent,
                request.match_info["reference"],
                press,
                self._service.counter,
                utc_now(),
            )
        if self._service.worker is not None:
            self._service.worker.wake()
        return web.Response(status=204)

    async def read_draft(self, request: web.Request) -> web.Response:
        agent = await asking(self._service, request, self._limiter)
        reference = request.match_info["reference"]
        async with self._service.database.transaction() as tx:
            await store.check_visible(tx, agent, reference)
            kept = await drafts.kept(tx, agent.id, reference)
        return told(
            shapes.Drafts(
                drafts=[
                    shapes.Draft(mode="note" if mode == "note" else "reply", text=text, at=at)
                    for mode, (text, at) in kept.items()
                ]
            )
        )

    async def keep_draft(self, request: web.Request) -> web.Response:
        agent = await asking(self._service, request, self._limiter)
        draft = await posted(request, shapes.PostedDraft)
        reference = request.match_info["reference"]
        async with self._service.database.transaction() as tx:
            await store.check_visible(tx, agent, reference)
            await drafts.keep(tx, agent.id, reference, draft.mode, draft.text, utc_now())
        return web.Response(status=204)
