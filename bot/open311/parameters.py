"""Reads what a client sends by the names of the standard. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Container, Iterable, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

from bot.errors import NotFound
from bot.open311.formats import sayable
from bot.open311.rules import (
    DEFAULT_SPAN,
    EXTERNAL_ID,
    LONGEST_DESCRIPTION,
    MEDIA_URL,
    MOST_RESULTS,
    NO,
    YES,
    BadParameter,
    Filters,
    Identity,
    Posted,
    Problem,
    attributes_of,
    keys_of,
    statuses_of,
)
from bot.service_requests.draft import Answer
from bot.service_requests.rules import Status
from bot.services.answers import LONGEST_TEXT, read_answer
from bot.services.rules import FieldKind, Service, ServiceField
from bot.services.working_days import local_date

LONGEST = 500
LONGEST_URL = 2000
LAST_PAGE = 100_000
_REFERENCE = re.compile(r"\d{4}-\d{6,12}", re.ASCII)
_ATTRIBUTE = re.compile(r"attribute\[([^\[\]]{1,60})\](?:\[\])?")
_EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@]+\.[^\s@]{2,}")
_PHONE = re.compile(r"\+?[\d .()/-]{6,25}", re.ASCII)
_INTEGER = re.compile(r"\d{1,6}", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,12}(?:\.\d{1,20})?", re.ASCII)
# A "+" that was not escaped in a query arrives as a space.
_LOST_PLUS = re.compile(r"(?<=T\d\d:\d\d:\d\d) (?=\d\d:?\d\d$)", re.ASCII)
YEARS = range(1970, 2200)


class Parameters:
    """Names and values of a query or a form, each value as both formats can hold it."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(sayable(name), []).append(sayable(value).strip())

    def one(self, name: str, longest: int = LONGEST) -> str | None:
        """The value; None when it is absent or empty. Raises `BadParameter`."""
        values = [value for value in self._values.get(name, ()) if value]
        if len(set(values)) > 1:
            raise BadParameter(name, Problem.REPEATED)
        if values and len(values[0]) > longest:
            raise BadParameter(name, Problem.TOO_LONG)
        return values[0] if values else None

    def several(self, name: str) -> tuple[str, ...]:
        """The values of a list separated by commas."""
        value = self.one(name, longest=20_000) or ""
        return tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))

    def attributes(self) -> dict[str, tuple[str, ...]]:
        """`attribute[CODE]=…` and `attribute[CODE][]=…`: code → values that are not empty."""
        found: dict[str, tuple[str, ...]] = {}
        for name, values in self._values.items():
            given = tuple(value for value in values if value)
            if given and (match := _ATTRIBUTE.fullmatch(name)):
                found[match[1]] = (*found.get(match[1], ()), *given)
        return found


def commune_asked(
    parameters: Parameters, identity: Identity, communes: Iterable[str]
) -> str | None:
    """The town that `jurisdiction_id` names; None for the whole metropolis. Raises `NotFound`."""
    asked = parameters.one("jurisdiction_id")
    if asked is None or asked == identity.jurisdiction:
        return None
    if asked not in communes:
        raise NotFound("jurisdiction")
    return asked


def filters(
    parameters: Parameters, commune: str | None, offered: Container[str], now: datetime
) -> Filters:
    """Which requests a query asks for; `offered`: the codes of services.

    Raises `BadParameter`, or `NotFound` for a service.
    """
    page = _integer(parameters, "page", 1, LAST_PAGE)
    page_size = _integer(parameters, "page_size", MOST_RESULTS, MOST_RESULTS)
    if asked := parameters.several("service_request_id"):
        # What does not look like a reference names nothing: no need to look for it.
        known = tuple(text for text in asked if is_reference(text)) or ("none",)
        return Filters(commune, references=known, page=page, page_size=page_size)
    services = parameters.several("service_code")
    if not all(code in offered for code in services):
        raise NotFound("service")
    start, end = _span(parameters, now)
    return Filters(
        commune, (), services, start, end, _statuses(parameters), page=page, page_size=page_size
    )


def is_reference(text: str) -> bool:
    return _REFERENCE.fullmatch(text) is not None


def posted(parameters: Parameters, idempotency_key: str | None) -> Posted:
    """A posted request, its attributes not yet read. Raises `BadParameter`.

    Names are checked and not kept: the one who posts is the application of the key.
    """
    service = parameters.one("service_code")
    if service is None:
        raise BadParameter("service_code", Problem.MISSING)
    for name in ("first_name", "last_name", "device_id", "account_id", "address_id"):
        parameters.one(name, longest=200)
    email, phone = parameters.one("email"), parameters.one("phone")
    if email is not None and not _EMAIL.fullmatch(email):
        raise BadParameter("email", Problem.BAD)
    if phone is not None and not _PHONE.fullmatch(phone):
        raise BadParameter("phone", Problem.BAD)
    address = parameters.one("address_string")
    latitude = _degrees(parameters, "lat", 90)
    longitude = _degrees(parameters, "long", 180)
    if (latitude is None) != (longitude is None):
        raise BadParameter("long" if longitude is None else "lat", Problem.MISSING)
    if address is None and latitude is None:
        raise BadParameter("lat", Problem.NO_PLACE)
    attributes = parameters.attributes()
    external = attributes.pop(EXTERNAL_ID, ())
    own = _only(f"attribute[{EXTERNAL_ID}]", external) if external else idempotency_key
    if own is not None and len(own) > LONGEST:
        raise BadParameter(EXTERNAL_ID, Problem.TOO_LONG)
    return Posted(
        service,
        parameters.one("description", LONGEST_DESCRIPTION) or "",
        address,
        latitude,
        longitude,
        attributes,
        _url(parameters.one(MEDIA_URL, LONGEST_URL)),
        email or phone,
        own or None,
    )


