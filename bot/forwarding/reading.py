"""Reads what outside systems answer, XML or JSON whichever comes, whole or not. Pure.

What can be read is used. Of an answer that was cut, the last request is dropped: half a note would
be told to a citizen as if it were whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from lxml import etree

from bot.forwarding.rules import Heard
from bot.open311.formats import sayable
from bot.service_requests.rules import LONGEST_REASON

LONGEST_ID = 200
LONGEST_STATUS = 100
LONGEST_SAID = 300
"""Characters of an error of theirs that an operator sees."""
YEARS = range(2000, 2200)
_LATIN = re.compile(rb"""encoding=["'](iso-8859-1|iso-8859-15|windows-1252)["']""", re.IGNORECASE)
_LOST_PLUS = re.compile(r"(?<=T\d\d:\d\d:\d\d) (?=\d\d:?\d\d$)", re.ASCII)
_CLOSED = re.compile(rb"</[\w:.-]+\s*>\s*$|/>\s*$")
_FRENCH = ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y")

Item = Mapping[str, str]


@dataclass(frozen=True)
class Document:
    """`items`: the requests told, name → text. `errors`: what they said went wrong. `is_whole`:
    nothing was cut off."""

    items: tuple[Item, ...]
    errors: tuple[Item, ...]
    is_whole: bool

    @property
    def said(self) -> str:
        """Their errors, for an operator."""
        told = "; ".join(error.get("description", "") or "no words" for error in self.errors)
        return " ".join(sayable(told).split())[:LONGEST_SAID]


def read(body: bytes, *, is_complete: bool) -> Document | None:
    """The answer, or None when there is no document in it. `is_complete`: all of it came."""
    text = body.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith((b"{", b"[")):
        return _json(text.decode("utf-8", "replace"), is_complete=is_complete)
    if text.startswith(b"<"):
        return _xml(text, is_complete=is_complete)
    return None


# -- XML ----------------------------------------------------------------------------------------


def _xml(body: bytes, *, is_complete: bool) -> Document | None:
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, encoding="utf-8"
    )
    try:
        root = etree.fromstring(_utf8(body), parser)
    except etree.XMLSyntaxError:
        return None
    if root is None or _name(root) not in ("service_requests", "requests", "request", "errors"):
        return None  # a page for people
    is_whole = is_complete and _ends(body, _name(root))
    among = [root] if _name(root) == "request" else list(root)
    items = [_fields(e) for e in among if _name(e) in ("request", "service_request")]
    errors = [_fields(e) for e in root.iter() if _name(e) == "error"]
    return Document(tuple(items if is_whole else items[:-1]), tuple(errors), is_whole)


def _ends(body: bytes, root: str) -> bool:
    """Whether the root's own end is there."""
    end = _CLOSED.search(body[-200:])
    return end is not None and (end[0].startswith(b"/>") or root.encode() in end[0])


def _utf8(body: bytes) -> bytes:
    """Their declaration is often wrong: what is UTF-8 is, and the rest is Latin as in Windows."""
    if _LATIN.search(body[:100]):
        return body.decode("cp1252", "replace").encode()
    try:
        body.decode()
    except UnicodeDecodeError as error:
        if len(body) - error.start < 4 and error.reason == "unexpected end of data":
            return body[: error.start]  # cut within a letter
        return body.decode("cp1252", "replace").encode()
    return body


def _name(element: Any) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _fields(element: Any) -> Item:
    return {_name(child): "".join(child.itertext()).strip() for child in element}


# -- JSON ---------------------------------------------------------------------------------------


def _json(text: str, *, is_complete: bool) -> Document | None:
    try:
        return _of_json(json.loads(text), is_whole=is_complete)
    except (ValueError, RecursionError):
        items = list(_whole_objects(text))
        return Document(tuple(items), (), is_whole=False) if items else None


def _of_json(data: Any, *, is_whole: bool) -> Document | None:
    if isinstance(data, dict):
        for name in ("service_requests", "requests", "errors"):
            if name in data:
                data = data[name]
                break
        if isinstance(data, dict):
            data = data.get("request") or data.get("error") or [data]
    if not isinstance(data, list):
        return None
    told = [_texts(one) for one in data if isinstance(one, dict)]
    errors = tuple(one for one in told if "service_request_id" not in one and "code" in one)
    return Document(tuple(one for one in told if one not in errors), errors, is_whole)


def _whole_objects(text: str) -> Iterator[Item]:
    """The objects of a list that was cut."""
    decoder, start = json.JSONDecoder(), text.find("[")
    while start != -1 and (start := text.find("{", start)) != -1:
        try:
            data, start = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            return
        yield _texts(data)


def _texts(data: Mapping[str, Any]) -> Item:
    return {
        str(name): str(value).strip()
        for name, value in data.items()
        if isinstance(value, str | int | float) and not isinstance(value, bool)
    }


# -- what an item says --------------------------------------------------------------------------


def identifier(item: Item, name: str = "service_request_id") -> str | None:
    """A reference of theirs, or a token; None when there is none that can be used."""
    found = sayable(item.get(name, "")).strip()
    return found if 0 < len(found) <= LONGEST_ID else None


def heard(item: Item, zone: tzinfo) -> Heard | None:
    """What they say of a request; None without its reference or its state."""
    remote_id, status = identifier(item), sayable(item.get("status", "")).strip()
    if remote_id is None or not 0 < len(status) <= LONGEST_STATUS:
        return None
    note = " ".join(sayable(item.get("status_notes", "")).split())
    if len(note) > LONGEST_REASON:
        note = note[: LONGEST_REASON - 1] + "…"
    return Heard(remote_id, status, note or None, moment(item.get("updated_datetime", ""), zone))


def moment(text: str, zone: tzinfo) -> datetime | None:
    """A date as it was meant: the standard's, or the usual mistakes. `zone`: where none is given.
    None for what is no date."""
    found = _moment(_LOST_PLUS.sub("+", text.strip()))
    if found is None or found.year not in YEARS:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for pattern in _FRENCH:
        try:
            return datetime.strptime(text, pattern)  # noqa: DTZ007  (its zone is given later)
        except ValueError:
            continue
    return None
