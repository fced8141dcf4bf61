"""What a topic is called, and what a message there is meant as. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

LONGEST_NAME = 128
"""Characters of a topic's name (Bot API, createForumTopic)."""
ASKED_AT_MOST = 6
"""Tries, a minute in all, after which what Telegram does not tell is said, and the group's other
updates go on."""
UNSEEN = re.compile(r"[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]+")
"""Spaces, and signs that nobody sees: what follows them is how a message begins."""
NAMES = re.compile(r"(?:@\w+[\s,:]*)+")
NOTE = re.compile(
    r"(?:[/\uff0f]{2}|\U0001f512|(?:note(?:\s+interne)?|interne)\s*[:\uff1a]|/note(?:@\w+)?\b)\s*",
    re.IGNORECASE,
)
COMMAND = re.compile(r"/(\w+)(?:@\w+)?\s*", re.ASCII)


class Deed(StrEnum):
    """What a button or a command in a topic does."""

    TAKE = "take"
    GIVE_BACK = "back"
    CLOSE = "close"
    REOPEN = "reopen"
    HELP = "help"


COMMANDS = {
    "prendre": Deed.TAKE,
    "take": Deed.TAKE,
    "rendre": Deed.GIVE_BACK,
    "giveback": Deed.GIVE_BACK,
    "clore": Deed.CLOSE,
    "close": Deed.CLOSE,
    "rouvrir": Deed.REOPEN,
    "reopen": Deed.REOPEN,
    "aide": Deed.HELP,
    "help": Deed.HELP,
    "start": Deed.HELP,
}


class Unclear(StrEnum):
    """Why nobody can say that words are the citizen's to read."""

    COMMAND = "no_command"  # there is no such command
    TO_A_MEMBER = "to_a_member"
    MIXED = "album_mixed"  # pictures of one album are said to be different things


@dataclass(frozen=True)
class Meant:
    """`deed`: a command; `unclear`: words for nobody; else words, for the citizen or (`is_note`)
    between agents."""

    text: str = ""
    is_note: bool = False
    deed: Deed | None = None
    unclear: Unclear | None = None


def meant(text: str) -> Meant:
    """What a message in a topic is meant as. What begins like a note, a command or a word to
    somebody in the group is never the citizen's."""
    begun = UNSEEN.match(text)
    words = text[begun.end() :] if begun is not None else text
    named = NAMES.match(words)
    after = words[named.end() :] if named is not None else words
    note = NOTE.match(after)
    if note is not None:
        return Meant(after[note.end() :].strip(), is_note=True)
    if after.startswith("/"):
        command = COMMAND.match(after)
        deed = COMMANDS.get(command[1].lower()) if command is not None else None
        return Meant(deed=deed, unclear=Unclear.COMMAND if deed is None else None)
    if named is not None:
        return Meant(unclear=Unclear.TO_A_MEMBER)
    return Meant(words.strip())


def meant_together(texts: Sequence[str]) -> Meant:
    """What the pictures of an album, with these words under them, are meant as."""
    each = [meant(text) for text in texts if text.strip()]
    if len(each) < 2:
        return each[0] if each else Meant()
    are_words = all(one.deed is None and one.unclear is None for one in each)
    if not are_words or len({one.is_note for one in each}) > 1:
        return Meant(unclear=Unclear.MIXED)
    words = "\n".join(one.text for one in each)
    return Meant(words, is_note=each[0].is_note)


def topic_name(reference: str, parts: Sequence[str], *, holder: str | None, is_open: bool) -> str:
    """What a topic is called: whose it is or that it is over, then what it is about."""
    mark = "✓ " if not is_open else "● " if holder else ""
    known = [reference, holder if is_open else None, *parts]
    name = mark + " · ".join(" ".join(one.split()) for one in known if one and one.strip())
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1].rstrip() + "…"


def is_member(status: str, *, is_still_in: bool = False) -> bool:
    """Whether that status in a chat (Bot API, ChatMember) is somebody's who is in it now;
    `is_still_in`: what is said of who is restricted."""
    return status in {"creator", "administrator", "member"} or (
        status == "restricted" and is_still_in
    )


def shows_note(key: str) -> bool:
    """Whether what has that key is of the ticket's history, of which only notes are told."""
    return re.search(r"/e\d+$", key) is not None


def seq_of(key: str) -> int | None:
    """The conversation's message that a key names (`mirroring.rules.key_of`), if it names one."""
    found = re.search(r"/m(\d+)$", key)
    return None if found is None else int(found[1])
