"""A conversation as a text, for its citizen to keep."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from babel.dates import format_datetime

from bot.conversations import store
from bot.conversations.store import StoredMessage
from bot.errors import Unavailable
from bot.services.working_days import PARIS
from bot.storage.transaction import Database
from bot.web.exchange import shown_of
from bot.web.rate import TooMany
from bot.web.widget.feed import PAGE, PAGE_BYTES
from bot.words.catalogues import Words
from bot.words.phrases import say

FORMATS = {"fr": "d MMMM y 'à' H:mm", "en": "d MMMM y 'at' H:mm"}
LOCALES = {"fr": "fr_FR", "en": "en_GB"}
WITHOUT_WORDS = frozenset({"photo", "location", "contact", "file", "other"})


AT_ONCE = 20
"""Transcripts that are written at once, a page of each in memory."""
MAILED_BYTES = 200_000
"""Of a letter; who wants the rest downloads it."""
_DOTS = re.compile(r"(?<=\w)([.。．｡])(?=[^\W\d_]{2})")


class Turns:
    """Who has a transcript written now."""

    def __init__(self) -> None:
        self._writing: set[UUID] = set()

    @contextmanager
    def of(self, citizen_id: UUID) -> Iterator[None]:
        """Raises `TooMany` while one is written for that citizen, `Unavailable` while enough are
        for others."""
        if citizen_id in self._writing:
            raise TooMany("transcripts")
        if len(self._writing) >= AT_ONCE:
            raise Unavailable("transcripts")
        self._writing.add(citizen_id)
        try:
            yield
        finally:
            self._writing.discard(citizen_id)


async def pages_of(
    database: Database, citizen_id: UUID, words: Words, language: str, *, is_mailed: bool = False
) -> AsyncIterator[list[str]]:
    """Who said what and when, a message a line or more. Each page is read when it is asked for, in
    a transaction of its own. `is_mailed`: to an address that nobody has verified, so what others
    than an agent wrote holds no address that a mail program would open."""
    after = 0
    while True:
        async with database.transaction() as tx:
            conversation = await store.conversation_at(tx, "web", str(citizen_id))
            if conversation is None:
                return
            messages = await store.spoken_in(tx, conversation, after, PAGE, PAGE_BYTES)
        if not messages:
            return
        after = messages[-1].seq
        yield list(_told(shown_of(messages), words, language, is_mailed=is_mailed))


async def mailed_lines(
    database: Database, citizen_id: UUID, words: Words, language: str
) -> list[str]:
    """As much of it as a letter holds, and that there is more where there is; nothing where
    nothing was said."""
    lines: list[str] = []
    left = MAILED_BYTES
    async for page in pages_of(database, citizen_id, words, language, is_mailed=True):
        for line in page:
            left -= len(line.encode())
            if left < 0:
                return [*lines, words.render(say("transcript.cut"), language)]
            lines.append(line)
    return lines


def without_links(text: str) -> str:
    """The same words, in which no mail program finds an address to open."""
    return _DOTS.sub(r" \1", text).replace("://", " : //")


def _told(
    messages: Sequence[StoredMessage], words: Words, language: str, *, is_mailed: bool
) -> Iterator[str]:
    for message in messages:
        head = f"{_when(message.at, language)} – {_who(message, words, language)}"
        text = message.text
        if is_mailed and message.sender != "agent":
            text = without_links(text)
        said = [text] if text else []
        if message.kind in WITHOUT_WORDS:
            said.append(f"[{words.render(say('transcript.' + message.kind), language)}]")
        yield "\n".join([head, *said])


def _who(message: StoredMessage, words: Words, language: str) -> str:
    author = message.content.get("author")
    if message.sender == "agent" and author is not None:
        return f"{author['name']}, {author[f'team_{language}']}"
    return words.render(say(f"transcript.by_{message.sender}"), language)


def _when(at: datetime, language: str) -> str:
    return format_datetime(at.astimezone(PARIS), FORMATS[language], locale=LOCALES[language])
