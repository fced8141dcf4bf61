"""Who can be written to: people who block the bot and return; groups and channels, which it
leaves."""

from __future__ import annotations

import logging

from aiogram import F, Router
from aiogram.enums import ChatMemberStatus, ChatType
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError
from aiogram.types import ChatMemberUpdated, Message

from bot.channels.telegram import store
from bot.channels.telegram.arrivals import language_of
from bot.channels.telegram.taking import Taking
from bot.words.phrases import say

logger = logging.getLogger(__name__)
GONE = {ChatMemberStatus.KICKED, ChatMemberStatus.LEFT}


def router() -> Router:
    made = Router(name="membership")
    made.my_chat_member.register(person, F.chat.type == ChatType.PRIVATE)
    made.my_chat_member.register(crowd)
    made.message.register(spoken_to, F.chat.type != ChatType.PRIVATE)
    made.channel_post.register(spoken_to)
    return made


async def person(changed: ChatMemberUpdated, taking: Taking) -> None:
    """Somebody blocked the bot, or let it in again: what waits for them stays or goes on."""
    is_gone = changed.new_chat_member.status in GONE
    async with taking.transaction() as tx:
        blocked_at = taking.at if is_gone else None
        await store.change_chat(tx, taking.chat_id, blocked_at=blocked_at)


async def crowd(changed: ChatMemberUpdated, taking: Taking) -> None:
    """Added to a group or a channel: a conversation with the town is nobody else's to read."""
    if changed.new_chat_member.status not in GONE:
        await _leave(taking, changed.chat.type, language_of(changed.from_user))


async def spoken_to(message: Message, taking: Taking) -> None:
    """Still in one: the same."""
    if message.left_chat_member is None:
        await _leave(taking, message.chat.type, language_of(message.from_user))


async def _leave(taking: Taking, kind: str, language: str) -> None:
    words = taking.service.words
    try:
        if kind != ChatType.CHANNEL:
            me = await taking.bot.me()
            link = f"https://t.me/{me.username}"
            refusal = words.render(say("telegram.only_in_private", link=link), language)
            await taking.bot.send_message(taking.chat_id, refusal)
        await taking.bot.leave_chat(taking.chat_id)
    except (TelegramForbiddenError, TelegramBadRequest) as error:
        logger.info("a group: %s", error.message)  # it is out already, or may not speak there
