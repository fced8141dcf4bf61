"""The stand-in's people act as Telegram's apps do, and see what these would show."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from aiogram import Bot
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, ReplyKeyboardRemove, Update

from tests.servers.telegram import Person, TelegramServer, running_telegram_server
from tests.servers.telegram.bots import bot_of


@pytest.fixture
def server() -> Iterator[TelegramServer]:
    with running_telegram_server() as running:
        yield running


@pytest.fixture
async def bot(server: TelegramServer) -> AsyncIterator[Bot]:
    async with bot_of(server) as bot:
        yield bot


@pytest.fixture
def camille(server: TelegramServer) -> Person:
    return server.person("Camille Durand", id=6_123_456_789)


def choices(*titles: str) -> InlineKeyboardMarkup:
    row = [InlineKeyboardButton(text=title, callback_data=title.lower()) for title in titles]
    return InlineKeyboardMarkup(inline_keyboard=[row])


def test_everything_a_person_sends_is_a_message_of_its_kind(camille: Person) -> None:
    sent = [
        camille.start("abc"),
        camille.sends_photo(b"jpeg"),
        camille.sends_document("a.pdf", "application/pdf", b"%PDF"),
        camille.sends_voice(b"opus", 4),
        camille.sends_video(b"mp4"),
        camille.sends_video_note(b"mp4"),
        camille.sends_animation(b"mp4"),
        camille.sends_sticker("👍"),
        camille.sends_poll("Quand ?", ["Lundi", "Mardi"]),
        camille.sends_dice(),
        camille.shares_location(45.7, 4.8),
        camille.sends_venue("Mairie", "1 place Roger-Salengro", 45.7, 4.8),
        camille.shares_contact("+33612345678"),
    ]
    read = [Update.model_validate(update) for update in sent]
    assert [update.message.content_type for update in read if update.message] == [
        "text", "photo", "document", "voice", "video", "video_note", "animation", "sticker",
        "poll", "dice", "location", "venue", "contact",
    ]  # fmt: skip
    assert [update.message.message_id for update in read if update.message] == list(range(1, 14))
    assert sent[0]["message"]["entities"][0]["type"] == "bot_command"


def test_an_album_is_several_messages_of_one_group(camille: Person) -> None:
    album = [update["message"] for update in camille.sends_album([b"1", b"2"], "deux trous")]
    assert len({message["media_group_id"] for message in album}) == 1
    assert [message.get("caption") for message in album] == ["deux trous", None]


def test_a_live_location_moves_by_edits(camille: Person) -> None:
    camille.shares_live_location(45.7, 4.8, 600)
    moved = camille.moves_live(45.8, 4.9)
    assert moved["edited_message"]["location"]["latitude"] == 45.8
    assert "live_period" not in camille.stops_live()["edited_message"]["location"]


async def test_a_press_tells_the_button_and_its_message(bot: Bot, camille: Person) -> None:
    camille.start()
    old = await bot.send_message(camille.id, "un ?", reply_markup=choices("Oui", "Non"))
    await bot.send_message(camille.id, "deux ?", reply_markup=choices("Oui"))
    newest = camille.presses("Oui")["callback_query"]
    assert (newest["data"], newest["message"]["text"]) == ("oui", "deux ?")
    await bot.edit_message_text("un.", chat_id=camille.id, message_id=old.message_id)
    with pytest.raises(AssertionError, match="no button"):
        camille.presses("Non")
    stale = camille.presses("Non", message_id=old.message_id)["callback_query"]
    assert stale["data"] == "non"


async def test_the_screen_shows_what_is_left(bot: Bot, camille: Person) -> None:
    camille.start()
    text = "<b>Bonjour</b> 😀 <a href='https://x.fr'>ici</a>"
    kept = await bot.send_message(camille.id, text, parse_mode="HTML")
    gone = await bot.send_message(camille.id, "x", reply_markup=ReplyKeyboardRemove())
    await bot.delete_message(camille.id, gone.message_id)
    await bot.send_chat_action(camille.id, "typing")
    screen = camille.screen
    assert [shown.text for shown in screen.messages] == ["/start", "Bonjour 😀 ici"]
    assert screen.last.html == '<b>Bonjour</b> 😀 <a href="https://x.fr">ici</a>'
    assert kept.entities
    assert [(one.offset, one.length) for one in kept.entities] == [(0, 7), (11, 3)]
    assert screen.action == "typing"


async def test_a_topic_has_its_own_messages(
    bot: Bot, server: TelegramServer, camille: Person
) -> None:
    forum = server.group("Agents", forum=True, members={camille: "administrator"})
    topic = (await bot.create_forum_topic(forum.id, "REF-1")).message_thread_id
    asked = await bot.send_message(forum.id, "Un trou", message_thread_id=topic)
    plain = camille.says_in(forum, "vu", topic=topic)["message"]
    assert plain["reply_to_message"]["message_id"] == topic  # as real apps do
    reply = camille.says_in(forum, "fait", topic=topic, reply_to=asked.message_id)["message"]
    assert reply["reply_to_message"]["text"] == "Un trou"
    camille.sends_photo(b"jpeg", place=forum, topic=topic)
    assert len(forum.topic_screen(topic).messages) == 5
    assert server.refused == []


async def test_members_and_the_bot_come_and_go(
    bot: Bot, server: TelegramServer, camille: Person
) -> None:
    group = server.group("Voirie", members={camille: "creator"}, bot_status="left")
    added = group.adds_bot(by=camille)["my_chat_member"]
    assert added["new_chat_member"]["status"] == "member"
    group.adds_bot(by=camille, status="administrator")
    administrators = await bot.get_chat_administrators(group.id)
    assert {one.status for one in administrators} == {"creator", "administrator"}
    assert (await bot.get_chat_member(group.id, camille.id)).status == "creator"
    assert (await bot.get_chat(group.id)).title == "Voirie"
    await bot.leave_chat(group.id)
    with pytest.raises(AssertionError, match="the bot is not in the group"):
        camille.says_in(group, "x")


async def test_blocking_is_told(bot: Bot, camille: Person) -> None:
    camille.start()
    assert camille.blocks()["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    with pytest.raises(AssertionError, match="blocked"):
        camille.says("x")
    assert camille.unblocks()["my_chat_member"]["new_chat_member"]["status"] == "member"
    assert len(await bot.get_updates()) == 3


async def test_copies_and_forwards(bot: Bot, server: TelegramServer, camille: Person) -> None:
    group = server.group("Voirie")
    sent = camille.start()["message"]["message_id"]
    copied = await bot.copy_message(group.id, camille.id, sent)
    forwarded = await bot.forward_message(group.id, camille.id, sent)
    assert forwarded.forward_origin
    assert [shown.id for shown in group.screen.messages] == [
        copied.message_id,
        forwarded.message_id,
    ]
    await bot.pin_chat_message(group.id, copied.message_id)
    assert group.screen.messages[0].is_pinned
    post = server.channel("Infos").posts("Travaux rue de la République")
    assert post["channel_post"]["sender_chat"]["type"] == "channel"
