"""The stand-in refuses what Telegram refuses, in its words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Iterator
from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNotFound,
    TelegramUnauthorizedError,
)
from aiogram.methods import SendMessage, TelegramMethod
from aiogram.types import (
    BotCommand,
    BufferedInputFile,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    KeyboardButton,
    ReactionTypeEmoji,
    ReplyKeyboardMarkup,
    ReplyParameters,
)

from tests.servers.telegram import Person, TelegramServer, running_telegram_server
from tests.servers.telegram.bots import bot_of


@pytest.fixture(scope="module")
def server() -> Iterator[TelegramServer]:
    with running_telegram_server() as running:
        yield running


@pytest.fixture
async def bot(server: TelegramServer) -> AsyncIterator[Bot]:
    async with bot_of(server) as bot:
        yield bot


@pytest.fixture
def camille(server: TelegramServer) -> Person:
    return server.person("Camille", has_started=True)


def inline(*titles: str, **action: Any) -> InlineKeyboardMarkup:
    action = action or {"callback_data": "x"}
    row = [InlineKeyboardButton(text=title, **action) for title in titles]
    return InlineKeyboardMarkup(inline_keyboard=[row])


def asking(**asked: Any) -> ReplyKeyboardMarkup:
    return ReplyKeyboardMarkup(keyboard=[[KeyboardButton(text="Ici", **asked)]])


async def refused(
    call: Awaitable[Any], told: str, kind: type[TelegramAPIError] = TelegramBadRequest
) -> None:
    with pytest.raises(kind) as caught:
        await call
    assert told in caught.value.message


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "message text is empty"),
        (" \n ", "message text is empty"),
        ("<b></b>", "message text is empty"),
        ("é" * 4097, "message is too long"),
        ("😀" * 2049, "message is too long"),
        ("<b>gras", "can't parse entities: Can't find end tag corresponding to start tag \"b\""),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("x</i>", "Unexpected end tag at byte offset 1"),
        ("é<h1>x</h1>", 'Unsupported start tag "h1" at byte offset 2'),
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("voirie & propreté", "Unescaped & at byte offset 7"),
        ("a > b", "Unescaped > at byte offset 2"),
        ("&nbsp;", "Unsupported entity &nbsp;"),
        ("<a href=x", "Unclosed start tag at byte offset 0"),
    ],
)
async def test_a_text_that_cannot_be_shown(bot: Bot, camille: Person, text: str, told: str) -> None:
    await refused(bot.send_message(camille.id, text, parse_mode="HTML"), told)
    assert camille.screen.messages == ()


@pytest.mark.parametrize(
    ("markup", "told"),
    [
        (inline("x", callback_data="é" * 33), "BUTTON_DATA_INVALID"),
        (inline("x", callback_data=""), "BUTTON_DATA_INVALID"),
        (inline(""), "inline keyboard button text must be non-empty"),
        (inline(*"x" * 101), "REPLY_MARKUP_TOO_LONG"),
        (inline("x", url="javascript:x"), "inline keyboard button URL"),
        (inline("x", url="https://x.fr", callback_data="x"), "text buttons are unallowed"),
    ],
)
async def test_a_keyboard_that_cannot_be_shown(
    bot: Bot, camille: Person, markup: InlineKeyboardMarkup, told: str
) -> None:
    await refused(bot.send_message(camille.id, "x", reply_markup=markup), told)


async def test_fields_that_are_missing_unknown_or_of_a_wrong_type(
    bot: Bot, server: TelegramServer, camille: Person
) -> None:
    def made(**values: Any) -> TelegramMethod[Any]:
        return SendMessage.model_construct(**values)

    await refused(bot(made(chat_id=camille.id)), "message text is empty")
    await refused(bot(made(text="x")), "chat_id is empty")
    await refused(bot(SendMessage(chat_id=camille.id, text="x", colour="red")), "colour")
    keyboard = {"inline_keyboard": [[{"text": "x", "callback": "y"}]]}
    await refused(bot(made(chat_id=camille.id, text="x", reply_markup=keyboard)), "callback")
    wrong = made(chat_id=camille.id, text="x", message_thread_id="general")
    await refused(bot(wrong), "can't parse sendMessage: message_thread_id")
    assert [call.method for call in server.refused][-5:] == ["sendMessage"] * 5


async def test_whom_the_bot_cannot_write_to(bot: Bot, server: TelegramServer) -> None:
    stranger = server.person("Sacha")
    said = "bot can't initiate conversation with a user"
    await refused(bot.send_message(stranger.id, "x"), said, TelegramForbiddenError)
    stranger.start()
    stranger.blocks()
    said = "bot was blocked by the user"
    await refused(bot.send_message(stranger.id, "x"), said, TelegramForbiddenError)
    stranger.unblocks()
    await bot.send_message(stranger.id, "x")
    stranger.deactivates()
    said = "Forbidden: user is deactivated"
    await refused(bot.send_message(stranger.id, "x"), said, TelegramForbiddenError)
    await refused(bot.send_message(12, "x"), "chat not found")
    group = server.group("Voirie", members={stranger: "member"})
    await bot.send_message(group.id, "x")
    group.removes_bot(by=stranger)
    said = "bot was kicked from the supergroup chat"
    await refused(bot.send_message(group.id, "x"), said, TelegramForbiddenError)


async def test_edits_that_change_nothing_or_cannot_be(bot: Bot, camille: Person) -> None:
    chat = camille.id
    sent = await bot.send_message(chat, "un", reply_markup=inline("A"))

    async def edits(text: str, message_id: int, markup: InlineKeyboardMarkup | None = None) -> None:
        await bot.edit_message_text(text, chat_id=chat, message_id=message_id, reply_markup=markup)

    await refused(edits("un", sent.message_id, inline("A")), "message is not modified: specified")
    await edits("un", sent.message_id)  # it takes the keyboard away
    await refused(edits("un", sent.message_id), "message is not modified")
    await refused(edits("x", 999), "message to edit not found")
    theirs = camille.says("x")["message"]["message_id"]
    await refused(edits("x", theirs), "message can't be edited")
    for markup in (asking(), ForceReply()):
        other = await bot.send_message(chat, "où ?", reply_markup=markup)
        await refused(edits("x", other.message_id), "message can't be edited")
    photo = await bot.send_photo(chat, BufferedInputFile(b"jpeg", "a.jpg"), caption="un")
    await refused(edits("x", photo.message_id), "there is no text in the message to edit")
    where: dict[str, Any] = {"chat_id": chat, "message_id": photo.message_id}
    await refused(bot.edit_message_caption(**where, caption="un"), "message is not modified")
    await refused(bot.edit_message_caption(**where, caption="x" * 1025), "caption is too long")
    await bot.edit_message_caption(**where, caption="deux")
    assert camille.screen.last.text == "deux"
    assert camille.screen.last.is_edited
    await refused(bot.edit_message_reply_markup(**where), "message is not modified")


async def test_what_can_be_deleted(bot: Bot, server: TelegramServer, camille: Person) -> None:
    sent = await bot.send_message(camille.id, "x")
    await bot.delete_message(camille.id, sent.message_id)
    assert camille.screen.messages == ()
    gone = bot.delete_message(camille.id, sent.message_id)
    await refused(gone, "message to delete not found")
    group = server.group("Voirie", members={camille: "member"}, bot_status="member")
    theirs = camille.says_in(group, "x")["message"]["message_id"]
    await refused(bot.delete_message(group.id, theirs), "message can't be deleted")


async def test_a_message_too_old_to_delete() -> None:
    with running_telegram_server() as server:
        person = server.person("Sacha", has_started=True)
        async with bot_of(server) as bot:
            sent = await bot.send_message(person.id, "x")
            server.passes(49 * 3600)
            old = bot.delete_message(person.id, sent.message_id)
            await refused(old, "message can't be deleted for everyone")


async def test_a_pressed_button_is_answered_once_and_in_time() -> None:
    late = "query is too old and response timeout expired or query ID is invalid"
    with running_telegram_server() as server:
        person = server.person("Sacha", has_started=True)
        async with bot_of(server) as bot:
            await bot.send_message(person.id, "x", reply_markup=inline("A"))
            query = person.presses("A")["callback_query"]["id"]
            await refused(bot.answer_callback_query(query, "x" * 201), "MESSAGE_TOO_LONG")
            await bot.answer_callback_query(query, "Noté")
            assert person.screen.notices == ("Noté",)
            await refused(bot.answer_callback_query(query), late)
            await refused(bot.answer_callback_query("12"), late)
            query = person.presses("A")["callback_query"]["id"]
            server.passes(server.world.query_lifetime_s + 1)
            await refused(bot.answer_callback_query(query), late)


async def test_replies_and_topics_must_exist(
    bot: Bot, server: TelegramServer, camille: Person
) -> None:
    missing = ReplyParameters(message_id=999)
    told = "message to be replied not found"
    await refused(bot.send_message(camille.id, "x", reply_parameters=missing), told)
    missing = ReplyParameters(message_id=999, allow_sending_without_reply=True)
    await bot.send_message(camille.id, "x", reply_parameters=missing)
    told = "message thread not found"
    await refused(bot.send_message(camille.id, "x", message_thread_id=1), told)
    forum = server.group("Agents", forum=True)
    await refused(bot.send_message(forum.id, "x", message_thread_id=77), told)
    topic = await bot.create_forum_topic(forum.id, "REF-1")
    await bot.send_message(forum.id, "x", message_thread_id=topic.message_thread_id)
    await bot.delete_forum_topic(forum.id, topic.message_thread_id)
    gone = bot.send_message(forum.id, "x", message_thread_id=topic.message_thread_id)
    await refused(gone, told)
    plain = server.group("Voirie")
    await refused(bot.create_forum_topic(plain.id, "x"), "the chat is not a forum")
    poor = server.group("Agents", forum=True, can_manage_topics=False)
    await refused(bot.create_forum_topic(poor.id, "x"), "not enough rights to create a topic")


async def test_topics_are_changed_only_when_something_changes(
    bot: Bot, server: TelegramServer
) -> None:
    forum = server.group("Agents", forum=True)
    topic = (await bot.create_forum_topic(forum.id, "REF-1")).message_thread_id
    same = bot.edit_forum_topic(forum.id, topic, name="REF-1")
    await refused(same, "TOPIC_NOT_MODIFIED")
    await bot.edit_forum_topic(forum.id, topic, name="REF-1 ✓")
    await bot.close_forum_topic(forum.id, topic)
    await refused(bot.close_forum_topic(forum.id, topic), "TOPIC_NOT_MODIFIED")
    assert forum.topics["REF-1 ✓"].is_closed
    await bot.reopen_forum_topic(forum.id, topic)
    assert not forum.topics["REF-1 ✓"].is_closed


async def test_places_and_numbers_are_asked_in_private_only(
    bot: Bot, server: TelegramServer, camille: Person
) -> None:
    group = server.group("Voirie")
    told = "location can be requested in private chats only"
    keyboard = asking(request_location=True)
    await refused(bot.send_message(group.id, "Où ?", reply_markup=keyboard), told)
    told = "phone number can be requested in private chats only"
    contact = asking(request_contact=True)
    await refused(bot.send_message(group.id, "Qui ?", reply_markup=contact), told)
    await bot.send_message(camille.id, "Où ?", reply_markup=keyboard)
    assert camille.screen.keyboard == (("Ici",),)
    place = camille.types_keyboard("Ici", location=(45.7, 4.8))["message"]["location"]
    assert place == {"latitude": 45.7, "longitude": 4.8}


async def test_other_calls_that_telegram_refuses(
    bot: Bot, server: TelegramServer, camille: Person
) -> None:
    photo = InputMediaPhoto(media=BufferedInputFile(b"jpeg", "a.jpg"))
    await refused(bot.send_media_group(camille.id, [photo]), "wrong number of messages")
    await refused(bot.send_photo(camille.id, "nothing"), "wrong file identifier")
    await refused(bot.send_photo(camille.id, BufferedInputFile(b"", "a.jpg")), "non-empty")
    await refused(bot.send_location(camille.id, 91, 0), "wrong location")
    await refused(bot.send_chat_action(camille.id, "thinking"), "wrong parameter action")
    command = BotCommand(command="Aide", description="x")
    await refused(bot.set_my_commands([command]), "BOT_COMMAND_INVALID")
    await refused(bot.send_message(camille.id, "x", parse_mode="LaTeX"), "unsupported parse_mode")
    sent = await bot.send_message(camille.id, "x")
    odd = bot.set_message_reaction(camille.id, sent.message_id, [ReactionTypeEmoji(emoji="🧻")])
    await refused(odd, "REACTION_INVALID")
    await refused(bot.copy_message(camille.id, camille.id, 99), "message to copy not found")
    channel = server.channel("Infos", bot_status="member")
    await refused(bot.send_message(channel.id, "x"), "need administrator rights")


async def test_a_wrong_token_and_an_unknown_method(server: TelegramServer) -> None:
    class Invented(TelegramMethod[bool]):
        __returning__ = bool
        __api_method__ = "sendPigeon"

    async with bot_of(server, token="1:stolen") as thief:
        await refused(thief.get_me(), "Unauthorized", TelegramUnauthorizedError)
    async with bot_of(server) as bot:
        await refused(bot(Invented()), "method not found", TelegramNotFound)
