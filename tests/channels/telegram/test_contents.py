"""Every kind of message, and what is stored of it."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select

from bot.channels.telegram import rules
from bot.conversations.store import StoredMessage
from bot.service_requests.tables import Photo
from tests.channels.telegram.line import Line
from tests.servers.telegram.people import Person

LYON = (45.7640, 4.8357)


def picture(colour: str = "grey") -> bytes:
    raw = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(raw, "JPEG")
    return raw.getvalue()


@pytest.fixture
def camille(line: Line) -> Person:
    return line.person("Camille")


async def test_a_text_is_kept_as_it_was_written(line: Line, camille: Person) -> None:
    await line.does(lambda: camille.says("un trou <b>rue</b> de la République & co"))

    message = await line.only_message(camille.id)
    assert (message.kind, message.text) == ("text", "un trou <b>rue</b> de la République & co")
    assert line.manners.thought == [(await line.conversation(camille.id))["id"]]


async def test_an_id_beyond_32_bits_is_an_address_like_any_other(line: Line) -> None:
    person = line.server.person("Noé", id=2**52 - 1, has_started=True)

    await line.does(lambda: person.says("bonjour"))

    assert (await line.only_message(person.id)).text == "bonjour"


async def test_messages_out_of_order_are_put_right(line: Line, camille: Person) -> None:
    first, second = line.made(lambda: [camille.says("un trou"), camille.says("rue de la Ré")])

    await line.accept([second])
    await line.accept([first])
    await line.take()

    assert [m.text for m in await line.messages(camille.id)] == ["un trou", "rue de la Ré"]


async def test_one_that_comes_too_late_is_taken_as_it_came(line: Line, camille: Person) -> None:
    first, second = line.made(lambda: [camille.says("un trou"), camille.says("rue de la Ré")])

    await line.accept([second])
    await line.take()
    await line.accept([first])
    await line.take()

    assert [m.text for m in await line.messages(camille.id)] == ["rue de la Ré", "un trou"]


async def test_the_same_message_in_another_update_is_not_taken_twice(
    line: Line, camille: Person
) -> None:
    (update,) = line.made(lambda: camille.says("bonjour"))

    await line.accept([update])
    await line.take()
    await line.accept([{**update, "update_id": update["update_id"] + 1}])
    await line.take()

    assert len(await line.messages(camille.id)) == 1


@pytest.mark.parametrize(
    ("typed", "intent", "values"),
    [
        ("/start", "greet", {}),
        ("/aide", "help", {}),
        ("/signaler", "file_request", {"new": True}),
        ("/signaler un trou à Bron", "file_request", {"new": True, "text": "un trou à Bron"}),
        ("/suivi", "my_requests", {}),
        ("/agent", "contact_agent", {}),
        ("/langue en", "change_language", {"language": "en"}),
        ("/commune Bron", "change_commune", {"commune": "69029"}),
        ("/mesdonnees", "privacy_request", {}),
        ("/stop", "stop", {}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_command_is_a_press(
    line: Line, camille: Person, typed: str, intent: str, values: dict[str, object]
) -> None:
    await line.does(lambda: camille.says(typed))

    message = await line.only_message(camille.id)
    assert message.kind == "press"
    assert message.content["press"] == {"intent": intent, "values": values}
    assert message.content["stale"] is False


async def test_an_unknown_command_is_a_text(line: Line, camille: Person) -> None:
    await line.does(lambda: camille.says("/inform{'a': 1}"))

    message = await line.only_message(camille.id)
    assert (message.kind, message.text) == ("text", "/inform{'a': 1}")


async def test_the_language_of_the_application_is_the_first_one(line: Line) -> None:
    person = line.person("Ann", "en-GB")

    await line.does(lambda: person.says("hello"))

    assert (await line.conversation(person.id))["language"] == "en"


async def test_a_photo_is_kept_with_its_words(line: Line, camille: Person) -> None:
    await line.does(lambda: camille.sends_photo(picture(), "un trou"))

    message = await line.only_message(camille.id)
    assert (message.kind, message.text) == ("photo", "un trou")
    assert "album" not in message.content
    assert message.content["photo"]


async def test_an_album_is_one_message(line: Line, camille: Person) -> None:
    await line.does(lambda: camille.sends_album([picture("red"), picture("blue")], "voici"))

    message = await line.only_message(camille.id)
    assert (message.kind, message.text) == ("photo", "voici")
    assert len(set(message.content["album"])) == 2
    assert message.content["photo"] == message.content["album"][0]


async def test_a_picture_sent_as_a_document_is_a_photo(line: Line, camille: Person) -> None:
    await line.does(lambda: camille.sends_document("trou.jpg", "image/jpeg", picture()))

    assert (await line.only_message(camille.id)).kind == "photo"


async def test_a_picture_that_cannot_be_read_does_not_lose_its_words(
    line: Line, camille: Person
) -> None:
    await line.does(lambda: camille.sends_photo(b"no picture", "un trou rue Mercière"))

    words, refused = await line.messages(camille.id)
    assert (words.kind, words.text) == ("text", "un trou rue Mercière")
    assert refused.content == {"file": None, "what": "photo", "why": "unreadable"}


async def test_a_position_is_a_point(line: Line, camille: Person) -> None:
    await line.does(lambda: camille.shares_location(*LYON))

    message = await line.only_message(camille.id)
    assert message.kind == "location"
    assert (message.content["latitude"], message.content["longitude"]) == LYON


async def test_a_live_position_is_one_point(line: Line, camille: Person) -> None:
    await line.does(lambda: camille.shares_live_location(*LYON, 900))
    await line.does(lambda: camille.moves_live(45.75, 4.85))

    message = await line.only_message(camille.id)
    assert (message.content["latitude"], message.content["live"]) == (LYON[0], True)


async def test_a_venue_is_a_point_with_a_name(line: Line, camille: Person) -> None:
    await line.does(lambda: camille.sends_venue("Mairie", "1 place de la Comédie", *LYON))

    message = await line.only_message(camille.id)
    assert (message.kind, message.text) == ("location", "Mairie, 1 place de la Comédie")
    assert message.content["name"] == "Mairie"


async def test_a_contact_is_ones_own_number(line: Line, camille: Person) -> None:
    await line.does(lambda: camille.shares_contact("+33612345678"))

    message = await line.only_message(camille.id)
    assert (message.kind, message.text) == ("contact", "+33612345678")


async def test_somebody_elses_number_is_not_kept(line: Line, camille: Person) -> None:
    await line.does(lambda: camille.shares_contact("+33699999999", of=camille.id + 1))

    message = await line.only_message(camille.id)
    assert (message.kind, message.text) == ("other", "")
    assert "999" not in repr(message)


@pytest.mark.parametrize(
    ("what", "text", "act"),
    [
        ("sticker", "👍", lambda camille: camille.sends_sticker("👍")),
        ("poll", "Pour ?", lambda camille: camille.sends_poll("Pour ?", ["oui", "non"])),
        ("dice", "🎲", lambda camille: camille.sends_dice()),
    ],
    ids=["sticker", "poll", "dice"],
)
async def test_what_nobody_can_read_is_named(
    line: Line, camille: Person, what: str, text: str, act: Callable[[Person], object]
) -> None:
    await line.does(lambda: act(camille))

    message = await line.only_message(camille.id)
    assert (message.kind, message.text, message.content["what"]) == ("other", text, what)


async def test_a_reply_names_what_it_answers(line: Line, camille: Person) -> None:
    (update,) = line.made(lambda: camille.says("un trou"))
    await line.accept([update])
    await line.take()
    said = update["message"]["message_id"]

    await line.does(lambda: camille.says("toujours là", reply_to=said))

    first, second = await line.messages(camille.id)
    assert second.content["reply_to"] == first.seq


async def edited(line: Line, camille: Person) -> tuple[StoredMessage, StoredMessage]:
    (update,) = line.made(lambda: camille.says("un trou au 12"))
    await line.accept([update])
    await line.take()
    said = update["message"]["message_id"]
    await line.does(lambda: camille.edits(said, "un trou au 14"))
    first, second = await line.messages(camille.id)
    return first, second


async def test_a_newer_version_is_kept_beside_the_older(line: Line, camille: Person) -> None:
    first, second = await edited(line, camille)

    assert (first.text, second.kind, second.text) == ("un trou au 12", "edit", "un trou au 14")
    assert (second.content["edits"], second.content["before"]) == (first.seq, "un trou au 12")


async def test_an_edit_that_changes_nothing_is_nothing(line: Line, camille: Person) -> None:
    (update,) = line.made(lambda: camille.says("un trou"))
    await line.accept([update])
    await line.take()

    await line.does(lambda: camille.edits(update["message"]["message_id"], "un trou"))

    assert len(await line.messages(camille.id)) == 1


async def test_an_edit_of_what_we_never_saw_is_said_now(line: Line, camille: Person) -> None:
    (update,) = line.made(lambda: camille.says("un trou"))

    await line.does(lambda: camille.edits(update["message"]["message_id"], "deux trous"))
    assert await line.messages(camille.id) == []
    await line.take()

    message = await line.only_message(camille.id)
    assert (message.kind, message.text) == ("text", "deux trous")


async def test_an_edit_that_overtook_its_message_follows_it(line: Line, camille: Person) -> None:
    (said,) = line.made(lambda: camille.says("au 2"))
    edit = line.made(lambda: camille.edits(said["message"]["message_id"], "au 4"))

    await line.accept(edit)
    await line.take(rules.SORTING)
    await line.accept([said])
    await line.take()

    assert [(m.kind, m.text) for m in await line.messages(camille.id)] == [
        ("text", "au 2"),
        ("edit", "au 4"),
    ]


async def test_a_forged_button_is_refused_in_passing(line: Line, camille: Person) -> None:
    (update,) = line.made(lambda: camille.says("bonjour"))
    await line.accept([update])
    message_id = update["message"]["message_id"]

    await line.does(lambda: camille.presses_data("AAAAAAAAAAAAAAAA", message_id))

    assert [m.kind for m in await line.messages(camille.id)] == ["text"]
    assert line.manners.answered[0][1] is not None


async def test_who_blocks_the_bot_is_written_to_again_when_they_return(
    line: Line, camille: Person
) -> None:
    await line.does(camille.blocks)
    blocked = await line.chat(camille.id)

    await line.does(camille.unblocks)

    assert blocked["blocked_at"] is not None
    assert (await line.chat(camille.id))["blocked_at"] is None


async def test_a_group_is_left_with_a_word(line: Line, camille: Person) -> None:
    group = line.server.group("Les voisins", members={camille: "member"})

    await line.does(lambda: camille.says_in(group, "il y a un trou"))

    assert line.server.calls_of("sendMessage", group.id)
    assert line.server.calls_of("leaveChat", group.id)
    assert await line.messages(group.id) == []


async def test_an_update_that_cannot_be_read_keeps_its_words_and_not_the_chat(
    line: Line, camille: Person
) -> None:
    (odd,) = line.made(lambda: camille.says("le trou du 12"))
    odd["message"]["forward_origin"] = {"type": "of_next_year", "date": 0}
    (broken,) = line.made(lambda: camille.shares_location(*LYON))
    broken["message"]["location"]["latitude"] = "north"
    await line.accept([odd, broken, *line.made(lambda: camille.says("bonjour"))])

    for _ in range(12):
        await line.take()

    assert [(m.kind, m.text) for m in await line.messages(camille.id)] == [
        ("text", "le trou du 12"),
        ("other", ""),
        ("text", "bonjour"),
    ]
    assert await line.waiting() == 0


async def test_an_album_of_files_is_a_message_each(line: Line, camille: Person) -> None:
    def sends() -> None:
        camille.sends_document("a.pdf", "application/pdf", b"%PDF a", "le devis")
        camille.sends_document("b.pdf", "application/pdf", b"%PDF b")

    await line.accept(as_album(line.made(sends)))
    await line.take()

    kept = await line.messages(camille.id)
    assert [(m.content["file"]["name"], m.text) for m in kept] == [
        ("a.pdf", "le devis"),
        ("b.pdf", ""),
    ]


async def test_an_album_of_a_video_and_a_photo_loses_neither(line: Line, camille: Person) -> None:
    def sends() -> None:
        camille.sends_video(b"frames")
        camille.sends_photo(picture(), "le trou rue Mercière")

    await line.accept(as_album(line.made(sends)))
    await line.take()

    photo, video = await line.messages(camille.id)
    assert (photo.kind, photo.text) == ("photo", "le trou rue Mercière")
    assert video.content["file"]["what"] == "video"


def as_album(updates: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for update in updates:
        update["message"]["media_group_id"] = "album"
    return updates


async def test_the_caption_of_any_picture_of_an_album_may_be_edited(
    line: Line, camille: Person
) -> None:
    updates = line.made(lambda: camille.sends_album([picture(), picture()], "voici"))
    await line.accept(updates)
    await line.take()

    await line.does(lambda: camille.edits(updates[1]["message"]["message_id"], "voilà"))

    album, edit = await line.messages(camille.id)
    assert (edit.kind, edit.text, edit.content["edits"]) == ("edit", "voilà", album.seq)


async def test_a_photo_that_does_not_come_waits_and_leaves_nothing_behind(
    line: Line, camille: Person
) -> None:
    await line.accept(line.made(lambda: camille.sends_album([picture(), picture()], "voici")))
    away = line.server.faults.breaks("getFile", times=None)
    for _ in range(3):
        await line.take()
    assert await line.messages(camille.id) == []
    away.lift()
    await line.take(timedelta(minutes=2))

    message = await line.only_message(camille.id)
    assert len(message.content["album"]) == 2
    async with line.service.database.transaction() as tx:
        photos = select(func.count()).where(
            Photo.citizen_id == (await line.conversation(camille.id))["citizen_id"]
        )
        assert (await tx.execute(photos)).scalar_one() == 2


async def test_a_photo_that_never_comes_does_not_keep_its_words(
    line: Line, camille: Person
) -> None:
    line.server.faults.breaks("getFile", times=None)
    await line.accept(line.made(lambda: camille.sends_photo(picture(), "un trou")))

    for _ in range(12):
        await line.take(timedelta(minutes=2))

    words, refused = await line.messages(camille.id)
    assert (words.kind, words.text) == ("text", "un trou")
    assert refused.content["why"] == "unavailable"


async def test_telegram_s_wish_for_quiet_is_no_fault_of_the_update(
    line: Line, camille: Person
) -> None:
    line.server.faults.too_many("getFile", retry_after_s=30, times=1)
    await line.accept(line.made(lambda: camille.sends_photo(picture(), "un trou")))
    await line.take()
    chat = await line.chat(camille.id)
    assert (chat["attempts"], chat["due_at"]) == (0, line.now + timedelta(seconds=30))

    await line.take(timedelta(seconds=31))

    assert (await line.only_message(camille.id)).kind == "photo"


async def test_new_words_do_not_hurry_what_waits_after_a_failure(
    line: Line, camille: Person
) -> None:
    line.server.faults.breaks("getFile", times=1)
    await line.accept(line.made(lambda: camille.sends_photo(picture())))
    await line.take()
    waits_until = (await line.chat(camille.id))["due_at"]

    await line.accept(line.made(lambda: camille.says("vous l’avez ?")))

    assert (await line.chat(camille.id))["due_at"] == waits_until


async def test_neither_token_nor_words_reach_the_log(
    line: Line, camille: Person, caplog: pytest.LogCaptureFixture
) -> None:
    (update,) = line.made(lambda: camille.says("mon secret"))
    update["message"]["text"] = ["mon secret"]
    await line.accept([update])
    await line.accept(line.made(lambda: camille.sends_photo(picture())))
    line.server.world.files.clear()

    for _ in range(8):
        await line.take()

    assert caplog.records
    assert "secret" not in caplog.text
    assert line.server.token.split(":")[1] not in caplog.text


@pytest.mark.parametrize(
    ("payload", "intent", "values"),
    [
        ("c-69029", "change_commune", {"commune": "69029"}),
        ("s-pothole", "file_request", {"new": True, "service": "pothole"}),
        ("c-75056", "greet", {}),
        ("s-nothing", "greet", {}),
        ("whatever", "greet", {}),
    ],
    ids=["town", "service", "foreign-town", "no-service", "unknown"],
)
async def test_a_link_to_the_bot_says_what_it_is_for(
    line: Line, camille: Person, payload: str, intent: str, values: dict[str, object]
) -> None:
    await line.does(lambda: camille.start(payload))

    message = await line.only_message(camille.id)
    assert message.content["press"] == {"intent": intent, "values": values}


async def test_whoever_writes_can_be_written_to(line: Line, camille: Person) -> None:
    await line.does(camille.blocks)
    with line.server.lock:
        camille.chat.has_blocked = False

    await line.does(lambda: camille.says("me revoilà"))

    assert (await line.chat(camille.id))["blocked_at"] is None
