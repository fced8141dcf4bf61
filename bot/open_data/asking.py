"""Reads what is asked of the files, the map and the list by the names of their filters. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from bot.errors import Invalid
from bot.open_data.rules import LAST_ZOOM, MOST_A_PAGE, Wanted, is_public
from bot.places.rules import Box, Commune
from bot.services.rules import Catalogue

FILTERS = ("commune", "kind", "state", "period", "since", "until", "bbox")
"""What every door understands."""
LONGEST_PERIOD_DAYS = 3660
_REFERENCE = re.compile(r"\d{4}-\d{6,12}", re.ASCII)
_WHOLE = re.compile(r"\d{1,6}", re.ASCII)
_DEGREES = re.compile(r"-?\d{1,3}(?:\.\d{1,12})?", re.ASCII)


@dataclass(frozen=True)
class Vocabulary:
    """What may be named: communes by INSEE code, and kinds, which are a service's code or the code
    of a group of them."""

    communes: frozenset[str]
    kinds: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, catalogue: Catalogue, communes: tuple[Commune, ...]) -> Vocabulary:
        kinds: dict[str, frozenset[str]] = {}
        for service in catalogue.every_variant():
            if is_public(service):
                for name in (service.code, service.group):
                    kinds[name] = kinds.get(name, frozenset()) | {service.code}
        return cls(frozenset(commune.insee for commune in communes), kinds)


def wanted(query: Mapping[str, str], known: Vocabulary, today: date) -> Wanted:
    """The filters of a query; an empty one is none. Raises `Invalid` with its name."""
    period = _read(query, "period", _days)
    since = _read(query, "since", _day)
    until = _read(query, "until", _day)
    if period is not None and (since is not None or until is not None):
        raise Invalid("period", "not together with since or until")
    if since is not None and until is not None and since > until:
        raise Invalid("until", "before since")
    return Wanted(
        commune=_read(query, "commune", lambda text: _known(text, known.communes)),
        services=_read(query, "kind", lambda text: _services(text, known.kinds)),
        is_open=_read(query, "state", {"open": True, "closed": False, "all": None}.__getitem__),
        since=since if period is None else today - timedelta(days=period),
        until=until,
        box=_read(query, "bbox", _box),
    )


def page_size(query: Mapping[str, str]) -> int | None:
    """`limit`; None to get everything. Raises `Invalid`."""
    return _read(query, "limit", lambda text: _integer(text, 1, MOST_A_PAGE))


def cursor(query: Mapping[str, str]) -> str | None:
    """`after`: the reference that the page before ended with. Raises `Invalid`."""
    return _read(query, "after", _reference)


def zoom(query: Mapping[str, str]) -> int:
    """Of the map that asks. Raises `Invalid`."""
    found = _read(query, "zoom", lambda text: _integer(text, 0, LAST_ZOOM))
    if found is None:
        raise Invalid("zoom", "is needed")
    return found


def _read[T](query: Mapping[str, str], name: str, read: Callable[[str], T]) -> T | None:
    text = query.get(name, "").strip()
    try:
        return read(text) if text else None
    except (ValueError, KeyError) as error:
        raise Invalid(name, "cannot be read") from error


def _known(text: str, known: frozenset[str]) -> str:
    if text not in known:
        raise ValueError(text)
    return text


def _services(text: str, kinds: Mapping[str, frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*(kinds[name.strip()] for name in text.split(",")))


def _integer(text: str, least: int, most: int) -> int:
    if not _WHOLE.fullmatch(text) or not least <= int(text) <= most:
        raise ValueError(text)
    return int(text)


def _days(text: str) -> int:
    return _integer(text, 1, LONGEST_PERIOD_DAYS)


def _day(text: str) -> date:
    day = date.fromisoformat(text)
    if not 1970 <= day.year < 2200:
        raise ValueError(text)
    return day


def _reference(text: str) -> str:
    if not _REFERENCE.fullmatch(text):
        raise ValueError(text)
    return text


def _box(text: str) -> Box:
    """`west,south,east,north` in degrees, as GeoJSON orders them."""
    west, south, east, north = (_degrees(part) for part in text.split(","))
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ValueError(text)
    return Box(south, west, north, east)


def _degrees(text: str) -> float:
    if not _DEGREES.fullmatch(text.strip()):
        raise ValueError(text)
    return float(text)