def answers(posted: Posted, service: Service, now: datetime) -> dict[str, Answer]:
    """The attributes as the answers of the service's fields. Raises `BadParameter`."""
    fields = {asked.code: asked for asked in attributes_of(service)}
    for code in posted.attributes:
        if code not in fields:
            raise BadParameter(f"attribute[{code}]", Problem.BAD)
    read: dict[str, Answer] = {}
    for code, asked in fields.items():
        given = posted.attributes.get(code, ())
        if not given and asked.kind is FieldKind.CONTACT and posted.contact:
            given = (posted.contact,)
        if given:
            read[code] = Answer(_answer(asked, _only(f"attribute[{code}]", given), now))
        elif asked.required:
            raise BadParameter(f"attribute[{code}]", Problem.MISSING)
    if posted.media_url is not None:
        read[MEDIA_URL] = Answer(posted.media_url)
    elif any(asked.kind is FieldKind.PHOTO and asked.required for asked in service.fields):
        raise BadParameter(MEDIA_URL, Problem.MISSING)
    return read


def _answer(asked: ServiceField, text: str, now: datetime) -> str | bool | float:
    """One attribute's value as its field stores it: exact, since a program writes it."""
    name = f"attribute[{asked.code}]"
    match asked.kind:
        case FieldKind.CHOICE | FieldKind.YES_NO:
            if text not in keys_of(asked):
                raise BadParameter(name, Problem.BAD)
            return text if asked.kind is FieldKind.CHOICE else {YES: True, NO: False}[text]
        case FieldKind.DATE:
            day = _moment(name, text).date()
            if asked.past_only and day > local_date(now):
                raise BadParameter(name, Problem.BAD)
            return day.isoformat()
        case FieldKind.NUMBER:
            number = _number(name, text)
            low = -math.inf if asked.minimum is None else asked.minimum
            high = math.inf if asked.maximum is None else asked.maximum
            if not low <= number <= high:
                raise BadParameter(name, Problem.BAD)
            return int(number) if number.is_integer() else number
        case FieldKind.CONTACT:
            found = read_answer(asked, text, local_date(now))
            if found is None:
                raise BadParameter(name, Problem.BAD)
            return found.value
        case _:
            if len(text) > (asked.max_length or LONGEST_TEXT):
                raise BadParameter(name, Problem.TOO_LONG)
            return text


def _only(name: str, values: Sequence[str]) -> str:
    if len(set(values)) > 1:
        raise BadParameter(name, Problem.REPEATED)
    return values[0]


def _integer(parameters: Parameters, name: str, default: int, most: int) -> int:
    text = parameters.one(name)
    if text is None:
        return default
    if not _INTEGER.fullmatch(text) or not 1 <= int(text) <= most:
        raise BadParameter(name, Problem.BAD)
    return int(text)


def _number(name: str, text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise BadParameter(name, Problem.BAD)
    return float(text)


def _degrees(parameters: Parameters, name: str, most: int) -> float | None:
    text = parameters.one(name)
    if text is None:
        return None
    degrees = _number(name, text)
    if abs(degrees) > most:
        raise BadParameter(name, Problem.BAD)
    return degrees


def _moment(name: str, text: str) -> datetime:
    """A date or a time of the W3C's note; UTC when it names no zone."""
    try:
        moment = datetime.fromisoformat(_LOST_PLUS.sub("+", text))
    except ValueError:
        raise BadParameter(name, Problem.BAD) from None
    if moment.year not in YEARS:
        raise BadParameter(name, Problem.BAD)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _span(parameters: Parameters, now: datetime) -> tuple[datetime, datetime]:
    """From when to when: the last 90 days, or 90 days from or to the one date given."""
    start, end = parameters.one("start_date"), parameters.one("end_date")
    last = None if end is None else _moment("end_date", end)
    if start is not None:
        first = _moment("start_date", start)
        last = last or first + DEFAULT_SPAN
    else:
        last = last or now
        first = last - DEFAULT_SPAN
    if not first <= last <= first + DEFAULT_SPAN:
        raise BadParameter("start_date", Problem.SPAN)
    return first, last


def _statuses(parameters: Parameters) -> frozenset[Status] | None:
    words = parameters.several("status")
    found = [statuses_of(word) for word in words]
    if None in found:
        raise BadParameter("status", Problem.BAD)
    return frozenset(status for part in found if part for status in part) if words else None


def _url(text: str | None) -> str | None:
    """A public address of a picture; it is never fetched."""
    if text is None:
        return None
    try:
        parts = urlsplit(text)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good or "@" in text.split("/")[2] or re.search(r"[\s<>\"\ufffd]", text):
        raise BadParameter(MEDIA_URL, Problem.BAD)
    return text
