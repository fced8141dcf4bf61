"""The group as a ticket backend: `bot/mirroring` tells it what is new of each ticket.

What people do there does not come back through `changes`: their messages are updates, stored and
taken like everybody's, and what they say is done in the update's own transaction (`hearing.py`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from aiogram.enums import ParseMode
from aiogram.methods import (
    CloseForumTopic,
    CreateForumTopic,
    EditForumTopic,
    EditMessageReplyMarkup,
    PinChatMessage,
    ReopenForumTopic,
    SendDocument,
    SendMessage,
    SendPhoto,
    SendVoice,
)
from aiogram.types import BufferedInputFile, InlineKeyboardMarkup, Message
from sqlalchemy.engine import RowMapping

from bot.channels.telegram.forum import store, wording
from bot.channels.telegram.forum.group import Group, NoTopic, Unchanged
from bot.handover.counter import Counter
from bot.mirroring.store import kept, read_state, state_of
from bot.storage.transaction import Database
from bot.tickets import store as tickets
from bot.tickets.backends.port import Comment, File, Opening, Page, Refused, Remote
from bot.tickets.backends.rules import State
from bot.tickets.rules import Status
from bot.words.phrases import say

NAME = "forum"
PHOTOS = ("image/jpeg", "image/png", "image/webp")
VOICES = ("audio/ogg", "audio/mpeg", "audio/mp4")
FIRST = "first"
"""The key of a topic's first message."""


