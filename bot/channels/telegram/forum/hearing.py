"""What people write and press in topics, from the update to the answer that they get there.

What is refused is said in the topic before the update is marked as taken, so that no process that
is killed swallows it; what was accepted gets a reaction after the commit, at the first try only.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from aiogram.methods import AnswerCallbackQuery, SendMessage, SetMessageReaction
from aiogram.types import CallbackQuery, Message, ReactionTypeEmoji, ReplyParameters, User

from bot.channels.telegram.forum import deeds, refusals, store, wording
from bot.channels.telegram.forum.addressing import understood, words_of
from bot.channels.telegram.forum.deeds import Spoken
from bot.channels.telegram.forum.group import Group
from bot.channels.telegram.forum.membership import Membership
from bot.channels.telegram.forum.refusals import Unsaid
from bot.channels.telegram.forum.rules import ASKED_AT_MOST, Deed, Meant, meant
from bot.channels.telegram.store import Failures
from bot.errors import DomainError, Invalid, Unavailable
from bot.files.pictures import MAX_BYTES
from bot.handover.rules import Author, OutsideAgent
from bot.mirroring.operations import Kept
from bot.parts import Service
from bot.storage.transaction import Transaction
from bot.tickets.backends.port import Refused
from bot.words.phrases import Line, say

logger = logging.getLogger(__name__)
PICTURES = ("image/jpeg", "image/png", "image/webp")
SENT, NOTED = "👍", "✍"
"""Reactions: it went to the citizen, or it stays between agents."""


class Taking(Protocol):
    """One update while it is taken, as `taking.Taking` is. `transaction` may be entered again after
    an exception; without one, nothing of the update is kept."""

    @property
    def service(self) -> Service: ...
    @property
    def at(self) -> datetime: ...
    @property
    def failures(self) -> Failures: ...
    @property
    def album(self) -> tuple[Message, ...]: ...
    def transaction(self) -> AbstractAsyncContextManager[Transaction]: ...


@dataclass(frozen=True)
class Hearing:
    """Whoever is in the group may answer: Telegram is asked at each message. Who has an account in
    the console, linked by an operator, acts with its name and its towns; who had one may not act;
    others under their first name, in every town."""

    group: Group
    membership: Membership

    # -- messages -----------------------------------------------------------------------------

    async def message(self, taking: Taking, message: Message) -> None:
        """Something written in a topic of a ticket; anything else is nobody's."""
        reference = await self._reference(taking, message)
        user = message.from_user
        if reference is None or user is None or (user.is_bot and message.sender_chat is None):
            return
        try:
            if message.sender_chat is not None:
                raise Unsaid(say("forum.anonymous"))
            author = await self._author(taking, user)
            reaction = await self._do(taking, message, reference, author)
        except Unsaid as unsaid:
            await self._say(taking, message, unsaid.line)
        else:
            if reaction is not None:
                await self._react(message, reaction)

    async def _do(
        self, taking: Taking, message: Message, reference: str, author: Author
    ) -> str | None:
        """Returns the reaction that it deserves; None for what is known. Raises `Unsaid`."""
        messages: Sequence[Message] = taking.album or (message,)
        async with taking.service.database.transaction() as tx:
            wanted, messages = await understood(tx, self.group.id, reference, messages, taking.at)
        if not messages:
            return None
        if wanted.deed is Deed.HELP:
            number = "" if message.from_user is None else str(message.from_user.id)
            raise Unsaid(say("forum.help_text", id=number))
        if wanted.deed is not None:
            await self._act(taking, author, reference, wanted.deed, str(message.message_id))
            return SENT
        spoken = await self._spoken(taking, messages, wanted)
        counter, chat_id = taking.service.counter, self.group.id
        try:
            async with taking.transaction() as tx:
                await deeds.speak(tx, chat_id, author, reference, spoken, counter, taking.at)
        except Unavailable:
            raise
        except DomainError as error:
            raise await self._refused(taking, reference, error, None) from error
        return NOTED if wanted.is_note else SENT

    async def _spoken(self, taking: Taking, messages: Sequence[Message], wanted: Meant) -> Spoken:
        first = messages[0].message_id
        words = taking.service.words
        if wanted.is_note:
            text = wanted.text
            if any(one.text is None for one in messages):
                text = f"{text} {words.render(say('forum.with_file'), wording.LANGUAGE)}".strip()
            return Spoken(first, text, is_note=True)
        pictures = [await self._picture(taking, one) for one in messages if one.text is None]
        text = wanted.text
        if pictures and not text:
            text = words.render(say("mirror.picture"), wording.LANGUAGE)
        return Spoken(first, text, is_note=False, pictures=pictures)

    async def _picture(self, taking: Taking, message: Message) -> Kept:
        """Raises `Unsaid` for what no citizen can be shown."""
        if message.photo:
            file_id = message.photo[-1].file_id
        elif message.document is not None and message.document.mime_type in PICTURES:
            file_id = message.document.file_id
        else:
            raise Unsaid(say("forum.only_pictures"))
        try:
            with _bounded(taking, "forum.not_fetched"):
                data = await self.group.fetch(file_id, MAX_BYTES)
            return Kept(*await taking.service.photos.keep(data))
        except (Invalid, Refused) as error:
            raise Unsaid(say("forum.bad_picture")) from error

    async def edited(self, taking: Taking, message: Message) -> None:
        """What was sent stays as it is: say so to whoever changes it afterwards."""
        reference = await self._reference(taking, message)
        if reference is None or message.from_user is None or message.from_user.is_bot:
            return
        key = deeds.external_id(self.group.id, message.message_id)
        async with taking.service.database.transaction() as tx:
            before = await store.became(tx, reference, [key])
        now = meant(words_of(message))
        if before is not None and (now.text, now.is_note) != (before.text, before.is_note):
            await self._say(taking, message, say("forum.edited"))

    # -- buttons ------------------------------------------------------------------------------

    async def press(self, taking: Taking, query: CallbackQuery, deed: Deed) -> None:
        """A button under a topic's first message."""
        if query.message is None:
            return
        async with taking.service.database.transaction() as tx:
            reference = await store.reference_under(tx, self.group.id, query.message.message_id)
        line: Line = say("forum.gone")
        is_refused = True
        if reference is not None:
            try:
                author = await self._author(taking, query.from_user)
                await self._act(taking, author, reference, deed, f"press:{query.id}")
            except Unsaid as unsaid:
                line = unsaid.line
            else:
                line, is_refused = say(f"forum.did_{deed.value}"), False
        await self._answer(taking, query, line, is_refused=is_refused)

    async def _answer(
        self, taking: Taking, query: CallbackQuery, line: Line, *, is_refused: bool
    ) -> None:
        """Above the chat for a moment, or until it is read; in the topic when it is too late."""
        text = taking.service.words.render(line, wording.LANGUAGE)
        try:
            await self.group.ask(
                AnswerCallbackQuery(
                    callback_query_id=query.id, text=text[:200], show_alert=is_refused
                )
            )
        except Refused:
            if is_refused and isinstance(query.message, Message):
                await self._say(taking, query.message, line)
        except Unavailable:
            if is_refused:
                raise

    async def _act(
        self, taking: Taking, author: Author, reference: str, deed: Deed, what: str
    ) -> None:
        """Raises `Unsaid`."""
        counter, chat_id = taking.service.counter, self.group.id
        try:
            async with taking.transaction() as tx:
                await deeds.do(tx, chat_id, author, reference, deed, what, counter, taking.at)
        except Unavailable:
            raise
        except DomainError as error:
            raise await self._refused(taking, reference, error, deed) from error

    # -- its ways -----------------------------------------------------------------------------

    async def _reference(self, taking: Taking, message: Message) -> str | None:
        if message.message_thread_id is None or not message.is_topic_message:
            return None  # the general topic is nobody's
        if refusals.is_service(message):
            return None
        async with taking.service.database.transaction() as tx:
            return await store.reference_at(tx, self.group.id, message.message_thread_id)

    async def _author(self, taking: Taking, user: User) -> Author:
        """Who acts. Raises `Unsaid` for who may not or cannot be told to be in the group, and
        `NotNow` to ask again."""
        with _bounded(taking, "forum.unchecked"):
            is_member = await self.membership.holds(user.id)
        if not is_member:
            raise Unsaid(say("forum.not_a_member"))
        async with taking.service.database.transaction() as tx:
            linked = await store.linked(tx, user.id)
        if linked is None:
            return OutsideAgent(user.first_name, f"telegram:{user.id}")
        if linked.agent is None:
            raise Unsaid(say("forum.unlinked"))
        if not linked.is_active:
            raise Unsaid(say("forum.disabled"))
        return linked.agent

    async def _refused(
        self, taking: Taking, reference: str, error: DomainError, deed: Deed | None
    ) -> Unsaid:
        async with taking.service.database.transaction() as tx:
            since = await store.held_since(tx, reference)
        return Unsaid(refusals.line(error, deed, since))

    async def _say(self, taking: Taking, message: Message, line: Line) -> None:
        """Below a message, in its topic. Raises `NotNow`: it is said later."""
        try:
            await self.group.send(
                SendMessage(
                    chat_id=self.group.id,
                    message_thread_id=message.message_thread_id,
                    text=wording.said(taking.service.words, line),
                    reply_parameters=ReplyParameters(
                        message_id=message.message_id, allow_sending_without_reply=True
                    ),
                )
            )
        except Refused as error:
            logger.info("forum: a refusal could not be said: %s", error)

    async def _react(self, message: Message, reaction: str) -> None:
        try:
            await self.group.ask(
                SetMessageReaction(
                    chat_id=self.group.id,
                    message_id=message.message_id,
                    reaction=[ReactionTypeEmoji(emoji=reaction)],
                )
            )
        except (Refused, Unavailable) as error:
            logger.info("forum: no reaction: %s", error)


@contextmanager
def _bounded(taking: Taking, key: str) -> Iterator[None]:
    """What Telegram does not tell is asked again, but not for ever. Raises `Unsaid` then."""
    try:
        yield
    except Unavailable as error:
        if taking.failures.attempts < ASKED_AT_MOST:
            raise
        raise Unsaid(say(key)) from error
