"""Where a conversation stood, told to who goes on with it elsewhere."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.engine import RowMapping

from bot.continuing.aside import Speech, say_aside, stop_deeds
from bot.continuing.rules import LONGEST_RESUMED, RESUMED
from bot.conversations import store as conversations
from bot.conversations.store import StoredMessage
from bot.storage.transaction import Transaction
from bot.words.phrases import Joined, Line, say

LOOKED_AT = 20
SPEAKERS = ("citizen", "assistant", "agent")


async def resume(tx: Transaction, before: RowMapping, speech: Speech, now: datetime) -> None:
    """Say the last lines of a conversation to its chat, and its question again if one waits.

    `before`: the conversation as it stood when the chat came. The question is shown with the very
    buttons that are armed, not put again by the assistant: the page is not asked twice, nothing
    waits for an engine that may be away, and an agent who has the conversation is not disturbed.
    """
    recent = await conversations.messages_after(
        tx, before["id"], max(0, before["last_seq"] - LOOKED_AT), LOOKED_AT
    )
    asked = next((one for one in recent if one.seq == before["question_seq"]), None)
    said = [
        one
        for one in recent
        if one.sender in SPEAKERS and not one.content.get("silent") and one is not asked
    ]
    lines = [_line(one) for one in said[-RESUMED:]]
    await say_aside(
        tx,
        before["id"],
        [say("continuing.here_now"), *([say("continuing.where_we_were"), *lines] if lines else [])],
        speech,
        now,
        deeds=stop_deeds(),
    )
    if asked is not None:
        await say_aside(
            tx,
            before["id"],
            [asked.text],
            speech,
            now,
            offered=asked.content.get("buttons", ()),
            expects=asked.content.get("expects"),
        )


def _line(message: StoredMessage) -> Line:
    """Who said what, shortened."""
    text = " ".join(message.text.split())
    if len(text) > LONGEST_RESUMED:
        text = text[:LONGEST_RESUMED].rsplit(" ", 1)[0] + " …"
    words: Line = text or say("continuing.not_text")
    author = message.content.get("author")
    who: Line = author["name"] if author else say(f"continuing.by_{message.sender}")
    return Joined(("–", Joined((who, words), " : ")))
