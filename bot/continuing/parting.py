"""A chat and a page part again. What was one citizen's stays so, unless somebody says that the
other end never was theirs: then nothing of the other end can be reached any more."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.engine import RowMapping

from bot.accounts import store as accounts
from bot.continuing import store
from bot.continuing.aside import Speech, say_aside
from bot.continuing.rules import TELEGRAM, WEB, Why
from bot.conversations import store as conversations
from bot.conversations.commit import tell_in
from bot.errors import Conflict
from bot.storage.transaction import Transaction
from bot.words.phrases import Reply, say


async def stop_on_page(
    tx: Transaction, citizen: UUID, speech: Speech, now: datetime, *, disown: bool = False
) -> None:
    """The page's conversation leaves Telegram. `disown`: that chat is not theirs; it is a
    stranger's from then on, and everything stays with the page. Raises `Conflict` when it is not
    there."""
    found = await conversations.conversation_at(tx, WEB, str(citizen))
    if found is None or found["channel"] != WEB:
        raise Conflict("it does not go on in Telegram")
    conversation = await conversations.locked(tx, found["id"])
    if conversation["continued_channel"] != TELEGRAM:
        raise Conflict("it does not go on in Telegram")
    own = await _part(tx, conversation, speech, now, is_other=disown)
    if own is not None and disown:
        stranger = await accounts.new_citizen(tx, now)
        await conversations.change(
            tx, own, citizen_id=stranger, lease_attempt=None, lease_until=None
        )
    await store.void_unused(tx, citizen, Why.STOPPED)


async def stop_in_chat(
    tx: Transaction, chat_id: int, speech: Speech, now: datetime, *, disown: bool = False
) -> bool:
    """The chat leaves the website's conversation. `disown`: it never meant to be there; every
    browser that reads as its citizen is signed out. False when it is in none."""
    found = await conversations.conversation_at(tx, TELEGRAM, str(chat_id))
    if found is None or found["continued_channel"] != TELEGRAM:
        return False
    conversation = await conversations.locked(tx, found["id"])
    if conversation["continued_address"] != str(chat_id):
        return False
    await _part(tx, conversation, speech, now, is_other=False)
    await store.void_unused(tx, conversation["citizen_id"], Why.STOPPED)
    if disown:
        await store.end_sessions(tx, conversation["citizen_id"])
    return True


async def _part(
    tx: Transaction, conversation: RowMapping, speech: Speech, now: datetime, *, is_other: bool
) -> UUID | None:
    """Separate a locked conversation from its chat. Returns the chat's own conversation, locked:
    the chat is told there, and news of what was filed in it come there again."""
    own = await store.began_at(tx, TELEGRAM, conversation["continued_address"])
    if own is not None:
        await conversations.locked(tx, own)
    await store.drop_pending(tx, conversation["id"], TELEGRAM)
    await conversations.change(
        tx, conversation["id"], continued_channel=None, continued_address=None
    )
    await store.stopped(tx, conversation["id"])
    current = await conversations.by_id(tx, conversation["id"])
    await tell_in(tx, current, [Reply((say("continuing.stopped_page"),))], speech.words, now)
    if own is not None:
        if not is_other:
            await store.move_news_back(tx, conversation["id"], own)
        await say_aside(tx, own, [say("continuing.stopped_chat")], speech, now)
    return own
