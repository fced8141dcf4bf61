"""What is only nice to have, on the screen of who looks."""

from __future__ import annotations

import pytest

from bot.channels.telegram.sending import courtesies
from bot.conversations import store
from bot.conversations.turn import Speaker
from bot.service_requests.changes import Step, change_status
from bot.service_requests.draft import Draft
from bot.service_requests.operations import FileRequest
from bot.service_requests.rules import Actor, Status
from tests.channels.telegram.sending.stage import CAMILLE, Chat, Stage
from tests.servers.telegram import Refused
from tests.turn.scripted import now

NBSP = "\u00a0"


async def edits(stage: Stage, chat: Chat, times: int = 1) -> None:
    await stage.server.wait_for(
        lambda made: (
            len([c for c in made if c.method.startswith("edit") and c.chat_id == chat.id]) >= times
        )
    )


async def test_older_buttons_are_taken_off_and_lasting_ones_stay(stage: Stage) -> None:
    chat = await stage.chat()
    await chat.says("Une photo ?", buttons=("Passer",), lasting=("Suivre",))
    await chat.says("C’est noté.", lasting=("Suivre",))
    await chat.says("J’envoie ?", buttons=("Oui", "Non"))
    await edits(stage, chat)
    assert [one.buttons for one in chat.screen.from_bot] == [
        (("Suivre",),),
        (("Suivre",),),
        (("Oui", "Non"),),
    ]
    await chat.says("Autre question ?", buttons=("Oui",))
    await edits(stage, chat, 2)
    assert [one.buttons for one in chat.screen.from_bot][2] == ()
    assert stage.server.refused == []


async def test_a_notice_leaves_the_question_armed_and_an_agent_does_not(stage: Stage) -> None:
    chat = await stage.chat()
    await chat.says("Une photo ?", buttons=("Passer",))
    await chat.says("L’assistant revient.", sender="system")
    await stage.watcher.until("sent", 2)
    async with stage.database.transaction() as tx:  # as an agent's reply does
        await store.change(tx, chat.conversation_id, question_seq=None)
    await chat.says("Bonjour.", sender="agent", author=CAMILLE)
    await edits(stage, chat)
    assert len([c for c in stage.server.calls if c.method.startswith("edit")]) == 1
    assert chat.screen.from_bot[0].buttons == ()


async def test_a_message_that_cannot_be_edited_changes_nothing_else(stage: Stage) -> None:
    chat = await stage.chat()
    gone = Refused(400, "Bad Request: message to edit not found")
    stage.server.faults.add(gone, "editMessageReplyMarkup", times=None)
    await chat.says("Une photo ?", buttons=("Passer",))
    await chat.says("J’envoie ?", buttons=("Oui",))
    await edits(stage, chat)
    await chat.says("Merci.")
    await stage.watcher.until("sent", 3)
    assert chat.screen.texts == ["Une photo ?", "J’envoie ?", "Merci."]


async def test_what_was_chosen_stands_under_the_question(stage: Stage) -> None:
    chat = await stage.chat()
    await chat.says("Est-ce <le> même ?", buttons=("Oui", "Non"), lasting=("Parler à un agent",))
    await stage.watcher.until("sent")
    pressed = chat.person.presses("Oui")["callback_query"]
    stage.courtesies.answer_press(pressed["id"])
    stage.courtesies.chosen(chat.id, pressed["message"]["message_id"], "Oui")
    await edits(stage, chat)
    assert chat.screen.last.text == "Est-ce <le> même ?\n\n✓ Oui"
    assert chat.screen.last.buttons == (("Parler à un agent",),)
    await stage.server.wait_for(lambda _: stage.server.calls_of("answerCallbackQuery"))
    assert stage.server.refused == []


async def test_what_was_chosen_stands_under_a_picture_too(stage: Stage) -> None:
    chat = await stage.chat()
    shown = [{"photo": await chat.a_picture(), "alt": ""}]
    await chat.says("Est-ce celui-ci ?", photos=shown, buttons=("Oui",))
    await stage.watcher.until("sent")
    stage.courtesies.chosen(chat.id, chat.screen.last.id, "Oui")
    await edits(stage, chat)
    assert (chat.screen.last.kind, chat.screen.last.text) == ("photo", "Est-ce celui-ci ?\n\n✓ Oui")


