"""What can be asked of conversations: receive a message, read what was said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.engine import RowMapping

from bot.accounts import store as accounts
from bot.conversations import rules, store
from bot.conversations.ownership import HAS_TICKET, Deed
from bot.conversations.rules import KINDS, Owner
from bot.errors import Invalid, NotFound
from bot.services.replies import is_thanks
from bot.storage.transaction import Transaction
from bot.tickets import store as tickets
from bot.tickets.store import TICKETS

MAX_STORED_TEXT = 20_000
"""Characters of one message; a longer one is refused at the door, whole."""


@dataclass(frozen=True)
class Arrival:
    """What a channel hands over. `external_id` makes a repeat harmless. `citizen_id` is None where
    the address is proof enough of who writes."""

    channel: str
    address: str
    citizen_id: UUID | None
    external_id: str
    kind: str
    text: str = ""
    content: Mapping[str, Any] = field(default_factory=dict)
    commune: str | None = None
    language: str = "fr"


@dataclass(frozen=True)
class Accepted:
    """`seq` numbers the message in its conversation; `owner` is who will answer."""

    conversation_id: UUID
    seq: int
    owner: str
    repeated: bool = False


async def receive(tx: Transaction, arrival: Arrival, now: datetime) -> Accepted:
    """Store a citizen's message under its place in the conversation.

    The caller acknowledges to the channel only after its commit. A repeat of `external_id`
    changes nothing and gets the number it had. Raises `Invalid` for a message too long, of an
    unknown kind, or pressing a button that was never offered here; `NotFound` for a new version of
    a message that we do not have.

    Who waits for a conversation to begin listens for its citizen's id on `store.EVENTS`.

    What a channel knows to be a press (a command) carries its `content["press"]`, and an edit the
    number of its message in `content["edits"]`, or its external id in `content["edits_id"]`; a
    door never passes a press on from outside.
    """
    if arrival.kind not in KINDS:
        raise Invalid("kind", f"unknown kind {arrival.kind}")
    text = arrival.text.replace("\x00", "")
    if len(text) > MAX_STORED_TEXT:
        raise Invalid("text", "too long")
    conversation = await store.conversation_of(
        tx,
        arrival.channel,
        arrival.address,
        arrival.citizen_id,
        now,
        commune=arrival.commune,
        language=arrival.language,
    )
    if arrival.citizen_id not in (None, conversation["citizen_id"]):
        raise NotFound("conversation")
    conversation_id = conversation["id"]
    known = await store.seq_of_external(tx, conversation_id, arrival.external_id)
    if known is not None:
        return Accepted(conversation_id, known, conversation["owner"], repeated=True)
    content = dict(arrival.content)
    is_only_thanks = _is_only_thanks(conversation, arrival.kind, text)
    needs_answer = not is_only_thanks
    if arrival.kind == "press" and "press" not in content:
        text, content = await _pressed(tx, conversation, content)
        tapped = await store.unanswered_press(tx, conversation_id, content["button"])
        if tapped is not None and conversation["owner"] in store.ANSWERED_BY_BOT:
            return Accepted(conversation_id, tapped, conversation["owner"], repeated=True)
    elif arrival.kind == "edit":
        original = await _edited(tx, conversation, content)
        if original.text == text:
            return Accepted(conversation_id, original.seq, conversation["owner"], repeated=True)
        content = {"edits": original.seq, "before": original.text}
        needs_answer = await _is_read_again(tx, conversation, original)
    seq = conversation["last_seq"] + 1
    await store.append(
        tx,
        conversation_id,
        seq,
        "citizen",
        now,
        kind=arrival.kind,
        body=text,
        content=content,
        external_id=arrival.external_id,
        answered_by=None if needs_answer else uuid4(),
    )
    waiting = _waiting(conversation, arrival.kind, now) if needs_answer else {}
    await store.change(tx, conversation_id, last_seq=seq, updated_at=now, **waiting)
    owner = await store.change_owner(tx, conversation, Deed.WRITE, now)
    if owner in HAS_TICKET and not is_only_thanks:
        await tickets.wake(tx, conversation_id, now)
    announced = list(_announced(owner, needs_answer=needs_answer))
    told = [(channel, str(conversation_id)) for channel in announced]
    if seq == 1:
        told.append((store.EVENTS, str(conversation["citizen_id"])))
    await store.notify_all(tx, told)
    return Accepted(conversation_id, seq, owner.value)


def _announced(owner: Owner, *, needs_answer: bool) -> Iterator[str]:
    """Who hears of a message."""
    yield store.EVENTS
    if needs_answer and owner.value in store.ANSWERED_BY_BOT:
        yield store.INBOX
    if owner in HAS_TICKET:
        yield TICKETS


def _is_only_thanks(conversation: RowMapping, kind: str, text: str) -> bool:
    """Whether an agent had the last word, and is only thanked for it: no answer is owed to that."""
    is_answered = conversation["waiting_since"] is None
    is_agents = conversation["owner"] == Owner.AGENT.value
    return is_agents and is_answered and kind == "text" and is_thanks(text)


def _waiting(conversation: RowMapping, kind: str, now: datetime) -> dict[str, datetime]:
    """Something that just arrived waits for its turn: since when, and until when."""
    waiting_since = conversation["waiting_since"] or now
    due_at = rules.turn_due(waiting_since, now, kind)
    if conversation["attempts"] and conversation["due_at"] is not None:
        due_at = max(due_at, conversation["due_at"])  # a failed turn keeps its back-off
    return {"waiting_since": waiting_since, "due_at": due_at}


async def _pressed(
    tx: Transaction, conversation: RowMapping, content: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    """The title of the button pressed, and what it does. Raises `Invalid`."""
    button = await store.offered(tx, conversation["id"], str(content.get("payload", "")))
    if button is None:
        raise Invalid("payload", "this button was not offered in this conversation")
    is_armed = button["lasting"] or button["seq"] == conversation["question_seq"]
    pressed = {"press": button["press"], "button": button["id"], "stale": not is_armed}
    return button["title"], pressed


async def _edited(
    tx: Transaction, conversation: RowMapping, content: Mapping[str, Any]
) -> store.Version:
    """The message that is edited, as it stands. Raises `NotFound` for one we do not have."""
    seq = content.get("edits")
    if seq is None and content.get("edits_id"):
        seq = await store.seq_of_external(tx, conversation["id"], str(content["edits_id"]))
    if seq is None:
        raise NotFound("message")
    return await store.newest_version(tx, conversation["id"], int(seq))


async def _is_read_again(
    tx: Transaction, conversation: RowMapping, original: store.Version
) -> bool:
    """Whether a new version of a message is for somebody to answer: an agent, the turn that still
    waits for the message, or the form whose last answer it was."""
    if conversation["owner"] == Owner.AGENT.value or not original.is_answered:
        return True
    is_last = await store.is_last_of_citizen(tx, conversation["id"], original.seq)
    return is_last and await store.is_asked_by_form(tx, conversation["id"])


async def citizen_at(tx: Transaction, channel: str, address: str, now: datetime) -> UUID:
    """Whoever writes from that address of a channel whose addresses are proofs by themselves."""
    conversation = await store.conversation_at(tx, channel, address)
    if conversation is not None:
        return UUID(str(conversation["citizen_id"]))
    return await accounts.new_citizen(tx, now)
