"""What others say to a page in the tests: the assistant's side, and an agent's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4

from bot.accounts import widget_sessions
from bot.accounts.rules import Agent
from bot.conversations import commit, store
from bot.conversations.escalation import HandOver
from bot.conversations.turn import Speaker
from bot.handover import answering
from bot.storage.transaction import Database
from bot.tickets.operations import Asked
from bot.tickets.rules import Subject
from bot.words.phrases import Reply
from tests.channels.widget.client import Client
from tests.handover.builders import COUNTER, OULLINS, RECEPTION, an_agent
from tests.turn.scripted import WORDS, now


@dataclass(frozen=True)
class Other:
    """The other end of a page's conversation, which has begun."""

    database: Database
    conversation_id: UUID
    citizen_id: UUID

    async def tells(self, *texts: str) -> None:
        """News, in one transaction."""
        async with self.database.transaction() as tx:
            replies = [Reply((text,)) for text in texts]
            await commit.tell(tx, self.conversation_id, replies, WORDS, now())

    async def hands_over(self) -> str:
        """The conversation goes to the queue; the ticket's reference."""
        speaker = Speaker(self.conversation_id, self.citizen_id, "web")
        asked = Asked(Subject.HUMAN, "un agent", commune=OULLINS, team=RECEPTION)
        async with self.database.transaction() as tx:
            handed = await HandOver(asked).perform(tx, speaker, now())
            await store.notify(tx, store.EVENTS, str(self.conversation_id))
        return handed.reference

    async def answers(self, reference: str, text: str, by: Agent | None = None) -> Agent:
        """An agent writes, with the real operation in its own transaction."""
        agent = by or await an_agent(self.database)
        async with self.database.transaction() as tx:
            await answering.reply(tx, agent, reference, text, uuid4().hex, COUNTER, now())
        return agent


async def other_end(database: Database, page: Client, text: str = "bonjour") -> Other:
    """Begin the page's conversation, with words that nobody has to answer any more."""
    await page.post({"id": uuid4().hex, "text": text})
    async with database.transaction() as tx:
        origin = page.headers.get("Origin", "self")
        visit = await widget_sessions.visit_of(tx, page.token, origin, now())
        assert visit is not None
        conversation = await store.conversation_at(tx, "web", str(visit.citizen_id))
        assert conversation is not None
        await store.mark_answered(tx, conversation["id"], conversation["last_seq"], uuid4())
        await store.change(tx, conversation["id"], waiting_since=None, due_at=None)
    return Other(database, conversation["id"], visit.citizen_id)


@asynccontextmanager
async def on_line(page: Client) -> AsyncIterator[asyncio.Task[int | None]]:
    """A page with its socket open, that has heard the state."""
    task = asyncio.create_task(page.run())
    try:
        waiting = asyncio.create_task(page.until(lambda: page.state))
        await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
