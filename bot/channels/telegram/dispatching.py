"""The one list of routers, in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware, Dispatcher
from aiogram.enums import ChatType
from aiogram.types import Message, TelegramObject

from bot.channels.telegram.forum.parts import AgentsGroup
from bot.channels.telegram.routers import (
    commands,
    continuing,
    forum,
    media,
    membership,
    other,
    places,
    presses,
    words,
)

Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]


def new_dispatcher(agents: AgentsGroup | None = None) -> Dispatcher:
    """Without aiogram's own states: a conversation's are in our tables. `agents`: the group that is
    no citizen's."""
    dispatcher = Dispatcher(disable_fsm=True)
    dispatcher.message.outer_middleware(OnlyPeople())
    dispatcher.edited_message.outer_middleware(OnlyPeople())
    if agents is not None:
        dispatcher.include_router(forum.router(agents))  # before what leaves groups
    dispatcher.include_routers(
        membership.router(),  # what is no private chat ends here
        continuing.router(),  # its links and buttons, before what commands and presses are
        commands.router(),
        media.router(),
        places.router(),
        words.router(),
        presses.router(),
        other.router(),  # whatever else a message may be
    )
    return dispatcher


class OnlyPeople(BaseMiddleware):
    """Another bot's messages are not taken: two machines would answer one another for ever."""

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        if isinstance(event, Message) and event.chat.type == ChatType.PRIVATE:
            author = event.from_user
            if author is not None and author.is_bot:
                return None
        return await handler(event, data)
