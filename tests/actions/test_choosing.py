"""Which of one's requests is meant, and what can be done to it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from actions import requests
from bot.conversations.memory import Memory
from bot.conversations.turn import Turn
from bot.service_requests.operations import SaySolved
from bot.service_requests.rules import Status
from bot.service_requests.store import RequestRow
from tests.actions.desks import NOW, a_desk, a_turn, something_said, titles, words_of

ONE, TWO = "2026-000011", "2026-000012"


def a_row(reference: str, **replaced: Any) -> RequestRow:
    plain: dict[str, Any] = {
        "reference": reference,
        "service": "pothole",
        "commune": "69149",
        "address": "12 rue Pasteur",
        "status": Status.NEW,
        "filed_at": NOW,
        "changed_at": NOW,
        "due_on": date(2026, 12, 8),
    }
    return RequestRow(**(plain | replaced))


async def chosen(
    choosing: requests.Choosing, text: str, *rows: RequestRow, **replaced: Any
) -> Turn:
    turn = a_turn(text, **replaced)
    await requests.pick(turn, a_desk(), something_said(text), list(rows), choosing)
    return turn


async def test_after_a_list_none_of_it_is_meant() -> None:
    turn = a_turn("où en sont mes signalements ?")
    rows = [a_row(TWO), a_row(ONE)]
    await requests.tell(turn, a_desk(), None, rows)
    asked = await chosen(requests.SOLVED, "c'est réglé", *rows, memory=turn.memory)
    assert not asked.operations
    assert "Lequel est réglé" in words_of(asked.replies[-1])


async def test_the_one_in_view_is_meant() -> None:
    rows = [a_row(TWO), a_row(ONE)]
    memory = Memory().showing([TWO, ONE], 1)
    turn = await chosen(requests.SOLVED, "c'est réglé", *rows, memory=memory)
    assert turn.operations == [SaySolved(ONE)]
    assert "noté comme réglé" in words_of(turn.replies[-1])


async def test_a_follower_s_word_is_passed_on_and_closes_nothing() -> None:
    turn = await chosen(requests.SOLVED, "c'est réglé", a_row(ONE, is_own=False))
    assert turn.operations == [SaySolved(ONE)]
    assert "l’équipe vérifiera" in words_of(turn.replies[-1])


@pytest.mark.parametrize(
    ("choosing", "status"),
    [
        (requests.REOPENED, Status.NEW),
        (requests.SOLVED, Status.RESOLVED),
        (requests.WITHDRAWN, Status.RESOLVED),
    ],
)
async def test_one_that_it_cannot_be_done_to_is_shown_as_it_stands(
    choosing: requests.Choosing, status: Status
) -> None:
    turn = await chosen(choosing, f"{ONE} alors ?", a_row(ONE, status=status), a_row(TWO))
    assert not turn.operations
    assert ONE in words_of(turn.replies[-1])
    assert "Je ne trouve pas" not in words_of(turn.replies[-1])


async def test_what_was_taken_back_is_told_again_not_reopened() -> None:
    turn = await chosen(requests.REOPENED, f"{ONE} ?", a_row(ONE, status=Status.WITHDRAWN))
    assert titles(turn.replies[-1])[0] == "Le signaler de nouveau"


async def test_others_states_are_said_as_others() -> None:
    turn = a_turn("où en est-il ?")
    row = a_row(ONE, status=Status.WAITING_CITIZEN, is_own=False)
    await requests.tell(turn, a_desk(), ONE, [row])
    assert "en attente d’une précision" in words_of(turn.replies[-1])
