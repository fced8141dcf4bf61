"""Finds the day that a French or English text speaks of. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from bot.services.quantities import WORD_NUMBERS
from bot.words.folding import fold

_MONTHS = {
    "janvier": 1, "janv": 1, "fevrier": 2, "fev": 2, "mars": 3, "avril": 4, "avr": 4, "mai": 5,
    "juin": 6, "juillet": 7, "juil": 7, "aout": 8, "septembre": 9, "sept": 9, "octobre": 10,
    "oct": 10, "novembre": 11, "nov": 11, "decembre": 12, "dec": 12,
    "january": 1, "jan": 1, "february": 2, "feb": 2, "march": 3, "april": 4, "apr": 4, "may": 5,
    "june": 6, "july": 7, "august": 8, "aug": 8, "september": 9, "october": 10, "november": 11,
    "december": 12,
}  # fmt: skip
_WEEKDAYS = {
    "lundi": 0, "mardi": 1, "mercredi": 2, "jeudi": 3, "vendredi": 4, "samedi": 5, "dimanche": 6,
    "monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4, "saturday": 5,
    "sunday": 6,
}  # fmt: skip
_DAYS_IN = {
    "heure": 0, "hour": 0, "h": 0, "minute": 0, "jour": 1, "day": 1, "j": 1, "semaine": 7,
    "week": 7, "mois": 30, "month": 30, "an": 365, "annee": 365, "year": 365,
}  # fmt: skip

# From the most particular: "avant-hier" holds "hier". Days from today.
_RELATIVE = tuple(
    (re.compile(rf"\b(?:{words})\b"), days)
    for words, days in (
        ("avant hier|the day before yesterday|day before yesterday", -2),
        ("apres demain|the day after tomorrow|day after tomorrow", 2),
        ("hier|yesterday|cette nuit|la nuit derniere|last night", -1),
        ("demain|tomorrow", 1),
        (
            (
                "aujourd hui|ce matin|ce midi|ce soir|cet apres midi|cet aprem|cette apres midi"
                "|tout a l heure|a l instant|today|this morning|this afternoon|this evening"
                "|tonight|just now|right now"
            ),
            0,
        ),
        ("semaine derniere|semaine passee|last week", -7),
        ("mois dernier|mois passe|last month", -30),
        ("annee derniere|an dernier|last year", -365),
    )
)
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_WEEKDAY = re.compile(rf"\b({'|'.join(_WEEKDAYS)})\b(?: (prochain))?")
_NEXT_WEEKDAY = re.compile(rf"\bnext ({'|'.join(_WEEKDAYS)})\b")
_WEEKEND = re.compile(r"\b(?:le |ce |the |last |this )?week ?end(?: dernier| passe)?\b")
_COUNT = (
    r"(?:(?:une|a) (?=[a-z]+aine ))?(\d{1,3}|[a-z]+)(?: (?:bonne|bons|petite|full))?(?: de| d)?"
)
_AGO = (
    re.compile(
        rf"\b(?:il y a|y a|ya|depuis|ca fait|cela fait|voila|for)(?: environ| presque| plus de"
        rf"| bientot| about| over)? {_COUNT} ?(heure|minute|jour|semaine|mois|annee|an|hour|day"
        rf"|week|month|year|j|h)s?\b"
    ),
    re.compile(rf"\b{_COUNT} (hour|minute|day|week|month|year)s? ago\b"),
)
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
_NUMERIC = re.compile(r"(?<![\d/.-])(\d{1,2})([/.-])(\d{1,2})(?:\2(\d{4}|\d{2}))?(?![\d/]|\.\d)")
_DAY_MONTH = re.compile(rf"\b(\d{{1,2}})(?:er|st|nd|rd|th)?(?: of)? ({_MONTH})\b(?: (\d{{4}})\b)?")
_MONTH_DAY = re.compile(rf"\b({_MONTH}) (\d{{1,2}})(?:st|nd|rd|th)?\b(?: (\d{{4}})\b)?")
_OF_MONTH = re.compile(
    r"(?:(?:c etait|depuis|arrive|constate|date|since|on|vu) )?"
    r"(?:le|the|du) (\d{1,2})(?:er|st|nd|rd|th)?"
    r"(?: au matin| au soir| dernier| dans la journee)?"
)
_FIRST_OF_MONTH = re.compile(r"\b(?:depuis|c etait|since) (?:le|the) (\d{1,2})(?:er|st|nd|rd|th)?$")
_ALWAYS_OPEN = frozenset({("24", "7"), ("7", "7"), ("24", "24")})

_STREET_BEFORE = re.compile(
    r"\b(?:rue|avenue|av|place|pl|boulevard|bd|cours|quai|square|allee|impasse|pont|esplanade)"
    r"(?: du| des| de| le)? $"
)
"""Before a date that names a street: `"rue du 8 mai 1945"`."""

_AHEAD = timedelta(days=180)


def find_date(text: str, today: date) -> date | None:
    """The day a text speaks of, None when it names none or an impossible one.

    Without a year, the nearest past day is meant; a day less than 180 days ahead stays ahead
    (`"le 30 novembre"` said on the 24th is not last year's).
    """
    words = re.sub(r"[^\w\s]", " ", fold(text))
    words = " ".join(words.split())
    finders: tuple[Callable[[], date | None], ...] = (
        lambda: _numeric(text, today),
        lambda: _with_month(words, today),
        lambda: _ago(words, today),
        lambda: _relative(words, today),
        lambda: _weekday(words, today),
        lambda: _of_month(words, today),
    )
    return next((found for finder in finders if (found := finder()) is not None), None)


def _made(year: int | None, month: int, day: int, today: date) -> date | None:
    try:
        if year is not None:
            return date(year + 2000 if year < 100 else year, month, day)
        found = date(today.year, month, day)
        return found.replace(year=today.year - 1) if found - today > _AHEAD else found
    except ValueError:  # no such day
        return None


def _numeric(text: str, today: date) -> date | None:
    if iso := _ISO.search(text):
        return _made(int(iso[1]), int(iso[2]), int(iso[3]), today)
    for found in _NUMERIC.finditer(text):
        day, separator, month, year = found.groups()
        if (day, month) in _ALWAYS_OPEN:
            continue
        if year is None and (separator != "/" or len(day) + len(month) < 3):
            continue  # "1.5", "10-12", "1/2" are not days
        made = _made(int(year) if year else None, int(month), int(day), today)
        if made is not None:
            return made
    return None


def _with_month(words: str, today: date) -> date | None:
    for found in _DAY_MONTH.finditer(words):
        day, month, year = found.groups()
        if not _STREET_BEFORE.search(words[: found.start()]):
            return _made(int(year) if year else None, _MONTHS[month], int(day), today)
    if found_english := _MONTH_DAY.search(words):
        month, day, year = found_english.groups()
        return _made(int(year) if year else None, _MONTHS[month], int(day), today)
    return None


def _ago(words: str, today: date) -> date | None:
    for pattern in _AGO:
        for found in pattern.finditer(words):
            count = int(found[1]) if found[1].isdigit() else WORD_NUMBERS.get(found[1])
            if count is not None:
                return today - timedelta(days=count * _DAYS_IN[found[2]])
    return None


def _relative(words: str, today: date) -> date | None:
    for pattern, days in _RELATIVE:
        if pattern.search(words):
            return today + timedelta(days=days)
    return None


def _weekday(words: str, today: date) -> date | None:
    if found := _NEXT_WEEKDAY.search(words):
        return today + timedelta(days=(_WEEKDAYS[found[1]] - today.weekday()) % 7 or 7)
    if found := _WEEKDAY.search(words):
        if found[2]:
            return today + timedelta(days=(_WEEKDAYS[found[1]] - today.weekday()) % 7 or 7)
        return today - timedelta(days=(today.weekday() - _WEEKDAYS[found[1]]) % 7 or 7)
    if _WEEKEND.search(words):
        return today - timedelta(days=(today.weekday() - 5) % 7 or 7)
    return None


def _of_month(words: str, today: date) -> date | None:
    """`"le 12"`, alone: in a sentence it is more often a number in a street."""
    found = _OF_MONTH.fullmatch(words) or _FIRST_OF_MONTH.search(words)
    if found is None:
        return None
    day = int(found[1])
    if day <= today.day:
        return _made(today.year, today.month, day, today)
    before = today.replace(day=1) - timedelta(days=1)
    return _made(before.year, before.month, day, today)
