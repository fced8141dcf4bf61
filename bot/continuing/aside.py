"""Something that concerns one channel of a conversation only: no other shows it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from bot.continuing.rules import BUTTON_PREFIX, INTENT, TELEGRAM
from bot.conversations import store as conversations
from bot.places.communes import Gazetteer
from bot.storage.transaction import Transaction
from bot.words.catalogues import Words
from bot.words.phrases import Line, say


@dataclass(frozen=True)
class Speech:
    """What is needed to say something: the words, and the names of towns."""

    words: Words
    gazetteer: Gazetteer


@dataclass(frozen=True)
class Deed:
    """A button of ours and what it does (`values`), whoever owns the conversation: it is pressed
    in the channel's own handlers and never waits for the assistant or an agent."""

    title: Line
    values: Mapping[str, Any]


async def say_aside(
    tx: Transaction,
    conversation_id: UUID,
    lines: Sequence[Line],
    speech: Speech,
    now: datetime,
    *,
    deeds: Sequence[Deed] = (),
    offered: Sequence[Mapping[str, str]] = (),
    expects: str | None = None,
) -> None:
    """Tell a locked conversation's Telegram chat something, durably like all that is said.

    `offered`: buttons that were offered in this conversation, shown once more.
    """
    conversation = await conversations.by_id(tx, conversation_id)
    language, seq = conversation["language"], conversation["last_seq"] + 1
    words = speech.words.of(conversation["commune"])
    buttons = [
        {
            "id": BUTTON_PREFIX + secrets.token_urlsafe(12),
            "title": words.render(deed.title, language),
            "press": {"intent": INTENT, "values": dict(deed.values)},
            "lasting": True,
        }
        for deed in deeds
    ]
    shown = [{"title": one["title"], "payload": one["id"]} for one in buttons]
    message_id = await conversations.append(
        tx,
        conversation_id,
        seq,
        "system",
        now,
        body="\n".join(words.render(line, language) for line in lines),
        content={
            "buttons": [*shown, *map(dict, offered)],
            "expects": expects,
            "reference": None,
            "only": TELEGRAM,
        },
    )
    await conversations.offer(tx, conversation_id, seq, buttons)
    await conversations.deliver(tx, message_id, conversation, seq, now, only=TELEGRAM)
    await conversations.change(tx, conversation_id, last_seq=seq, updated_at=now)
    await conversations.notify(tx, conversations.EVENTS, str(conversation_id))


def stop_deeds() -> tuple[Deed, Deed]:
    """How a chat leaves a conversation of the website."""
    return (
        Deed(say("continuing.stop_here"), {"does": "stop"}),
        Deed(say("continuing.was_not_me"), {"does": "disown"}),
    )
