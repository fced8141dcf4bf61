"""The one list of routers, in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware, Dispatcher
from aiogram.enums import ChatType
from aiogram.types import Message, TelegramObject

from bot.channels.telegram import store
from bot.channels.telegram.forum.parts import AgentsGroup
from bot.channels.telegram.routers import (
    commands,
    continuing,
    files,
    forum,
    membership,
    photos,
    places,
    presses,
    words,
)
from bot.channels.telegram.taking import Taking

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
        photos.router(),
        places.router(),
        words.router(),
        presses.router(),
        files.router(),  # whatever else a message may be
    )
    return dispatcher


class OnlyPeople(BaseMiddleware):
    """Another bot's messages are not taken: two machines would answer one another for ever. Whoever
    writes has not blocked us any more."""

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        if not isinstance(event, Message):
            return await handler(event, data)
        author = event.from_user
        if author is not None and author.is_bot and event.chat.type == ChatType.PRIVATE:
            return None
        taking: Taking = data["taking"]
        if event.chat.type == ChatType.PRIVATE:
            async with taking.service.database.transaction() as tx:
                await store.unblock(tx, taking.chat_id)
        return await handler(event, data)
