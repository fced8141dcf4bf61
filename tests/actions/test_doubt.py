"""Doubt is shown as choices, then as a person."""

from __future__ import annotations

from actions import doubt, service_form
from actions.door import said_in
from bot.conversations.escalation import HandOver
from bot.conversations.memory import Memory, from_json, to_json
from bot.conversations.turn import Incoming
from bot.tickets.rules import Reason
from tests.actions.desks import (
    NOW,
    WORDS,
    a_desk,
    a_draft,
    a_turn,
    button,
    something_said,
    titles,
    words_of,
)

MUMBLED = "le machin de la dernière fois"
LIKELY = (("follow_request", 0.4), ("ask_information", 0.3), ("chitchat", 0.2), ("complain", 0.01))


async def test_the_likeliest_readings_are_offered_with_another_and_a_person() -> None:
    turn = a_turn(MUMBLED)
    await doubt.unsure(turn, a_desk(), something_said(MUMBLED, ranking=LIKELY))
    assert titles(turn.replies[0]) == [
        "Suivre un signalement",
        "Poser une question",
        "Autre chose",
        "Parler à un agent",
    ]


async def test_a_reading_carries_the_citizen_s_words_to_its_action() -> None:
    turn = a_turn(MUMBLED)
    await doubt.unsure(turn, a_desk(), something_said(MUMBLED, ranking=LIKELY))
    pressed = button(turn.replies[0], "Poser une question").press
    assert pressed.intent == "ask_information"
    content = {"press": {"intent": pressed.intent, "values": dict(pressed.values)}}
    after = a_turn(incoming=(Incoming(3, "press", "Poser une question", content, NOW),))
    assert said_in(after, {"name": pressed.intent}).text == MUMBLED


async def test_a_likely_report_is_offered_as_services() -> None:
    turn = a_turn("un truc cassé")
    said = something_said("un truc cassé", ranking=(("file_request", 0.5),))
    await doubt.unsure(turn, a_desk(), said)
    pothole = turn.replies[0].buttons[0].press
    assert pothole.values == {"service": "pothole", "text": "un truc cassé"}
    assert len(titles(turn.replies[0])) == doubt.MOST_SERVICES + 2


async def test_an_emergency_is_the_first_choice() -> None:
    said = something_said("ça sent", ranking=(("file_request", 0.5), ("emergency", 0.2)))
    assert doubt.readings(said) == ["emergency", "file_request"]


async def test_without_a_likely_reading_one_open_question_is_asked() -> None:
    turn = a_turn("brzt")
    await doubt.unsure(turn, a_desk(), something_said("brzt", ranking=(("complain", 0.05),)))
    assert "une démarche, une question" in words_of(turn.replies[0])
    assert titles(turn.replies[0]) == [
        "Signaler un problème",
        "Suivre mes signalements",
        "Poser une question",
        "Parler à un agent",
    ]


async def test_at_the_second_doubt_a_person_comes_first() -> None:
    turn = a_turn(MUMBLED, memory=Memory(unsure=1))
    await doubt.unsure(turn, a_desk(), something_said(MUMBLED, ranking=()))
    assert "je préfère vous passer une personne" in words_of(turn.replies[0])
    assert titles(turn.replies[0]) == ["Parler à un agent", "Signaler un problème"]
    assert button(turn.replies[0], "Parler à un agent").press.values == {"text": MUMBLED}


async def test_at_the_third_doubt_the_conversation_is_a_persons() -> None:
    turn = a_turn(MUMBLED, memory=Memory(unsure=2))
    await doubt.unsure(turn, a_desk(), something_said(MUMBLED, ranking=LIKELY))
    (noted,) = turn.operations
    assert isinstance(noted, HandOver)
    assert (noted.asked.reason, noted.asked.summary) == (Reason.UNSURE, MUMBLED)


def test_doubt_is_counted_in_a_row() -> None:
    memory = Memory().after(doubted=True).after(doubted=True)
    assert memory.unsure == 2
    assert memory.after(doubted=False) == Memory()
    assert from_json(to_json(memory)) == memory


async def test_a_required_answer_missed_twice_offers_a_person_beside_the_question() -> None:
    turn = a_turn("hm", draft=a_draft(address=None, step="location", misses=1, noted=True))
    desk = a_desk()
    await service_form.validate(turn, desk, something_said("hm"))
    await service_form.ask(turn, desk, something_said("hm"))
    assert turn.doubted
    assert "Parler à un agent" in titles(turn.replies[-1])


def test_every_reading_has_a_short_title_that_is_no_intent() -> None:
    for intent in doubt.OFFERED:
        for language in ("fr", "en"):
            title = WORDS.render(doubt._reading(intent, "").title, language)
            assert len(title) <= 32
            assert "_" not in title
