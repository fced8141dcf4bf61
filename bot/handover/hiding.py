"""Hides words and files wherever a conversation's tables hold them: what was said, what tickets and
drafts repeat of it, what waits to be sent. What was sent already is out of reach."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from bot.conversations import store as conversations
from bot.conversations.tables import DialogueState, Message, OfferedButton
from bot.learning.tables import TrainingCandidate
from bot.mail.tables import Letter
from bot.mailbox.tables import ArrivedMail, MailThread
from bot.service_requests import photo_store
from bot.service_requests.tables import Draft, Follower, RequestEvent, ServiceRequest
from bot.storage.transaction import Transaction
from bot.tickets.tables import Ticket, TicketDraft, TicketEvent
from bot.words.personal_data import HIDDEN

SHORTEST = 4
"""Characters of what is hidden elsewhere too: shorter words stand for too many other things."""
_CODE = re.compile(r"[a-z][a-z_.:-]*")


@dataclass(frozen=True)
class Hiding:
    """What is hidden. `words`: as they were said; `files`: ids of photos and attachments."""

    words: tuple[str, ...]
    files: frozenset[str]

    def text(self, text: str) -> str:
        """A text without the words, where they stand by themselves."""
        for word in self.words:
            text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", HIDDEN, text)
        return text

    def within(self, value: Any) -> Any:
        """The same inside of what is stored as JSON, whose codes stay; hidden files leave lists."""
        match value:
            case str() if _CODE.fullmatch(value):
                return value
            case str():
                return self.text(value)
            case list():
                return [self.within(one) for one in value if not self._is_file(one)]
            case dict():
                return {key: self.within(one) for key, one in value.items()}
            case _:
                return value

    def _is_file(self, value: Any) -> bool:
        return isinstance(value, str) and value in self.files


def hiding_of(words: Sequence[str], files: Sequence[UUID]) -> Hiding:
    """The longest words first: one may hold another."""
    stripped = sorted({word.strip() for word in words}, key=lambda word: (-len(word), word))
    kept = tuple(word for word in stripped if len(word) >= SHORTEST)
    return Hiding(kept, frozenset(str(file) for file in files))


async def hide_everywhere(
    tx: Transaction, conversation_id: UUID, hiding: Hiding, now: datetime
) -> None:
    """The conversation is locked. Addresses of requests stay: their teams go there."""
    own = select(Ticket.reference).where(Ticket.conversation_id == conversation_id)
    filed = select(ServiceRequest.reference).where(
        ServiceRequest.conversation_id == conversation_id
    )
    rewritten: tuple[tuple[Any, Any, Sequence[str]], ...] = (
        (Message, Message.conversation_id == conversation_id, ("text", "content")),
        (OfferedButton, OfferedButton.conversation_id == conversation_id, ("title", "press")),
        (DialogueState, DialogueState.conversation_id == conversation_id, ("state",)),
        (Draft, Draft.conversation_id == conversation_id, ("data",)),
        (Ticket, Ticket.conversation_id == conversation_id, ("summary", "packet", "opinion")),
        (TicketDraft, TicketDraft.reference.in_(own), ("text",)),
        (MailThread, MailThread.conversation_id == conversation_id, ("subject",)),
        (ArrivedMail, ArrivedMail.conversation_id == conversation_id, ("subject",)),
        (TicketEvent, TicketEvent.reference.in_(own), ("text", "data")),
        (
            ServiceRequest,
            ServiceRequest.conversation_id == conversation_id,
            ("description", "answers", "precision"),
        ),
        (Follower, Follower.conversation_id == conversation_id, ("comment",)),
        (TrainingCandidate, TrainingCandidate.conversation_id == conversation_id, ("text",)),
        (RequestEvent, RequestEvent.reference.in_(filed), ("text", "data")),
    )
    for table, condition, columns in rewritten:
        await _rewrite(tx, table, condition, columns, hiding.within)
    escaped = Hiding((*hiding.words, *(html.escape(word) for word in hiding.words)), hiding.files)
    may_leave = Letter.reference.in_(own) & Letter.sent_at.is_(None)  # also if it was given up
    await _rewrite(tx, Letter, may_leave, ("subject", "text", "html"), escaped.text)
    taken = (
        ArrivedMail.conversation_id == conversation_id,
        ArrivedMail.taken_at.is_not(None),
    )
    await tx.execute(update(ArrivedMail).where(*taken).values(raw=None))  # as it came, encoded
    await photo_store.take_out(tx, [UUID(file) for file in sorted(hiding.files)], now)
    await conversations.notify(tx, conversations.EVENTS, str(conversation_id))


async def _rewrite(
    tx: Transaction,
    table: Any,
    condition: Any,
    names: Sequence[str],
    hidden: Callable[[Any], Any],
) -> None:
    """Change those rows of a table in which something is to be hidden."""
    keys = [getattr(table, column.name) for column in table.__table__.primary_key]
    columns = [getattr(table, name) for name in names]
    result = await tx.execute(select(*keys, *columns).where(condition))
    for row in result.all():
        before = row[len(keys) :]
        after = [value if value is None else hidden(value) for value in before]
        if after == list(before):
            continue
        is_it = [key == value for key, value in zip(keys, row[: len(keys)], strict=True)]
        values = dict(zip(names, after, strict=True))
        await tx.execute(update(table).where(*is_it).values(**values))
