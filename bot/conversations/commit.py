"""The second half of a turn: one transaction that does and says everything, or nothing."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.engine import RowMapping

from bot.conversations import memory, rules, store
from bot.conversations.escalation import HandedOver, HandOver
from bot.conversations.reading import ReadTurn
from bot.conversations.turn import Speaker, Turn
from bot.service_requests import store as drafts
from bot.services.rules import Team
from bot.storage.transaction import Transaction
from bot.tickets.operations import Asked
from bot.tickets.rules import Priority, Reason, Subject
from bot.words.catalogues import Words
from bot.words.phrases import Button, Line, Press, Reply, ShownPhoto, Source, say


class Result(Enum):
    """What became of a turn at its commit."""

    ANSWERED = auto()
    FENCED = auto()  # another attempt took over, or an agent did
    SUPERSEDED = auto()  # the citizen wrote more meanwhile: one answer will cover it all


async def commit_turn(
    tx: Transaction, read: ReadTurn, state: dict[str, Any] | None, words: Words, now: datetime
) -> Result:
    """Perform what the turn noted, store its state and replies, mark its messages answered.

    Raises the `DomainError` of an operation: the caller's transaction then leaves no trace.
    """
    turn = read.turn
    speaker = turn.speaker
    conversation = await store.locked(tx, speaker.conversation_id)
    if conversation["lease_attempt"] != turn.attempt:
        return Result.FENCED
    if conversation["owner"] not in store.ANSWERED_BY_BOT:
        # An agent took over while the engine thought: the message stays theirs.
        would = about_to(turn, words.of(turn.commune))
        await store.annotate(tx, speaker.conversation_id, read.through_seq, would)
        await store.change(tx, speaker.conversation_id, lease_attempt=None, lease_until=None)
        return Result.FENCED
    unanswered = await store.unanswered(tx, speaker.conversation_id)
    still_waiting = [m for m in unanswered if m.seq > read.through_seq]
    if len(still_waiting) == len(unanswered):
        # An agent answered and gave it back meanwhile: nothing of this turn is left to say.
        await store.change(tx, speaker.conversation_id, lease_attempt=None, lease_until=None)
        return Result.FENCED
    waited_s = (now - conversation["waiting_since"]).total_seconds()
    may_wait = waited_s < rules.GATHERING_AT_MOST.total_seconds() * 2
    is_pressed = "press" in (turn.incoming[0].kind, *(m.kind for m in still_waiting[:1]))
    if still_waiting and may_wait and not is_pressed:
        return Result.SUPERSEDED
    outcomes = [await operation.perform(tx, speaker, now) for operation in turn.operations]
    await drafts.save_draft(tx, speaker.conversation_id, turn.draft, now)
    if state is not None:
        remembered = memory.to_json(turn.memory.after(doubted=turn.doubted, angered=turn.angered))
        await store.save_dialogue_state(tx, speaker.conversation_id, state, remembered, now)
    await store.mark_answered(tx, speaker.conversation_id, read.through_seq, turn.attempt)
    if turn.doubted:  # counted by `bot.figures`
        await store.annotate(tx, speaker.conversation_id, read.through_seq, {"doubted": True})
    said = _Said("assistant", turn.replies, words, turn.language, outcomes)
    await _settle(
        tx,
        conversation,
        said,
        now,
        due_at=now,
        language=turn.language,
        commune=_commune(conversation, read),
        introduced=turn.introduced,
        awaiting=_awaiting(conversation, turn),
        attempts=0,
        notice_seq=None,
        lease_attempt=None,
        lease_until=None,
    )
    return Result.ANSWERED


def _commune(conversation: RowMapping, read: ReadTurn) -> str | None:
    """The town that the turn chose, else the conversation's: an agent may have moved it."""
    chosen = read.turn.commune
    kept: str | None = conversation["commune"]
    return kept if chosen == read.commune else chosen


def _awaiting(conversation: RowMapping, turn: Turn) -> dict[str, Any] | None:
    """What the next words may answer: what news told meanwhile ask, else what the turn does."""
    stored: dict[str, Any] | None = conversation["awaiting"]
    awaited = memory.Awaiting.from_json(stored)
    if awaited != turn.awaiting:
        return stored
    if turn.expecting is not None:
        return turn.expecting.to_json()
    return stored if awaited is not None and awaited.lasts and not turn.lets_go else None


class _NotYet:
    """The outcome of an operation that was never performed."""

    def __getattr__(self, name: str) -> str:
        return "…"


def about_to(turn: Turn, words: Words) -> dict[str, Any]:
    """What the assistant would have said and done, for the agent who answers instead."""
    outcomes = [_NotYet() for _ in turn.operations]
    return {
        "about_to": {
            "say": [
                "\n".join(words.render(line, turn.language, outcomes) for line in reply.lines)
                for reply in turn.replies
            ],
            "do": [type(operation).__name__ for operation in turn.operations],
        }
    }


