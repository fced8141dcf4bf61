"""Whose turn it is: chats with something to be sent stand in one line. Pure.

A chat gets one call at a time, so its messages stay in order. Answers go before news, one slot in
`NEWS_SHARE` excepted, and news never take all there is: an answer that comes into the middle of a
broadcast finds a free slot.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass, field

from bot.channels.telegram.sending.limits import Limits

NEWS_SHARE = 10
NEWS_EVERY_S = 1 / 24
"""Below what is allowed everywhere: the rest is kept for answers."""

AT_ONCE = 40
NEWS_AT_ONCE = 28
ALONE = 1


@dataclass
class _Standing:
    is_news: bool
    calls: int = 1
    not_before: float = -math.inf


@dataclass
class Line:
    """`limits` are taken from when a chat is called up."""

    limits: Limits
    _answers: OrderedDict[int, _Standing] = field(default_factory=OrderedDict)
    _news: OrderedDict[int, _Standing] = field(default_factory=OrderedDict)
    _called: dict[int, _Standing] = field(default_factory=dict)
    _again: dict[int, bool] = field(default_factory=dict)  # joined while called up: is it news?
    _answers_in_a_row: int = 0
    _news_at: float = -math.inf

    def __len__(self) -> int:
        return len(self._answers) + len(self._news) + len(self._called)

    def join(self, chat_id: int, *, is_news: bool) -> None:
        """Something waits for a chat. Known ones stay where they are, but for an answer among
        news: the chat's news go with it, in their order."""
        if chat_id in self._called:
            self._again[chat_id] = is_news and self._again.get(chat_id, True)
        elif chat_id in self._answers:
            return
        elif is_news:
            self._news.setdefault(chat_id, _Standing(is_news=True))
        else:
            standing = self._news.pop(chat_id, None) or _Standing(is_news=False)
            standing.is_news = False
            self._answers[chat_id] = standing

    def call(self, now: float, at_once: int = AT_ONCE) -> tuple[int | None, float | None]:
        """The chat that is called up now; else how long until one may be, None while only a new
        or a returning one changes that."""
        if len(self._called) >= at_once:
            return None, None
        everywhere_s = self.limits.everywhere_s(now)
        if everywhere_s > 0:
            return None, everywhere_s if self._answers or self._news else None
        answer, answer_s = self._first(self._answers, now)
        news, news_s = self._first_news(now)
        is_news_due = self._answers_in_a_row >= NEWS_SHARE - 1
        if news is not None and (answer is None or is_news_due):
            return self._take(self._news, news, now), 0.0
        if answer is not None:
            return self._take(self._answers, answer, now), 0.0
        waits = [wait_s for wait_s in (answer_s, news_s) if wait_s is not None]
        return None, min(waits, default=None)

    def _first_news(self, now: float) -> tuple[int | None, float | None]:
        if not self._news:
            return None, None
        if sum(standing.is_news for standing in self._called.values()) >= NEWS_AT_ONCE:
            return None, None
        if now < self._news_at:
            return None, self._news_at - now
        return self._first(self._news, now)

    def _first(
        self, standing: OrderedDict[int, _Standing], now: float
    ) -> tuple[int | None, float | None]:
        soonest: float | None = None
        for chat_id, one in standing.items():
            wait_s = max(one.not_before - now, self.limits.wait_s(chat_id, now, one.calls))
            if wait_s <= 0:
                return chat_id, 0.0
            soonest = wait_s if soonest is None else min(soonest, wait_s)
        return None, soonest

    def _take(self, standing: OrderedDict[int, _Standing], chat_id: int, now: float) -> int:
        one = standing.pop(chat_id)
        self._called[chat_id] = one
        self.limits.take(chat_id, now, one.calls)
        if one.is_news:
            self._news_at = now + NEWS_EVERY_S * one.calls
            self._answers_in_a_row = 0
        else:
            self._answers_in_a_row = self._answers_in_a_row + 1 if self._news else 0
        return chat_id

    def back(
        self,
        chat_id: int,
        *,
        is_news: bool,
        calls: int = 1,
        not_before: float = -math.inf,
        is_first: bool = False,
    ) -> None:
        """It has more to be sent: it stands at the end again, or before all others. `calls`: how
        many its next one counts for."""
        self._called.pop(chat_id, None)
        is_news = self._again.pop(chat_id, is_news) and is_news
        standing = _Standing(is_news=is_news, calls=calls, not_before=not_before)
        line = self._news if is_news else self._answers
        line[chat_id] = standing
        if is_first:
            line.move_to_end(chat_id, last=False)

    def leave(self, chat_id: int) -> None:
        """It has nothing more, unless something came meanwhile."""
        self._called.pop(chat_id, None)
        is_news = self._again.pop(chat_id, None)
        if is_news is not None:
            self.join(chat_id, is_news=is_news)
