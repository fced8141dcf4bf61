"""The agents' group: what is written and pressed in its topics, and what the bot may do there."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.types import CallbackQuery, ChatMemberUpdated, Message

from bot.channels.telegram.forum.hearing import Taking
from bot.channels.telegram.forum.parts import AgentsGroup
from bot.channels.telegram.forum.wording import Pressed


def router(agents: AgentsGroup) -> Router:
    """Takes every update of that group, before any other router is asked."""
    made = Router(name="forum")
    is_here = F.chat.id == agents.id

    @made.message(is_here)
    async def written(message: Message, taking: Taking) -> None:
        await agents.hearing.message(taking, message)

    @made.edited_message(is_here)
    async def edited(message: Message, taking: Taking) -> None:
        await agents.hearing.edited(taking, message)

    @made.callback_query(F.message.chat.id == agents.id, Pressed.filter())
    async def pressed(query: CallbackQuery, callback_data: Pressed, taking: Taking) -> None:
        await agents.hearing.press(taking, query, callback_data.deed)

    @made.callback_query(F.message.chat.id == agents.id)
    async def unknown(query: CallbackQuery) -> None:
        """No button of ours."""

    @made.my_chat_member(is_here)
    async def bot_moved(changed: ChatMemberUpdated) -> None:
        agents.bot_became(changed.new_chat_member)

    return made
