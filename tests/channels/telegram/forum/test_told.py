"""What is new of a ticket, as its topic shows it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.attachments.rules import Sent, What
from bot.channels.telegram.forum.forgetting import forget_topics
from bot.channels.telegram.forum.group import NO_FORUM, NO_RIGHTS, NOT_THERE
from bot.conversations.tables import Message
from bot.tickets.rules import Status
from tests.channels.telegram.forum.desk import Desk
from tests.mirroring.hands import Hands
from tests.mirroring.paper import Paper, down
from tests.servers.telegram import TelegramServer


async def test_a_ticket_becomes_a_topic_with_its_context_pinned(desk: Desk) -> None:
    reference = await desk.opened("ma poubelle <b>cassée</b> & le reste")
    topic = desk.topic(reference)
    assert topic.name.startswith(f"{reference} · Oullins")
    first = next(one for one in desk.shows(reference).from_bot if one.kind == "text")
    assert first.is_pinned
    assert "ma poubelle <b>cassée</b> & le reste" in first.text
    assert first.buttons == (
        ("Prendre", "Clore"),
        ("Rendre à l’assistant",),
        ("Ouvrir dans la console",),
    )
    link = first.links["Ouvrir dans la console"]
    assert link == f"https://guichet.example/agent?ticket={reference}"
    assert desk.server.refused == []


async def test_both_sides_are_shown_with_who_speaks(desk: Desk) -> None:
    reference = await desk.opened()
    await desk.hands.says(reference, "c’est <urgent>")
    await desk.tell()
    await desk.hands.replies(reference, "Je regarde.")
    await desk.tell()
    await desk.hands.notes(reference, "il a déjà appelé")
    await desk.tell()
    shown = [one.html for one in desk.shows(reference).from_bot][2:]
    assert "<b>Usager</b>\nc’est &lt;urgent&gt;" in shown
    assert "<b>Karim</b>\nJe regarde." in shown
    assert "🔒 <b>Karim</b> · <i>note interne</i>\nil a déjà appelé" in shown
    assert "<i>Pris par Karim.</i>" in shown
    assert desk.topic(reference).name.startswith(f"● {reference} · Karim · Oullins")


async def test_photos_are_shown(desk: Desk) -> None:
    reference = await desk.opened()
    await desk.hands.shows(reference)
    await desk.tell()
    assert [one.kind for one in desk.shows(reference).from_bot][-1] == "photo"


async def test_a_long_text_comes_in_pieces_and_each_once(desk: Desk) -> None:
    reference = await desk.opened()
    text = "\n".join(f"ligne {number} d’une très longue lettre" for number in range(300))
    await desk.hands.says(reference, text)
    desk.server.faults.loses_answer("sendMessage", times=1)
    await desk.tell()
    await desk.tell(60)
    pieces = [one.removeprefix("Usager\n") for one in desk.texts(reference)]
    assert all(len(one) <= 4096 for one in pieces)
    assert pieces[0] == pieces[1]  # whose answer was lost: Telegram cannot be asked
    assert "\n".join(pieces[1:]) == text


async def test_closing_and_reopening_show(desk: Desk) -> None:
    reference = await desk.opened()
    await desk.hands.closes(reference)
    await desk.tell()
    assert desk.topic(reference).is_closed
    assert desk.topic(reference).name.startswith(f"✓ {reference} · Oullins")
    first = desk.shows(reference).from_bot[1]
    assert first.buttons == (("Rouvrir",),)
    await desk.hands.reopens(reference)
    await desk.tell()
    assert not desk.topic(reference).is_closed
    assert desk.texts(reference) == ["Clos.", "Rouvert."]


async def test_a_topic_that_was_deleted_is_made_again(desk: Desk) -> None:
    reference = await desk.opened()
    await desk.bot.delete_forum_topic(desk.group.id, desk.thread(reference))
    await desk.hands.says(reference, "vous êtes là ?")
    await desk.tell()
    shown = [one for one in desk.shows(reference).from_bot if one.kind == "text"]
    assert "n’est plus disponible" in shown[0].text
    assert shown[0].buttons[0] == ("Prendre", "Clore")
    assert shown[1].text == "Usager\nvous êtes là ?"


async def test_the_group_wants_quiet_and_gets_it(desk: Desk) -> None:
    reference = await desk.opened()
    await desk.hands.says(reference, "bonjour")
    desk.server.faults.too_many("sendMessage", retry_after_s=1)
    await desk.tell()
    assert desk.texts(reference) == []
    await desk.tell(60)
    assert desk.texts(reference) == ["Usager\nbonjour"]


async def test_the_bot_is_removed_and_comes_back(desk: Desk) -> None:
    reference = await desk.opened()
    await desk.takes(desk.group.removes_bot(desk.claire))
    assert desk.trouble() == NOT_THERE
    await desk.hands.says(reference, "il y a quelqu’un ?")
    await desk.tell()
    await desk.hands.replies(reference, "Oui.")  # in the console
    assert await desk.hands.read() == 0
    assert desk.trouble() == NOT_THERE
    await desk.takes(desk.group.adds_bot(desk.claire, "administrator"))
    assert desk.trouble() is None
    await desk.hands.read()
    await desk.tell()
    assert "Usager\nil y a quelqu’un ?" in desk.texts(reference)
    assert "Karim\nOui." in desk.texts(reference)


async def test_without_the_right_to_manage_topics_an_operator_reads_why(desk: Desk) -> None:
    await desk.takes(desk.group.adds_bot(desk.claire, "administrator", can_manage_topics=False))
    reference = await desk.hands.opens()
    await desk.tell()
    assert desk.trouble() == NO_RIGHTS
    assert (await desk.hands.copy(reference)).last_error == NO_RIGHTS
    assert (await desk.hands.ticket(reference))["status"] == Status.OPEN.value


async def test_an_answer_that_is_lost_makes_no_second_ticket(
    desk: Desk, server: TelegramServer
) -> None:
    server.faults.loses_answer("pinChatMessage")
    reference = await desk.opened()
    desk.restart()
    await desk.tell(60)
    assert len(desk.group.topics) == 1
    assert len([one for one in desk.shows(reference).from_bot if one.kind == "text"]) == 1
    assert (await desk.hands.copy(reference)).in_doubt is False


async def test_a_correction_of_the_citizens_says_that_it_is_one(desk: Desk) -> None:
    reference = await desk.opened()
    said = await desk.hands.says(reference, "au 12")
    await desk.tell()
    await desk.hands.sends(reference, "edit", {"edits_id": said}, "au 14")
    await desk.tell()
    assert desk.texts(reference)[0] == "Usager\nau 12"
    assert "modifié" in desk.texts(reference)[1]
    assert "au 14" in desk.texts(reference)[1]


async def test_beside_another_backend_each_has_its_own_copy(desk: Desk) -> None:
    paper = Paper()
    elsewhere = Hands(desk.service.database, paper, desk.folder)
    reference = await desk.opened()
    await elsewhere.send()
    await desk.writes(desk.paul, reference, "Bonjour.")
    elsewhere.at = desk.hands.at
    await elsewhere.send()
    await desk.tell()
    [sheet] = paper.sheets
    assert [(one.author, one.text) for one in sheet.comments] == [("Paul", "Bonjour.")]
    assert desk.texts(reference) == ["Pris par Paul."]
    paper.away = down()
    await desk.hands.says(reference, "merci")
    await elsewhere.send()
    await desk.tell()
    assert desk.texts(reference)[-1] == "Usager\nmerci"


async def test_a_group_without_topics_is_said_once(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.group.chat.raw.pop("is_forum")
    await desk.hands.opens()
    for _ in range(3):
        await desk.hands.read(timedelta(minutes=1))
        await desk.tell()
    assert desk.trouble() == NO_FORUM
    warnings = [one.message for one in caplog.records if one.levelname == "WARNING"]
    assert len([one for one in warnings if one.startswith("Telegram:")]) == 1


async def test_in_another_group_a_ticket_goes_on(desk: Desk) -> None:
    reference = await desk.opened()
    desk.group = desk.server.group("Agents, ailleurs", forum=True, members={desk.paul: "member"})
    desk.restart()
    await desk.hands.closes(reference)
    await desk.tell()
    shown = [one for one in desk.shows(reference).from_bot if one.kind == "text"]
    assert [one.text for one in shown][1:] == ["Clos."]
    assert shown[0].buttons == (("Rouvrir",),)
    assert "rouvert" in await desk.presses(desk.paul, "Rouvrir")
    assert (await desk.hands.ticket(reference))["status"] == Status.OPEN.value


async def test_a_topic_goes_when_its_conversation_is_forgotten(desk: Desk) -> None:
    reference = await desk.opened()
    kept = await desk.opened()
    await desk.hands.closes(reference)
    await desk.tell()
    group, database = desk.agents.group, desk.service.database
    later = desk.hands.at + timedelta(days=91)
    assert await forget_topics(group, database, later) == 0
    conversation = (await desk.hands.ticket(reference))["conversation_id"]
    async with database.transaction() as tx:
        await tx.execute(
            update(Message).where(Message.conversation_id == conversation).values(text="")
        )
    assert await forget_topics(group, database, later) == 1
    [left] = desk.group.topics
    assert kept in left
    assert await forget_topics(group, database, later) == 0


async def test_a_voice_message_of_the_citizens_can_be_played(desk: Desk) -> None:
    reference = await desk.opened()
    await desk.hands.sends_file(reference, b"OggS" + bytes(200), Sent(What.VOICE, None))
    await desk.tell()
    assert desk.shows(reference).from_bot[-1].kind in {"voice", "document"}
