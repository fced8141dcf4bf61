"""An agent hides what is personal in a message, a note or a file; whoever administers reads it for
a while, with a reason. Each function works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.engine import RowMapping

from bot.accounts.rules import Agent
from bot.attachments.rules import WhyNot, kept_in, not_kept
from bot.conversations import store as conversations
from bot.conversations.rules import photos_in
from bot.conversations.tables import Message
from bot.errors import Forbidden, Invalid, NotFound
from bot.handover import store
from bot.handover.hiding import hide_everywhere, hiding_of
from bot.storage.transaction import Transaction
from bot.tickets import redactions
from bot.tickets import store as tickets
from bot.tickets.rules import EventKind
from bot.tickets.tables import TicketEvent
from bot.words.personal_data import HIDDEN, without

SHORTEST_REASON = 5
LONGEST_REASON = 300
"""Characters of why somebody reads what was hidden."""


@dataclass(frozen=True)
class Target:
    """What is hidden: `words` of a message (`seq`) or of a note (its external id), or without any
    the whole of it, with its files."""

    seq: int | None
    note: str | None
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Original:
    """What stood there. `files`: how many photos and attachments came with it."""

    text: str
    files: int


@dataclass(frozen=True)
class _Written:
    """A message or a note as it stands."""

    text: str
    files: tuple[UUID, ...] = ()
    content: Mapping[str, Any] | None = None
    event_id: int | None = None


async def redact(
    tx: Transaction,
    agent: Agent,
    reference: str,
    target: Target,
    external_id: str,
    now: datetime,
) -> None:
    """Hide it for every reader, there and wherever the conversation's words are repeated for the
    agent's towns (`hiding.hide_everywhere`). A closed ticket is no obstacle, nor another agent's.

    Raises `NotFound` for what is no part of the ticket, `Invalid` for words that do not stand
    there. A repeated `external_id` changes nothing.
    """
    ticket = await store.check_visible(tx, agent, reference)
    conversation = await conversations.locked(tx, ticket["conversation_id"])
    if await redactions.is_known(tx, external_id):
        return
    written = await _written(tx, ticket, target)
    words = _checked(target.words, written)
    is_whole = not words
    text = HIDDEN if is_whole else without(written.text, words)
    files = written.files if is_whole else ()
    await redactions.add(
        tx,
        id=uuid4(),
        conversation_id=conversation["id"],
        reference=reference,
        seq=target.seq,
        event_id=written.event_id,
        original=written.text,
        files=list(files),
        at=now,
        agent_id=agent.id,
        author=agent.name,
        external_id=external_id,
    )
    if written.event_id is None:
        await _hide_message(tx, conversation["id"], target.seq, written, text, is_whole=is_whole)
    else:
        note = update(TicketEvent).where(TicketEvent.id == written.event_id)
        await tx.execute(note.values(text=text, data=TicketEvent.data.op("-")("file")))
    spread = words or (written.text,)
    await hide_everywhere(tx, agent, conversation, hiding_of(spread, files), now)
    what = "note" if written.event_id is not None else "files" if files else "message"
    await tickets.record(
        tx,
        reference,
        EventKind.REDACTED,
        now,
        agent_id=agent.id,
        author=agent.name,
        data={"what": what, "seq": target.seq},
    )


async def _written(tx: Transaction, ticket: RowMapping, target: Target) -> _Written:
    if target.seq is not None:
        return await _message(tx, ticket, target.seq)
    found = await tx.execute(
        select(TicketEvent.id, TicketEvent.text).where(
            TicketEvent.reference == ticket["reference"],
            TicketEvent.external_id == target.note,
            TicketEvent.kind == EventKind.NOTE.value,
        )
    )
    row = found.one_or_none()
    if row is None:
        raise NotFound("note")
    return _Written(row.text or "", event_id=row.id)


async def _message(tx: Transaction, ticket: RowMapping, seq: int) -> _Written:
    found = await tx.execute(
        select(Message.text, Message.content, Message.at).where(
            Message.conversation_id == ticket["conversation_id"], Message.seq == seq
        )
    )
    row = found.one_or_none()
    ended = ticket["closed_at"]
    if row is None or (ended is not None and row.at > ended):
        raise NotFound("message")
    kept = kept_in(row.content)
    shown = (one["photo"] for one in row.content.get("photos", ()))
    files = [*(UUID(photo) for photo in (*photos_in(row.content), *shown))]
    if kept is not None:
        files.append(kept.id)
    return _Written(row.text, tuple(files), row.content)


def _checked(words: Sequence[str], written: _Written) -> tuple[str, ...]:
    """Raises `Invalid` where there is nothing, or nothing any more, to hide."""
    if not written.files and written.text.strip() in ("", HIDDEN):
        raise Invalid("words", "there is nothing to hide", reason="empty")
    if not all(word.strip() and word in written.text for word in words):
        raise Invalid("words", "they do not stand there", reason="unknown")
    return tuple(words)


async def _hide_message(
    tx: Transaction,
    conversation_id: UUID,
    seq: int | None,
    written: _Written,
    text: str,
    *,
    is_whole: bool,
) -> None:
    content = {**(written.content or {}), "hidden": True}
    if is_whole:
        kept = kept_in(content)
        for key in ("photo", "album", "photos", "name", "latitude", "longitude", "command"):
            content.pop(key, None)
        if kept is not None:
            content |= not_kept(kept.what, WhyNot.HIDDEN)
    await tx.execute(
        update(Message)
        .where(Message.conversation_id == conversation_id, Message.seq == seq)
        .values(text=text, content=content)
    )


async def original(
    tx: Transaction,
    agent: Agent,
    reference: str,
    redaction_id: UUID,
    why: str,
    now: datetime,
) -> Original:
    """What was hidden, for whoever administers; that they read it, and why, is written into the
    history and the audit log. Raises `Forbidden`, `NotFound`, `Invalid` for no reason."""
    await store.check_visible(tx, agent, reference)
    if not agent.audits:
        raise Forbidden("original")
    reason = why.replace("\x00", "").strip()
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise Invalid("why", "a reason is needed", reason="empty")
    found = await redactions.one(tx, redaction_id)
    if found is None or found["reference"] != reference:
        raise NotFound("redaction")
    await tickets.record(
        tx,
        reference,
        EventKind.ORIGINAL_SEEN,
        now,
        agent_id=agent.id,
        author=agent.name,
        data={"why": reason},
    )
    return Original(found["original"], len(found["files"]))
