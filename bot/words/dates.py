"""Days as the citizen's language writes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from babel.dates import format_date

LOCALES = {"fr": "fr_FR", "en": "en_GB"}


@dataclass(frozen=True)
class Day:
    """A day to be said: `full` names the weekday, `long` does not, `near` names it and leaves the
    year out. French for unknown languages."""

    day: date
    style: Literal["full", "long", "near"] = "full"

    def in_(self, language: str) -> str:
        locale = LOCALES.get(language, LOCALES["fr"])
        style = "EEEE d MMMM" if self.style == "near" else self.style
        written = format_date(self.day, format=style, locale=locale)
        is_first = locale == LOCALES["fr"] and self.day.day == 1
        # Babel writes "1 décembre", nobody else does.
        return written.replace("1 ", "1er ", 1) if is_first else written
