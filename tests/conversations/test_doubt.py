"""A message that may mean several things, on the running service."""

from __future__ import annotations

from typing import Any

from tests.running import RunningService, Visitor

VAGUE = (
    "c'est encore moi pour la même histoire",
    "vous pouvez regarder le dossier",
    "et du coup pour mon affaire on fait comment",
    "la personne d'avant m'avait dit que ce serait vu",
)
"""Which of them is vague enough is the trained model's matter; one of them always is."""


def titles(answer: dict[str, Any]) -> list[str]:
    return [button["title"] for button in answer["buttons"]]


def in_doubt(service: RunningService) -> tuple[Visitor, str, dict[str, Any]]:
    """A visitor whose message was not understood, that message, and the answer."""
    for text in VAGUE:
        visitor = Visitor(service.url)
        answer = visitor.say(text)[-1]
        if "pas sûr d’avoir compris" in answer["text"] and "Autre chose" in titles(answer):
            return visitor, text, answer
    raise AssertionError("every vague sentence is understood: find vaguer ones")


def test_a_vague_message_gets_choices_and_a_person(service: RunningService) -> None:
    _, _, answer = in_doubt(service)
    assert titles(answer)[-2:] == ["Autre chose", "Parler à un agent"]
    assert len(titles(answer)) > 2


def test_doubt_that_lasts_ends_with_a_person(service: RunningService) -> None:
    visitor, text, _ = in_doubt(service)
    assert "une démarche, une question" in visitor.press("Autre chose")[-1]["text"]
    third = visitor.say(text)[-1]
    assert third["reference"], "a person has the conversation"
    assert "Qu’on m’écrive ici" in titles(third)
