"""A conversation goes to people: its ticket is opened and the queue has it, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import RowMapping

from bot.conversations import store
from bot.conversations.ownership import Deed
from bot.conversations.turn import Speaker
from bot.storage.transaction import Transaction
from bot.teams.assigning import assign
from bot.tickets import operations as tickets
from bot.tickets.operations import Asked, Opened
from bot.tickets.wording import queue_line
from bot.words.phrases import Line, say


@dataclass(frozen=True)
class HandedOver:
    """What the citizen is told: the reference, which they have or had, and their place."""

    reference: str
    is_new: bool
    line: Line
    queue: Line


async def escalate(
    tx: Transaction,
    conversation: RowMapping,
    asked: Asked,
    now: datetime,
    *,
    finds_agent: bool = True,
) -> Opened:
    """Open the ticket of a locked conversation, or add to the one that is open. A new one finds
    its agent where its team wants that, unless somebody has come for it: `finds_agent`."""
    speaker = Speaker(conversation["id"], conversation["citizen_id"], conversation["channel"])
    opened = await tickets.open_ticket(tx, speaker, asked, conversation["last_seq"], now)
    await store.change_owner(tx, conversation, Deed.ASK, now)
    if finds_agent and opened.is_new and asked.reference is None:
        await assign(tx, opened.reference, conversation["language"], now)
    return opened


@dataclass(frozen=True)
class HandOver:
    """Noted by an action: ask for a human about a subject."""

    asked: Asked

    async def perform(self, tx: Transaction, speaker: Speaker, now: datetime) -> HandedOver:
        conversation = await store.locked(tx, speaker.conversation_id)
        opened = await escalate(tx, conversation, self.asked, now)
        key = "human.recorded" if opened.is_new else "human.again"
        line = say(key, reference=opened.reference, team=opened.team.label)
        queue = queue_line(opened.wait, opened.team, now)
        return HandedOver(opened.reference, opened.is_new, line, queue)
