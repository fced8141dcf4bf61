"""Telegram's limits on how fast a bot may write.

https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from dataclasses import dataclass, field

from tests.servers.telegram.checking import Request
from tests.servers.telegram.refusals import too_many

COUNTED = ("send", "copy", "forward", "edit")
FREE = {"sendChatAction", "editForumTopic"}


@dataclass
class _Pace:
    """No more than `most` within `seconds`."""

    most: int
    seconds: float
    times: deque[float] = field(default_factory=deque)

    def wait_s(self, now: float, calls: int) -> float:
        while self.times and self.times[0] <= now - self.seconds:
            self.times.popleft()
        over = len(self.times) + calls - self.most
        if over <= 0 or not self.times:
            return 0.0
        return self.times[min(over, len(self.times)) - 1] + self.seconds - now

    def take(self, now: float, calls: int) -> None:
        self.times.extend([now] * calls)


@dataclass
class _Bucket:
    """One a second, with a small reserve."""

    burst: float
    per_second: float
    left: float = -1.0
    seen: float = 0.0

    def wait_s(self, now: float, calls: int) -> float:
        filled = self.left + (now - self.seen) * self.per_second
        self.left = self.burst if self.left < 0 else min(self.burst, filled)
        self.seen = now
        wanted = min(calls, self.burst)
        return max(0.0, (wanted - self.left - 1e-9) / self.per_second)

    def take(self, now: float, calls: int) -> None:
        del now
        self.left = max(0.0, self.left - calls)


class Limits:
    """Off until `is_strict`. A call that meets one takes nothing from what is left."""

    def __init__(self) -> None:
        self.is_strict = False
        self.refused = 0
        self._all = _Pace(30, 1.0)
        self._private: dict[int, _Bucket] = defaultdict(lambda: _Bucket(3, 1.0))
        self._groups: dict[int, _Pace] = defaultdict(lambda: _Pace(20, 60.0))

    def check(self, request: Request, now: float) -> None:
        """Raises `Refused` (429) with how long to wait."""
        chat_id = request.chat_id
        is_counted = request.method.startswith(COUNTED) and request.method not in FREE
        if not self.is_strict or not is_counted or chat_id is None:
            return
        calls = len(request.payload["media"]) if request.method == "sendMediaGroup" else 1
        paces = [self._all, self._private[chat_id] if chat_id > 0 else self._groups[chat_id]]
        wait_s = max(pace.wait_s(now, calls) for pace in paces)
        if wait_s > 0:
            self.refused += 1
            raise too_many(max(1, math.ceil(wait_s)))
        for pace in paces:
            pace.take(now, calls)
