"""Whose turn it is: chats with something to be sent wait to be called up. Pure.

A chat gets one call at a time, so its messages stay in order. Answers go before news, one slot in
`NEWS_SHARE` excepted, and news never take all there is: an answer that comes into the middle of a
broadcast finds a free slot. Chats whose calls fail keep few slots busy, whatever they wait for.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import heappop, heappush

from bot.channels.telegram.sending.limits import Limits

NEWS_SHARE = 10
NEWS_EVERY_S = 1 / 24
"""Below what is allowed everywhere: the rest is kept for answers."""

AT_ONCE = 40
NEWS_AT_ONCE = 12
FAILING_AT_ONCE = 8

CAREFUL_EVERY_S = 0.25
CAREFUL_FAILING_EVERY_S = 5.0
"""Where nothing was taken of late, chats are tried one by one, those that failed seldom."""


@dataclass(eq=False)
class _Waiting:
    chat_id: int
    is_news: bool
    calls: int = 1
    not_before: float = -math.inf
    is_failing: bool = False
    place: int = 0
    called_at: float = 0.0


class _Row:
    """Chats in their order. Those that may not be called yet are looked at when they may: a call
    costs the same however many wait."""

    def __init__(self) -> None:
        self._of: dict[int, _Waiting] = {}
        self._ready: list[tuple[int, _Waiting]] = []  # by place
        self._later: list[tuple[float, int, _Waiting]] = []
        self._last_place = self._first_place = 0

    def __len__(self) -> int:
        return len(self._of)

    def __contains__(self, chat_id: int) -> bool:
        return chat_id in self._of

    def get(self, chat_id: int) -> _Waiting | None:
        return self._of.get(chat_id)

    def add(self, one: _Waiting, *, is_first: bool = False) -> None:
        if is_first:
            self._first_place -= 1
            one.place = self._first_place
        else:
            self._last_place += 1
            one.place = self._last_place
        self._of[one.chat_id] = one
        heappush(self._ready, (one.place, one))

    def pop(self, chat_id: int) -> _Waiting | None:
        return self._of.pop(chat_id, None)

    def first(self, now: float, limits: Limits) -> tuple[_Waiting | None, float | None]:
        """The first that may be called; else how long until one may, None when there is none."""
        while self._later and (self._later[0][0] <= now or not self._is_here(*self._later[0][1:])):
            _, place, one = heappop(self._later)
            if self._is_here(place, one):
                heappush(self._ready, (place, one))
        while self._ready:
            place, one = self._ready[0]
            if not self._is_here(place, one):
                heappop(self._ready)
                continue
            wait_s = max(one.not_before - now, limits.wait_s(one.chat_id, now, one.calls))
            if wait_s <= 0:
                return one, 0.0
            heappop(self._ready)
            heappush(self._later, (now + wait_s, place, one))
        return None, self._later[0][0] - now if self._later else None

    def _is_here(self, place: int, one: _Waiting) -> bool:
        """Not gone since, nor at another place."""
        return self._of.get(one.chat_id) is one and one.place == place


@dataclass
class WaitingRoom:
    """`limits` are taken from when a chat is called up."""

    limits: Limits
    _answers: _Row = field(default_factory=_Row)
    _news: _Row = field(default_factory=_Row)
    _failing: _Row = field(default_factory=_Row)
    _called: dict[int, _Waiting] = field(default_factory=dict)
    _again: dict[int, bool] = field(default_factory=dict)  # joined while called up: is it news?
    _news_called: int = 0
    _failing_called: int = 0
    _answers_in_a_row: int = 0
    _news_at: float = -math.inf
    _careful_at: float = -math.inf
    _careful_failing_at: float = -math.inf

    def __len__(self) -> int:
        return len(self._answers) + len(self._news) + len(self._failing) + len(self._called)

    def join(self, chat_id: int, *, is_news: bool) -> None:
        """Something waits for a chat. Known ones stay where they are, but for an answer among
        news: the chat's news go with it, in their order."""
        if chat_id in self._called:
            self._again[chat_id] = is_news and self._again.get(chat_id, True)
        elif chat_id in self._answers or (is_news and chat_id in self._news):
            return
        elif chat_id in self._failing:
            failing = self._failing.get(chat_id)
            if failing is not None:
                failing.is_news = failing.is_news and is_news
        elif is_news:
            self._news.add(_Waiting(chat_id, is_news=True))
        else:
            waiting = self._news.pop(chat_id) or _Waiting(chat_id, is_news=False)
            waiting.is_news = False
            self._answers.add(waiting)

    def call(self, now: float, *, is_careful: bool = False) -> tuple[int | None, float | None]:
        """The chat that is called up now; else how long until one may be, None while only a new
        or a returning one changes that. `is_careful`: nothing was taken of late."""
        if len(self._called) >= AT_ONCE or not (self._answers or self._news or self._failing):
            return None, None
        everywhere_s = self.limits.everywhere_s(now)
        if everywhere_s > 0:
            return None, everywhere_s
        failing, failing_s = self._first_failing(now, is_careful=is_careful)
        if failing is not None:
            self._careful_failing_at = now + CAREFUL_FAILING_EVERY_S
            return self._take(self._failing, failing, now), 0.0
        if is_careful and now < self._careful_at:
            well, well_s = None, self._careful_at - now if self._answers or self._news else None
        else:
            well, well_s = self._first_well(now)
        if well is not None:
            self._careful_at = now + CAREFUL_EVERY_S
            return self._take(self._news if well.is_news else self._answers, well, now), 0.0
        return None, _sooner(failing_s, well_s)

    def _first_failing(
        self, now: float, *, is_careful: bool
    ) -> tuple[_Waiting | None, float | None]:
        if self._failing_called >= (1 if is_careful else FAILING_AT_ONCE) or not self._failing:
            return None, None
        if is_careful and now < self._careful_failing_at:
            return None, self._careful_failing_at - now
        return self._failing.first(now, self.limits)

    def _first_well(self, now: float) -> tuple[_Waiting | None, float | None]:
        is_news_due = self._answers_in_a_row >= NEWS_SHARE - 1
        answer, answer_s = self._answers.first(now, self.limits)
        if answer is not None and not is_news_due:
            return answer, 0.0
        news, news_s = self._first_news(now, is_due=is_news_due)
        if news is not None:
            return news, 0.0
        return answer, _sooner(answer_s, news_s)

    def _first_news(self, now: float, *, is_due: bool) -> tuple[_Waiting | None, float | None]:
        if not self._news or self._news_called >= NEWS_AT_ONCE:
            return None, None
        if now < self._news_at and not is_due:
            return None, self._news_at - now
        return self._news.first(now, self.limits)

    def _take(self, row: _Row, one: _Waiting, now: float) -> int:
        row.pop(one.chat_id)
        one.called_at = now
        self._called[one.chat_id] = one
        self._news_called += one.is_news
        self._failing_called += one.is_failing
        self.limits.take(one.chat_id, now, one.calls)
        if one.is_news:
            self._news_at = now + NEWS_EVERY_S * one.calls
            self._answers_in_a_row = 0
        else:
            self._answers_in_a_row = self._answers_in_a_row + 1 if self._news else 0
        return one.chat_id

    def is_news(self, chat_id: int) -> bool:
        """Whether a chat was called up for news only."""
        return chat_id in self._called and self._called[chat_id].is_news

    def leaves(self, chat_id: int, now: float) -> None:
        """The call for which it was called up is made."""
        if chat_id in self._called:
            late_s = now - self._called[chat_id].called_at
            self.limits.left_late(chat_id, now, late_s)

    def back(
        self,
        chat_id: int,
        *,
        is_news: bool,
        calls: int = 1,
        not_before: float = -math.inf,
        is_first: bool = False,
        is_failing: bool = False,
    ) -> None:
        """It has more to be sent: it waits at the end again, or before all others. `calls`: how
        many its next one counts for."""
        self._returned(chat_id)
        is_news = self._again.pop(chat_id, is_news) and is_news
        one = _Waiting(chat_id, is_news, calls, not_before, is_failing)
        row = self._failing if is_failing else self._news if is_news else self._answers
        row.add(one, is_first=is_first)

    def leave(self, chat_id: int) -> None:
        """It has nothing more, unless something came meanwhile."""
        self._returned(chat_id)
        is_news = self._again.pop(chat_id, None)
        if is_news is not None:
            self.join(chat_id, is_news=is_news)

    def hurry(self, chat_ids: Iterable[int]) -> None:
        """What kept them from being called again is over."""
        for chat_id in chat_ids:
            one = self._failing.pop(chat_id)
            if one is not None:
                one.not_before = -math.inf
                self._failing.add(one)

    def _returned(self, chat_id: int) -> None:
        one = self._called.pop(chat_id, None)
        if one is not None:
            self._news_called -= one.is_news
            self._failing_called -= one.is_failing


def _sooner(one: float | None, other: float | None) -> float | None:
    return min((wait_s for wait_s in (one, other) if wait_s is not None), default=None)
