"""What agents write and press in a topic, and what becomes of it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.telegram.forum import store
from bot.handover import answering
from bot.handover.rules import Taken
from bot.mirroring.store import messages_after
from tests.channels.telegram.forum.desk import Desk
from tests.handover.builders import BRON, an_agent
from tests.servers.telegram import Refused
from tests.web.browsers import a_picture


async def test_a_reply_reaches_the_citizen_under_the_agents_first_name(desk: Desk) -> None:
    reference = await desk.opened()
    message_id = await desk.writes(desk.paul, reference, "Bonjour, je regarde.")
    assert await desk.hands.heard(reference) == [("Paul", "Bonjour, je regarde.")]
    assert await desk.owner(reference) == "agent"
    assert desk.reactions(message_id) == ["👍"]
    await desk.tell()
    assert desk.texts(reference) == ["Pris par Paul."]  # and not his own words again


async def test_the_second_agent_reads_who_is_answering(desk: Desk) -> None:
    reference = await desk.opened()
    await desk.writes(desk.paul, reference, "Bonjour.")
    message_id = await desk.writes(desk.claire, reference, "Moi aussi.")
    assert await desk.hands.heard(reference) == [("Paul", "Bonjour.")]
    refusal = desk.shows(reference).last
    assert refusal.text == "Rien n’a été fait\u00a0: c’est Paul qui répond depuis 10:00."
    assert refusal.reply_to == message_id
    assert desk.reactions(message_id) == []


async def test_two_who_have_the_same_name_are_two(desk: Desk) -> None:
    other = desk.person("Paul")
    desk.group.sets(other, "member")
    reference = await desk.opened()
    await desk.writes(desk.paul, reference, "Bonjour.")
    await desk.writes(other, reference, "Moi aussi.")
    assert await desk.hands.heard(reference) == [("Paul", "Bonjour.")]


async def test_an_agent_of_the_console_is_refused_by_the_name_in_the_group(desk: Desk) -> None:
    reference = await desk.opened()
    await desk.writes(desk.paul, reference, "Bonjour.")
    karim = await an_agent(desk.service.database, "Karim")
    with pytest.raises(Taken, match="another agent") as refused:
        async with desk.service.database.transaction() as tx:
            await answering.reply(
                tx, karim, reference, "Oui ?", "k1", desk.service.counter, desk.hands.at
            )
    assert refused.value.name == "Paul"


@pytest.mark.parametrize("prefix", ["//", "// ", "note: ", "Note : ", "/note "])
async def test_a_note_stays_inside(desk: Desk, prefix: str) -> None:
    reference = await desk.opened()
    message_id = await desk.writes(desk.paul, reference, f"{prefix}il rappelle demain")
    assert await desk.hands.heard(reference) == []
    assert await desk.notes(reference) == [("Paul", "il rappelle demain")]
    assert await desk.owner(reference) == "queued"
    assert desk.reactions(message_id) == ["✍"]
    await desk.tell()
    assert desk.texts(reference) == []


async def test_what_is_written_in_the_general_topic_is_nobodys(desk: Desk) -> None:
    reference = await desk.opened()
    await desk.takes(desk.paul.says_in(desk.group, "on mange où ?"))
    assert await desk.hands.heard(reference) == []
    assert len(desk.group.screen.from_bot) == len(desk.shows(reference).from_bot)


async def test_a_repeat_changes_nothing(desk: Desk) -> None:
    reference = await desk.opened()
    update = desk.paul.says_in(desk.group, "Bonjour.", topic=desk.thread(reference))
    await desk.takes(update)
    await desk.takes(update)
    await desk.takes({**update, "update_id": update["update_id"] + 5000})
    assert await desk.hands.heard(reference) == [("Paul", "Bonjour.")]


async def test_a_service_killed_before_its_commit_says_it_once(desk: Desk) -> None:
    reference = await desk.opened()
    update = desk.paul.says_in(desk.group, "Bonjour.", topic=desk.thread(reference))
    await desk.is_killed_while("getChatMember", update)
    assert await desk.hands.heard(reference) == []
    await desk.takes(update)
    assert await desk.hands.heard(reference) == [("Paul", "Bonjour.")]


async def test_a_service_killed_after_its_commit_says_it_once(desk: Desk) -> None:
    reference = await desk.opened()
    update = desk.paul.says_in(desk.group, "Bonjour.", topic=desk.thread(reference))
    await desk.is_killed_while("setMessageReaction", update)
    await desk.takes(update)
    assert await desk.hands.heard(reference) == [("Paul", "Bonjour.")]


async def test_pictures_go_to_the_citizen_together(desk: Desk) -> None:
    reference = await desk.opened()
    album = desk.paul.sends_album(
        [a_picture(), a_picture()], "Voici le plan.",
        place=desk.group, topic=desk.thread(reference),
    )  # fmt: skip
    await desk.takes(*album)
    assert await desk.hands.heard(reference) == [("Paul", "Voici le plan.")]
    ticket = await desk.hands.ticket(reference)
    async with desk.service.database.transaction() as tx:
        [said] = [
            one
            for one in await messages_after(tx, ticket["conversation_id"], 0)
            if one.sender == "agent"
        ]
    assert len(said.shown) == 2


async def test_what_no_citizen_can_be_shown_is_refused(desk: Desk) -> None:
    reference = await desk.opened()
    where: dict[str, Any] = {"place": desk.group, "topic": desk.thread(reference)}
    await desk.takes(desk.paul.sends_document("plan.pdf", "application/pdf", b"%PDF", **where))
    await desk.takes(desk.paul.sends_voice(b"OggS", **where))
    assert await desk.hands.heard(reference) == []
    assert ["texte et des images" in text for text in desk.texts(reference)] == [True, True]


async def test_a_change_of_what_was_sent_is_not_passed_on(desk: Desk) -> None:
    reference = await desk.opened()
    message_id = await desk.writes(desk.paul, reference, "Jeudi.")
    await desk.takes(desk.paul.edits(message_id, "Vendredi.", place=desk.group))
    assert await desk.hands.heard(reference) == [("Paul", "Jeudi.")]
    assert "ne verra pas cette modification" in desk.texts(reference)[-1]


# -- who may --------------------------------------------------------------------------------------


async def test_who_has_left_is_refused(desk: Desk) -> None:
    reference = await desk.opened()
    await desk.writes(desk.paul, reference, "Bonjour.")
    update = desk.paul.says_in(desk.group, "Encore moi.", topic=desk.thread(reference))
    left = desk.group.sets(desk.paul, "left")
    await desk.takes(left)
    await desk.takes(update)
    assert await desk.hands.heard(reference) == [("Paul", "Bonjour.")]
    assert "il faut être membre" in desk.texts(reference)[-1]


async def test_who_was_never_there_is_refused(desk: Desk) -> None:
    reference = await desk.opened()
    stranger = desk.person("Max")
    update = desk.paul.says_in(desk.group, "Bonjour.", topic=desk.thread(reference))
    update["message"]["from"] = stranger.user
    await desk.takes(update)
    assert await desk.hands.heard(reference) == []
    assert "il faut être membre" in desk.texts(reference)[-1]


@pytest.mark.parametrize(("is_in", "heard"), [(True, 1), (False, 0)], ids=["in", "out"])
async def test_who_is_restricted_answers_while_still_in(
    desk: Desk, *, is_in: bool, heard: int
) -> None:
    reference = await desk.opened()
    update = desk.paul.says_in(desk.group, "Bonjour.", topic=desk.thread(reference))
    desk.group.sets(desk.paul, "restricted", is_member=is_in)
    await desk.takes(update)
    assert len(await desk.hands.heard(reference)) == heard


async def test_nobody_answers_anonymously(desk: Desk) -> None:
    reference = await desk.opened()
    update = desk.claire.says_in(desk.group, "Bonjour.", topic=desk.thread(reference))
    update["message"]["sender_chat"] = dict(desk.group.chat.raw)
    update["message"]["from"] = {
        "id": 1087968824,
        "is_bot": True,
        "first_name": "Group",
        "username": "GroupAnonymousBot",
    }
    await desk.takes(update)
    assert await desk.hands.heard(reference) == []
    assert "Rester anonyme" in desk.texts(reference)[-1]


async def test_when_telegram_cannot_tell_the_update_waits(desk: Desk) -> None:
    reference = await desk.opened()
    update = desk.paul.says_in(desk.group, "Bonjour.", topic=desk.thread(reference))
    desk.server.faults.fails("getChatMember")
    await desk.takes(update)
    assert await desk.hands.heard(reference) == []
    await desk.takes(update)
    assert await desk.hands.heard(reference) == [("Paul", "Bonjour.")]


async def test_who_left_unheard_is_refused_at_once(desk: Desk) -> None:
    reference = await desk.opened()
    await desk.writes(desk.paul, reference, "Bonjour.")
    update = desk.paul.says_in(desk.group, "Encore moi.", topic=desk.thread(reference))
    desk.group.sets(desk.paul, "left")  # another process is told
    await desk.takes(update)
    assert await desk.hands.heard(reference) == [("Paul", "Bonjour.")]


async def test_what_cannot_be_checked_is_said_and_others_go_on(desk: Desk) -> None:
    reference = await desk.opened()
    first = desk.paul.says_in(desk.group, "Bonjour.", topic=desk.thread(reference))
    second = desk.claire.says_in(desk.group, "Je regarde.", topic=desk.thread(reference))
    refusal = Refused(400, "Bad Request: CHAT_MEMBER_ODD")
    asked = f"{desk.paul.id}"
    desk.server.faults.add(
        refusal, "getChatMember", times=None, when=lambda one: str(one.payload["user_id"]) == asked
    )
    await desk.takes(first, second)
    assert await desk.hands.heard(reference) == []
    await desk.takes_on()
    assert await desk.hands.heard(reference) == [("Claire", "Je regarde.")]
    assert "vérifier" in desk.texts(reference)[0]


@pytest.mark.parametrize("status", [404, 500], ids=["gone", "broken"])
async def test_a_picture_that_does_not_come_is_said(desk: Desk, status: int) -> None:
    reference = await desk.opened()
    desk.server.faults.fails("getFile", status=status, description="Odd", times=None)
    where: dict[str, Any] = {"place": desk.group, "topic": desk.thread(reference)}
    await desk.takes(desk.paul.sends_photo(a_picture(), **where))
    assert desk.texts(reference) == []
    await desk.takes_on()
    assert await desk.hands.heard(reference) == []
    assert "image" in desk.texts(reference)[-1]
    await desk.writes(desk.paul, reference, "Bonjour.")
    assert await desk.hands.heard(reference) == [("Paul", "Bonjour.")]


async def test_a_linked_account_answers_under_its_name_and_in_its_towns(desk: Desk) -> None:
    database = desk.service.database
    agent = await an_agent(database, "Pauline")
    elsewhere = await an_agent(database, "Chloé", communes=frozenset({BRON}))
    async with database.transaction() as tx:
        await store.link(tx, agent.id, desk.paul.id, desk.hands.at)
        await store.link(tx, elsewhere.id, desk.claire.id, desk.hands.at)
    reference = await desk.opened()
    await desk.writes(desk.claire, reference, "Bonjour.")
    assert "d’une autre commune" in desk.texts(reference)[-1]
    await desk.writes(desk.paul, reference, "Bonjour.")
    assert await desk.hands.heard(reference) == [("Pauline", "Bonjour.")]
    assert (await desk.hands.ticket(reference))["assignee"] == agent.id


@pytest.mark.parametrize("how", ["nobody", "another"])
async def test_whose_account_was_taken_away_may_do_nothing(desk: Desk, how: str) -> None:
    database = desk.service.database
    agent = await an_agent(database, "Pauline")
    other = desk.claire.id if how == "another" else None
    async with database.transaction() as tx:
        await store.link(tx, agent.id, desk.paul.id, desk.hands.at)
        await store.link(tx, agent.id, other, desk.hands.at)
    reference = await desk.opened()
    await desk.writes(desk.paul, reference, "Bonjour.")
    assert "n’est plus relié" in desk.texts(reference)[-1]
    assert "n’est plus relié" in await desk.presses(desk.paul, "Prendre")
    assert await desk.hands.heard(reference) == []
    async with database.transaction() as tx:
        await store.link(tx, agent.id, desk.paul.id, desk.hands.at)
    await desk.writes(desk.paul, reference, "Bonjour.")
    assert await desk.hands.heard(reference) == [("Pauline", "Bonjour.")]


# -- deeds ----------------------------------------------------------------------------------------


async def test_a_ticket_is_taken_by_a_button_and_only_once(desk: Desk) -> None:
    reference = await desk.opened()
    assert await desk.presses(desk.paul, "Prendre") == "Le ticket est à vous."
    assert "c’est Paul" in await desk.presses(desk.claire, "Prendre")
    await desk.tell()
    assert desk.topic(reference).name.startswith("● ")
    await desk.writes(desk.claire, reference, "Je prends.")
    assert await desk.hands.heard(reference) == []


async def test_closing_asks_the_citizen_and_reopening_goes_on(desk: Desk) -> None:
    reference = await desk.opened()
    await desk.writes(desk.paul, reference, "C’est fait.")
    assert "clos" in await desk.presses(desk.paul, "Clore")
    assert "Est-ce" in (await desk.said(reference))[-1][1]
    await desk.tell()
    assert desk.topic(reference).is_closed
    await desk.writes(desk.claire, reference, "Une chose encore.")
    assert "ce ticket est clos" in desk.texts(reference)[-1]
    assert "rouvert" in await desk.presses(desk.claire, "Rouvrir")
    await desk.tell()
    assert not desk.topic(reference).is_closed
    assert (await desk.hands.ticket(reference))["assignee_name"] == "Claire"


@pytest.mark.parametrize("command", ["/rendre", "/giveback@guichet_bot"])
async def test_the_assistant_goes_on_when_it_is_given_back(desk: Desk, command: str) -> None:
    reference = await desk.opened()
    await desk.writes(desk.paul, reference, "Bonjour.")
    await desk.writes(desk.paul, reference, command)
    assert await desk.owner(reference) == "bot"
    await desk.tell()
    assert desk.topic(reference).is_closed


async def test_what_the_citizen_wrote_meanwhile_is_read_before_closing(desk: Desk) -> None:
    reference = await desk.opened()
    await desk.writes(desk.paul, reference, "C’est fait.")
    await desk.hands.says(reference, "non, pas encore")
    assert "a écrit entre-temps" in await desk.presses(desk.paul, "Clore")
    await desk.tell()
    await desk.presses(desk.paul, "Clore")
    assert (await desk.hands.ticket(reference))["status"] == "closed"


async def test_an_unknown_command_goes_to_nobody(desk: Desk) -> None:
    reference = await desk.opened()
    await desk.writes(desk.paul, reference, "/bannir tout le monde")
    assert await desk.hands.heard(reference) == []
    assert "cette commande n’existe pas" in desk.texts(reference)[-1]
