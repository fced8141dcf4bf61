"""Inline buttons: opaque ids, good only where they were offered."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.types import CallbackQuery

from bot.channels.telegram.arrivals import language_of
from bot.channels.telegram.taking import Taking
from bot.conversations import store as conversations
from bot.errors import Invalid
from bot.words.phrases import say


def router() -> Router:
    made = Router(name="presses")
    made.callback_query.register(press, F.data)
    made.callback_query.register(nothing)
    return made


async def press(query: CallbackQuery, taking: Taking) -> None:
    """Store a press; what was never offered to this chat only gets a word in passing."""
    language = language_of(query.from_user)
    try:
        async with taking.transaction() as tx:
            accepted = await taking.receive(
                tx,
                "press",
                f"q{query.id}",
                content={"payload": query.data},
                language=language,
            )
            title = await conversations.text_of(tx, accepted.conversation_id, accepted.seq)
    except Invalid:
        gone = taking.service.words.render(say("telegram.button_gone"), language)
        taking.courtesies.answer_press(query.id, gone)
        return
    taking.courtesies.answer_press(query.id)
    if query.message is not None and not accepted.repeated:
        taking.courtesies.chosen(taking.chat_id, query.message.message_id, title)
    taking.expect_answer(accepted)


async def nothing(query: CallbackQuery, taking: Taking) -> None:
    """A button of another kind than ours: its waiting ends."""
    taking.courtesies.answer_press(query.id)
