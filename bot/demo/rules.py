"""When things happen in the demonstration's month, and whose they are. Pure: the same seed gives
the same month."""

from __future__ import annotations

import random
import unicodedata
from datetime import date, datetime, time, timedelta
from uuid import UUID

DAYS = 30
FIRST = UUID("de300000-0000-8000-8000-000000000000")
LAST = UUID("de300000-0000-8000-8000-ffffffffffff")
"""Between these are the demonstration's citizens (RFC 9562, version 8): all that hangs on them is
its own."""
FIRST_CHAT = 9_100_000_000_000
"""Telegram gives out no such numbers to people: nobody is behind these chats."""
LOGINS = "demo.guichet.example"
"""The domain of the demonstration's agents (RFC 2606: it belongs to nobody)."""
MAIL = "mail.guichet.example"
"""Of the citizens' addresses and the towns', to which no letter can go (RFC 2606)."""
SITES = "towns.guichet.example"
"""Under it, the sites of the demonstration's towns."""
STORM_DAYS_AGO = 9
STORM_SHARE = 0.2
"""Of a month's reports, those that the storm brings."""

BY_WEEKDAY = (1.5, 1.15, 1.1, 1.05, 1.0, 0.55, 0.4)
"""How much is written on each day of the week, Monday first."""
BY_HOUR = (
    *(0.1, 0.05, 0.05, 0.05, 0.05, 0.15, 0.5, 1.3, 2.0, 2.2, 2.1, 1.8),
    *(1.6, 1.5, 1.7, 1.8, 1.9, 2.2, 2.1, 1.6, 1.2, 0.9, 0.6, 0.3),
)
"""The same for each hour."""
LOWERED, UNACCENTED, UNFINISHED = 0.35, 0.15, 0.5
"""How many sentences are typed so."""
STORM_HOURS = range(15, 23)


def citizen_id(number: int) -> UUID:
    """Who the citizen of that number is."""
    return UUID(int=FIRST.int + number)


def chat_of(number: int) -> str:
    """The address of their chat."""
    return str(FIRST_CHAT + number)


def login_of(name: str) -> str:
    """An agent's login."""
    return f"{name}@{LOGINS}"


def as_typed(rng: random.Random, text: str) -> str:
    """A sentence as telephones are typed on: some without capitals, accents or their last mark."""
    if rng.random() < LOWERED:
        text = text.lower()
    if rng.random() < UNACCENTED:
        text = fold_accents(text)
    return text.rstrip(".") if rng.random() < UNFINISHED else text


def fold_accents(text: str) -> str:
    """The letters without their accents."""
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def arrivals(rng: random.Random, until: datetime, count: int) -> list[datetime]:
    """Times of a month up to `until`, in order: working days first, Mondays most, few at night."""
    first = until - timedelta(days=DAYS)
    days = [first.date() + timedelta(days=n) for n in range(DAYS + 1)]
    weights = [BY_WEEKDAY[day.weekday()] for day in days]
    found: list[datetime] = []
    while len(found) < count:
        at = _in_day(rng, rng.choices(days, weights)[0], until)
        if first <= at < until:
            found.append(at)
    return sorted(found)


def _in_day(rng: random.Random, day: date, like: datetime) -> datetime:
    hour = rng.choices(range(24), BY_HOUR)[0]
    return _at(day, like) + timedelta(hours=hour, seconds=rng.randrange(3600))


def _at(day: date, like: datetime) -> datetime:
    return datetime.combine(day, time(), like.tzinfo)


def storm(rng: random.Random, until: datetime, count: int) -> list[datetime]:
    """When the storm's reports come: one afternoon and evening, and the morning after."""
    day = (until - timedelta(days=STORM_DAYS_AGO)).date()
    midnight = _at(day, until)
    hours = [*STORM_HOURS, *range(30, 34)]
    return sorted(
        midnight + timedelta(hours=rng.choice(hours), seconds=rng.randrange(3600))
        for _ in range(count)
    )
