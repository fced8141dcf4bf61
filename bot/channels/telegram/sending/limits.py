"""How fast a bot may write: kept below Telegram's limits, in the memory of who sends. Pure.

https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this. Calls do not arrive
as evenly as they leave: a little less than what is allowed is asked for. Times are seconds of one
clock, any clock.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

from bot.settings import TELEGRAM_MESSAGES_PER_S

IN_S = 1.05
BURST = 3.0
"""Calls to one person that may follow one another at once."""

PER_SECOND = 0.95
IN_A_GROUP = 19
GROUP_S = 61.0
TOGETHER_S = 1.0
"""Two chats refused within that: it is not about them."""

MARGIN_S = 0.1
SPARE = 5 / 7
"""The share of a window's calls that may be niceties."""

MOST_REMEMBERED = 2_000


@dataclass
class _Window:
    """No more than `most` within `seconds`."""

    most: int
    seconds: float
    times: deque[float] = field(default_factory=deque)

    def wait_s(self, now: float, calls: int, most: int | None = None) -> float:
        while self.times and self.times[0] <= now - self.seconds:
            self.times.popleft()
        over = len(self.times) + calls - (self.most if most is None else most)
        if over <= 0 or not self.times:
            return 0.0
        return self.times[min(over, len(self.times)) - 1] + self.seconds - now

    def take(self, now: float, calls: int) -> None:
        self.times.extend([now] * calls)

    def is_idle(self, now: float) -> bool:
        return not self.times or self.times[-1] <= now - self.seconds


@dataclass
class _Bucket:
    """So many a second, with a small reserve."""

    left: float = BURST
    seen: float = -math.inf

    def wait_s(self, now: float, calls: float) -> float:
        self.left = min(BURST, self.left + (now - self.seen) * PER_SECOND)
        self.seen = now
        return max(0.0, (min(calls, BURST) - self.left - 1e-9) / PER_SECOND)

    def take(self, calls: int) -> None:
        self.left = max(0.0, self.left - calls)

    def is_idle(self, now: float) -> bool:
        return (now - self.seen) * PER_SECOND >= BURST


class Limits:
    """What may be called when: `everywhere` calls a window over all chats. A chat with a negative
    id is a group."""

    def __init__(self, everywhere: int = TELEGRAM_MESSAGES_PER_S) -> None:
        self._everywhere = _Window(everywhere, IN_S)
        self._people: dict[int, _Bucket] = {}
        self._groups: dict[int, _Window] = {}
        self._quiet: dict[int, float] = {}  # chats that Telegram wants left alone, until then
        self._all_quiet = -math.inf
        self._refused: tuple[int, float] | None = None

    def wait_s(self, chat_id: int, now: float, calls: int = 1) -> float:
        """How long until that many calls to a chat may be made."""
        return max(self.everywhere_s(now, calls), self._chat_s(chat_id, now, calls))

    def everywhere_s(self, now: float, calls: int = 1) -> float:
        """The same, of any chat."""
        return max(
            self._all_quiet - now,
            self._everywhere.wait_s(now, min(calls, self._everywhere.most)),
            0.0,
        )

    def spare_s(self, chat_id: int, now: float) -> float:
        """How long until a call that is only nice to have takes nothing from what matters."""
        waits = self._everywhere.wait_s(now, 1, int(self._everywhere.most * SPARE))
        return max(self._all_quiet - now, waits, self._chat_s(chat_id, now, 2))

    def _chat_s(self, chat_id: int, now: float, calls: int) -> float:
        quiet = self._quiet.get(chat_id, -math.inf) - now
        if chat_id > 0:
            return max(0.0, quiet, self._person(chat_id).wait_s(now, calls))
        return max(0.0, quiet, self._group(chat_id).wait_s(now, calls))

    def take(self, chat_id: int, now: float, calls: int = 1) -> None:
        """They are made now."""
        self._everywhere.take(now, calls)
        if chat_id > 0:
            person = self._person(chat_id)
            person.wait_s(now, calls)
            person.take(calls)
        else:
            self._group(chat_id).take(now, calls)
        if len(self._people) + len(self._groups) > MOST_REMEMBERED:
            self._forget(now)

    def left_late(self, chat_id: int, now: float, late_s: float) -> None:
        """A call leaves only now that was taken so long ago: Telegram counts from here."""
        if chat_id > 0:
            person = self._person(chat_id)
            person.wait_s(now, 1)
            person.left = max(0.0, person.left - late_s * PER_SECOND)

    def refused(self, chat_id: int, now: float, retry_after_s: float) -> None:
        """Telegram said 429: this chat is left alone, or all of them when it says so of two."""
        until = now + retry_after_s + MARGIN_S
        self._quiet[chat_id] = max(until, self._quiet.get(chat_id, until))
        before, self._refused = self._refused, (chat_id, now)
        if before is not None and before[0] != chat_id and now - before[1] <= TOGETHER_S:
            self._all_quiet = max(self._all_quiet, until)

    def _person(self, chat_id: int) -> _Bucket:
        return self._people.setdefault(chat_id, _Bucket())

    def _group(self, chat_id: int) -> _Window:
        return self._groups.setdefault(chat_id, _Window(IN_A_GROUP, GROUP_S))

    def _forget(self, now: float) -> None:
        """Whoever has been quiet is as new."""
        self._people = {one: kept for one, kept in self._people.items() if not kept.is_idle(now)}
        self._groups = {one: kept for one, kept in self._groups.items() if not kept.is_idle(now)}
        self._quiet = {one: until for one, until in self._quiet.items() if until > now}
