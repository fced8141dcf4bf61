"""The same document as JSON and as XML. Pure."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree as ET

from bot.open311.documents import Document

ITEMS = {
    "services": "service",
    "service_requests": "request",
    "attributes": "attribute",
    "values": "value",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
}
"""What XML calls one item of each list."""

# What XML 1.0 (section 2.2) cannot hold, escaped or not.
_IMPOSSIBLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NEWLINE = re.compile("\r\n?")


def sayable(text: str) -> str:
    """The text as both formats can hold it, and PostgreSQL too: what cannot be said is U+FFFD, and
    lines end as XML's readers end them."""
    return _NEWLINE.sub("\n", _IMPOSSIBLE.sub("\ufffd", text))


def as_json(document: Document) -> bytes:
    return json.dumps(_sayable(document.content), ensure_ascii=False).encode()


def as_xml(document: Document) -> bytes:
    root = ET.Element(document.root)
    _fill(root, _sayable(document.content))
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _sayable(value: Any) -> Any:
    """Nothing and the empty text are one element in XML: they are one value in JSON too."""
    match value:
        case str():
            return sayable(value) or None
        case list():
            return [_sayable(item) for item in value]
        case dict():
            return {key: _sayable(item) for key, item in value.items()}
        case _:
            return value


def _fill(element: ET.Element, value: Any) -> None:
    match value:
        case None:
            return
        case bool():
            element.text = "true" if value else "false"
        case list():
            for item in value:
                _fill(ET.SubElement(element, ITEMS[element.tag]), item)
        case dict():
            for key, item in value.items():
                _fill(ET.SubElement(element, key), item)
        case _:
            element.text = str(value)
