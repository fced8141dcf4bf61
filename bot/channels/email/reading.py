"""Reads a mail as it came: never raises, whatever it holds.

The parser is the standard library's with its plainest policy: that of structured headers raises on
some of what is sent (`headers.py` reads them instead).
A text is asked for in bytes only: the library would decode it as whatever its charset says.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from email.message import Message

from bot.channels.email.bounces import is_report, report_in
from bot.channels.email.folding import folded
from bot.channels.email.headers import (
    decoded,
    header,
    mailbox_in,
    message_ids,
    raw_header,
    read_bytes,
)
from bot.channels.email.parsing import held_in, taken_apart
from bot.channels.email.plain import texts_of
from bot.channels.email.proving import is_proven
from bot.channels.email.rules import LONGEST_SUBJECT, Part, Read, Signs
from bot.mailbox.rules import MOST_BYTES

logger = logging.getLogger(__name__)
MOST_PARTS = 300
MOST_FILES = 20
SMALLEST_INLINE_BYTES = 10_000
"""Smaller pictures that stand in the text are a signature's logo, not what somebody shows."""
LONGEST_TEXT = 1_000_000
OWN_FILE = "message.eml"


def read(raw: bytes, return_path: str | None, authserv: str | None = None) -> Read:
    """A mail with what is new in it, its files and its signs. What cannot be taken apart is one
    file, for agents to open. `authserv`: the mail server that vouches for senders, if one does."""
    try:
        return _read(raw, return_path, authserv)
    except Exception as error:  # noqa: BLE001  (mails are broken in ways nobody has thought of)
        logger.warning("a mail that cannot be taken apart: %s", type(error).__name__)
        return plainly(raw, return_path, authserv)


def plainly(raw: bytes, return_path: str | None, authserv: str | None = None) -> Read:
    """A mail of which only the lines of its head are looked at."""
    head = raw[:20_000].partition(b"\r\n\r\n")[0].partition(b"\n\n")[0]
    try:
        message = taken_apart(head + b"\r\n\r\n")
        sender, name = mailbox_in(raw_header(message, "from"))
        return Read(
            _signs(message, sender, return_path),
            name,
            header(message, "subject")[:LONGEST_SUBJECT],
            _id(message),
            parts=(Part(OWN_FILE, "message/rfc822", raw[:MOST_BYTES]),),
            is_plain=True,
            is_unproven=_is_unproven(message, authserv, sender),
        )
    except Exception as error:  # noqa: BLE001  (as above)
        logger.warning("the head of a mail: %s", type(error).__name__)
        part = Part(OWN_FILE, "message/rfc822", raw[:MOST_BYTES])
        signs = Signs("", return_path, auto_submitted="unknown")
        is_unproven = authserv is not None
        return Read(signs, parts=(part,), is_plain=True, is_unproven=is_unproven)


def key_of(raw: bytes) -> str | None:
    """The Message-ID by which a repeat is known, if it has one."""
    head = raw[:100_000].partition(b"\r\n\r\n")[0].partition(b"\n\n")[0]
    try:
        return _id(taken_apart(head + b"\r\n\r\n"))
    except Exception as error:  # noqa: BLE001  (as above: it has none then)
        logger.warning("the head of a mail: %s", type(error).__name__)
        return None


def _is_unproven(message: Message, authserv: str | None, sender: str) -> bool:
    return authserv is not None and not is_proven(message, authserv, sender)


def _id(message: Message) -> str | None:
    return next(iter(message_ids(raw_header(message, "message-id"))), None)


def _signs(message: Message, sender: str, return_path: str | None) -> Signs:
    names = {name.lower() for name, _ in message.raw_items()}
    return Signs(
        sender,
        return_path,
        header(message, "auto-submitted"),
        header(message, "precedence"),
        is_list=bool(names & {"list-id", "list-unsubscribe", "list-post"}),
        is_auto_reply=bool(names & {"x-autoreply", "x-autorespond", "x-autoresponder"}),
        is_report=is_report(message),
        subject=header(message, "subject"),
    )


