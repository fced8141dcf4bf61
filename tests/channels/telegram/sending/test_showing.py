"""What a chat shows: words, keyboards, pictures, places."""

from __future__ import annotations

import pytest

from bot.channels.telegram.sending.rules import NOTHING_TO_SEND
from bot.channels.telegram.tables import TelegramMessage
from bot.conversations import store
from tests.channels.telegram.sending.stage import CAMILLE, Stage
from tests.servers.telegram import Refused

NBSP = "\u00a0"


async def test_an_agent_is_named_and_references_stand_out(stage: Stage) -> None:
    chat = await stage.chat()
    await chat.says("Votre demande 2026-004217 avance.", sender="agent", author=CAMILLE)
    await stage.watcher.until("sent")
    assert chat.screen.last.html == (
        "<b>Camille, équipe voirie</b>\nVotre demande <b>2026-004217</b> avance."
    )


async def test_a_notice_is_discreet_and_news_are_not(stage: Stage) -> None:
    chat = await stage.chat()
    await chat.says("Camille a rejoint la conversation.", sender="system")
    await chat.says("C’est réglé.", sender="system", is_news=True, reference="2026-004217")
    await stage.watcher.until("sent", 2)
    assert [shown.html for shown in chat.screen.from_bot] == [
        "<i>Camille a rejoint la conversation.</i>",
        "C’est réglé.",
    ]


async def test_buttons_are_laid_out_by_their_length(stage: Stage) -> None:
    chat = await stage.chat()
    titles = (
        "Oui",
        "Non",
        "Passer",
        "Modifier ici",
        "Abandonner ici",
        "Parler à un agent de la ville",
    )
    await chat.says("Est-ce le même ?", buttons=titles)
    await stage.watcher.until("sent")
    assert chat.screen.last.buttons == (
        ("Oui", "Non", "Passer"),
        ("Modifier ici", "Abandonner ici"),
        ("Parler à un agent de la ville",),
    )
    pressed = chat.person.presses("Passer")
    async with stage.database.transaction() as tx:
        button = await store.offered(tx, chat.conversation_id, pressed["callback_query"]["data"])
    assert button is not None
    assert button["title"] == "Passer"


@pytest.mark.parametrize(
    ("expects", "key", "hint"),
    [
        ("location", "📍 Partager ma position", "Ou écrivez l’adresse"),
        ("contact", "📞 Partager mon numéro", "Ou écrivez votre réponse"),
    ],
    ids=["location", "contact"],
)
async def test_what_telegram_can_share_is_one_key_away(
    stage: Stage, expects: str, key: str, hint: str
) -> None:
    chat = await stage.chat()
    await chat.says("Où est-ce ?", expects=expects, buttons=("Passer", "Abandonner"))
    await stage.watcher.until("sent")
    assert chat.screen.keyboard == ((key,), ("Passer", "Abandonner"))
    assert chat.screen.placeholder == hint
    assert chat.screen.last.buttons == ()
    update = chat.person.types_keyboard(key)
    assert expects in update["message"]
    assert stage.server.refused == []


async def test_a_keyboard_goes_with_the_next_message_without_buttons(stage: Stage) -> None:
    chat = await stage.chat()
    await chat.says("Où est-ce ?", expects="location")
    await chat.says("Une photo ?", buttons=("Passer",))
    await stage.watcher.until("sent", 2)
    assert chat.screen.keyboard != ()
    await chat.says("C’est envoyé.")
    await chat.says("Autre chose.")
    await stage.watcher.until("sent", 4)
    assert chat.screen.keyboard == ()
    removing = [
        call
        for call in stage.server.calls_of("sendMessage", chat.id)
        if "remove_keyboard" in call.payload.get("reply_markup", {})
    ]
    assert len(removing) == 1


async def test_an_email_is_not_asked_for_with_a_phone_number(stage: Stage) -> None:
    chat = await stage.chat()
    async with stage.database.transaction() as tx:
        await store.change(tx, chat.conversation_id, awaiting={"kind": "email", "reference": ""})
    await chat.says("Votre adresse ?", expects="contact", buttons=("Plutôt ici",))
    await stage.watcher.until("sent")
    assert chat.screen.keyboard == ()
    assert chat.screen.last.buttons == (("Plutôt ici",),)


