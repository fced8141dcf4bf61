"""What a mail is, whom it concerns, and which messages go out as letters. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.mailbox.rules import Kind
from bot.words.folding import fold

CHANNEL = "email"
LONGEST_SUBJECT = 200
LONGEST_SAID = 15_000
"""Characters of a mail that its message holds; the whole of a longer one is a file beside it."""
MOST_REFERENCES = 15
"""Message-IDs that a letter of ours refers to: the first, and the last ones."""
LONGEST_THANKS = 300
"""Characters up to which a thank-you after the end is only that."""

_PREFIX = re.compile(
    r"^\s*(?:(?:re|r[ée]f|rép|tr|fwd?|aw|wg)\s*(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE
)
_REFERENCE = re.compile(r"(?<![\w-])(20\d\d-\d{6,9})(?![\w-])")
_AWAY = re.compile(
    r"^(?:reponse automatique|absence|absent|message d absence|automatic reply|auto(?:matic)?"
    r" (?:reply|response)|autoreply|out of (?:the )?office|abwesenheit)\b"
)
_DAEMONS = ("mailer-daemon", "postmaster")


@dataclass(frozen=True)
class Signs:
    """By what a mail is known for what it is. `return_path`: "" where nothing may be answered,
    None where the server did not say; `is_list`: it came by a list, or can be unsubscribed from;
    `is_report`: it says what became of another mail."""

    sender: str
    return_path: str | None = None
    auto_submitted: str = ""
    precedence: str = ""
    is_list: bool = False
    is_auto_reply: bool = False
    is_report: bool = False
    subject: str = ""


def kind_of(signs: Signs, ours: Collection[str]) -> Kind:
    """What a mail is (RFC 3834, and what is done besides). Whatever may be automatic is never
    answered: two machines that thank one another do not end."""
    daemon = signs.sender.partition("@")[0] in _DAEMONS
    if signs.is_report or (signs.return_path == "" and daemon):
        return Kind.BOUNCE
    if signs.sender in ours:
        return Kind.OWN
    submitted = signs.auto_submitted.partition(";")[0].strip().lower()
    is_automatic = (
        submitted not in ("", "no")
        or signs.precedence.strip().lower() in ("bulk", "list", "junk", "auto_reply")
        or signs.is_list
        or signs.is_auto_reply
        or signs.return_path == ""
        or daemon
        or _AWAY.match(" ".join(re.findall(r"[a-z]+", fold(signs.subject)))) is not None
    )
    return Kind.AUTOMATIC if is_automatic else Kind.MAIL


@dataclass(frozen=True)
class Report:
    """What a server says of a letter of ours. `is_final`: it never will arrive; else it is late,
    or we cannot tell. `why`: in the server's words. `about`: the Message-IDs it may be about."""

    is_final: bool
    why: str
    about: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """A file of a mail."""

    name: str | None
    mime: str
    data: bytes = field(repr=False)

    @property
    def is_picture(self) -> bool:
        return self.mime.startswith("image/") and self.mime != "image/svg+xml"


@dataclass(frozen=True)
class Read:
    """A mail, as far as it could be read. `refers_to`: the mails that it answers, nearest first;
    `said`: what is new in it, `rest`: what is folded away; `is_plain`: it could not be read, and
    is only kept, as a file; `is_unproven`: the town's mail server was asked whether the sender is
    who it says, and does not vouch for it."""

    signs: Signs
    sender_name: str = ""
    subject: str = ""
    message_id: str | None = None
    refers_to: tuple[str, ...] = ()
    said: str = ""
    rest: str = ""
    parts: tuple[Part, ...] = ()
    left_out: int = 0
    report: Report | None = None
    is_plain: bool = False
    is_unproven: bool = False


def bare_subject(subject: str) -> str:
    """A subject without its `Re:`, `TR:` and `Fwd:`."""
    return _PREFIX.sub("", subject).strip()[:LONGEST_SUBJECT]


def answer_subject(subject: str, reference: str) -> str:
    """The subject of a letter that answers, with our reference, once."""
    bare = bare_subject(subject)
    if reference in bare:
        return f"Re: {bare}"
    return f"Re: {bare} ({reference})" if bare else f"Re: {reference}"


def reference_in(subject: str) -> str | None:
    """Our reference, where a subject names one."""
    found = _REFERENCE.search(subject)
    return None if found is None else found[1]


def chain(refers_to: str, message_id: str | None) -> str:
    """A thread's Message-IDs with one more: the first, and the last ones."""
    known = [one for one in refers_to.split() if one != message_id]
    ids = [*known, *([message_id] if message_id else [])]
    return " ".join(ids if len(ids) <= MOST_REFERENCES else [ids[0], *ids[1 - MOST_REFERENCES :]])


def is_mailed(sender: str, content: Mapping[str, Any], *, is_news: bool) -> bool:
    """Whether a message of ours goes out as a letter: what agents say, what becomes of requests,
    the acknowledgement and the end (they carry a reference). What only tells who is at it is for
    those who watch a conversation."""
    return sender == "agent" or is_news or bool(content.get("reference"))


def is_only_thanks(intent: str, confidence: float, said: str) -> bool:
    """Whether a mail after the end asks for nothing more."""
    likely = intent in {"thank", "affirm", "goodbye"} and confidence >= 0.6
    return likely and len(said) <= LONGEST_THANKS
