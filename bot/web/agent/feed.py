"""What an open page is told, each time something happened: only what it does not have yet."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from pydantic import BaseModel

from bot.accounts import session_store
from bot.accounts.rules import Agent
from bot.conversations import store as conversations
from bot.conversations.live import ANY_TICKET
from bot.errors import Forbidden
from bot.handover import alerting, sights, store
from bot.handover.alerting import Choice, What
from bot.handover.packet import of_ticket
from bot.handover.reports import ALL, Wanted
from bot.parts import Service
from bot.storage.tables import utc_now
from bot.storage.transaction import Transaction
from bot.web.agent.alerts import alerts_of
from bot.web.agent.shapes import QueueName, QueueView
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
    does not keep its session alive. Every reading raises `Forbidden` when the agent is no longer
    signed in, `NotFound` when the ticket is not theirs to see any more.
    """

    service: Service
    token: str
    language: str
    queue: QueueName
    reference: str | None
    conversation_id: UUID | None
    after: int
    wanted: Wanted = ALL
    _told: dict[str, BaseModel] = field(default_factory=dict)
    _wanted: Mapping[What, Choice] = field(default_factory=dict)

    async def said(self) -> list[News]:
        """What is new in the conversation, and the signs beside it."""
        if self.reference is None or self.conversation_id is None:
            return []
        told: list[News] = []
        async with self.service.database.transaction() as tx:
            shower = await self._shower(tx)
            ticket = await store.check_visible(tx, shower.agent, self.reference)
            while True:
                row, messages = await conversations.spoken_after(
                    tx, self.conversation_id, self.after
                )
                messages = of_ticket(ticket, messages)
                if not messages:
                    break
                await sights.ticket_seen(tx, shower.agent, ticket, utc_now())
                self.after = messages[-1].seq
                shown = await shower.messages(tx, row["citizen_id"], messages)
                told += [News("message", message, message.seq) for message in shown]
            told.append(News("signs", await shower.signs(tx, ticket)))
        return self._new_of(told)

    async def around(self, changed: Collection[str]) -> list[News]:
        """The ticket and the list, if what `changed` may show in them: tickets, and conversations,
        of which something was announced."""
        shows_ticket, shows_list = self._ticket_shows(changed), self._list_shows(changed)
        if not (shows_ticket or shows_list or self._alerts(changed)):
            return []
        told: list[News] = []
        async with self.service.database.transaction() as tx:
            shower = await self._shower(tx)
            if shows_ticket and self.reference is not None:
                told.append(News("ticket", await shower.ticket(tx, self.reference)))
            if shows_list:
                told.append(News("queue", await shower.queue(tx, self.queue, wanted=self.wanted)))
            told += await self._alerted(tx, shower.agent)
        return self._new_of(told)

    def _alerts(self, changed: Collection[str]) -> bool:
        """Whether there may be something to alert of; that a delay is nearly over is announced by
        nobody."""
        return What.DUE in self._wanted or (bool(changed) and bool(self._wanted))

    async def _alerted(self, tx: Transaction, agent: Agent) -> list[News]:
        """Nothing for whoever has chosen nothing."""
        self._wanted = await alerting.choices(tx, agent.id)
        if not self._wanted and "alerts" not in self._told:
            return []
        return [News("alerts", await alerts_of(tx, agent, self._wanted, utc_now()))]

    def _ticket_shows(self, changed: Collection[str]) -> bool:
        about = {self.reference, str(self.conversation_id), ANY_TICKET}
        return self.reference is not None and not about.isdisjoint(changed)

    def _list_shows(self, changed: Collection[str]) -> bool:
        """Words in a conversation bring no ticket into a list, unless it holds the first of many,
        and change no count."""
        told = self._told.get("queue")
        if not isinstance(told, QueueView) or told.next is not None:
            return bool(changed)
        shown = {str(row.conversation) for row in told.rows}
        return any(one in shown or not _is_conversation(one) for one in changed)

    async def _shower(self, tx: Transaction) -> Shower:
        agent = await session_store.agent_of_session(tx, self.token, utc_now(), is_request=False)
        if agent is None:
            raise Forbidden("agent")
        return Shower(self.service, agent, self.language)

    def _new_of(self, told: Sequence[News]) -> list[News]:
        return [news for news in told if self._is_new(news)]

    def _is_new(self, news: News) -> bool:
        if news.seq is not None:
            return True
        is_new = self._told.get(news.name) != news.body
        self._told[news.name] = news.body
        return is_new


def _is_conversation(announced: str) -> bool:
    """And not the reference of a ticket."""
    try:
        UUID(announced)
    except ValueError:
        return False
    return True
