"""Queries on conversations and messages. Every function works inside its caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    Select,
    String,
    and_,
    cast,
    delete,
    exists,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import RowMapping

from bot.accounts import store as accounts
from bot.conversations.memory import Awaiting
from bot.conversations.ownership import HAS_TICKET, Deed, after
from bot.conversations.rules import BLOCKED, FOR_PEOPLE, PUSHED, RECORDED, Owner
from bot.conversations.tables import (
    Conversation,
    Delivery,
    DialogueState,
    Message,
    OfferedButton,
    OwnershipChange,
    TurnFailure,
)
from bot.mail import store as letters
from bot.mailbox import store as mailbox
from bot.service_requests.rules import OPEN
from bot.service_requests.tables import ServiceRequest
from bot.storage.transaction import Transaction
from bot.tickets import store as tickets

INBOX = "guichet_inbox"
EVENTS = "guichet_events"
ANSWERED_BY_BOT = ("bot", "queued")


@dataclass(frozen=True)
class Version:
    """The newest words of a message, and whether something has answered it."""

    seq: int
    text: str
    is_answered: bool


@dataclass(frozen=True)
class StoredMessage:
    """A message as it is read back. `external_id` is its author's, where it was asked for."""

    seq: int
    sender: str
    kind: str
    text: str
    content: Mapping[str, Any]
    at: datetime
    external_id: str | None = None


async def conversation_of(
    tx: Transaction,
    channel: str,
    address: str,
    citizen_id: UUID | None,
    now: datetime,
    *,
    commune: str | None,
    language: str,
) -> RowMapping:
    """The conversation of that address, locked; made at its first message. Without `citizen_id`,
    whoever is there, or somebody new: for addresses that are proofs by themselves."""
    known = select(Conversation.__table__).with_for_update(key_share=True)
    found = (await tx.execute(_at(known, channel, address))).mappings().one_or_none()
    if found is not None:
        return found
    await tx.execute(
        insert(Conversation)
        .values(
            id=uuid4(),
            channel=channel,
            address=address,
            citizen_id=citizen_id or await accounts.new_citizen(tx, now),
            owner="bot",
            language=language,
            commune=commune,
            last_seq=0,
            introduced=False,
            attempts=0,
            read_by_agent=0,
            created_at=now,
            updated_at=now,
        )
        .on_conflict_do_nothing(index_elements=["channel", "address"])
    )
    return (await tx.execute(_at(known, channel, address))).mappings().one()


def _at(known: Select[*tuple[Any, ...]], channel: str, address: str) -> Select[*tuple[Any, ...]]:
    """The conversation that goes on at an address, before the one that began there."""
    goes_on = and_(
        Conversation.continued_channel == channel, Conversation.continued_address == address
    )
    began = and_(Conversation.channel == channel, Conversation.address == address)
    return known.where(or_(goes_on, began)).order_by(goes_on.is_(True).desc()).limit(1)


async def conversation_at(tx: Transaction, channel: str, address: str) -> RowMapping | None:
    """The conversation of an address, if it has begun."""
    result = await tx.execute(_at(select(Conversation.__table__), channel, address))
    return result.mappings().one_or_none()


async def by_id(tx: Transaction, conversation_id: UUID) -> RowMapping:
    """The conversation's row as it stands."""
    result = await tx.execute(
        select(Conversation.__table__).where(Conversation.id == conversation_id)
    )
    return result.mappings().one()


async def locked(tx: Transaction, conversation_id: UUID) -> RowMapping:
    """The conversation's row, locked for the rest of the transaction. Like every lock of ours on
    conversations and requests it lets others refer to the row (`FOR NO KEY UPDATE`): who changes a
    request writes news to a conversation whose turn may just be waiting for that request."""
    result = await tx.execute(
        select(Conversation.__table__)
        .where(Conversation.id == conversation_id)
        .with_for_update(key_share=True)
    )
    return result.mappings().one()


async def find_locked(tx: Transaction, conversation_id: UUID) -> RowMapping | None:
    """The same, where there may be none of that id."""
    result = await tx.execute(
        select(Conversation.__table__)
        .where(Conversation.id == conversation_id)
        .with_for_update(key_share=True)
    )
    return result.mappings().one_or_none()


