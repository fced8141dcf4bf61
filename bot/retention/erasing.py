"""Erases one conversation, because its citizen asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bot.attachments import store as attachments
from bot.conversations import store as conversations
from bot.conversations.ownership import HAS_TICKET
from bot.conversations.rules import Owner, photos_in
from bot.errors import Conflict
from bot.learning import store as learning
from bot.service_requests import photo_store
from bot.service_requests import store as requests
from bot.storage.transaction import Transaction
from bot.tickets import store as tickets


class OpenTicket(Conflict):
    """Somebody is about to answer: they need what was said."""

    reason = "open_ticket"


@dataclass(frozen=True)
class Erased:
    """The files that nobody can ask for any more: whoever asked removes them after the commit, and
    the sweep does if they do not."""

    photos: tuple[UUID, ...]
    attachments: tuple[UUID, ...]


async def erase_conversation(tx: Transaction, conversation_id: UUID, now: datetime) -> Erased:
    """Drop the words, pictures and files of a conversation, what agents hid there, what was to be
    learnt from it, its buttons, its deliveries, what the engine knows of it and its draft. A turn
    that is thinking says nothing of it any more.

    The row stays, and its numbers go on; what was filed there stays too, with its own pictures.
    What no article answered was kept without saying in which conversation, and stays. Raises
    `OpenTicket` while the queue or an agent has the conversation.
    """
    conversation = await conversations.locked(tx, conversation_id)
    if Owner(conversation["owner"]) in HAS_TICKET:
        raise OpenTicket("conversation")
    parts = await tickets.split_off(tx, conversation_id)
    for part in parts:
        if Owner((await conversations.locked(tx, part))["owner"]) in HAS_TICKET:
            raise OpenTicket("conversation")
    photos: list[UUID] = []
    after = 0
    while messages := await conversations.messages_after(tx, conversation_id, after):
        photos += [UUID(one) for m in messages for one in photos_in(m.content)]
        after = messages[-1].seq
    dropped = await photo_store.drop_unfiled(tx, conversation["citizen_id"], photos)
    kept = await attachments.drop_of(tx, conversation_id)
    await requests.save_draft(tx, conversation_id, None, now)
    await conversations.forget_words(tx, [conversation_id, *parts])
    await learning.drop_of(tx, conversation_id)
    await conversations.change(
        tx,
        conversation_id,
        waiting_since=None,
        due_at=None,
        attempts=0,
        lease_attempt=None,
        lease_until=None,
        awaiting=None,
        updated_at=now,
    )
    await conversations.notify(tx, conversations.EVENTS, str(conversation_id))
    return Erased(tuple(dropped), tuple(kept))
