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

from sqlalchemy import ColumnElement, and_, false, or_, select, true, update
from sqlalchemy.engine import RowMapping

from bot.accounts.rules import Agent
from bot.conversations import store as conversations
from bot.conversations.tables import Conversation, DialogueState, Message, OfferedButton
from bot.handover.elsewhere import readable
from bot.handover.store import request_seen, visible
from bot.learning.tables import TrainingCandidate
from bot.mail.tables import Letter
from bot.mailbox.tables import ArrivedMail, MailThread
from bot.service_requests import photo_store
from bot.service_requests.tables import Draft, Follower, Photo, RequestEvent, ServiceRequest
from bot.storage.transaction import Transaction
from bot.tickets import store as tickets
from bot.tickets.tables import Ticket, TicketDraft, TicketEvent
from bot.words.personal_data import HIDDEN, checked

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

    @property
    def proven(self) -> Hiding:
        """The numbers in it whose check digits are right: they are nothing else anywhere."""
        spans = [word[one.start : one.end] for word in self.words for one in checked(word)]
        return hiding_of(spans, ())

    def _is_file(self, value: Any) -> bool:
        return isinstance(value, str) and value in self.files


def hiding_of(words: Sequence[str], files: Sequence[UUID]) -> Hiding:
    """The longest words first: one may hold another."""
    stripped = sorted({word.strip() for word in words}, key=lambda word: (-len(word), word))
    kept = tuple(word for word in stripped if len(word) >= SHORTEST)
    return Hiding(kept, frozenset(str(file) for file in files))


@dataclass(frozen=True)
class _Reach:
    """How far something is hidden. `seqs`: numbers of messages, `until`: when the last of them was
    said, all without; `tickets`, `requests`: conditions; `is_now`: also in the form of today."""

    seqs: frozenset[int] | None
    until: datetime | None
    tickets: ColumnElement[bool]
    requests: ColumnElement[bool]
    is_now: bool

    def has_seq(self, seq: Any) -> ColumnElement[bool]:
        found: ColumnElement[bool] = true() if self.seqs is None else seq.in_(sorted(self.seqs))
        return found

    def has_come(self, at: Any) -> ColumnElement[bool]:
        found: ColumnElement[bool] = true() if self.until is None else at <= self.until
        return found


_EVERYWHERE = _Reach(None, None, true(), true(), is_now=True)


async def _reach_of(tx: Transaction, agent: Agent, conversation: RowMapping) -> _Reach:
    """What the agent may read, and what their towns have."""
    if agent.communes is None:
        return _EVERYWHERE
    found = await tx.execute(
        select(Message.seq, Message.at)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Conversation.id == conversation["id"], readable(agent))
    )
    said = found.all()
    ticket = await tickets.open_in(tx, conversation["id"])
    is_now = agent.sees(conversation["commune"] if ticket is None else ticket["commune"])
    until = max((row.at for row in said), default=conversation["created_at"])
    seqs = frozenset(row.seq for row in said)
    return _Reach(seqs, until, visible(agent), request_seen(agent), is_now)


async def hide_everywhere(
    tx: Transaction, agent: Agent, conversation: RowMapping, hiding: Hiding, now: datetime
) -> None:
    """The conversation is locked. What was told to another town stays: the same words may mean
    something else there. Only numbers that prove themselves are hidden wherever they stand.
    Addresses of requests stay too: their teams go there."""
    reach = await _reach_of(tx, agent, conversation)
    await _hide(tx, conversation["id"], hiding, reach)
    if hiding.proven.words and reach is not _EVERYWHERE:
        await _hide(tx, conversation["id"], hiding.proven, _EVERYWHERE)
    await _take_out(tx, hiding, reach, now)
    await conversations.notify(tx, conversations.EVENTS, str(conversation["id"]))


async def _hide(tx: Transaction, conversation_id: UUID, hiding: Hiding, reach: _Reach) -> None:
    own = select(Ticket.reference).where(Ticket.conversation_id == conversation_id, reach.tickets)
    theirs = select(ServiceRequest.reference).where(reach.requests)
    filed = theirs.where(ServiceRequest.conversation_id == conversation_id)

    def in_it(table: Any, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
        return and_(table.conversation_id == conversation_id, *conditions)

    mails = in_it(ArrivedMail, reach.has_come(ArrivedMail.arrived_at))
    rewritten: tuple[tuple[Any, Any, Sequence[str]], ...] = (
        (Message, in_it(Message, reach.has_seq(Message.seq)), ("text", "content")),
        (OfferedButton, in_it(OfferedButton, reach.has_seq(OfferedButton.seq)), ("title", "press")),
        (DialogueState, in_it(DialogueState), ("state",)),  # which nobody reads
        (Draft, in_it(Draft, true() if reach.is_now else false()), ("data",)),
        (Ticket, in_it(Ticket, reach.tickets), ("summary", "packet", "opinion")),
        (TicketDraft, TicketDraft.reference.in_(own), ("text",)),
        (MailThread, in_it(MailThread, reach.has_come(MailThread.began_at)), ("subject",)),
        (ArrivedMail, mails, ("subject",)),
        (TicketEvent, TicketEvent.reference.in_(own), ("text", "data")),
        (
            ServiceRequest,
            in_it(ServiceRequest, reach.requests),
            ("description", "answers", "precision"),
        ),
        (Follower, in_it(Follower, Follower.reference.in_(theirs)), ("comment",)),
        (
            TrainingCandidate,
            in_it(TrainingCandidate, reach.has_seq(TrainingCandidate.seq)),
            ("text",),
        ),
        (RequestEvent, RequestEvent.reference.in_(filed), ("text", "data")),
    )
    for table, condition, columns in rewritten:
        await _rewrite(tx, table, condition, columns, hiding.within)
    escaped = Hiding((*hiding.words, *(html.escape(word) for word in hiding.words)), hiding.files)
    may_leave = and_(Letter.reference.in_(own), Letter.sent_at.is_(None))  # also if given up
    await _rewrite(tx, Letter, may_leave, ("subject", "text", "html"), escaped.text)
    as_it_came = update(ArrivedMail).where(mails, ArrivedMail.taken_at.is_not(None))
    await tx.execute(as_it_came.values(raw=None))  # encoded: words are not found in it


async def _take_out(tx: Transaction, hiding: Hiding, reach: _Reach, now: datetime) -> None:
    """Photos leave the requests that they are part of, unless these are another town's."""
    theirs = select(ServiceRequest.reference).where(reach.requests)
    files = [UUID(file) for file in sorted(hiding.files)]
    found = await tx.scalars(
        select(Photo.id).where(
            Photo.id.in_(files), or_(Photo.reference.is_(None), Photo.reference.in_(theirs))
        )
    )
    await photo_store.take_out(tx, list(found), now)


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
