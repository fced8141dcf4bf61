"""Links between the chat and the website. Asked before commands and presses.

What is asked here goes out with the conversation's other messages, as rows of the outbox: a
question sent from a handler would be lost with the process between the commit and the sending, or
would overtake the limits of the Bot API. Its buttons have opaque ids of the conversation too; the
handlers below look them up by chat, before the conversation gets them, since they wait neither for
the assistant nor for an agent. Only the way into a browser is sent by hand (`send_portal_link`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiogram import F, Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.enums import ChatType
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError
from aiogram.filters import Command, CommandObject, CommandStart
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message, User
from sqlalchemy.engine import RowMapping

from bot.channels.telegram.arrivals import language_of
from bot.channels.telegram.taking import CHANNEL, Taking
from bot.continuing import linking, opening, parting, store
from bot.continuing.aside import Speech, say_aside, stop_deeds
from bot.continuing.rules import BUTTON_PREFIX, Continue, shown_name, start_payload
from bot.conversations import store as conversations
from bot.storage.transaction import Transaction
from bot.words.phrases import say


def router() -> Router:
    made = Router(name="continuing")
    private = F.chat.type == ChatType.PRIVATE
    made.message.register(
        start, private, CommandStart(deep_link=True, magic=F.args.startswith("w_"))
    )
    made.message.register(stop, private, Command("stop"))
    made.message.register(portal, private, Command("mesdonnees", "mydata"))
    made.message.register(
        portal_only, private, CommandStart(deep_link=True, magic=F.args == "portail")
    )
    made.callback_query.register(press, F.data.startswith(BUTTON_PREFIX))
    return made


def _speech(taking: Taking) -> Speech:
    return Speech(taking.service.words, taking.service.gazetteer)


def _name(user: User | None) -> str:
    if user is None:
        return "?"
    return shown_name(user.first_name, user.last_name, user.username)


async def _chat(taking: Taking, tx: Transaction, user: User | None) -> RowMapping:
    """The conversation in which the chat is now, locked; made where there is none."""
    return await taking.locked_conversation(tx, language_of(user))


async def start(message: Message, command: CommandObject, taking: Taking) -> None:
    """Somebody comes from the page with a link."""
    asked = start_payload(command.args)
    token = asked.token if isinstance(asked, Continue) else ""
    async with taking.transaction() as tx:
        chat = await _chat(taking, tx, message.from_user)
        name = _name(message.from_user)
        await linking.open_in_chat(
            tx, chat, taking.chat_id, name, token, _speech(taking), taking.at
        )


async def press(query: CallbackQuery, taking: Taking) -> None:
    """A button of ours; any other is for the conversation."""
    async with taking.service.database.transaction() as tx:
        found = await store.pressed(tx, taking.chat_id, query.data or "")
    if found is None:
        raise SkipHandler
    async with taking.transaction() as tx:
        await _do(tx, taking, query.from_user, found["press"]["values"])
    taking.courtesies.answer_press(query.id)


async def _do(tx: Transaction, taking: Taking, user: User, values: Mapping[str, Any]) -> None:
    speech, now = _speech(taking), taking.at
    chat = await _chat(taking, tx, user)
    match values["does"]:
        case "choose":
            key, code = values["link"], values["code"]
            await linking.choose(tx, chat, taking.chat_id, key, code, speech, now)
        case "end_access":
            await opening.end_access(tx, chat, values["link"], speech, now)
        case does:
            await parting.stop_in_chat(tx, taking.chat_id, speech, now, disown=does == "disown")


async def stop(message: Message, taking: Taking) -> None:
    """In a conversation of the website, `/stop` asks whether to leave it; elsewhere it means what
    it always does."""
    async with taking.service.database.transaction() as tx:
        found = await conversations.conversation_at(tx, CHANNEL, str(taking.chat_id))
    if found is None or found["continued_channel"] != CHANNEL:
        raise SkipHandler
    async with taking.transaction() as tx:
        chat = await _chat(taking, tx, message.from_user)
        lines = [say("continuing.stop_asked")]
        await say_aside(tx, chat["id"], lines, _speech(taking), taking.at, deeds=stop_deeds())


async def portal(message: Message, taking: Taking) -> None:
    """The link into a browser, before what the command means besides."""
    await send_portal_link(message, taking)
    raise SkipHandler


async def portal_only(message: Message, taking: Taking) -> None:
    """Another link, asked for by the page of one that is used up."""
    if not await send_portal_link(message, taking):
        raise SkipHandler


async def send_portal_link(message: Message, taking: Taking) -> bool:
    """Send a button that opens the chat's conversation in a browser. False when it cannot be.

    By hand, since what the outbox sends is stored and read by agents, and this link is a key. It is
    sent before the update is taken: after a crash another is sent, and voids the first.
    """
    service = taking.service
    language = language_of(message.from_user)
    conversation = await taking.conversation(language)
    async with service.database.transaction() as tx:
        url = await opening.portal_link(
            tx, service.settings.public_url, conversation, _name(message.from_user), taking.at
        )
    if url is None:
        return False
    word = conversation["language"]
    button = InlineKeyboardButton(
        text=service.words.render(say("continuing.open_portal"), word), url=url
    )
    try:
        await taking.bot.send_message(
            taking.chat_id,
            service.words.render(say("continuing.portal"), word),
            reply_markup=InlineKeyboardMarkup(inline_keyboard=[[button]]),
        )
    except (TelegramForbiddenError, TelegramBadRequest):
        return False  # blocked, or an address that Telegram opens nowhere (localhost)
    return True
