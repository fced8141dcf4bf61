"""Cues beside the classifier: anger, despair, which number comes first, and who is told."""

from __future__ import annotations

from typing import Any

import pytest

from actions import humans, talk
from actions.door import run_action
from bot.conversations.escalation import HandOver
from tests.actions.desks import (
    WORDS,
    a_desk,
    a_draft,
    a_turn,
    button,
    signals,
    something_said,
    titles,
    words_of,
)
from tests.running import ROOT, Visitor

ANGRY = "4e fois que j'écris pour ce lampadaire bande d'incapables"


@pytest.mark.parametrize(
    "text",
    [ANGRY, "c'est une honte", "C'EST TOUJOURS PAS FAIT", "vous vous foutez de nous", "ras-le-bol",
     "la cinquième fois que je signale", "this is useless", "5ème relance", "y en a marre"],
)  # fmt: skip
def test_anger(text: str) -> None:
    assert signals().is_angry(text)


@pytest.mark.parametrize(
    "text",
    ["il y a un trou", "RDV MDPH", "2e fois que je passe devant", "3e arrondissement",
     "le contrat est terminé", "une marre d'eau", "Merci beaucoup"],
)  # fmt: skip
def test_no_anger(text: str) -> None:
    assert not signals().is_angry(text)


@pytest.mark.parametrize(
    ("kind", "text", "number"),
    [
        ("suicide", "je veux en finir avec la vie", "3114"),
        ("suicide", "mon frère veut se tuer", "3114"),
        ("suicide", "I want to kill myself", "3114"),
        ("violence", "coups de feu dans la rue", "17 ou 112"),
        ("violence", "il me menace avec un couteau", "114"),
        ("gas", "ça sent le gaz", "0 800 47 33 33"),
        ("fire", "l'immeuble est en feu", "18 ou 112"),
        ("medical", "il a fait un malaise", "15 ou 112"),
        ("water", "un enfant se noie dans le rhône", "18"),
        ("other", "venez vite", "112"),
    ],
)
async def test_the_fitting_number_comes_first(kind: str, text: str, number: str) -> None:
    assert signals().emergency_kind(text) == kind
    turn = a_turn(text)
    await talk.emergency(turn, a_desk(), something_said(text))
    lines = words_of(turn.replies[0]).splitlines()
    assert len(lines) == 2
    assert number in lines[0]
    assert titles(turn.replies[0]) == ["J’ai appelé", "Ce n’est pas urgent"]
    assert number.split(maxsplit=1)[0] in WORDS.render(turn.replies[0].lines[0], "en")


@pytest.mark.parametrize("taken_for", ["action_chitchat", "action_unsure", "action_complain"])
async def test_despair_is_answered_first_whatever_it_was_taken_for(taken_for: str) -> None:
    turn = a_turn("votre service est nul, j'ai envie de mourir")
    await run_action(turn, a_desk(), {"next_action": taken_for})
    assert len(turn.replies) == 1
    assert "3114" in words_of(turn.replies[0])


async def test_despair_in_the_form_is_answered_before_the_form_goes_on() -> None:
    turn = a_turn("j'ai envie de mourir", draft=a_draft(address=None, step="location", noted=True))
    for action in ("validate_service_form", "action_ask_current_field"):
        await run_action(turn, a_desk(), {"next_action": action})
    assert ["3114" in words_of(reply) for reply in turn.replies[:2]] == [True, False]


def heard(intent: str, emergency: float) -> dict[str, Any]:
    """What the engine sends when it took a message for this and an emergency is that likely."""
    ranking = [{"name": intent, "confidence": 0.7}, {"name": "emergency", "confidence": emergency}]
    return {"tracker": {"latest_message": {"intent": ranking[0], "intent_ranking": ranking}}}


async def test_what_may_be_an_emergency_gets_the_number_before_its_answer() -> None:
    likely, unlikely = a_turn("la vieille dame du 3e ne répond plus"), a_turn("bonjour")
    for turn, chance in ((likely, 0.05), (unlikely, 0.0)):
        for action in ("action_chitchat", "action_help"):
            await run_action(turn, a_desk(), {"next_action": action, **heard("chitchat", chance)})
    assert ["112" in words_of(reply) for reply in likely.replies] == [True, False, False]
    assert not any("112" in words_of(reply) for reply in unlikely.replies)


async def test_an_emergency_is_not_announced_by_a_caution() -> None:
    turn = a_turn("le bébé ne respire plus", draft=a_draft(address=None, step="location"))
    for action in ("validate_service_form", "action_emergency"):
        await run_action(turn, a_desk(), {"next_action": action, **heard("emergency", 0.99)})
    assert len(turn.replies) == 1
    assert "15 ou" in words_of(turn.replies[0])


def test_no_message_about_something_else_sounds_like_despair() -> None:
    for path in sorted((ROOT / "nlu/evaluation/messages").glob("dev_*.tsv")):
        for line in path.read_text("utf-8").splitlines():
            intent, text = line.split("\t")[1], line.split("\t")[-1]
            assert intent == "emergency" or not signals().is_despair(text), text


async def test_anger_and_danger_are_marked_on_the_ticket() -> None:
    turn = a_turn(ANGRY)
    await humans.contact_agent(turn, a_desk(), something_said(f"{ANGRY}, c'est dangereux"))
    (ticket,) = turn.operations
    assert isinstance(ticket, HandOver)
    assert ticket.asked.summary.startswith(f"[angry repeated dangerous] {ANGRY}")


async def test_what_is_not_urgent_is_reported_in_its_own_words() -> None:
    turn = a_turn("ça sent le gaz")
    await talk.emergency(turn, a_desk(), something_said("ça sent le gaz"))
    pressed = button(turn.replies[0], "Ce n’est pas urgent").press
    assert (pressed.intent, pressed.values) == ("file_request", {"text": "ça sent le gaz"})


def test_an_emergency_said_not_to_be_one_goes_on(visitor: Visitor) -> None:
    visitor.say("ma voisine a fait un malaise elle respire plus")
    answer = visitor.press("Ce n’est pas urgent")[-1]
    assert [b["title"] for b in answer["buttons"]] == ["Parler à un agent", "Signaler un problème"]
    assert "Merci d’avoir appelé" in visitor.press("J’ai appelé")[-1]["text"]
