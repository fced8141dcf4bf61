"""What servers say of letters of ours: that one cannot be delivered, or not yet (RFC 3464)."""

from __future__ import annotations

import re
from email.message import Message

from bot.channels.email.headers import message_ids, one_line, raw_header
from bot.channels.email.parsing import held_in
from bot.channels.email.rules import Report

MOST_FIELDS = 50
SCANNED_BYTES = 300_000
LONGEST_WHY = 250
_STATUS = re.compile(r"\b([245])\.\d{1,3}\.\d{1,3}\b")
_REFUSED = re.compile(r"\b5\d\d[ -]")


def is_report(message: Message) -> bool:
    """Whether a mail says of itself that it reports on another (RFC 3462)."""
    written = raw_header(message, "content-type").lower()
    return written.startswith("multipart/report") and "delivery-status" in written


def report_in(message: Message, leaves: list[Message], raw: bytes) -> Report:
    """What it says. Where there is no report in the standard's form, its words are looked
    through for our Message-ID and for a refusal."""
    fields = [block for leaf in leaves for block in _blocks(leaf)]
    told = [block for block in fields if raw_header(block, "action")]
    about = _about(message, leaves, raw)
    if told:
        action = raw_header(told[0], "action").strip().lower()
        status = raw_header(told[0], "status").strip()
        why = one_line(f"{status} {raw_header(told[0], 'diagnostic-code')}")
        is_final = action == "failed" and not status.startswith("4")
        return Report(is_final, why[:LONGEST_WHY] or action, about)
    words = raw[:SCANNED_BYTES].decode("ascii", "replace")
    found = _STATUS.search(words)
    is_final = found[1] == "5" if found else _REFUSED.search(words) is not None
    return Report(is_final, found[0] if found else "", about)


def _blocks(leaf: Message) -> list[Message]:
    """The groups of fields of a part `message/delivery-status`."""
    if leaf.get_content_type() != "message/delivery-status":
        return []
    return held_in(leaf)[:MOST_FIELDS]


def _about(message: Message, leaves: list[Message], raw: bytes) -> tuple[str, ...]:
    found: list[str] = []
    for leaf in leaves:
        if leaf.get_content_type() == "message/rfc822":
            for one in held_in(leaf)[:1]:
                found += message_ids(raw_header(one, "message-id"))
    for name in ("in-reply-to", "references"):
        found += message_ids(raw_header(message, name))
    # What holds the letter's head as text, or breaks it off, still has its line.
    text = raw[:SCANNED_BYTES].decode("ascii", "replace")
    for line in re.findall(r"(?im)^message-id:[ \t]*(?:\r?\n[ \t]+)?(<[^<>\s]{3,248}>)", text):
        found += message_ids(line)
    return tuple(dict.fromkeys(found))[:20]
