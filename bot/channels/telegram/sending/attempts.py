"""An attempt at handing a message over, as far as the database knows of it.

It begins in one short transaction and ends in another; each part that is there is written down at
once, with Telegram's own number for it. Telegram cannot be asked whether it got a message: killed
between its answer and our commit, or when its answer never comes, we send that one part again. The
parts before it are known, the ones after it were not sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from aiogram.types import InlineKeyboardMarkup, ReplyKeyboardMarkup, ReplyKeyboardRemove

from bot.channels.telegram.sending import keyboards, store
from bot.channels.telegram.sending.keyboards import SHARED, Markup
from bot.channels.telegram.sending.rendering import Part, Spoken, parts_of, words_alone
from bot.channels.telegram.sending.rules import LEASE, NOTHING_TO_SEND
from bot.channels.telegram.sending.store import Due
from bot.conversations.memory import Awaiting, AwaitingKind
from bot.conversations.rules import BLOCKED
from bot.service_requests import photo_store
from bot.storage.transaction import Database, Transaction
from bot.words.catalogues import Words

ANSWERS_AT_ONCE = 4
NEWS_AT_ONCE = 2
"""Transactions: the pool is for turns and doors as well, and no answer waits behind news."""


@dataclass
class Attempt:
    """A message in hand. `left`: its parts that are not there yet; `unwritten`: the numbers of a
    part that is there and could not be written down."""

    chat_id: int
    due: Due
    left: list[Part]
    markup: Markup | None
    has_old_buttons: bool  # some that are taken off after a later question
    unwritten: Sequence[int] = ()
    calls: int = 1  # what its next part may count for
    has_sent: bool = False  # some part of it is there
    is_over: bool = False
    following: store.Standing | None = None  # what was left for its chat when it ended

    @property
    def part(self) -> Part | None:
        return self.left[0] if self.left else None

    def keys(self, part: Part) -> Markup | None:
        """What goes with a part under it."""
        return self.markup if part.has_keys else None

    def send_plain(self) -> None:
        """Its next part goes without markup."""
        self.left[0] = replace(self.left[0], is_plain=True)

    def send_words(self) -> None:
        """Its next part goes without its pictures, or not at all."""
        part = words_alone(self.left[0])
        self.left[:1] = [] if part is None else [part]


class Attempts:
    """What is written of attempts, in the name of one sender."""

    def __init__(self, database: Database, words: Words, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._words = words
        self._clock = clock
        self._sender = uuid4()
        self._room = asyncio.Semaphore(ANSWERS_AT_ONCE)
        self._room_of_news = asyncio.Semaphore(NEWS_AT_ONCE)

    @asynccontextmanager
    async def _transaction(self, *, is_news: bool) -> AsyncIterator[Transaction]:
        room = self._room_of_news if is_news else self._room
        async with room, self._database.transaction() as tx:
            yield tx

    async def begin(self, chat_id: int, *, is_news: bool) -> Attempt | None:
        """The chat's next message, leased; None when there is none for us now."""
        while True:
            async with self._transaction(is_news=is_news) as tx:
                due = await store.begin(tx, chat_id, self._sender, self._clock())
                if due is None:
                    return None
                attempt = await self._read(tx, chat_id, due)
                if attempt is not None:
                    return attempt

    async def _read(self, tx: Transaction, chat_id: int, due: Due) -> Attempt | None:
        """None, and the delivery ended, when there is nothing to hand over."""
        spoken = await visible(
            tx, due.citizen_id, Spoken(due.sender, due.text, due.content, due.language)
        )
        parts = parts_of(spoken) if spoken.is_sent else ()
        if not parts:
            is_kept_back = not spoken.is_sent
            ended = {"status": "sent"} if is_kept_back else {"status": "failed"}
            why = None if is_kept_back else NOTHING_TO_SEND
            await store.end(tx, due, self._sender, in_doubt=False, error=why, **ended)
            return None
        markup = self._markup(chat_id, due, spoken)
        has_old_buttons = False
        if isinstance(markup, InlineKeyboardMarkup):
            has_old_buttons = any(one["payload"] not in due.lasting for one in spoken.buttons)
        left = [part for part in parts if part.number not in due.done]
        return Attempt(chat_id, due, left, markup, has_old_buttons, has_sent=bool(due.done))

    def _markup(self, chat_id: int, due: Due, spoken: Spoken) -> Markup | None:
        wanted = spoken.content.get("expects")
        if chat_id > 0 and wanted in SHARED and not _wants_an_email(due):
            return keyboards.sharing(str(wanted), spoken.buttons, self._words, due.language)
        inline = keyboards.inline(spoken.buttons)
        if inline is None and due.has_keyboard:
            return ReplyKeyboardRemove(remove_keyboard=True)
        return inline

    async def sent(self, attempt: Attempt, message_ids: Sequence[int]) -> bool:
        """The next part is there. Returns whether it was the last, whose attempt is over."""
        attempt.unwritten = message_ids
        part = attempt.left[0]
        is_last = len(attempt.left) == 1
        markup = attempt.keys(part) if len(message_ids) == 1 else None
        async with self._transaction(is_news=attempt.due.is_news) as tx:
            await store.name_part(
                tx,
                attempt.chat_id,
                attempt.due,
                part.number,
                message_ids,
                has_buttons=attempt.has_old_buttons and markup is not None,
                has_keyboard=_keyboard_after(markup),
            )
            if is_last:
                attempt.following = await self._done(tx, attempt)
            elif attempt.due.attempts > 1:
                await store.note_progress(tx, attempt.due, self._sender)
        attempt.unwritten = ()
        attempt.has_sent = True
        attempt.left.pop(0)
        attempt.calls = 1
        attempt.due = replace(attempt.due, attempts=1)
        attempt.is_over = is_last
        return is_last

    async def finish(self, attempt: Attempt) -> None:
        """Nothing of it is left to be sent."""
        async with self._transaction(is_news=attempt.due.is_news) as tx:
            await self._done(tx, attempt)

    async def _done(self, tx: Transaction, attempt: Attempt) -> store.Standing | None:
        now = self._clock()
        return await store.succeed(tx, attempt.chat_id, attempt.due, self._sender, now)

    async def put_back(
        self,
        attempt: Attempt,
        error: str | None,
        *,
        in_doubt: bool,
        counts: bool = False,
        after_s: float = 0.0,
    ) -> None:
        """It is tried again. `counts`: as an attempt; `in_doubt`: they may have the part."""
        values = {} if error is None else {"error": error[:500]}
        async with self._transaction(is_news=attempt.due.is_news) as tx:
            await store.end(
                tx,
                attempt.due,
                self._sender,
                in_doubt=in_doubt,
                attempts=attempt.due.attempts - (0 if counts else 1),
                due_at=self._clock() + timedelta(seconds=after_s),
                **values,
            )

    async def give_up(self, attempt: Attempt, error: str, *, in_doubt: bool = False) -> None:
        """It is not sent again: an agent sees that. `in_doubt`: it may be there all the same."""
        async with self._transaction(is_news=attempt.due.is_news) as tx:
            await store.end(
                tx,
                attempt.due,
                self._sender,
                status="failed",
                in_doubt=in_doubt,
                error=error[:500],
            )

    async def block(self, attempt: Attempt) -> None:
        """The chat does not let us write: what is for it waits."""
        async with self._transaction(is_news=attempt.due.is_news) as tx:
            await store.block(tx, attempt.chat_id, self._clock())
            await store.end(
                tx,
                attempt.due,
                self._sender,
                in_doubt=False,
                attempts=attempt.due.attempts - 1,
                error=BLOCKED,
            )

    async def renew(self) -> None:
        """Keep what is in hand."""
        async with self._database.transaction() as tx:
            await store.renew(tx, self._sender, self._clock() + LEASE)

    async def standing(self, conversation_ids: set[UUID] | None) -> list[store.Standing]:
        """See the store. Everything, when no conversation is named."""
        async with self._database.transaction() as tx:
            if conversation_ids is None:
                await store.settle(tx)
            return await store.standing(tx, self._clock(), conversation_ids)

    async def following(self, attempt: Attempt) -> store.Standing | None:
        """What is left for its chat."""
        async with self._transaction(is_news=attempt.due.is_news) as tx:
            return await store.following(tx, attempt.due, attempt.chat_id, self._clock())

    async def blocked_chats(self) -> int:
        async with self._database.transaction() as tx:
            return await store.blocked_chats(tx)


async def visible(tx: Transaction, citizen_id: UUID, spoken: Spoken) -> Spoken:
    """The message with those of its pictures that its reader may see now."""
    named = [UUID(one["photo"]) for one in spoken.content.get("photos") or ()]
    if not named:
        return spoken
    return replace(spoken, visible=frozenset(await photo_store.shown_to(tx, citizen_id, named)))


def _wants_an_email(due: Due) -> bool:
    awaiting = Awaiting.from_json(None if due.awaiting is None else dict(due.awaiting))
    return awaiting is not None and awaiting.kind is AwaitingKind.EMAIL


def _keyboard_after(markup: Markup | None) -> bool | None:
    if isinstance(markup, ReplyKeyboardMarkup):
        return True
    return False if isinstance(markup, ReplyKeyboardRemove) else None