async def test_a_long_text_has_its_buttons_at_the_end(stage: Stage) -> None:
    chat = await stage.chat()
    await chat.says("Une phrase entière & longue. " * 300, buttons=("Oui",))
    await stage.watcher.until("sent")
    shown = chat.screen.from_bot
    assert len(shown) == 3
    assert [one.buttons for one in shown] == [(), (), (("Oui",),)]
    assert all(one.text.endswith(".") for one in shown)
    assert stage.server.refused == []


async def test_a_picture_carries_its_words_and_buttons(stage: Stage) -> None:
    chat = await stage.chat()
    photo = await chat.a_picture()
    shown = [{"photo": photo, "alt": "un trou"}]
    await chat.says("Est-ce celui-ci ?", photos=shown, buttons=("Oui", "Non"))
    await stage.watcher.until("sent")
    last = chat.screen.last
    assert (last.kind, last.text, last.buttons) == ("photo", "Est-ce celui-ci ?", (("Oui", "Non"),))


async def test_several_pictures_are_an_album_and_questions_come_after(stage: Stage) -> None:
    chat = await stage.chat()
    shown = [{"photo": await chat.a_picture(), "alt": "un trou"} for _ in range(3)]
    await chat.says("Voici.", photos=shown)
    await chat.says("Laquelle ?", photos=shown, buttons=("La première",))
    await stage.watcher.until("sent", 2)
    kinds = [(one.kind, one.text) for one in chat.screen.from_bot]
    photo = ("photo", "")
    assert kinds == [("photo", "Voici."), photo, photo, photo, photo, photo, ("text", "Laquelle ?")]
    assert stage.server.refused == []


async def test_a_long_text_follows_its_picture(stage: Stage) -> None:
    chat = await stage.chat()
    await chat.says("mot " * 400, photos=[{"photo": await chat.a_picture(), "alt": ""}])
    await stage.watcher.until("sent")
    assert [one.kind for one in chat.screen.from_bot] == ["photo", "text"]


async def test_a_picture_that_telegram_does_not_take_leaves_the_words(stage: Stage) -> None:
    chat = await stage.chat()
    stage.server.faults.add(Refused(413, "Request Entity Too Large"), "sendPhoto")
    await chat.says("Voici.", photos=[{"photo": await chat.a_picture(), "alt": ""}])
    await stage.watcher.until("sent")
    assert [(one.kind, one.text) for one in chat.screen.from_bot] == [("text", "Voici.")]
    assert stage.connection.trouble is None


async def test_somebody_elses_picture_is_not_shown(stage: Stage) -> None:
    chat, other = await stage.chat(), await stage.chat("Other")
    await chat.says("Voici.", photos=[{"photo": await other.a_picture(), "alt": ""}])
    await stage.watcher.until("sent")
    assert [(one.kind, one.text) for one in chat.screen.from_bot] == [("text", "Voici.")]


async def test_a_place_is_shown_after_the_words(stage: Stage) -> None:
    chat = await stage.chat()
    await chat.says("2026-004217 est en cours.", point=[45.7146, 4.8075], lasting=("Suivre",))
    await stage.watcher.until("sent")
    text, place = chat.screen.from_bot
    assert text.buttons == (("Suivre",),)
    assert place.kind == "location"
    assert place.raw["location"]["latitude"] == 45.7146


async def test_what_says_nothing_is_not_sent(stage: Stage) -> None:
    chat = await stage.chat()
    await chat.says("  ")
    await chat.says("bonjour")
    await stage.watcher.until("sent")
    assert await chat.deliveries() == [("failed", NOTHING_TO_SEND), ("sent", None)]


async def test_each_part_is_named_by_its_message(stage: Stage) -> None:
    chat = await stage.chat()
    seq = await chat.says("Une phrase entière. " * 300, buttons=("Oui",))
    await stage.watcher.until("sent")
    async with stage.database.transaction() as tx:
        rows = await tx.execute(
            TelegramMessage.__table__.select().where(TelegramMessage.chat_id == chat.id)
        )
        named = sorted((row.part, row.message_id, row.seq, row.has_buttons) for row in rows)
    ids = [shown.id for shown in chat.screen.from_bot]
    assert named == [(0, ids[0], seq, False), (1, ids[1], seq, True)]