async def seq_of_external(tx: Transaction, conversation_id: UUID, external_id: str) -> int | None:
    """The number of a message already accepted under that external id."""
    result = await tx.execute(
        select(Message.seq).where(
            Message.conversation_id == conversation_id, Message.external_id == external_id
        )
    )
    return result.scalar_one_or_none()


async def newest_version(tx: Transaction, conversation_id: UUID, seq: int) -> Version:
    """A citizen's message as its last edit left it."""
    result = await tx.execute(
        select(Message.text, Message.answered_by)
        .where(
            Message.conversation_id == conversation_id,
            or_(Message.seq == seq, Message.content["edits"].as_integer() == seq),
            Message.sender == "citizen",
        )
        .order_by(Message.seq.desc())
    )
    versions = result.all()
    is_answered = all(version.answered_by is not None for version in versions)
    return Version(seq, versions[0].text, is_answered)


async def is_last_of_citizen(tx: Transaction, conversation_id: UUID, seq: int) -> bool:
    """Whether the citizen has said nothing since, but newer versions of it."""
    result = await tx.execute(
        select(
            exists().where(
                Message.conversation_id == conversation_id,
                Message.seq > seq,
                Message.sender == "citizen",
                Message.content["edits"].as_integer().is_distinct_from(seq),
            )
        )
    )
    return not result.scalar_one()


async def text_of(tx: Transaction, conversation_id: UUID, seq: int) -> str:
    """The words of one message."""
    result = await tx.execute(
        select(Message.text).where(Message.conversation_id == conversation_id, Message.seq == seq)
    )
    return str(result.scalar_one())


async def unanswered_press(tx: Transaction, conversation_id: UUID, button: str) -> int | None:
    """The number of a press of that button that still waits: a second tap says nothing new."""
    result = await tx.execute(
        select(Message.seq).where(
            Message.conversation_id == conversation_id,
            Message.sender == "citizen",
            Message.answered_by.is_(None),
            Message.kind == "press",
            Message.content["button"].astext == button,
        )
    )
    return result.scalars().first()


async def append(  # noqa: PLR0913  (a message has that many parts)
    tx: Transaction,
    conversation_id: UUID,
    seq: int,
    sender: str,
    now: datetime,
    *,
    kind: str = "text",
    body: str = "",
    content: Mapping[str, Any] | None = None,
    external_id: str | None = None,
    answered_by: UUID | None = None,
) -> UUID:
    """Add a message under a number that the caller took from the locked conversation;
    `answered_by` for what needs no answer."""
    message_id = uuid4()
    await tx.execute(
        insert(Message).values(
            id=message_id,
            conversation_id=conversation_id,
            seq=seq,
            sender=sender,
            external_id=external_id,
            kind=kind,
            text=body,
            content=dict(content or {}),
            at=now,
            answered_by=answered_by,
        )
    )
    return message_id


async def change(tx: Transaction, conversation_id: UUID, **values: Any) -> None:
    """Set columns of a conversation."""
    await tx.execute(
        update(Conversation).where(Conversation.id == conversation_id).values(**values)
    )


async def change_owner(
    tx: Transaction, conversation: RowMapping, deed: Deed, now: datetime
) -> Owner:
    """Move a locked conversation to whom a deed gives it, and record the step. Raises `Conflict`
    for a step that does not exist."""
    before = Owner(conversation["owner"])
    owner = after(before, deed)
    if owner is not before:
        await change(tx, conversation["id"], owner=owner.value)
        await tx.execute(
            insert(OwnershipChange).values(
                conversation_id=conversation["id"],
                at=now,
                before=before.value,
                after=owner.value,
                deed=deed.value,
                seq=conversation["last_seq"],
            )
        )
    return owner


async def owners(tx: Transaction, conversation_id: UUID) -> list[RowMapping]:
    """Who had a conversation, step by step."""
    result = await tx.execute(
        select(OwnershipChange.__table__)
        .where(OwnershipChange.conversation_id == conversation_id)
        .order_by(OwnershipChange.id)
    )
    return list(result.mappings())


async def await_words(tx: Transaction, conversation_id: UUID, awaiting: Awaiting | None) -> None:
    """Say what the next words of a locked conversation may answer."""
    await change(tx, conversation_id, awaiting=None if awaiting is None else awaiting.to_json())