async def test_a_button_that_stays_good_leaves_its_message_as_it_is(stage: Stage) -> None:
    chat = await stage.chat()
    await chat.says("C’est envoyé.", lasting=("Suivre",))
    await chat.says("Une photo ?", buttons=("Passer",))
    await stage.watcher.until("sent", 2)
    followed, asked = chat.screen.from_bot
    stage.courtesies.chosen(chat.id, followed.id, "Suivre")
    stage.courtesies.chosen(chat.id, asked.id, "Passer")
    await edits(stage, chat)
    assert chat.screen.texts == ["C’est envoyé.", "Une photo ?\n\n✓ Passer"]


async def test_a_forged_or_foreign_message_is_not_edited(stage: Stage) -> None:
    chat, other = await stage.chat(), await stage.chat("Other")
    await chat.says("Une photo ?", buttons=("Passer",))
    await other.says("Une photo ?", buttons=("Passer",))
    await stage.watcher.until("sent", 2)
    stage.courtesies.chosen(chat.id, 4096, "Passer")
    stage.courtesies.chosen(other.id, other.screen.last.id, "Passer")
    await edits(stage, other)
    assert stage.server.calls_of("editMessageText", chat.id) == []


async def test_typing_is_shown_while_the_assistant_owes_an_answer(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courtesies, "TYPING_EVERY_S", 0.2)
    chat = await stage.chat()
    async with stage.database.transaction() as tx:
        await store.change(tx, chat.conversation_id, waiting_since=now())
    stage.courtesies.thinking(chat.id, chat.conversation_id)
    stage.courtesies.thinking(chat.id, chat.conversation_id)
    await stage.server.wait_for(lambda _: len(stage.server.calls_of("sendChatAction")) >= 3)
    async with stage.database.transaction() as tx:
        await store.change(tx, chat.conversation_id, waiting_since=None)
    await chat.says("Voici.")
    await stage.watcher.until("sent")
    after = len(stage.server.calls_of("sendChatAction"))
    await chat.says("Encore.")
    await stage.watcher.until("sent", 2)
    assert len(stage.server.calls_of("sendChatAction")) <= after + 1


async def test_news_show_where_a_request_stands_in_its_acknowledgement(stage: Stage) -> None:
    chat = await stage.chat()
    speaker = Speaker(chat.conversation_id, chat.citizen_id, "telegram")
    async with stage.database.transaction() as tx:
        filing = FileRequest(Draft(service="pothole", commune="69149", description="un trou"))
        reference = (await filing.perform(tx, speaker, now())).reference
    await chat.says(
        f"C’est envoyé. Référence {reference}.", reference=reference, lasting=("Suivre",)
    )
    await chat.says("Autre chose ?", buttons=("Non",))
    await stage.watcher.until("sent", 2)
    async with stage.database.transaction() as tx:
        await change_status(tx, reference, Step(Status.IN_PROGRESS, Actor.AGENT), now())
    await chat.says("Bonne nouvelle.", sender="system", is_news=True, reference=reference)
    await edits(stage, chat)
    first = chat.screen.from_bot[0]
    assert first.text == f"C’est envoyé. Référence {reference}.\n\nÉtat{NBSP}: pris en charge"
    assert first.buttons == (("Suivre",),)
    assert chat.screen.from_bot[1].buttons == (("Non",),)


async def test_niceties_do_not_break_the_limits(stage: Stage) -> None:
    stage.server.keep_limits()
    chat = await stage.chat()
    for number in range(4):
        await chat.says(f"Question {number} ?", buttons=("Oui",))
    await stage.watcher.until("sent", 4)
    await edits(stage, chat)
    assert [call for call in stage.server.calls if call.error] == []
    assert chat.screen.from_bot[-1].buttons == (("Oui",),)
