"""What somebody says or does in a topic, done here: the same operations as in the console."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from bot.channels.telegram.forum import store
from bot.channels.telegram.forum.backend import NAME
from bot.channels.telegram.forum.rules import Deed
from bot.handover import answering, passing
from bot.handover.counter import Counter
from bot.handover.rules import Author
from bot.mirroring.operations import Kept, shown_to
from bot.mirroring.store import sent_through
from bot.storage.transaction import Transaction
from bot.tickets import store as tickets


@dataclass(frozen=True)
class Spoken:
    """Words and pictures, for the citizen or (`is_note`) between agents. `message_id`: Telegram's,
    by which a repeat is known and what stood above it was seen."""

    message_id: int
    text: str
    is_note: bool
    pictures: Sequence[Kept] = ()


def external_id(chat_id: int, what: int | str) -> str:
    """What comes from the group is known again by this, and not told back to it."""
    return f"{NAME}:{chat_id}:{what}"


async def speak(
    tx: Transaction,
    chat_id: int,
    author: Author,
    reference: str,
    spoken: Spoken,
    counter: Counter,
    now: datetime,
) -> None:
    """Answer the citizen, or note. Raises as `answering.reply` and `answering.note` do."""
    key = external_id(chat_id, spoken.message_id)
    if spoken.is_note:
        await answering.note(tx, author, reference, spoken.text, key, now)
        return
    ticket = await tickets.by_reference(tx, reference)
    photos = [await shown_to(tx, one, ticket["citizen_id"], now) for one in spoken.pictures]
    await answering.reply(
        tx,
        author,
        reference,
        spoken.text,
        key,
        counter,
        now,
        seen_through=await _seen(tx, chat_id, reference, spoken.message_id),
        photos=photos,
    )


async def do(
    tx: Transaction,
    chat_id: int,
    author: Author,
    reference: str,
    deed: Deed,
    what: str,
    counter: Counter,
    now: datetime,
) -> None:
    """A button or a command. `what`: the press or message it came by. Raises as `handover` does."""
    key = external_id(chat_id, what)
    match deed:
        case Deed.TAKE:
            await passing.take(tx, author, reference, counter, now, external_id=key)
        case Deed.GIVE_BACK:
            seen = await _seen(tx, chat_id, reference, None)
            await passing.give_back(
                tx, author, reference, counter, now, seen_through=seen, external_id=key
            )
        case Deed.CLOSE:
            seen = await _seen(tx, chat_id, reference, None)
            await answering.close(
                tx, author, reference, counter, now, seen_through=seen, external_id=key
            )
        case Deed.REOPEN:
            await answering.reopen(tx, author, reference, counter, now, external_id=key)
        case Deed.HELP:
            return
        case _:
            assert_never(deed)


async def _seen(tx: Transaction, chat_id: int, reference: str, message_id: int | None) -> int:
    """The last of the conversation's messages that stood in the topic, above that message."""
    there = await sent_through(tx, reference, NAME)
    if there is None:
        there = int((await tickets.by_reference(tx, reference))["opened_seq"])
    if message_id is None:
        return there
    below = await store.first_after(tx, chat_id, reference, message_id)
    return there if below is None else min(there, below - 1)
