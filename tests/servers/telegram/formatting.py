"""Telegram's HTML: read into plain text and entities, as strictly as its documentation says.

Telegram itself lets a lone `&` pass; its documentation says it must be escaped, so it is refused.
https://core.telegram.org/bots/api#html-style
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from tests.servers.telegram.refusals import Refused, bad

KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "blockquote": "blockquote",
}
ESCAPES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
START = re.compile(
    r"<([a-zA-Z][\w-]*)((?:\s+[\w-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[\w.-]+))?)*)\s*>"
)
END = re.compile(r"</([a-zA-Z][\w-]*)\s*>")
ATTRIBUTE = re.compile(r"([\w-]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([\w.-]+)))?")
ESCAPE = re.compile(r"&(#x[0-9a-fA-F]+|#[0-9]+|[a-z]+);")
LINK = re.compile(r"(https?://[^\s/]+|tg://\S+)", re.IGNORECASE)


def utf16_length(text: str) -> int:
    """How long Telegram says it is: outside the basic plane, a character counts twice."""
    return len(text.encode("utf-16-le")) // 2


@dataclass(frozen=True)
class Formatted:
    text: str
    entities: list[dict[str, Any]] = field(default_factory=list)

    def trimmed(self) -> Formatted:
        """Without the white space around it, which Telegram takes away."""
        text = self.text.strip()
        before = utf16_length(self.text[: len(self.text) - len(self.text.lstrip())])
        length = utf16_length(text)
        kept = []
        for entity in self.entities:
            start = max(0, entity["offset"] - before)
            end = min(length, entity["offset"] + entity["length"] - before)
            if end > start:
                kept.append({**entity, "offset": start, "length": end - start})
        return Formatted(text, kept)


@dataclass(frozen=True)
class _Open:
    tag: str
    offset: int
    attributes: dict[str, str]
    at: int


def read_html(source: str) -> Formatted:
    """Raises `Refused` with what Telegram says of such a text."""
    text = ""
    opened: list[_Open] = []
    entities: list[dict[str, Any]] = []
    at = 0
    while at < len(source):
        match source[at]:
            case "&":
                escape = ESCAPE.match(source, at)
                if escape is None:
                    raise _wrong(f"Unescaped & at byte offset {_bytes(source, at)}")
                text += _unescaped(escape[1], _bytes(source, at))
                at = escape.end()
            case "<":
                at = _read_tag(source, at, utf16_length(text), opened, entities)
            case ">":
                raise _wrong(f"Unescaped > at byte offset {_bytes(source, at)}")
            case character:
                text += character
                at += 1
    if opened:
        raise _wrong(f'Can\'t find end tag corresponding to start tag "{opened[-1].tag}"')
    for entity in entities:
        if entity["type"] == "code":
            entity.pop("language", None)  # only a block has one
    entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
    return Formatted(text, entities)


def _read_tag(
    source: str, at: int, offset: int, opened: list[_Open], entities: list[dict[str, Any]]
) -> int:
    """Open or close; where the text goes on."""
    place = _bytes(source, at)
    if end := END.match(source, at):
        if not opened:
            raise _wrong(f"Unexpected end tag at byte offset {place}")
        start = opened.pop()
        if end[1].lower() != start.tag:
            raise _wrong(
                f'Unmatched end tag at byte offset {place}, expected "</{start.tag}>", '
                f'found "</{end[1].lower()}>"'
            )
        _close(start, offset, entities)
        return end.end()
    begin = START.match(source, at)
    if begin is None:
        name = re.match(r"<([\w-]*)", source[at:])
        tag = name[1] if name else ""
        if tag.lower() in KINDS:
            raise _wrong(f"Unclosed start tag at byte offset {place}")
        raise _wrong(f'Unsupported start tag "{tag}" at byte offset {place}')
    tag = begin[1].lower()
    attributes = {
        found[1].lower(): _attribute(found[2] or found[3] or found[4] or "", place)
        for found in ATTRIBUTE.finditer(begin[2])
    }
    is_plain_span = tag == "span" and attributes.get("class") != "tg-spoiler"
    if tag not in KINDS or is_plain_span:
        raise _wrong(f'Unsupported start tag "{tag}" at byte offset {place}')
    opened.append(_Open(tag, offset, attributes, at))
    return begin.end()


def _close(start: _Open, offset: int, entities: list[dict[str, Any]]) -> None:
    if offset == start.offset:
        return
    entity: dict[str, Any] = {
        "type": KINDS[start.tag],
        "offset": start.offset,
        "length": offset - start.offset,
    }
    if start.tag == "a":
        if not LINK.match(start.attributes.get("href", "")):
            return  # Telegram shows the words without the link
        entity["url"] = start.attributes["href"]
    if start.tag == "blockquote" and "expandable" in start.attributes:
        entity["type"] = "expandable_blockquote"
    language = start.attributes.get("class", "").removeprefix("language-")
    inner = entities[-1] if entities else {}
    is_whole = all(inner.get(name) == entity[name] for name in ("offset", "length"))
    if start.tag == "pre" and is_whole and "language" in inner:
        entity["language"] = entities.pop()["language"]
    elif start.tag == "code" and language:
        entity["language"] = language
    entities.append(entity)


def _unescaped(name: str, place: int) -> str:
    if name.startswith("#"):
        return chr(int(f"0{name[1:]}", 16 if name.startswith("#x") else 10))
    if name not in ESCAPES:
        raise _wrong(f"Unsupported entity &{name}; at byte offset {place}")
    return ESCAPES[name]


def _attribute(value: str, place: int) -> str:
    return ESCAPE.sub(lambda found: _unescaped(found[1], place), value)


def _bytes(source: str, at: int) -> int:
    return len(source[:at].encode())


def _wrong(why: str) -> Refused:
    return bad(f"can't parse entities: {why}")
