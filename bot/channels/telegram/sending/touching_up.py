"""Messages that are in a chat already, changed in place: what was chosen, which buttons are still
good, where a request stands. Read in short transactions; nothing is held during the calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError
from aiogram.types import InlineKeyboardMarkup

from bot.channels.telegram.sending import screen
from bot.channels.telegram.sending.attempts import visible
from bot.channels.telegram.sending.keyboards import SHARED, inline
from bot.channels.telegram.sending.rendering import (
    Form,
    Part,
    Spoken,
    last_words,
    parts_of,
    with_line,
)
from bot.channels.telegram.sending.rules import Then, after_refusal
from bot.channels.telegram.sending.screen import OnScreen
from bot.service_requests import wording
from bot.storage.transaction import Database, Transaction
from bot.words.catalogues import Words
from bot.words.phrases import say

CALL_WITHIN_S = 10


@dataclass(frozen=True)
class Edit:
    """`html`: the new words of a text or a caption; None: only the buttons change. `disarms`:
    what it leaves has no buttons that go later."""

    chat_id: int
    message_id: int
    html: str | None
    is_caption: bool
    markup: InlineKeyboardMarkup | None
    disarms: bool


@dataclass(frozen=True)
class Touch:
    """Says what to change, and changes it."""

    database: Database
    words: Words

    async def chosen(self, chat_id: int, message_id: int, title: str) -> list[Edit]:
        """Under the question stands what was chosen. Nothing for a button that stays good."""
        async with self.database.transaction() as tx:
            on_screen = await screen.shown(tx, chat_id, message_id)
            if on_screen is None:
                return []
            buttons = _buttons(on_screen)
            lasting = await screen.lasting_of(tx, on_screen.conversation_id, on_screen.seq)
            staying = [one for one in buttons if one["payload"] in lasting]
            is_settled = any(
                one["title"] == title and one["payload"] not in lasting for one in buttons
            )
            if not is_settled:
                return []
            part = _part(await self._parts(tx, on_screen), on_screen)
        html = None if part is None or not part.html else with_line(part, f"✓ {title}")
        is_caption = part is not None and part.form is not Form.TEXT
        return [Edit(chat_id, message_id, html, is_caption, inline(staying), disarms=True)]

    async def disarmed(self, chat_id: int, conversation_id: UUID, seq: int) -> list[Edit]:
        """Buttons of earlier messages that are good no more, newest first."""
        edits = []
        async with self.database.transaction() as tx:
            old = await screen.with_old_buttons(tx, chat_id, conversation_id, seq)
            for one, lasting in old:
                staying = [button for button in _buttons(one) if button["payload"] in lasting]
                markup = inline(staying)
                edits.append(
                    Edit(
                        chat_id, one.message_id, None, is_caption=False, markup=markup, disarms=True
                    )
                )
        return edits

    async def progressed(self, chat_id: int, conversation_id: UUID, reference: str) -> list[Edit]:
        """The first acknowledgement of a request says where it stands now."""
        async with self.database.transaction() as tx:
            on_screen = await screen.acknowledged(tx, chat_id, conversation_id, reference)
            if not on_screen:
                return []
            state = await screen.state_of(tx, reference, on_screen[0].citizen_id)
            part = last_words(await self._parts(tx, on_screen[0]))
            shown = next(
                (one for one in on_screen if part is not None and one.part == part.number), None
            )
            if state is None or part is None or shown is None:
                return []
            buttons = _buttons(shown) if part.has_keys else ()
            is_question = shown.seq == shown.question_seq
            if not is_question:
                lasting = await screen.lasting_of(tx, shown.conversation_id, shown.seq)
                buttons = [one for one in buttons if one["payload"] in lasting]
        status, is_own = state
        line = say("telegram.state", state=wording.state(status, is_own=is_own))
        html = with_line(part, self.words.render(line, shown.language))
        if html is None:
            return []
        markup = inline(buttons)
        is_caption = part.form is not Form.TEXT
        return [Edit(chat_id, shown.message_id, html, is_caption, markup, disarms=not is_question)]

    async def _parts(self, tx: Transaction, one: OnScreen) -> Sequence[Part]:
        spoken = Spoken(one.sender, one.text, one.content, one.language)
        return parts_of(await visible(tx, one.citizen_id, spoken))

    async def make(self, bot: Bot, edit: Edit) -> None:
        """Change it. What is not there any more, or is so already, is as good as done."""
        try:
            await self._call(bot, edit)
        except TelegramForbiddenError:
            return  # the next message finds out what that means
        except TelegramBadRequest as error:
            if after_refusal(error.message) not in {Then.DONE, Then.GONE}:
                raise
        if edit.disarms:
            async with self.database.transaction() as tx:
                await screen.note_disarmed(tx, edit.chat_id, edit.message_id)

    async def _call(self, bot: Bot, edit: Edit) -> None:
        if edit.html is None:
            await bot.edit_message_reply_markup(
                chat_id=edit.chat_id,
                message_id=edit.message_id,
                reply_markup=edit.markup,
                request_timeout=CALL_WITHIN_S,
            )
        elif edit.is_caption:
            await bot.edit_message_caption(
                chat_id=edit.chat_id,
                message_id=edit.message_id,
                caption=edit.html,
                reply_markup=edit.markup,
                request_timeout=CALL_WITHIN_S,
            )
        else:
            await bot.edit_message_text(
                edit.html,
                chat_id=edit.chat_id,
                message_id=edit.message_id,
                reply_markup=edit.markup,
                request_timeout=CALL_WITHIN_S,
            )


def _part(parts: Sequence[Part], on_screen: OnScreen) -> Part | None:
    return next((part for part in parts if part.number == on_screen.part), None)


def _buttons(on_screen: OnScreen) -> Sequence[Mapping[str, str]]:
    """Those under the message; a question that asks to share something has them elsewhere."""
    if on_screen.content.get("expects") in SHARED and on_screen.chat_id > 0:
        return ()
    buttons: Sequence[Mapping[str, str]] = on_screen.content.get("buttons") or ()
    return buttons
