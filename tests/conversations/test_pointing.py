"""What was said before is not said again, on the running service."""

from __future__ import annotations

from typing import Any

from tests.running import Visitor

MOST_QUESTIONS = 6
POTHOLE = "trou dans la chaussée 12 rue de la République à Oullins"


def texts(answers: list[dict[str, Any]]) -> str:
    return "\n".join(str(a["text"]) for a in answers).replace("\u00a0", " ")


def filed(visitor: Visitor, answers: list[dict[str, Any]]) -> str:
    """Pass what may be passed, confirm; the reference."""
    for _ in range(MOST_QUESTIONS):
        if answers[-1]["reference"]:
            break
        assert answers[-1]["expects"] in ("choice", "photo", "confirm"), answers[-1]["text"]
        answers = visitor.say("oui" if answers[-1]["expects"] == "confirm" else "passer")
    return str(answers[-1]["reference"])


def test_a_second_report_at_the_same_place_and_both_are_followed(visitor: Visitor) -> None:
    first = filed(visitor, visitor.say(POTHOLE))
    answers = visitor.say("il y a aussi un tag sur le mur au même endroit")
    assert "12 rue de la République, Oullins" in texts(answers)
    second = filed(visitor, answers)
    assert second in texts(visitor.say(f"où en est le signalement {second} ?"))
    assert first in texts(visitor.say("et pour l'autre ?"))
    assert second in texts(visitor.say("et l'autre ?"))
