""" "Is typing" where showing it failed: it may be shown again."""

from __future__ import annotations

from bot.channels.telegram.sending import courtesies
from tests.channels.telegram.sending.stage import Stage


async def test_typing_whose_wish_was_dropped_may_be_shown_again(quiet: Stage) -> None:
    chat = await quiet.chat()
    quiet.courtesies.thinking(chat.id, chat.conversation_id)
    for number in range(courtesies.MOST_WAITING):
        quiet.courtesies.answer_press(str(number))
    assert chat.id not in quiet.courtesies._typing


async def test_typing_that_nobody_ended_is_over_after_its_time(quiet: Stage) -> None:
    chats = range(1, courtesies.MOST_TYPING + 1)
    quiet.courtesies._typing = dict.fromkeys(chats, 0.0)
    quiet.courtesies.thinking(1, (await quiet.chat()).conversation_id)
    quiet.courtesies.thinking(999, (await quiet.chat()).conversation_id)
    assert set(quiet.courtesies._typing) == {1, 999}
