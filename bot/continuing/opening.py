"""From Telegram to the website: a link that opens the chat's conversation in a browser.

The link is all the proof there is, as short as it lives: looking at it uses nothing up, using it
works once, and the chat is told at once which browser did, with a button that shuts it out. Every
function works in its caller's transaction.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.engine import RowMapping

from bot.accounts import store as accounts
from bot.accounts.tokens import hash_of
from bot.continuing import rules, store
from bot.continuing.aside import Deed, Speech, say_aside
from bot.continuing.rules import TELEGRAM, WEB, Step, Way
from bot.conversations import store as conversations
from bot.errors import NotFound
from bot.storage.transaction import Transaction
from bot.words.phrases import say

PATH = "/continuer"


@dataclass(frozen=True)
class Opening:
    """What a link would open: whose chat's conversation."""

    citizen: UUID
    name: str


async def portal_link(
    tx: Transaction, public_url: str | None, conversation: RowMapping, name: str, now: datetime
) -> str | None:
    """An address that opens a chat's conversation in a browser; None where we have no address. The
    former one is void. `name`: whose chat it is, for whoever is sent the link by somebody else."""
    if public_url is None:
        return None
    token = secrets.token_urlsafe(rules.TOKEN_BYTES)
    await store.add(
        tx,
        token_hash=hash_of(token),
        way=Way.TO_WEB.value,
        citizen_id=conversation["citizen_id"],
        conversation_id=conversation["id"],
        codes=[],
        name=name,
        made_at=now,
        expires_at=now + rules.LASTS,
    )
    return f"{public_url.rstrip('/')}{PATH}/{token}"


async def look(tx: Transaction, token: str, now: datetime) -> Opening:
    """What a link would open; uses nothing up. Raises `NotFound` when it opens nothing."""
    link = await store.find(tx, hash_of(token), Way.TO_WEB)
    if link is None or rules.is_over(Step(link["step"]), link["expires_at"], now):
        raise NotFound("link")
    return Opening(link["citizen_id"], link["name"])


async def open_in_browser(
    tx: Transaction, token: str, browser: str, speech: Speech, now: datetime
) -> str:
    """Use a link: the token of a web session of the chat's citizen, which shows the chat's
    conversation. Raises `NotFound` when it opens nothing (any more)."""
    found = await store.find(tx, hash_of(token), Way.TO_WEB)
    if found is None:
        raise NotFound("link")
    conversation = await conversations.locked(tx, found["conversation_id"])
    link = await store.lock(tx, found["token_hash"], Way.TO_WEB)
    if link is None or rules.is_over(Step(link["step"]), link["expires_at"], now):
        raise NotFound("link")
    citizen = link["citizen_id"]
    if conversation["citizen_id"] != citizen:
        raise NotFound("link")
    session = await accounts.open_session_of(tx, citizen, now)
    key = link["token_hash"]
    await store.change(tx, key, step=Step.JOINED.value, session_hash=hash_of(session))
    # A page that this citizen has of their own keeps its conversation: nothing of it is hidden.
    has_own_page = await store.began_at(tx, WEB, str(citizen)) is not None
    if conversation["channel"] == TELEGRAM and not has_own_page:
        await conversations.change(
            tx, conversation["id"], continued_channel=WEB, continued_address=str(citizen)
        )
    await say_aside(
        tx,
        conversation["id"],
        [say("continuing.browser", browser=browser or say("continuing.some_browser"))],
        speech,
        now,
        deeds=[Deed(say("continuing.end_access"), {"does": "end_access", "link": key})],
    )
    return session


async def end_access(
    tx: Transaction, chat: RowMapping, key: str, speech: Speech, now: datetime
) -> None:
    """Shut out the browser that a link let in. `chat`: the conversation in which the chat is,
    locked. When no browser is left, the conversation is the chat's alone again."""
    link = await store.lock(tx, key, Way.TO_WEB)
    if link is None or link["session_hash"] is None or link["citizen_id"] != chat["citizen_id"]:
        return
    citizen = link["citizen_id"]
    await store.end_session(tx, citizen, link["session_hash"])
    if chat["continued_channel"] == WEB and not await store.has_session(tx, citizen, now):
        await store.drop_pending(tx, chat["id"], WEB)
        await conversations.change(tx, chat["id"], continued_channel=None, continued_address=None)
    await say_aside(tx, chat["id"], [say("continuing.access_ended")], speech, now)
