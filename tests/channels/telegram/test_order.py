"""In which order updates are taken."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bot.channels.telegram.rules import (
    ALBUM_AT_MOST,
    ALBUM_QUIET,
    SORTING,
    Waiting,
    back_off,
    in_order,
    next_group,
)

START = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)


def waiting(
    update_id: int, message_id: int | None = None, *, album: str | None = None, after_ms: int = 0
) -> Waiting:
    at = START + timedelta(milliseconds=after_ms)
    return Waiting(update_id, update_id, message_id, album, at)


def ids(group: Sequence[Waiting]) -> list[int]:
    return [one.update_id for one in group]


def test_messages_are_sorted_by_their_own_ids() -> None:
    assert ids(in_order([waiting(2, 11), waiting(1, 12), waiting(3, 10)])) == [3, 2, 1]


def test_a_press_keeps_its_place_among_messages() -> None:
    arrived = [waiting(3, 10), waiting(2), waiting(1, 11)]

    assert ids(in_order(arrived)) == [3, 2, 1]


def test_a_message_waits_for_its_neighbours_and_no_longer() -> None:
    one = waiting(1, 10)

    assert next_group([one], START) == ([], START + SORTING)
    assert next_group([one], START + SORTING) == ([one], None)


def test_a_neighbour_inside_the_window_goes_first() -> None:
    later, earlier = waiting(1, 11), waiting(2, 10, after_ms=200)

    group, _ = next_group([later, earlier], START + SORTING)

    assert group == [earlier]


def test_a_press_waits_for_nothing() -> None:
    press = waiting(1)

    assert next_group([press], START) == ([press], None)


def test_a_press_does_not_end_the_waiting_of_what_comes_before_it() -> None:
    assert next_group([waiting(1, 10), waiting(2)], START) == ([], START + SORTING)


def test_an_edit_follows_its_message() -> None:
    edit, message = waiting(2, 10), waiting(1, 10, after_ms=200)

    assert in_order([edit, message]) == [message, edit]


def test_nothing_is_taken_when_nothing_waits() -> None:
    assert next_group([], START) == ([], None)


def test_an_album_is_one_once_no_more_of_it_comes() -> None:
    album = [waiting(1, 10, album="a"), waiting(2, 11, album="a", after_ms=600)]
    complete_at = album[1].at + ALBUM_QUIET

    assert next_group(album, START + SORTING) == ([], complete_at)
    assert next_group(album, complete_at) == (album, None)


def test_an_album_that_never_ends_is_taken_after_a_while() -> None:
    album = [waiting(n, n, album="a", after_ms=n * 800) for n in range(10)]

    assert ids(next_group(album[:6], START + ALBUM_AT_MOST)[0]) == [0, 1, 2, 3, 4, 5]


def test_what_follows_an_album_waits_for_it() -> None:
    picture, text = waiting(1, 10, album="a"), waiting(2, 11, after_ms=100)

    assert next_group([picture, text], START + SORTING)[0] == []


def test_failures_wait_longer_and_longer_up_to_a_minute() -> None:
    assert [back_off(n).total_seconds() for n in (1, 2, 3, 9)] == [1, 2, 4, 60]
