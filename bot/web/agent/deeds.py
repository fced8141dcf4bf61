"""The agents' doors that do something: each reads a shape and does one deed in a transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel

from bot.accounts.rules import Agent
from bot.answers.variables import check_filled
from bot.conversations.ownership import HAS_TICKET
from bot.conversations.rules import Owner
from bot.conversations.store import by_id
from bot.conversations.typists import Typist, announce
from bot.errors import NotFound
from bot.handover import answering, filling, mentioning, passing, settling, store
from bot.handover.counter import Counter
from bot.handover.settling import Settling
from bot.parts import Service
from bot.storage.tables import utc_now
from bot.storage.transaction import Transaction
from bot.tickets import drafts
from bot.web.agent import shapes
from bot.web.agent.asking import TICKET, asking, posted, told
from bot.web.rate import Limiter


@dataclass(frozen=True)
class Doing:
    """Who does something with which ticket."""

    agent: Agent
    reference: str
    counter: Counter


type Deed[Shape] = Callable[[Transaction, Doing, Shape], Awaitable[None]]
Handler = Callable[[web.Request], Awaitable[web.Response]]


class DeedDoors:
    def __init__(self, service: Service) -> None:
        self._service = service
        self._limiter = Limiter(per_minute=60, burst=40)
        self._signs = Limiter(per_minute=120, burst=60)

    def routes(self) -> Iterable[web.RouteDef]:
        return [
            web.post(f"{TICKET}/reply", self.reply),
            web.post(f"{TICKET}/note", self._door(shapes.PostedNote, _note)),
            web.post(f"{TICKET}/assign", self._door(shapes.PostedAssignee, _assign)),
            web.post(f"{TICKET}/transfer", self._door(shapes.PostedTeam, _transfer)),
            web.post(f"{TICKET}/priority", self._door(shapes.PostedPriority, _prioritise)),
            web.post(f"{TICKET}/give-back", self._door(shapes.PostedEnd, _give_back)),
            web.post(f"{TICKET}/close", self._door(shapes.PostedClose, _close)),
            web.post(f"{TICKET}/state", self._door(shapes.PostedSettling, _settle)),
            web.post(f"{TICKET}/reopen", self._door(shapes.PostedDeed, _reopen)),
            web.post(f"{TICKET}/fill", self._door(shapes.PostedAnswer, _fill)),
            web.post(f"{TICKET}/typing", self.typing),
            web.post(f"{TICKET}/read", self.read),
            web.post("/agent/api/conversations/{conversation}/pull", self.pull),
        ]

    async def reply(self, request: web.Request) -> web.Response:
        agent = await asking(self._service, request, self._limiter)
        said = await posted(request, shapes.PostedReply)
        seq = await send_reply(self._service, agent, request.match_info["reference"], said)
        return told(shapes.Replied(accepted=seq))

    async def typing(self, request: web.Request) -> web.Response:
        """The agent is writing to the citizen."""
        agent = await asking(self._service, request, self._signs)
        async with self._service.database.transaction() as tx:
            ticket = await store.check_visible(tx, agent, request.match_info["reference"])
            conversation = await by_id(tx, ticket["conversation_id"])
            is_theirs = not await store.goes_on_elsewhere(tx, agent, ticket)
            if is_theirs and Owner(conversation["owner"]) in HAS_TICKET:
                await announce(tx, conversation["id"], Typist(str(agent.id), agent.name))
        return _done()

    async def read(self, request: web.Request) -> web.Response:
        agent = await asking(self._service, request, self._signs)
        seen = await posted(request, shapes.PostedSeen)
        async with self._service.database.transaction() as tx:
            ticket = await store.check_visible(tx, agent, request.match_info["reference"])
            if not await store.goes_on_elsewhere(tx, agent, ticket):
                await store.read_through(tx, ticket["conversation_id"], seen.seq)
            await mentioning.read(tx, agent, ticket["reference"], utc_now())
        return _done()

    async def pull(self, request: web.Request) -> web.Response:
        agent = await asking(self._service, request, self._limiter)
        try:
            conversation = UUID(request.match_info["conversation"])
        except ValueError as error:
            raise NotFound("conversation") from error
        async with self._service.database.transaction() as tx:
            reference = await passing.pull(
                tx, agent, conversation, self._service.counter, utc_now()
            )
        return told(shapes.Pulled(reference=reference))

    def _door[Shape: BaseModel](self, shape: type[Shape], deed: Deed[Shape]) -> Handler:
        """The door of a deed on a ticket."""

        async def open_(request: web.Request) -> web.Response:
            agent = await asking(self._service, request, self._limiter)
            said = await posted(request, shape)
            who = Doing(agent, request.match_info["reference"], self._service.counter)
            async with self._service.database.transaction() as tx:
                await deed(tx, who, said)
            self._wake_worker()
            return _done()

        return open_

    def _wake_worker(self) -> None:
        """A conversation given back may hold something to answer."""
        if self._service.worker is not None:
            self._service.worker.wake()


async def send_reply(
    service: Service, agent: Agent, reference: str, said: shapes.PostedReply
) -> int:
    """Answer the citizen. Returns the number of the message; see `answering.reply`. Raises
    `Invalid` too while a blank of a canned answer is left."""
    check_filled(said.text)
    async with service.database.transaction() as tx:
        seq = await answering.reply(
            tx,
            agent,
            reference,
            said.text,
            said.id,
            service.counter,
            utc_now(),
            seen_through=said.seen_through,
        )
        ticket = await store.check_visible(tx, agent, reference)
        writer = Typist(str(agent.id), agent.name)
        await announce(tx, ticket["conversation_id"], writer, is_typing=False)
        if said.seen_through is not None:
            await store.read_through(tx, ticket["conversation_id"], said.seen_through)
        await drafts.drop(tx, agent.id, reference, "reply")
        if said.then == "close":
            await answering.close(
                tx,
                agent,
                reference,
                service.counter,
                utc_now(),
                external_id=f"close:{said.id}",
                seen_through=said.seen_through,
            )
    return seq


def _done() -> web.Response:
    return web.Response(status=204)


async def _note(tx: Transaction, who: Doing, said: shapes.PostedNote) -> None:
    await answering.note(
        tx, who.agent, who.reference, said.text, said.id, utc_now(), mentions=said.mentions
    )
    await drafts.drop(tx, who.agent.id, who.reference, "note")


async def _assign(tx: Transaction, who: Doing, said: shapes.PostedAssignee) -> None:
    await passing.assign(tx, who.agent, who.reference, said.to, who.counter, utc_now())


async def _transfer(tx: Transaction, who: Doing, said: shapes.PostedTeam) -> None:
    await passing.transfer(
        tx, who.agent, who.reference, said.team, who.counter, utc_now(), external_id=said.id
    )


async def _prioritise(tx: Transaction, who: Doing, said: shapes.PostedPriority) -> None:
    await passing.prioritise(
        tx, who.agent, who.reference, said.priority, utc_now(), external_id=said.id
    )


async def _give_back(tx: Transaction, who: Doing, said: shapes.PostedEnd) -> None:
    await passing.give_back(
        tx,
        who.agent,
        who.reference,
        who.counter,
        utc_now(),
        external_id=said.id,
        seen_through=said.seen_through,
    )


async def _settle(tx: Transaction, who: Doing, said: shapes.PostedSettling) -> None:
    await settling.settle_request(
        tx, who.agent, who.reference, _settling(said), utc_now(), external_id=said.id
    )


def _settling(said: shapes.PostedState) -> Settling:
    return Settling(said.request, said.state, said.reason, said.day)


async def _close(tx: Transaction, who: Doing, said: shapes.PostedClose) -> None:
    for one in said.settles:
        await settling.settle_request(
            tx,
            who.agent,
            who.reference,
            _settling(one),
            utc_now(),
            external_id=f"{said.id}:{one.request}",
        )
    await answering.close(
        tx,
        who.agent,
        who.reference,
        who.counter,
        utc_now(),
        external_id=said.id,
        seen_through=said.seen_through,
    )


async def _reopen(tx: Transaction, who: Doing, said: shapes.PostedDeed) -> None:
    await answering.reopen(
        tx, who.agent, who.reference, who.counter, utc_now(), external_id=said.id
    )


async def _fill(tx: Transaction, who: Doing, said: shapes.PostedAnswer) -> None:
    await filling.fill(tx, who.agent, who.reference, said.field, said.text, who.counter, utc_now())
