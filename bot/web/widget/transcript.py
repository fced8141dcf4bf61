"""A conversation as a text, for its citizen to keep."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from babel.dates import format_datetime
from sqlalchemy.engine import RowMapping

from bot.conversations import store
from bot.conversations.store import StoredMessage
from bot.services.working_days import PARIS
from bot.storage.transaction import Transaction
from bot.web.exchange import shown_of
from bot.words.catalogues import Words
from bot.words.phrases import say

FORMATS = {"fr": "d MMMM y 'à' H:mm", "en": "d MMMM y 'at' H:mm"}
LOCALES = {"fr": "fr_FR", "en": "en_GB"}
WITHOUT_WORDS = frozenset({"photo", "location", "contact", "file", "other"})


async def lines_of(
    tx: Transaction, conversation: RowMapping, words: Words, language: str
) -> list[str]:
    """Who said what and when, a message a line or more."""
    told: list[str] = []
    after = 0
    while messages := await store.spoken_in(tx, conversation, after):
        told += _told(shown_of(messages), words, language)
        after = messages[-1].seq
    return told


def _told(messages: Sequence[StoredMessage], words: Words, language: str) -> Iterator[str]:
    for message in messages:
        head = f"{_when(message.at, language)} – {_who(message, words, language)}"
        said = [message.text] if message.text else []
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
