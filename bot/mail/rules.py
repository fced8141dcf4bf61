"""What a letter must be, and when it is tried again. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.errors import MessageError
from email.headerregistry import Address

from bot.errors import DomainError, Invalid

LONGEST_ADDRESS = 254
LONGEST_LOCAL_PART = 64
"""Characters: RFC 5321, 4.5.3.1."""
LONGEST_HEADER = 300
FRENCH_SPACES = "\u00a0\u202f"
"""No-break spaces, which Python does not call printable."""

TRIED_AGAIN_AFTER: Sequence[timedelta] = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=12),
)
"""After the first failure, the second…; no server that comes back the same night is missed."""

MOST_ATTEMPTS = len(TRIED_AGAIN_AFTER) + 1
MOST_A_DAY = 20
"""Letters to one recipient: nobody has verified the address, and whoever gave it may mean harm."""
SENT_WITHIN = timedelta(seconds=60)
"""For one letter, from the connection to the server's last word."""
LEASE = 2 * SENT_WITHIN
"""After which a letter whose sender vanished is due again."""


@dataclass(frozen=True)
class Thread:
    """A letter that answers a mail. `in_reply_to` and `refers_to`: Message-IDs; `is_personal`:
    somebody's own words, not a notice; `photos`: the ids of pictures that go with it."""

    in_reply_to: str | None = None
    refers_to: tuple[str, ...] = ()
    is_personal: bool = False
    photos: tuple[str, ...] = ()


class Refused(DomainError):
    """The server will never take this letter. Its argument is for the operator."""

    code = "refused"


@dataclass(frozen=True)
class Letter:
    """One letter, in words. `sender_name`: the town that writes, without an address.

    `reference`: the request that it is about. Raises `Invalid` for what no header may hold.
    """

    to: str
    sender_name: str
    language: str
    subject: str
    text: str
    html: str
    reference: str | None = None
    reply_to: str | None = None
    thread: Thread | None = None

    def __post_init__(self) -> None:
        check_address("to", self.to)
        if self.reply_to is not None:
            check_address("reply_to", self.reply_to)
        for field in ("subject", "sender_name"):
            check_header(field, getattr(self, field))


def check_address(field: str, text: str) -> None:
    """One plain mailbox in ASCII. Raises `Invalid`, whose message does not repeat it."""
    try:
        address = Address(addr_spec=text)
    except (MessageError, ValueError, IndexError):  # all that the standard library raises of it
        raise Invalid(field, "is no e-mail address") from None
    is_plain = text.isascii() and text.isprintable() and not set(text) & set(' "(),:;<>[]\\')
    if not is_plain or address.addr_spec != text or "." not in address.domain:
        raise Invalid(field, "is no plain e-mail address")
    if len(text) > LONGEST_ADDRESS or len(address.username) > LONGEST_LOCAL_PART:
        raise Invalid(field, "is too long an e-mail address")


def check_header(field: str, text: str) -> None:
    """One line of a letter's head: a line end in it would begin another. Raises `Invalid`."""
    if not text.strip() or len(text) > LONGEST_HEADER or not all(map(_is_plain, text)):
        raise Invalid(field, "is no single line of a header")


def one_line(text: str) -> str:
    """A text, partly a citizen's, as a header can hold it."""
    words = "".join(c if _is_plain(c) else " " for c in text)
    line = " ".join(word for word in words.split(" ") if word)
    return line if len(line) <= LONGEST_HEADER else line[: LONGEST_HEADER - 1] + "…"


def _is_plain(character: str) -> bool:
    return character.isprintable() or character in FRENCH_SPACES


def masked(address: str) -> str:
    """An address as it is shown: enough to know one's own, not enough to write to it."""
    local, _, domain = address.partition("@")
    return f"{local[:1]}…@{domain}"


def tried_again_after(attempts: int) -> timedelta | None:
    """How long a letter waits after that many attempts; None when it is given up."""
    return None if attempts >= MOST_ATTEMPTS else TRIED_AGAIN_AFTER[max(0, attempts - 1)]
