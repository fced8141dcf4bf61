"""How fast, and whose turn: on a clock of the test's own."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pytest

from bot.channels.telegram.sending.limits import Limits
from bot.channels.telegram.sending.waiting_room import WaitingRoom
from tests.servers.telegram.limits import _Bucket, _Pace

CITIZEN = 7


@dataclass
class Playing:
    """Everybody is served at once and takes 80 ms; then it has `left` more to say."""

    room: WaitingRoom
    now: float = 1000.0
    calls: list[tuple[float, int]] = field(default_factory=list)
    left: Counter[int] = field(default_factory=Counter)
    ends: list[tuple[float, int, bool]] = field(default_factory=list)

    def runs(self, seconds: float, *, is_news: bool = True) -> None:
        until = self.now + seconds
        while self.now < until:
            for one in [one for one in self.ends if one[0] <= self.now]:
                self.ends.remove(one)
                _, served, news = one
                self.left[served] -= 1
                if self.left[served] > 0:
                    self.room.back(served, is_news=news)
                else:
                    self.room.leave(served)
            chat_id, wait_s = self.room.call(self.now)
            if chat_id is not None:
                self.calls.append((self.now, chat_id))
                self.ends.append((self.now + 0.08, chat_id, is_news and chat_id != CITIZEN))
            else:
                self.now += min(0.01 if wait_s is None else max(wait_s, 0.001), 0.01)


def most_in(times: list[float], seconds: float) -> int:
    return max(sum(start <= time < start + seconds for time in times) for start in times)


def test_no_second_has_more_calls_than_telegram_takes() -> None:
    playing = Playing(WaitingRoom(Limits()))
    for chat_id in range(1, 400):
        playing.room.join(chat_id, is_news=False)
    playing.runs(10, is_news=False)
    times = [time for time, _ in playing.calls]
    assert most_in(times, 1.0) <= 28
    assert len(times) >= 250


def test_one_chat_gets_a_few_at_once_and_then_one_a_second() -> None:
    playing = Playing(WaitingRoom(Limits()))
    playing.left[CITIZEN] = 10
    playing.room.join(CITIZEN, is_news=False)
    playing.runs(9, is_news=False)
    times = [time - playing.calls[0][0] for time, _ in playing.calls]
    assert len([time for time in times if time < 0.5]) == 3
    bucket = _Bucket(3, 1.0)
    for time in times:
        assert bucket.wait_s(time, 1) == 0
        bucket.take(time, 1)
    assert len(times) == 10


def test_a_group_gets_twenty_a_minute() -> None:
    playing = Playing(WaitingRoom(Limits()))
    playing.left[-100] = 60
    playing.room.join(-100, is_news=False)
    playing.runs(130, is_news=False)
    pace = _Pace(20, 60.0)
    for time, _ in playing.calls:
        assert pace.wait_s(time, 1) == 0
        pace.take(time, 1)
    assert len(playing.calls) >= 38


def test_a_broadcast_does_not_keep_an_answer_waiting() -> None:
    playing = Playing(WaitingRoom(Limits()))
    for chat_id in range(100, 5100):
        playing.room.join(chat_id, is_news=True)
    delays = []
    for _ in range(20):
        playing.runs(1.37)
        asked_at = playing.now
        playing.room.join(CITIZEN, is_news=False)
        playing.runs(0.6)
        delays.append(
            next(t for t, c in playing.calls if c == CITIZEN and t >= asked_at) - asked_at
        )
    assert max(delays) < 0.5
    assert len(playing.calls) > 20 * 30


def test_answers_leave_news_a_share() -> None:
    playing = Playing(WaitingRoom(Limits()))
    for chat_id in range(1000, 1400):
        playing.room.join(chat_id, is_news=False)
    for chat_id in range(2000, 2100):
        playing.room.join(chat_id, is_news=True)
    playing.runs(10)
    first = [chat_id for _, chat_id in playing.calls[:200]]
    assert 15 <= sum(chat_id >= 2000 for chat_id in first) <= 25


def test_the_news_of_a_chat_go_with_its_answer() -> None:
    room = WaitingRoom(Limits())
    room.join(1, is_news=True)
    room.join(2, is_news=True)
    room.join(2, is_news=False)
    assert room.call(0.0)[0] == 2


def test_what_comes_while_a_chat_is_called_up_is_not_forgotten() -> None:
    room = WaitingRoom(Limits())
    room.join(1, is_news=False)
    assert room.call(0.0)[0] == 1
    room.join(1, is_news=False)
    assert room.call(0.0) == (None, None)
    room.leave(1)
    assert room.call(0.0)[0] == 1


@pytest.mark.parametrize(
    ("other", "waits_s"), [(1, 0.0), (2, 5.1)], ids=["the same chat", "another chat"]
)
def test_two_chats_refused_at_once_quieten_everything(other: int, waits_s: float) -> None:
    limits = Limits()
    limits.refused(1, 10.0, 5)
    limits.refused(other, 10.5, 5)
    assert limits.wait_s(3, 10.5) == pytest.approx(waits_s)
    assert limits.wait_s(1, 10.5) >= 4.6


def test_a_nicety_takes_nothing_from_what_matters() -> None:
    limits = Limits()
    for chat_id in range(1, 21):
        limits.take(chat_id, 0.0)
    assert limits.spare_s(50, 0.0) > 0
    assert limits.wait_s(50, 0.0) == 0


def test_quiet_chats_are_not_remembered() -> None:
    limits = Limits()
    for chat_id in range(1, 5000):
        limits.take(chat_id, float(chat_id))
    assert len(limits._people) < 2100
