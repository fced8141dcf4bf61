"""What of the figures is asked for: a period, what they are narrowed to, a list."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from yarl import URL

from bot.errors import Invalid
from bot.figures.rules import (
    AGES,
    LIVE,
    OFFERED_DAYS,
    Chosen,
    Period,
    Step,
    Wanted,
    What,
)

FIGURES = "/agent/figures"
HISTORY = f"{FIGURES}/history"
LIST = f"{FIGURES}/list"
CSV = f"{FIGURES}/csv"
USUAL_DAYS = 30
LONGEST = 64
"""Characters of a code."""
MOST_PAGES = 4000

Query = Mapping[str, str]


def period_of(query: Query, today: date) -> Period:
    """Two dates, or some days until today. Raises `Invalid`."""
    step = _one_of(Step, "by", query.get("by", "")) if query.get("by") else None
    asked = query.get("days", "")
    if asked in ("", "dates") and (query.get("from") or query.get("to")):
        last = _date("to", query.get("to", "")) or today
        return Period.between(_date("from", query.get("from", "")) or last, last, step)
    if asked in ("", "dates"):
        return Period.latest(USUAL_DAYS, today, step)
    if asked not in map(str, OFFERED_DAYS):
        raise Invalid("days", "7, 30 or 90")
    return Period.latest(int(asked), today, step)


def chosen_of(query: Query) -> Chosen:
    """Raises `Invalid` for what is no code."""
    return Chosen(*(_code(name, query) for name in ("town", "team", "channel", "service")))


def wanted_of(query: Query, today: date) -> Wanted:
    """A list. Raises `Invalid`."""
    what = _one_of(What, "of", query.get("of", ""))
    age = query.get("age", "")
    if age and age not in map(str, range(len(AGES) + 1)):
        raise Invalid("age", "unknown")
    period = Period.latest(1, today) if what in LIVE else period_of(query, today)
    return Wanted(what, period, chosen_of(query), int(age) if age else None, _holder(query))


def page_of(query: Query) -> int:
    """Counted from 1. Raises `Invalid`."""
    asked = query.get("page", "1")
    if not (asked.isascii() and asked.isdecimal()) or not 1 <= int(asked[:9]) <= MOST_PAGES:
        raise Invalid("page", f"1 to {MOST_PAGES}")
    return int(asked)


def narrowed(url: str, chosen: Chosen, **more: object) -> str:
    """An address with what was chosen."""
    parts = {
        "town": chosen.town,
        "team": chosen.team,
        "channel": chosen.channel,
        "service": chosen.service,
        **more,
    }
    return str(URL(url).with_query({k: str(v) for k, v in parts.items() if v is not None}))


def list_of(wanted: Wanted, language: str) -> str:
    """The address of a list."""
    period = wanted.period
    days = {} if wanted.what in LIVE else {"from": period.first, "to": period.last}
    more = {"age": wanted.age, "holder": wanted.holder, "lang": language}
    return narrowed(LIST, wanted.chosen, of=wanted.what.value, **days, **more)


def _holder(query: Query) -> str | None:
    asked = query.get("holder", "")
    if not asked:
        return None
    try:
        return str(UUID(asked))
    except ValueError as error:
        raise Invalid("holder", "unknown") from error


def _code(name: str, query: Query) -> str | None:
    value = query.get(name, "").strip()
    if len(value) > LONGEST or not value.isprintable():
        raise Invalid(name, "no code")
    return value or None


def _date(field: str, text: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(field, "no date", reason="date") from error
    if not date(2000, 1, 1) <= day <= date(2100, 1, 1):  # nothing of ours, and no overflow
        raise Invalid(field, "no date", reason="date")
    return day


def _one_of[E: (Step, What)](kind: type[E], field: str, text: str) -> E:
    try:
        return kind(text)
    except ValueError as error:
        raise Invalid(field, "unknown") from error