def _read(raw: bytes, return_path: str | None, authserv: str | None) -> Read:
    message = taken_apart(raw)
    sender, name = mailbox_in(raw_header(message, "from"))
    signs = _signs(message, sender, return_path)
    leaves = _leaves(message)
    plain, pages, files = _sorted(leaves)
    text = "\n\n".join(one for one in map(_text, plain) if one.strip())
    if not text.strip():
        text = "\n\n".join(one for one in texts_of(map(_text, pages)) if one)
    shown = folded(_clean(text[:LONGEST_TEXT]))
    parts = [part for part in map(_part, files) if part is not None]
    answered = message_ids(raw_header(message, "in-reply-to"))
    thread = message_ids(raw_header(message, "references"))
    is_about = signs.is_report or return_path == ""
    return Read(
        signs,
        name[:LONGEST_SUBJECT],
        header(message, "subject")[:LONGEST_SUBJECT],
        _id(message),
        tuple(dict.fromkeys([*answered, *reversed(thread)])),
        shown.said,
        shown.rest,
        tuple(parts[:MOST_FILES]),
        max(0, len(parts) - MOST_FILES) + max(0, len(leaves) - MOST_PARTS),
        report_in(message, leaves, raw) if is_about else None,
        is_unproven=_is_unproven(message, authserv, sender),
    )


def _leaves(message: Message) -> list[Message]:
    """The parts that hold something, in order, without recursion. A mail in a mail is one part."""
    found: list[Message] = []
    waiting = [message]
    while waiting and len(found) <= MOST_PARTS:
        one = waiting.pop()
        if one.get_content_maintype() == "multipart" and one.is_multipart():
            waiting += reversed(held_in(one))
        else:
            found.append(one)
    return found


def _sorted(leaves: Iterable[Message]) -> tuple[list[Message], list[Message], list[Message]]:
    """Texts, pages of HTML, and files."""
    plain: list[Message] = []
    pages: list[Message] = []
    files: list[Message] = []
    for leaf in list(leaves)[:MOST_PARTS]:
        is_file = _disposition(leaf) == "attachment" or _name(leaf) is not None
        kind = leaf.get_content_type()
        is_broken = leaf.get_content_maintype() == "multipart"  # it has no parts
        if (kind == "text/plain" or is_broken) and not is_file:
            plain.append(leaf)
        elif kind == "text/html" and not is_file:
            pages.append(leaf)
        elif kind != "message/delivery-status":
            files.append(leaf)
    return plain, pages, files


def _disposition(leaf: Message) -> str:
    return raw_header(leaf, "content-disposition").partition(";")[0].strip().lower()


def _name(leaf: Message) -> str | None:
    try:
        name = leaf.get_filename()
    except Exception:  # noqa: BLE001  (odd charsets and continuations, RFC 2231)
        return None
    return decoded(str(name)) or None if name else None


def _text(leaf: Message) -> str:
    charset = leaf.get_content_charset()
    return read_bytes(_bytes(leaf), charset if isinstance(charset, str) else None)


def _bytes(leaf: Message) -> bytes:
    payload = leaf.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _part(leaf: Message) -> Part | None:
    name, mime = _name(leaf), leaf.get_content_type()
    if leaf.get_content_maintype() == "message":
        held = next(iter(held_in(leaf)), None)
        data = _bytes(leaf) if held is None else held.as_bytes()
        return Part(name or "message.eml", mime, data) if data else None
    data = _bytes(leaf)
    is_logo = mime.startswith("image/") and bool(raw_header(leaf, "content-id"))
    if is_logo and _disposition(leaf) != "attachment" and len(data) < SMALLEST_INLINE_BYTES:
        return None
    return Part(name, mime, data) if data else None


def _clean(text: str) -> str:
    """Without what no message may hold."""
    return "".join(c for c in text if c in "\n\t" or (c >= " " and not "\x7f" <= c <= "\x9f"))
