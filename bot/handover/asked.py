"""What a search box holds: words, and filters written as words (`ville:oullins`). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from bot.words.folding import fold

LONGEST = 400
"""Characters."""
KEYS: Mapping[str, str] = {
    "file": "queue",
    "queue": "queue",
    "equipe": "team",
    "team": "team",
    "ville": "town",
    "commune": "town",
    "town": "town",
    "canal": "channel",
    "channel": "channel",
    "service": "service",
    "etat": "state",
    "state": "state",
    "etiquette": "tag",
    "tag": "tag",
    "depuis": "since",
    "since": "since",
    "avant": "before",
    "before": "before",
}
STATES: Mapping[str, str] = {
    "ouvert": "open",
    "ouverte": "open",
    "open": "open",
    "clos": "closed",
    "close": "closed",
    "terminee": "closed",
    "closed": "closed",
}
_FILTER = re.compile(r'(?<!\S)([^\W\d_]+)\s?:\s?("[^"]*"|«[^»]*»|[^\s"]+)')
_REFERENCE = re.compile(r"[0-9]{4}-[0-9]{6,9}")
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})/(\d{1,2})/(\d{4})")


@dataclass(frozen=True)
class Asked:
    """`filters`: values by the names of `KEYS`; `reference`: when nothing else is asked; `said`:
    the whole, as it was written."""

    words: str
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    reference: str | None = None
    said: str = ""

    @property
    def is_nothing(self) -> bool:
        return not self.words and not self.filters


def read(text: str) -> Asked:
    """What is asked for. What looks like a filter and has no known name is words."""
    text = " ".join(text.replace("\x00", "").replace("\u00a0", " ").split())[:LONGEST]
    filters: dict[str, list[str]] = {}

    def take(found: re.Match[str]) -> str:
        name = KEYS.get(fold(found[1]))
        value = found[2].strip('"«» ')
        if name is None or not value:
            return found[0]
        filters.setdefault(name, []).append(value)
        return " "

    words = " ".join(_FILTER.sub(take, text).split())
    is_reference = not filters and _REFERENCE.fullmatch(words) is not None
    return Asked(words, filters, words if is_reference else None, text)


def day(value: str) -> date | None:
    """`2026-11-05` or `5/11/2026`; None for no day."""
    found = _DAY.fullmatch(value)
    if found is None:
        return None
    year, month, day_, other_day, other_month, other_year = found.groups()
    try:
        return date(int(year or other_year), int(month or other_month), int(day_ or other_day))
    except ValueError:
        return None
