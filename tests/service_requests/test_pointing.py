"""Words that point back: taken for what they are, and only then."""

from __future__ import annotations

import pytest

from bot.conversations.memory import KEPT_TURNS, Memory, from_json, to_json
from bot.service_requests.pointing import means_same_place, other_request


@pytest.mark.parametrize(
    "text",
    ["le même endroit", "au même endroit", "Au MÊME endroit que tout à l'heure", "même adresse",
     "c'est à la même adresse", "same place", "at the same place as before", "same address"],
)  # fmt: skip
def test_the_same_place(text: str) -> None:
    assert means_same_place(text)


@pytest.mark.parametrize(
    "text",
    ["pas au même endroit", "c'est pas à la même adresse", "not the same place", "c'est pareil",
     "la même chose", "même rue mais plus loin", "le lampadaire est quand même éteint"],
)  # fmt: skip
def test_another_place(text: str) -> None:
    assert not means_same_place(text)


@pytest.mark.parametrize(
    ("text", "rank"),
    [("et pour l'autre ?", 0), ("et l'autre ?", 0), ("Et l’autre signalement ?", 0),
     ("et le deuxième ?", 2), ("et pour le second", 2), ("et le 2e", 2), ("et le troisième ?", 3),
     ("et le premier il en est où ?", 1), ("and the other one?", 0), ("what about the other", 0),
     ("and the second one?", 2)],
)  # fmt: skip
def test_the_other_request(text: str, rank: int) -> None:
    assert other_request(text) == rank


@pytest.mark.parametrize(
    "text",
    ["l'autre jour un trou est apparu", "et l'autre trottoir est cassé aussi", "le deuxième",
     "et dimanche ?", "et pour l'autre déchèterie ?", "et"],
)  # fmt: skip
def test_no_other_request(text: str) -> None:
    assert other_request(text) is None


def test_the_next_of_two_is_the_other() -> None:
    memory = Memory().showing(["a", "b"], 1)
    assert memory.pointed(0) == "a"
    assert memory.showing(["a", "b"], 0).pointed(0) == "b"


def test_after_the_last_of_three_there_is_no_other() -> None:
    memory = Memory().showing(["a", "b", "c"], 2)
    assert memory.pointed(0) is None
    assert memory.pointed(2) == "b"
    assert memory.pointed(4) is None


def test_what_was_shown_is_forgotten_after_a_few_turns() -> None:
    memory = Memory().showing(["a", "b"])
    for _ in range(KEPT_TURNS):
        memory = from_json(to_json(memory.after(doubted=False)))
        assert memory.pointed(0) == "b"
    assert memory.after(doubted=False) == Memory()
