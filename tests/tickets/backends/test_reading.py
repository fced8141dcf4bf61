"""How what backends answer is read, whichever they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.tickets.backends.port import Said, Seen
from bot.tickets.backends.reading import in_order
from bot.tickets.backends.rules import State

AT = datetime(2026, 11, 25, 9, tzinfo=UTC)
STATE = State(None, None, None)


def words(at: datetime = AT) -> Said:
    return Said("1", "journal1", at, "Julie Martin", "C’est réparé.", is_internal=False)


def a_look(at: datetime = AT) -> Seen:
    return Seen("1", at, "Julie Martin", False, STATE)


def test_words_of_the_same_second_come_before_the_state() -> None:
    assert in_order([a_look(), words()]) == (words(), a_look())


def test_what_is_older_comes_first_all_the_same() -> None:
    later = AT + timedelta(seconds=1)
    assert in_order([words(later), a_look()]) == (a_look(), words(later))