async def is_asked_by_form(tx: Transaction, conversation_id: UUID) -> bool:
    """Whether a question of the form waits there."""
    state, _ = await dialogue_state(tx, conversation_id)
    return is_in_form(state)


def is_in_form(state: Mapping[str, Any] | None) -> bool:
    """Whether a question of the form waits."""
    return bool(((state or {}).get("now") or {}).get("loop"))


async def messages_after(
    tx: Transaction, conversation_id: UUID, seq: int, limit: int = 200
) -> list[StoredMessage]:
    """What was said after a number, both ways, in order."""
    result = await tx.execute(
        select(
            Message.seq,
            Message.sender,
            Message.kind,
            Message.text,
            Message.content,
            Message.at,
            Message.external_id,
        )
        .where(Message.conversation_id == conversation_id, Message.seq > seq)
        .order_by(Message.seq)
        .limit(limit)
    )
    return [StoredMessage(*row) for row in result]


async def reference_told(tx: Transaction, conversation_id: UUID, seq: int) -> str | None:
    """The reference that a message of ours is about."""
    result = await tx.execute(
        select(Message.content["reference"].astext).where(
            Message.conversation_id == conversation_id,
            Message.seq == seq,
            Message.sender != "citizen",
        )
    )
    reference: str | None = result.scalar_one_or_none()
    return reference


async def latest(tx: Transaction, conversation_id: UUID, limit: int) -> list[StoredMessage]:
    """The last messages of a conversation, both ways, in order."""
    conversation = await by_id(tx, conversation_id)
    return await messages_after(
        tx, conversation_id, max(0, conversation["last_seq"] - limit), limit
    )


async def spoken_after(
    tx: Transaction, conversation_id: UUID, seq: int
) -> tuple[RowMapping, list[StoredMessage]]:
    """The conversation and what was said after a number, both of one moment: a reply committed
    between the two readings is left for the next, or a reader would wait for it for ever."""
    conversation = await by_id(tx, conversation_id)
    return conversation, await spoken_in(tx, conversation, seq)


async def spoken_in(
    tx: Transaction,
    conversation: RowMapping,
    seq: int,
    limit: int = 200,
    most_bytes: int | None = None,
) -> list[StoredMessage]:
    """The same for a conversation that was just read; what comes after the last of them is asked
    for with its number. `most_bytes`: they are fewer where they are long, though one at least."""
    if seq >= conversation["last_seq"]:
        return []
    if most_bytes is not None:
        limit = min(limit, await _fitting(tx, conversation["id"], seq, limit, most_bytes))
    messages = await messages_after(tx, conversation["id"], seq, limit)
    return [m for m in messages if m.seq <= conversation["last_seq"]]


async def _fitting(
    tx: Transaction, conversation_id: UUID, seq: int, limit: int, most_bytes: int
) -> int:
    """How many messages after a number come to so many bytes; one, where that is more already."""
    size = func.octet_length(Message.text) + func.octet_length(cast(Message.content, String))
    sizes = (
        select(size.label("size"))
        .where(Message.conversation_id == conversation_id, Message.seq > seq)
        .order_by(Message.seq)
        .limit(limit)
    )
    fitting = 0
    for one in await tx.scalars(sizes):
        most_bytes -= one
        if most_bytes < 0:
            break
        fitting += 1
    return max(1, fitting)


async def unanswered(tx: Transaction, conversation_id: UUID) -> list[StoredMessage]:
    """The citizen's messages that no turn has taken, in order."""
    result = await tx.execute(
        select(Message.seq, Message.sender, Message.kind, Message.text, Message.content, Message.at)
        .where(
            Message.conversation_id == conversation_id,
            Message.sender == "citizen",
            Message.answered_by.is_(None),
        )
        .order_by(Message.seq)
        .limit(50)
    )
    return [StoredMessage(*row) for row in result]


async def mark_answered(
    tx: Transaction, conversation_id: UUID, through_seq: int, attempt: UUID
) -> None:
    """The messages up to a number are answered; none is taken twice."""
    await tx.execute(
        update(Message)
        .where(
            Message.conversation_id == conversation_id,
            Message.sender == "citizen",
            Message.answered_by.is_(None),
            Message.seq <= through_seq,
        )
        .values(answered_by=attempt)
    )


