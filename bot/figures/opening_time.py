"""Opening time, when there is much to measure: the calendar is laid out one time. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.services.opening import LOOKED_AHEAD, OpeningHours
from bot.services.working_days import ONE_DAY, local_date


@dataclass(frozen=True)
class OpeningClock:
    """A clock that only goes while a team is open, between two days: `starts` when it opens, in
    seconds of the epoch, `lengths` for how long, `before` the opening time until then. None of them
    is empty."""

    starts: Sequence[float]
    lengths: Sequence[float]
    before: Sequence[float]

    @classmethod
    def between(cls, hours: OpeningHours, first: date, last: date) -> OpeningClock:
        starts, lengths, before = [0.0], [0.0], [0.0]  # so that nothing comes before the first
        total = 0.0
        for n in range((last - first).days + 1):
            for start, end in hours.spans(first + ONE_DAY * n):
                starts.append(start.timestamp())
                lengths.append(end.timestamp() - starts[-1])
                before.append(total)
                total += lengths[-1]
        return cls(starts, lengths, before)

    def between_s(self, start: datetime, end: datetime) -> float:
        """Seconds of opening time."""
        return max(self._at(end.timestamp()) - self._at(start.timestamp()), 0.0)

    def _at(self, moment: float) -> float:
        index = bisect_right(self.starts, moment) - 1
        return self.before[index] + min(moment - self.starts[index], self.lengths[index])


def begun_before(hours: OpeningHours, now: datetime, open_time: timedelta) -> datetime | None:
    """What began before that moment has waited longer than `open_time` of opening hours by `now`;
    None when nothing of the last weeks has."""
    left, today = open_time, local_date(now)
    for n in range(LOOKED_AHEAD):
        for start, end in reversed(hours.spans(today - ONE_DAY * n)):
            closing = min(end, now)
            if closing <= start:
                continue
            if closing - start > left:
                return closing - left
            left -= closing - start
    return None
