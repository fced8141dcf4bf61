"""Two problems in one message, on the running service."""

from __future__ import annotations

from tests.conversations.test_pointing import MOST_QUESTIONS, filed, texts
from tests.running import Visitor

TWO = (
    "il y a un trou dans la chaussée devant le 12 rue Pasteur à Bron"
    " et aussi un lampadaire cassé au 14"
)


def test_the_second_is_offered_once_the_first_is_filed(visitor: Visitor) -> None:
    answers = visitor.say(TWO)
    assert "chaussée dégradée · 📍 12 rue Pasteur, Bron" in texts(answers)
    for _ in range(MOST_QUESTIONS):
        if "Vous parliez aussi de" in answers[-1]["text"]:
            break
        answers = visitor.say("oui" if answers[-1]["expects"] == "confirm" else "passer")
    assert answers[-2]["reference"]
    assert "« un lampadaire cassé au 14 »" in texts(answers)
    second = visitor.press("Signaler aussi")
    assert "14 rue Pasteur, Bron" in texts(second)
    assert filed(visitor, second) != answers[-2]["reference"]
