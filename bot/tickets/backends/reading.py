"""Reads what backends answer: whatever is missing or of another kind is nonsense, said as such."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from bot.tickets.backends.port import News, NotNow

OVERLAP = timedelta(seconds=30)
"""Read again each time: what was written while a page was made may be dated before its end."""


class Item:
    """An object of an answer, read with `NotNow` for what is not there."""

    def __init__(self, data: Any) -> None:
        if not isinstance(data, dict):
            raise NotNow("its answer cannot be read")
        self._data = data

    def text(self, name: str) -> str:
        """A text or a number, as text."""
        found = self._data.get(name)
        if not isinstance(found, str | int) or isinstance(found, bool):
            raise NotNow(f"its answer has no {name}")
        return str(found)

    def text_or(self, name: str, default: str = "") -> str:
        found = self._data.get(name)
        return str(found) if isinstance(found, str | int) else default

    def whole(self, name: str) -> int:
        found = self.text_or(name, "0")
        return int(found) if found.isdecimal() else 0

    def is_set(self, name: str) -> bool:
        return bool(self._data.get(name))

    def item(self, name: str) -> Item:
        return Item(self._data.get(name))

    def item_or_none(self, name: str) -> Item | None:
        found = self._data.get(name)
        return Item(found) if isinstance(found, dict) else None

    def items(self, name: str) -> list[Item]:
        found = self._data.get(name)
        if not isinstance(found, list):
            raise NotNow(f"its answer has no {name}")
        return [Item(one) for one in found]

    def moment(self, name: str) -> datetime:
        """ISO 8601, or Roundup's point between day and time; UTC where no zone is given."""
        said = self.text(name)
        try:
            found = datetime.fromisoformat(said.replace(".", "T", 1) if "T" not in said else said)
        except ValueError:
            raise NotNow(f"its {name} is no date") from None
        return found if found.tzinfo else found.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Cursor:
    """How far was read. `since`: nothing older is wanted; `until`: the last change that was seen,
    from which the next page of this reading goes on, after `skipped` of that very moment."""

    since: datetime
    until: datetime
    skipped: int = 0

    @classmethod
    def read(cls, text: str | None, now: datetime) -> Self:
        """Raises `NotNow` for what is none of ours."""
        if text is None:
            return cls(now - OVERLAP, now)
        try:
            since, until, skipped = json.loads(text)
            return cls(datetime.fromisoformat(since), datetime.fromisoformat(until), int(skipped))
        except (ValueError, TypeError):
            raise NotNow("the cursor cannot be read") from None

    def __str__(self) -> str:
        return json.dumps([self.since.isoformat(), self.until.isoformat(), self.skipped])

    def after(self, changed: list[datetime], *, is_last: bool) -> Cursor:
        """The cursor behind a page of tickets that changed at these times, in their order."""
        until = changed[-1] if changed else self.until
        if is_last:
            until = max(until, self.until)
            return Cursor(until - OVERLAP if changed else self.since, until)
        skipped = len(changed) + self.skipped if until == self.until else changed.count(until)
        return Cursor(self.since, until, skipped)


def in_order(news: list[News]) -> tuple[News, ...]:
    """Oldest first, as it happened."""
    return tuple(sorted(news, key=lambda one: one.at))