@dataclass(frozen=True)
class Forum:
    """A ticket is a topic; its id here is its reference, so that a topic that somebody deleted is
    made again under the same. One group shows the tickets of every town.

    Telegram cannot be searched: what is there is what our tables say, and they are written right
    after each answer of Telegram's. A service killed between the two, or an answer that is lost on
    its way, leaves that one message, or an empty topic, there twice; never a reply to a citizen.
    """

    group: Group
    database: Database
    counter: Counter

    @property
    def name(self) -> str:
        return NAME

    def url(self, remote_id: str) -> str:
        """The group: a topic's own address changes when it is made again."""
        del remote_id
        return f"https://t.me/c/{str(self.group.id).removeprefix('-100')}"

    # -- a ticket -----------------------------------------------------------------------------

    async def find(self, reference: str) -> Remote | None:
        topic = await self._topic(reference)
        if topic is None or topic["shown"] is None:
            return None
        return Remote(reference, self.url(reference), read_state(topic["shown"]))

    async def create(self, opening: Opening) -> Remote:
        """What a former attempt made of it is gone on with."""
        reference = opening.reference
        if await self._topic(reference) is None:
            await self._make(reference)
        texts = wording.opening(opening)
        markup = wording.buttons(
            self.counter.words, is_open=opening.state.status is Status.OPEN, link=opening.link
        )
        for part, text in enumerate(texts):
            await self._say_once(reference, FIRST, part, len(texts), text, None if part else markup)
        await self._pin(reference)
        if opening.state.status is Status.CLOSED:
            await self._close(reference)
        async with self.database.transaction() as tx:
            shown = kept(opening.state)
            await store.change_topic(tx, self.group.id, reference, shown=shown)
        return Remote(reference, self.url(reference), opening.state)

    async def _pin(self, reference: str) -> None:
        topic = await self._topic(reference)
        if topic is None or topic["first_id"] is None:
            return
        with suppress(Refused):  # it may be written in all the same
            await self.group.ask(
                PinChatMessage(
                    chat_id=self.group.id,
                    message_id=topic["first_id"],
                    disable_notification=True,
                )
            )

    async def update(self, remote_id: str, wanted: State, before: State) -> State:
        """Say what became of it, in the topic and in its name. Closed is closed there as well."""
        topic = await self._topic(remote_id) or await self._again(remote_id)
        shown = before if topic["shown"] is None else read_state(topic["shown"])
        if wanted == shown:
            return wanted
        is_open = wanted.status is Status.OPEN
        if is_open and shown.status is not Status.OPEN:
            await self._ask_topic(
                remote_id,
                lambda thread: self.group.ask(
                    ReopenForumTopic(chat_id=self.group.id, message_thread_id=thread)
                ),
            )
        await self._rename(remote_id, wanted)
        line = wording.change(wanted, shown, self.counter)
        if line:
            await self._post(remote_id, line, None)
        topic = await self._topic(remote_id) or topic
        if wanted.status is not shown.status and topic["first_id"] is not None:
            await self._show_buttons(topic["first_id"], is_open=is_open)
        if not is_open:
            await self._close(remote_id)
        async with self.database.transaction() as tx:
            await store.change_topic(tx, self.group.id, remote_id, shown=kept(wanted))
        return wanted

    async def _rename(self, reference: str, state: State) -> None:
        async with self.database.transaction() as tx:
            name = wording.name(await tickets.by_reference(tx, reference), state, self.counter)
        await self._ask_topic(
            reference,
            lambda thread: self.group.ask(
                EditForumTopic(chat_id=self.group.id, message_thread_id=thread, name=name)
            ),
        )

    async def _close(self, reference: str) -> None:
        await self._ask_topic(
            reference,
            lambda thread: self.group.ask(
                CloseForumTopic(chat_id=self.group.id, message_thread_id=thread)
            ),
        )

    async def _show_buttons(self, message_id: int, *, is_open: bool) -> None:
        markup = wording.buttons(self.counter.words, is_open=is_open)
        with suppress(Refused):  # too old to be edited: commands do the same
            await self.group.send(
                EditMessageReplyMarkup(
                    chat_id=self.group.id, message_id=message_id, reply_markup=markup
                )
            )

    # -- words and files ----------------------------------------------------------------------

    async def holds(self, remote_id: str, key: str) -> bool:
        return any((await self._parts(remote_id, key)).values())

    async def comment(self, remote_id: str, comment: Comment) -> None:
        texts = wording.comment(comment, self.counter.words)
        for part, text in enumerate(texts):
            await self._say_once(remote_id, comment.key, part, len(texts), text)

    async def attach(self, remote_id: str, file: File) -> None:
        if not await self.holds(remote_id, file.key):
            sent = await self._in_topic(remote_id, lambda thread: self._send_file(thread, file))
            await self._keep(remote_id, sent, file.key)

    async def _send_file(self, thread: int, file: File) -> Message:
        data = BufferedInputFile(file.data, file.name)
        if file.mime in PHOTOS:
            return await self.group.send(
                SendPhoto(chat_id=self.group.id, message_thread_id=thread, photo=data)
            )
        if file.mime in VOICES:
            return await self.group.send(
                SendVoice(chat_id=self.group.id, message_thread_id=thread, voice=data)
            )
        return await self.group.send(
            SendDocument(chat_id=self.group.id, message_thread_id=thread, document=data)
        )

    # -- news ---------------------------------------------------------------------------------

    async def changes(self, cursor: str | None) -> Page:
        """None, ever (see above); but it is asked whether the group can be used, so that what
        waits is told as soon as it can again."""
        del cursor
        await self.group.check()
        return Page((), "", is_last=True)

    async def fetch(self, handle: str, at_most: int) -> bytes:
        return await self.group.fetch(handle, at_most)

    # -- its ways -----------------------------------------------------------------------------

    async def _topic(self, reference: str) -> RowMapping | None:
        async with self.database.transaction() as tx:
            return await store.topic_of(tx, self.group.id, reference)

    async def _parts(self, reference: str, key: str) -> dict[int, bool]:
        async with self.database.transaction() as tx:
            return await store.parts_of(tx, self.group.id, reference, key)

    async def _make(self, reference: str) -> RowMapping:
        """A topic for a ticket that has none, or none any more."""
        async with self.database.transaction() as tx:
            ticket = await tickets.by_reference(tx, reference)
        name = wording.name(ticket, state_of(ticket), self.counter)
        made = await self.group.send(CreateForumTopic(chat_id=self.group.id, name=name))
        async with self.database.transaction() as tx:
            await store.keep_topic(tx, self.group.id, reference, made.message_thread_id)
            topic = await store.topic_of(tx, self.group.id, reference)
        if topic is None:  # it was written a line above
            raise Refused("the topic is gone")
        return topic

    async def _again(self, reference: str) -> RowMapping:
        """Go on in a new topic: the former one is in another group, or was deleted."""
        topic, words = await self._make(reference), self.counter.words
        shown = topic["shown"] and read_state(topic["shown"])
        markup = wording.buttons(words, is_open=not shown or shown.status is Status.OPEN)
        line = wording.said(words, say("forum.again", reference=reference))
        first = await self._send(topic["thread_id"], line, markup)
        async with self.database.transaction() as tx:
            values = {"first_id": first.message_id}
            await store.change_topic(tx, self.group.id, reference, **values)
        return topic

    async def _in_topic[T](self, reference: str, send: Callable[[int], Awaitable[T]]) -> T:
        """Do something in a ticket's topic; in another when that is no more."""
        topic = await self._topic(reference) or await self._again(reference)
        try:
            return await send(topic["thread_id"])
        except NoTopic:
            topic = await self._again(reference)
        return await send(topic["thread_id"])

    async def _ask_topic(self, reference: str, ask: Callable[[int], Awaitable[bool]]) -> None:
        with suppress(Unchanged):
            await self._in_topic(reference, ask)

    async def _send(self, thread: int, text: str, markup: InlineKeyboardMarkup | None) -> Message:
        return await self.group.send(
            SendMessage(
                chat_id=self.group.id,
                message_thread_id=thread,
                text=text,
                parse_mode=ParseMode.HTML,
                reply_markup=markup,
            )
        )

    async def _post(
        self, reference: str, text: str, markup: InlineKeyboardMarkup | None
    ) -> Message:
        return await self._in_topic(reference, lambda thread: self._send(thread, text, markup))

    async def _say_once(
        self,
        reference: str,
        key: str,
        part: int,
        parts: int,
        text: str,
        markup: InlineKeyboardMarkup | None = None,
    ) -> None:
        """One part of what has that key, unless it is there."""
        if part in await self._parts(reference, key):
            return
        sent = await self._post(reference, text, markup)
        await self._keep(reference, sent, key, part, is_last=part == parts - 1)

    async def _keep(
        self, reference: str, sent: Message, key: str, part: int = 0, *, is_last: bool = True
    ) -> None:
        async with self.database.transaction() as tx:
            await store.keep_message(
                tx, self.group.id, sent.message_id, reference, key, part=part, is_last=is_last
            )
            if key == FIRST and part == 0:
                values = {"first_id": sent.message_id}
                await store.change_topic(tx, self.group.id, reference, **values)