@dataclass(frozen=True)
class _Said:
    """What is to be said, by whom, and in which words. `author`: an agent's name and team;
    `is_news`: nobody waits for it in this moment."""

    sender: str
    replies: Sequence[Reply]
    words: Words
    language: str
    outcomes: Sequence[Any] = ()
    author: Mapping[str, str] | None = None
    external_id: str | None = None
    is_news: bool = False


async def _settle(
    tx: Transaction,
    conversation: RowMapping,
    said: _Said,
    now: datetime,
    *,
    due_at: datetime | None,
    **changes: Any,
) -> None:
    """Speak in a locked conversation and leave it consistent: its numbers, what still waits
    (due at `due_at`), whatever else changes; then wake its readers."""
    conversation_id = conversation["id"]
    commune = changes.get("commune", conversation["commune"])
    said = replace(said, words=said.words.of(commune))
    last_seq, question_seq = await _speak(tx, conversation, said, now)
    if question_seq is not None and said.sender == "assistant":
        changes["question_seq"] = question_seq  # a notice of the system disarms no question
    oldest = await store.oldest_unanswered(tx, conversation_id)
    await store.change(
        tx,
        conversation_id,
        last_seq=last_seq,
        waiting_since=oldest,
        due_at=None if oldest is None else due_at,
        updated_at=now,
        **changes,
    )
    await store.notify(tx, store.EVENTS, str(conversation_id))


async def _speak(
    tx: Transaction, conversation: RowMapping, said: _Said, now: datetime
) -> tuple[int, int | None]:
    """Store replies with their buttons and deliveries. Returns the last number, and the number
    of the last one that asked something."""
    conversation_id, last_seq = conversation["id"], conversation["last_seq"]
    question_seq = None
    for reply in said.replies:
        last_seq += 1
        buttons = [_offered(button, said) for button in reply.buttons]
        content: dict[str, Any] = {
            "buttons": [{"title": b["title"], "payload": b["id"]} for b in buttons],
            "expects": reply.expects,
            "reference": None if reply.reference is None else _render(reply.reference, said),
        }
        if said.author is not None:
            content["author"] = dict(said.author)
        else:
            content["language"] = said.language  # an agent writes in any
        if reply.photos:
            content["photos"] = [
                {"photo": shown.photo, "alt": _render(shown.words, said)} for shown in reply.photos
            ]
        if reply.point is not None:
            content["point"] = list(reply.point)
        if reply.sources:
            content["links"] = [_link(source, said) for source in reply.sources]
        message_id = await store.append(
            tx,
            conversation_id,
            last_seq,
            said.sender,
            now,
            body="\n".join(_render(line, said) for line in reply.lines),
            content=content,
            external_id=said.external_id,
        )
        await store.offer(tx, conversation_id, last_seq, buttons)
        await store.deliver(tx, message_id, conversation, last_seq, now, is_news=said.is_news)
        if buttons or reply.expects:
            question_seq = last_seq
    return last_seq, question_seq


def _render(line: Line, said: _Said) -> str:
    return said.words.render(line, said.language, said.outcomes)


def _link(source: Source, said: _Said) -> dict[str, Any]:
    read = None if source.read is None else source.read.isoformat()
    return {"title": _render(source.title, said), "url": source.url, "checked_on": read}


def _offered(button: Button, said: _Said) -> dict[str, Any]:
    values = {
        name: _render(value, said) if hasattr(value, "operation") else value
        for name, value in button.press.values.items()
    }
    return {
        "id": secrets.token_urlsafe(12),
        "title": _render(button.title, said),
        "press": {"intent": button.press.intent, "values": values},
        "lasting": button.lasting,
    }


@dataclass(frozen=True)
class ByAgent:
    """An agent's own words. `seen_through`: the last message that they had on screen; what came
    after it still waits for them. `external_id` makes a repeat harmless."""

    text: str
    name: str
    team: Mapping[str, str]
    external_id: str
    seen_through: int
    photos: Sequence[ShownPhoto] = ()


async def say_for_agent(
    tx: Transaction, conversation: RowMapping, said: ByAgent, words: Words, now: datetime
) -> int:
    """Put an agent's words into a locked conversation, which answers what they had seen. Returns
    their number."""
    await store.mark_answered(tx, conversation["id"], said.seen_through, uuid4())
    reply = Reply((said.text,), photos=tuple(said.photos))
    author = {"name": said.name, **said.team}
    spoken = _Said(
        "agent",
        [reply],
        words,
        conversation["language"],
        author=author,
        external_id=said.external_id,
    )
    await _settle(tx, conversation, spoken, now, due_at=now, question_seq=None)
    return int(conversation["last_seq"]) + 1


async def tell_in(
    tx: Transaction,
    conversation: RowMapping,
    replies: Sequence[Reply],
    words: Words,
    now: datetime,
    *,
    is_news: bool = False,
    **changes: Any,
) -> None:
    """The system says what happens, in a locked conversation; `changes` are columns of it.
    `is_news`: nobody waits for it in this moment."""
    said = _Said("system", replies, words, conversation["language"], is_news=is_news)
    changes = {"due_at": conversation["due_at"], **changes}
    await _settle(tx, conversation, said, now, **changes)


