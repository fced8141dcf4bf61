"""Heads of mails as they come: folded, coded twice, in bytes of no charset, or without end.

The standard library's parser of structured headers raises on some of what is sent, and takes
minutes for a header of a megabyte. Here a header is a bounded text that always can be read.
"""

from __future__ import annotations

import binascii
import codecs
import quopri
import re
from base64 import b64decode
from email.message import Message

LONGEST = 4000
"""Characters of a header that are read."""
LONGEST_ID = 250
MOST_IDS = 30
_NO_CHARSETS = {"punycode", "idna", "unicode-escape", "raw-unicode-escape"}
"""Python decodes these too; the first ones take the square of the time."""
_WORD = re.compile(r"=\?([\w.:+-]{1,40})(?:\*[\w-]*)?\?([bBqQ])\?([^?]*)\?=")
_ID = re.compile(r"<([^<>\s]{3,248})>")
_ADDRESS = re.compile(r"[^\s<>\"'(),;:\\@]{1,64}@[a-z0-9.-]{1,190}", re.IGNORECASE)
_ANGLED = re.compile(rf"<\s*({_ADDRESS.pattern})\s*>", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"')


def header(message: Message, name: str) -> str:
    """The first header of that name in one line, decoded; "" without one."""
    return decoded(raw_header(message, name))


def raw_header(message: Message, name: str, longest: int = LONGEST) -> str:
    """The same as it was written."""
    for known, value in message.raw_items():
        if known.lower() == name:
            return _of_bytes(str(value)[:longest])
    return ""


def _of_bytes(value: str) -> str:
    """Bytes outside ASCII stand in it as surrogates: they are UTF-8, or else Windows' Latin."""
    raw = value.encode("utf-8", "surrogateescape")
    return read_bytes(raw, "utf-8")


def read_bytes(raw: bytes, charset: str | None) -> str:
    """Text of bytes, whatever was said of them. Never raises."""
    for name in (charset or "utf-8", "utf-8"):
        try:
            if codecs.lookup(name).name not in _NO_CHARSETS:
                return raw.decode(name)
        except (LookupError, UnicodeError, ValueError):
            continue
    return raw.decode("cp1252", "replace")


def decoded(text: str) -> str:
    """The words of a header (RFC 2047), in one line, without control characters."""
    parts: list[tuple[str | None, bytes | str]] = []
    after = 0
    for word in _WORD.finditer(text):
        between = text[after : word.start()]
        if between.strip() or (between and not (parts and parts[-1][0])):
            parts.append((None, between))
        raw = _bytes_of(word[2], word[3])
        if parts and parts[-1][0] == word[1].lower() and not between.strip():
            charset, before = parts.pop()  # a letter may be cut between two words
            assert isinstance(before, bytes)
            parts.append((charset, before + raw))
        else:
            parts.append((word[1].lower(), raw))
        after = word.end()
    parts.append((None, text[after:]))
    said = "".join(p if isinstance(p, str) else read_bytes(p, charset) for charset, p in parts)
    return one_line(said)


def _bytes_of(coding: str, coded: str) -> bytes:
    raw = coded.encode("utf-8", "replace")
    if coding in "qQ":
        return quopri.decodestring(raw, header=True)
    try:
        return b64decode(raw + b"=" * (-len(raw) % 4))
    except (binascii.Error, ValueError):
        return raw


def one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def mailbox_in(text: str) -> tuple[str, str]:
    """The address and the name of the first sender; "" for what cannot be found. The library's
    own reader follows parentheses as deep as they go."""
    bare = _QUOTED.sub(lambda quoted: " " * len(quoted[0]), text)
    found = _ANGLED.search(bare) or _ADDRESS.search(bare)
    if found is None:
        return "", ""
    name = decoded(text[: found.start()].replace('"', " ")) if found.re is _ANGLED else ""
    return found[found.re.groups].lower(), name.strip(" ,;")


def message_ids(text: str) -> tuple[str, ...]:
    """The Message-IDs of a header, as they stand in it; the last ones of too many."""
    found = [f"<{one}>" for one in _ID.findall(text) if one.isascii() and one.isprintable()]
    return tuple(dict.fromkeys(found))[-MOST_IDS:]