async def let_wait(tx: Transaction, conversation_id: UUID, seqs: Sequence[int]) -> None:
    """Messages of the citizen's wait for an answer again."""
    await tx.execute(
        update(Message)
        .where(
            Message.conversation_id == conversation_id,
            Message.sender == "citizen",
            Message.seq.in_(seqs),
        )
        .values(answered_by=None)
    )


async def answer_only(tx: Transaction, conversation_id: UUID, seqs: Sequence[int]) -> None:
    """Mark single messages answered, leaving the others waiting."""
    await tx.execute(
        update(Message)
        .where(Message.conversation_id == conversation_id, Message.seq.in_(seqs))
        .values(answered_by=uuid4())
    )


async def annotate(
    tx: Transaction, conversation_id: UUID, seq: int, note: Mapping[str, Any]
) -> None:
    """Add to a message's content something that no reader of the channel is shown."""
    await tx.execute(
        update(Message)
        .where(Message.conversation_id == conversation_id, Message.seq == seq)
        .values(content=Message.content.concat(dict(note)))
    )


async def waiting_for_a_human(tx: Transaction) -> list[UUID]:
    """Conversations in which a button that asks for a human waits for an answer."""
    result = await tx.execute(
        select(Message.conversation_id)
        .where(
            Message.sender == "citizen",
            Message.answered_by.is_(None),
            Message.kind == "press",
            Message.content["press"]["intent"].astext == "contact_agent",
        )
        .distinct()
        .limit(100)
    )
    return [row[0] for row in result]


async def oldest_unanswered(tx: Transaction, conversation_id: UUID) -> datetime | None:
    """When the oldest unanswered message arrived."""
    result = await tx.execute(
        select(func.min(Message.at)).where(
            Message.conversation_id == conversation_id,
            Message.sender == "citizen",
            Message.answered_by.is_(None),
        )
    )
    return result.scalar_one()


async def lease_one(tx: Transaction, attempt: UUID, now: datetime, lease: timedelta) -> UUID | None:
    """Take the conversation that has waited longest and that nobody works on."""
    free = (
        select(Conversation.id)
        .where(
            Conversation.waiting_since.is_not(None),
            Conversation.due_at <= now,
            Conversation.owner.in_(ANSWERED_BY_BOT),
            Conversation.channel.not_in(FOR_PEOPLE),
            or_(Conversation.lease_until.is_(None), Conversation.lease_until < now),
        )
        .order_by(Conversation.due_at)
        .limit(1)
        .with_for_update(skip_locked=True, key_share=True)
    )
    found = (await tx.execute(free)).scalar_one_or_none()
    if found is not None:
        await change(tx, found, lease_attempt=attempt, lease_until=now + lease)
    return found


async def next_due(tx: Transaction) -> datetime | None:
    """When the next turn that nobody works on may start, if any waits."""
    result = await tx.execute(
        select(func.min(Conversation.due_at)).where(
            Conversation.waiting_since.is_not(None),
            Conversation.owner.in_(ANSWERED_BY_BOT),
            Conversation.channel.not_in(FOR_PEOPLE),
            Conversation.lease_until.is_(None),
        )
    )
    return result.scalar_one()


async def renew_lease(
    tx: Transaction, conversation_id: UUID, attempt: UUID, until: datetime
) -> bool:
    """Keep a conversation that is still ours; False when somebody else took it."""
    result = await tx.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.lease_attempt == attempt)
        .values(lease_until=until)
    )
    return result.rowcount == 1


async def release_all_leases(tx: Transaction) -> int:
    """Free every lease: at the start of the only service of a private database, whose earlier
    holder is known to be gone. Returns how many there were."""
    result = await tx.execute(
        update(Conversation)
        .where(Conversation.lease_attempt.is_not(None))
        .values(lease_attempt=None, lease_until=None)
    )
    return int(result.rowcount)


REMEMBERED = "remembered"
"""The key beside the engine's own in the stored dialogue state. The engine never sees it."""