async def tell(
    tx: Transaction,
    conversation_id: UUID,
    replies: Sequence[Reply],
    words: Words,
    now: datetime,
    *,
    unless: Collection[str] = (),
) -> bool:
    """Tell news that no turn asked for, whoever owns the conversation; what waits goes on
    waiting. False for the channels of `unless`, where nothing is said."""
    conversation = await store.locked(tx, conversation_id)
    if conversation["channel"] in unless:
        return False
    await tell_in(tx, conversation, replies, words, now, is_news=True)
    return True


async def put_back(tx: Transaction, conversation_id: UUID, attempt: UUID) -> None:
    """The engine went away: the message waits as it was, and nobody counts a failure."""
    conversation = await store.locked(tx, conversation_id)
    if conversation["lease_attempt"] == attempt:
        await store.change(tx, conversation_id, lease_attempt=None, lease_until=None)


async def record_failure(
    tx: Transaction,
    conversation_id: UUID,
    attempt: UUID,
    through: int,
    error: str,
    words: Words,
    reception: Team,
    now: datetime,
) -> None:
    """Count a failed attempt. The third brings an apology and a ticket; what follows goes on."""
    conversation = await store.locked(tx, conversation_id)
    if conversation["lease_attempt"] != attempt:
        return
    await store.record_failure(tx, attempt, conversation_id, through, error, now)
    if conversation["owner"] not in store.ANSWERED_BY_BOT:  # an agent has the message now
        await store.change(tx, conversation_id, lease_attempt=None, lease_until=None)
        return
    attempts = conversation["attempts"] + 1
    if attempts < rules.MAX_ATTEMPTS:
        await store.change(
            tx,
            conversation_id,
            attempts=attempts,
            due_at=now + rules.retry_delay(attempts),
            lease_attempt=None,
            lease_until=None,
        )
        return
    asked = Asked(
        Subject.FAILURE,
        "",
        conversation["commune"],
        reception,
        Reason.FAILURE,
        Priority.HIGH,
    )
    handed = await _hand_over(tx, conversation, asked, now)
    apology = Reply(
        (say("failure.apology", reference=handed.reference),), reference=handed.reference
    )
    await store.mark_answered(tx, conversation_id, through, attempt)
    await _settle(
        tx,
        conversation,
        _Said("assistant", [apology], words, conversation["language"]),
        now,
        due_at=now,
        attempts=0,
        notice_seq=None,
        lease_attempt=None,
        lease_until=None,
    )


async def announce_absence(
    tx: Transaction,
    conversation_id: UUID,
    words: Words,
    now: datetime,
    *,
    is_starting: bool = False,
) -> None:
    """The engine is away, or not there yet: say so once, say that the message is kept, and offer
    a human."""
    conversation = await store.locked(tx, conversation_id)
    is_answered_here = conversation["owner"] in store.ANSWERED_BY_BOT
    is_told = conversation["notice_seq"] is not None
    if conversation["waiting_since"] is None or is_told or not is_answered_here:
        return
    notice = Reply(
        (say("absence.still_starting") if is_starting else say("absence.notice"),),
        buttons=(Button(say("button.human"), Press("contact_agent"), lasting=True),),
    )
    await _settle(
        tx,
        conversation,
        _Said("system", [notice], words, conversation["language"]),
        now,
        due_at=conversation["due_at"],
        notice_seq=conversation["last_seq"] + 1,
    )


def asks_for_a_human(press: Mapping[str, Any]) -> bool:
    """Whether a button opens a ticket: others of the same intent say something of an open one, and
    wait for the assistant."""
    values = press.get("values") or {}
    return press.get("intent") == "contact_agent" and set(values) <= {"subject", "text"}


async def open_ticket_without_engine(
    tx: Transaction, conversation_id: UUID, words: Words, reception: Team, now: datetime
) -> None:
    """A human was asked for while the engine is away: that button needs no understanding."""
    conversation = await store.locked(tx, conversation_id)
    waiting = await store.unanswered(tx, conversation_id)
    pressed = [m for m in waiting if m.kind == "press" and asks_for_a_human(m.content["press"])]
    if not pressed or conversation["owner"] not in store.ANSWERED_BY_BOT:
        return
    await store.answer_only(tx, conversation_id, [m.seq for m in pressed])
    asked = Asked(Subject.HUMAN, "", conversation["commune"], reception)
    handed = await _hand_over(tx, conversation, asked, now)
    reply = Reply(
        (handed.line, handed.queue),
        reference=handed.reference,
    )
    await _settle(
        tx,
        conversation,
        _Said("system", [reply], words, conversation["language"]),
        now,
        due_at=conversation["due_at"],
    )


async def _hand_over(
    tx: Transaction, conversation: RowMapping, asked: Asked, now: datetime
) -> HandedOver:
    speaker = Speaker(conversation["id"], conversation["citizen_id"], conversation["channel"])
    return await HandOver(asked).perform(tx, speaker, now)
