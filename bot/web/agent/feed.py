"""What an open page is told, each time something happened: only what it does not have yet."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from pydantic import BaseModel

from bot.accounts import agent_store, session_store
from bot.accounts.rules import Agent
from bot.conversations import store as conversations
from bot.conversations.live import ANY_TICKET
from bot.errors import Forbidden
from bot.handover import store
from bot.parts import Service
from bot.storage.tables import utc_now
from bot.storage.transaction import Transaction
from bot.web.agent.shapes import QueueName
from bot.web.agent.showing import Shower


@dataclass(frozen=True)
class News:
    """One event of the stream. `seq`: of a message, what a reader who comes back goes on from."""

    name: str
    body: BaseModel
    seq: int | None = None


@dataclass
class Feed:
    """Reads for one page: a list, and the conversation of a ticket after a number.

    Who asks is looked up anew each time, without counting as a request: a page that is left open
    does not keep its session alive.
    """

    service: Service
    agent_id: UUID
    token: str
    language: str
    queue: QueueName
    reference: str | None
    conversation_id: UUID | None
    after: int
    _told: dict[str, BaseModel] = field(default_factory=dict)

    async def news(self, *, with_queue: bool, changed: Collection[str]) -> list[News]:
        """`changed`: tickets, and conversations, of which something was announced.

        Raises `Forbidden` when the agent is no longer signed in, `NotFound` when the ticket is not
        theirs to see any more.
        """
        async with self.service.database.transaction() as tx:
            shower = Shower(self.service, await self._agent(tx), self.language)
            told = []
            if self.reference is not None and self.conversation_id is not None:
                told = await self._conversation(
                    tx, shower, self.reference, self.conversation_id, changed
                )
            if with_queue:
                told.append(News("queue", await shower.queue(tx, self.queue)))
        return [news for news in told if self._is_new(news)]

    async def _agent(self, tx: Transaction) -> Agent:
        now = utc_now()
        account = await agent_store.account(tx, self.agent_id)
        sessions = await session_store.sessions_of(tx, self.agent_id, now, self.token)
        if not account.is_active or not any(own.is_this_one for own in sessions):
            raise Forbidden("agent")
        profile = account.profile
        return Agent(account.id, profile.name, profile.role, profile.communes, profile.teams)

    async def _conversation(
        self,
        tx: Transaction,
        shower: Shower,
        reference: str,
        conversation_id: UUID,
        changed: Collection[str],
    ) -> list[News]:
        await store.check_visible(tx, shower.agent, reference)
        told: list[News] = []
        while True:
            row, messages = await conversations.spoken_after(tx, conversation_id, self.after)
            if not messages:
                break
            self.after = messages[-1].seq
            shown = await shower.messages(tx, row["citizen_id"], messages)
            told += [News("message", message, message.seq) for message in shown]
        about = {reference, str(conversation_id), ANY_TICKET}
        if told or "ticket" not in self._told or about.intersection(changed):
            told.append(News("ticket", await shower.ticket(tx, reference)))
        told.append(News("signs", await shower.signs(tx, row)))
        return told

    def _is_new(self, news: News) -> bool:
        if news.seq is not None:
            return True
        is_new = self._told.get(news.name) != news.body
        self._told[news.name] = news.body
        return is_new
