"""The first half of a turn: everything it needs, read in one short transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.engine import RowMapping

from bot.conversations import memory, rules, store
from bot.conversations.language import detect_language, foreign_language
from bot.conversations.turn import Incoming, Speaker, Turn
from bot.service_requests import store as drafts
from bot.service_requests.pointing import other_request
from bot.service_requests.verdicts import names_solved
from bot.storage.transaction import Transaction
from bot.words.folding import fold


@dataclass(frozen=True)
class ReadTurn:
    """A turn ready to run, with the engine's state and the last message it covers. `commune`: the
    conversation's town when it was read."""

    turn: Turn
    state: dict[str, Any] | None
    through_seq: int
    commune: str | None


async def read_turn(
    tx: Transaction, conversation_id: UUID, attempt: UUID, now: datetime
) -> ReadTurn | None:
    """The waiting turn of a conversation leased by `attempt`; None when nothing is left to do."""
    conversation = await store.locked(tx, conversation_id)
    if conversation["lease_attempt"] != attempt:
        return None
    waiting = await store.unanswered(tx, conversation_id)
    if not waiting:
        await store.change(
            tx,
            conversation_id,
            waiting_since=None,
            due_at=None,
            lease_attempt=None,
            lease_until=None,
        )
        return None
    taken = rules.one_turn(waiting)
    incoming = _in_newest_words(
        tuple(Incoming(m.seq, m.kind, m.text, m.content, m.at) for m in taken)
    )
    if conversation["question_seq"] is not None:
        incoming = await _typed_buttons(tx, conversation_id, conversation["question_seq"], incoming)
    draft = await drafts.draft_of(tx, conversation_id, now)
    state, remembered = await store.dialogue_state(tx, conversation_id)
    kept = memory.from_json(remembered)
    pointed = await _replied_to(tx, conversation, incoming)
    if pointed is not None:
        kept = kept.pointing(pointed)
    incoming = _pointing(incoming, kept)
    written = " ".join(m.text for m in incoming if m.kind in rules.WORDED)
    awaiting = memory.Awaiting.from_json(conversation["awaiting"])
    if awaiting is None and not store.is_in_form(state):  # an answer may be in any language
        incoming = _solved(_foreign(incoming, written), written)
    turn = Turn(
        attempt=attempt,
        speaker=Speaker(conversation_id, conversation["citizen_id"], conversation["channel"]),
        language=detect_language(written, conversation["language"]),
        commune=conversation["commune"],
        introduced=conversation["introduced"],
        incoming=incoming,
        draft=draft,
        now=now,
        memory=kept,
        pointed=pointed,
        awaiting=awaiting,
    )
    return ReadTurn(turn, state, taken[-1].seq, conversation["commune"])


async def _replied_to(
    tx: Transaction, conversation: RowMapping, incoming: tuple[Incoming, ...]
) -> str | None:
    """The citizen's own request that a message of ours told of, where the last words that reply to
    any reply to that."""
    replied = [m.content["reply_to"] for m in incoming if m.content.get("reply_to")]
    if not replied:
        return None
    reference = await store.reference_told(tx, conversation["id"], int(replied[-1]))
    if reference is None:
        return None
    own = await drafts.of_citizen(tx, conversation["citizen_id"])
    return reference if any(row.reference == reference for row in own) else None


def _in_newest_words(incoming: tuple[Incoming, ...]) -> tuple[Incoming, ...]:
    """Messages as their edits left them. An edit of what was answered before is a text that
    corrects it (`content.edits`)."""
    read: dict[int, Incoming] = {}
    for message in incoming:
        if message.kind != "edit":
            read[message.seq] = message
            continue
        edited = int(message.content["edits"])
        if edited in read:
            read[edited] = replace(read[edited], text=message.text)
        else:
            read[edited] = replace(message, kind="text")
    return tuple(read.values())


async def _typed_buttons(
    tx: Transaction, conversation_id: UUID, question_seq: int, incoming: tuple[Incoming, ...]
) -> tuple[Incoming, ...]:
    """A text that is word for word the title of an armed button presses it."""
    if len(incoming) != 1 or incoming[0].kind != "text":
        return incoming
    typed = fold(incoming[0].text)
    for button in await store.armed_buttons(tx, conversation_id, question_seq):
        if fold(button["title"]) == typed:
            return (_pressed(incoming[0], button["press"], button=button["id"]),)
    return incoming


def _pointing(incoming: tuple[Incoming, ...], kept: memory.Memory) -> tuple[Incoming, ...]:
    """`"et pour l’autre ?"` after requests were shown asks for the next of them."""
    if len(incoming) != 1 or incoming[0].kind != "text" or not kept.shown:
        return incoming
    rank = other_request(incoming[0].text)
    if rank is None:
        return incoming
    reference = kept.pointed(rank)
    values = {"no_other": True} if reference is None else {"reference": reference}
    return (_pressed(incoming[0], {"intent": "follow_request", "values": values}),)


def _solved(incoming: tuple[Incoming, ...], written: str) -> tuple[Incoming, ...]:
    """`"c'est réparé"`, said of nothing that was asked: of a request of theirs."""
    if len(incoming) != 1 or incoming[0].kind != "text" or not names_solved(written):
        return incoming
    values = {"do": "solved", "text": written}
    return (_pressed(incoming[0], {"intent": "follow_request", "values": values}),)


def _foreign(incoming: tuple[Incoming, ...], written: str) -> tuple[Incoming, ...]:
    """What is in neither of our languages is not classified: that would be guessing."""
    language = foreign_language(written)
    if language is None or any(m.kind != "text" for m in incoming):
        return incoming
    values = {"foreign": language, "text": written}
    return (_pressed(incoming[-1], {"intent": "structured_input", "values": values}),)


def _pressed(text: Incoming, press: Mapping[str, Any], **beside: Any) -> Incoming:
    """A text that is as good as a button."""
    return Incoming(
        text.seq, "press", text.text, {"press": press, "stale": False, **beside}, text.at
    )