async def dialogue_state(
    tx: Transaction, conversation_id: UUID
) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """The engine's state and what we remember beside it, as the last committed turn left them."""
    result = await tx.execute(
        select(DialogueState.state).where(DialogueState.conversation_id == conversation_id)
    )
    stored = result.scalar_one_or_none()
    if stored is None:
        return None, {}
    state = dict(stored)
    remembered = state.pop(REMEMBERED, {})
    return state, remembered


async def save_dialogue_state(
    tx: Transaction,
    conversation_id: UUID,
    state: Mapping[str, Any],
    remembered: Mapping[str, Any],
    now: datetime,
) -> None:
    """Replace the engine's state and what is remembered beside it."""
    beside = {REMEMBERED: dict(remembered)} if remembered else {}
    values = {"state": {**state, **beside}, "updated_at": now}
    await tx.execute(
        insert(DialogueState)
        .values(conversation_id=conversation_id, **values)
        .on_conflict_do_update(index_elements=["conversation_id"], set_=values)
    )


async def offer(
    tx: Transaction, conversation_id: UUID, seq: int, buttons: Sequence[Mapping[str, Any]]
) -> None:
    """Remember the buttons of a message: {"id", "title", "press", "lasting"}."""
    if buttons:
        await tx.execute(
            insert(OfferedButton),
            [{"conversation_id": conversation_id, "seq": seq, **button} for button in buttons],
        )


async def offered(tx: Transaction, conversation_id: UUID, button_id: str) -> RowMapping | None:
    """The button of that id, if it was offered in this very conversation."""
    result = await tx.execute(
        select(OfferedButton.__table__).where(
            OfferedButton.id == button_id, OfferedButton.conversation_id == conversation_id
        )
    )
    return result.mappings().one_or_none()


async def armed_buttons(tx: Transaction, conversation_id: UUID, seq: int) -> Sequence[RowMapping]:
    """The buttons of one message: those that a typed text may name."""
    result = await tx.execute(
        select(OfferedButton.__table__).where(
            OfferedButton.conversation_id == conversation_id, OfferedButton.seq == seq
        )
    )
    return result.mappings().all()


async def deliver(
    tx: Transaction,
    message_id: UUID,
    conversation: RowMapping,
    seq: int,
    now: datetime,
    *,
    is_news: bool = False,
    only: str | None = None,
) -> None:
    """Queue a message for every channel of its conversation, or for one that it has, in the
    transaction that wrote it."""
    channels = {conversation["channel"], conversation["continued_channel"]} - {None, *RECORDED}
    if only is not None:
        channels &= {only}
    if not channels:
        return
    await tx.execute(
        insert(Delivery),
        [
            {
                "message_id": message_id,
                "channel": channel,
                "conversation_id": conversation["id"],
                "seq": seq,
                "status": "pending",
                "is_news": is_news,
                "attempts": 0,
                "due_at": now,
                "in_doubt": False,
            }
            for channel in sorted(channels)
        ],
    )


async def delivered_through(
    tx: Transaction, conversation_id: UUID, seq: int, now: datetime
) -> bool:
    """A channel that fetches (web, terminal) has shown everything up to a number. False when that
    was known."""
    result = await tx.execute(
        update(Delivery)
        .where(
            Delivery.conversation_id == conversation_id,
            Delivery.seq <= seq,
            Delivery.status == "pending",
            Delivery.channel.not_in(PUSHED),
        )
        .values(status="sent", sent_at=now)
    )
    return bool(result.rowcount)


async def shown_through(tx: Transaction, conversation_id: UUID) -> int:
    """The last message that the citizen's channel has shown; 0 for none."""
    result = await tx.execute(
        select(func.coalesce(func.max(Delivery.seq), 0)).where(
            Delivery.conversation_id == conversation_id, Delivery.status == "sent"
        )
    )
    return int(result.scalar_one())


async def undelivered(tx: Transaction, conversation_id: UUID) -> dict[int, bool]:
    """By number, the messages that their channel did not take: whether they wait for a citizen
    who shut it, else they never will arrive. The last ones only."""
    result = await tx.execute(
        select(Delivery.seq, Delivery.status == "pending")
        .where(
            Delivery.conversation_id == conversation_id,
            Delivery.channel.in_(PUSHED),
            or_(
                Delivery.status == "failed",
                and_(Delivery.status == "pending", Delivery.error == BLOCKED),
            ),
        )
        .order_by(Delivery.seq.desc())
        .limit(100)
    )
    return {seq: bool(is_waiting) for seq, is_waiting in result}


