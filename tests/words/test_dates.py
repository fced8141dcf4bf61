"""Days are written as each language writes them."""

from __future__ import annotations

from datetime import date

import pytest

from bot.words.dates import Day


@pytest.mark.parametrize(
    ("day", "language", "written"),
    [
        (Day(date(2026, 12, 8)), "fr", "mardi 8 décembre 2026"),
        (Day(date(2026, 12, 8)), "en", "Tuesday, 8 December 2026"),
        (Day(date(2026, 12, 8), "long"), "fr", "8 décembre 2026"),
        (Day(date(2026, 12, 1)), "fr", "mardi 1er décembre 2026"),
        (Day(date(2026, 12, 1), "long"), "fr", "1er décembre 2026"),
        (Day(date(2026, 12, 1), "long"), "en", "1 December 2026"),
        (Day(date(2026, 12, 31), "long"), "fr", "31 décembre 2026"),
        (Day(date(2026, 12, 8)), "de", "mardi 8 décembre 2026"),
    ],
)
def test_a_day_is_written_in_the_citizen_s_language(day: Day, language: str, written: str) -> None:
    assert day.in_(language) == written