async def record_failure(
    tx: Transaction, attempt: UUID, conversation_id: UUID, seq: int, error: str, now: datetime
) -> None:
    """Keep why a turn failed."""
    await tx.execute(
        insert(TurnFailure)
        .values(
            attempt_id=attempt,
            conversation_id=conversation_id,
            through_seq=seq,
            error=error[:2000],
            at=now,
        )
        .on_conflict_do_nothing()
    )


async def needing_notice(tx: Transaction, before: datetime) -> list[UUID]:
    """Conversations whose message has waited since before that time without being told why."""
    result = await tx.execute(
        select(Conversation.id)
        .where(
            Conversation.waiting_since < before,
            Conversation.owner.in_(ANSWERED_BY_BOT),
            Conversation.channel.not_in(FOR_PEOPLE),
            Conversation.notice_seq.is_(None),
        )
        .limit(100)
    )
    return [row[0] for row in result]


async def forget_notices(tx: Transaction) -> None:
    """Why an answer does not come is another reason now: whoever still waits is to be told."""
    await tx.execute(
        update(Conversation)
        .where(Conversation.waiting_since.is_not(None), Conversation.notice_seq.is_not(None))
        .values(notice_seq=None)
    )


async def waiting(tx: Transaction) -> tuple[int, datetime | None]:
    """In how many conversations a message waits, and since when the oldest does."""
    result = await tx.execute(
        select(func.count(), func.min(Conversation.waiting_since)).where(
            Conversation.waiting_since.is_not(None)
        )
    )
    count, oldest = result.one()
    return int(count), oldest


async def pending_deliveries(tx: Transaction) -> dict[str, int]:
    """How many messages wait for their channel, by channel."""
    result = await tx.execute(
        select(Delivery.channel, func.count())
        .where(Delivery.status == "pending")
        .group_by(Delivery.channel)
    )
    return {channel: int(count) for channel, count in result}


async def notify(tx: Transaction, channel: str, payload: str) -> None:
    """Wake whoever listens, when this transaction commits."""
    await tx.execute(
        text("SELECT pg_notify(:channel, :payload)"), {"channel": channel, "payload": payload}
    )


async def notify_all(tx: Transaction, announcements: Sequence[tuple[str, str]]) -> None:
    """Several of them, in one statement."""
    calls = [func.pg_notify(channel, payload) for channel, payload in announcements]
    await tx.execute(select(*calls))


async def forget_text(tx: Transaction, before: datetime, limit: int) -> int:
    """Drop what was said, and what only served the saying, in conversations quiet since then, with
    the words of their tickets.

    Kept: a conversation in which a message still waits, or a request or a ticket is open.
    `updated_at` moves with every message, so one that arrives meanwhile saves its conversation.
    Returns how many conversations were emptied, at most `limit`.
    """
    is_open = exists().where(
        ServiceRequest.conversation_id == Conversation.id,
        ServiceRequest.status.in_([status.value for status in OPEN]),
    )
    quiet = (
        select(Conversation.id)
        .where(
            Conversation.updated_at <= before,
            Conversation.waiting_since.is_(None),
            Conversation.owner.not_in([owner.value for owner in HAS_TICKET]),
            exists().where(Message.conversation_id == Conversation.id),
            ~is_open,
        )
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    found = list((await tx.execute(quiet)).scalars())
    await forget_words(tx, found)
    return len(found)


async def forget_words(tx: Transaction, conversations: Sequence[UUID]) -> None:
    """Drop what was said in these locked conversations, and what only served the saying, with the
    words of their tickets and the letters that told of those; one that waits is not sent. Their
    rows stay, and their numbers go on."""
    for table in (Delivery, OfferedButton, DialogueState, TurnFailure, Message):
        await tx.execute(delete(table).where(table.conversation_id.in_(conversations)))
    await tx.execute(
        update(Conversation)
        .where(Conversation.id.in_(conversations))
        .values(question_seq=None, notice_seq=None, introduced=False)
    )
    await letters.forget_of(tx, conversations, await tickets.references_of(tx, conversations))
    await mailbox.forget_words(tx, conversations)
    await tickets.forget_words(tx, conversations)
